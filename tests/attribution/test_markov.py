"""Markov credit against known values, against a plain solve, and against drawing people anew."""

import dataclasses
from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.attribution import Paths, chain_solve, markov, read_paths
from liveattr.attribution.chain import build_chain
from liveattr.attribution.markov_chain import fit_chain
from liveattr.errors import ParameterError, TableError
from tests.attribution.known import D2, agrees, d1, expected

ROW = st.tuples(
    st.lists(st.sampled_from("abcd"), min_size=1, max_size=6),
    st.sampled_from([0.0, 1.0, 2.5]),
    st.sampled_from([-3.0, 0.0, 10.0]),
    st.sampled_from([0.0, 1.0, 0.5]),
)
TABLE = st.lists(ROW, min_size=1, max_size=8).map(
    lambda rows: pd.DataFrame(
        [(p, c, v if c + n else 0.0, n) for p, c, v, n in rows],
        columns=["path", "conversions", "value", "nulls"],
    )
)


def plain(table: pd.DataFrame, order: int, nulls: bool = True) -> pd.DataFrame:
    """The definition once more, with dictionaries and a dense solve for each removal."""
    steps: dict = defaultdict(Counter)
    worth: Counter = Counter()
    for row in table.itertuples():
        lost = row.nulls if nulls else 0.0
        path = (
            [name.strip() for name in row.path.split(">")]
            if isinstance(row.path, str)
            else row.path
        )
        grams = [tuple(path[i : i + order]) for i in range(max(len(path) - order + 1, 1))]
        states = [s for i, s in enumerate(grams) if i == 0 or s != grams[i - 1]]
        for before, to in zip(["start", *states], states, strict=False):
            steps[before][to] += row.conversions + lost
        steps[states[-1]]["won"] += row.conversions
        steps[states[-1]]["lost"] += lost
        worth[states[-1]] += row.value
    states = [s for s in steps if s != "start"]

    def solve(removed: str | None) -> tuple[float, float]:
        q, won, paid = np.zeros((len(states) + 1,) * 2), *np.zeros((2, len(states) + 1))
        for i, state in enumerate(["start", *states]):
            out = sum(steps[state].values())
            if out == 0 or (removed is not None and removed in state and state != "start"):
                continue
            for to, times in steps[state].items():
                if to in ("won", "lost"):
                    continue
                q[i, 1 + states.index(to)] += times / out
            won[i], paid[i] = steps[state]["won"] / out, worth[state] / out
        fate = np.linalg.solve(np.eye(len(q)) - q, np.column_stack([won, paid]))
        return fate[0, 0], fate[0, 1]

    channels = sorted({name for state in states for name in state})
    base = solve(None)
    left = {channel: solve(channel) for channel in channels}
    return pd.DataFrame(
        {
            "removal_effect": {c: 1 - left[c][0] / base[0] for c in channels},
            "removal_effect_value": {c: 1 - left[c][1] / (base[1] or np.nan) for c in channels},
        }
    )


@pytest.fixture(scope="module")
def data() -> Paths:
    return read_paths(d1())


D1 = {
    1: """0.558399 0.405835 0.349026 0.264039 0.206010 0.134022 0.062639 0.039811 0.028663 0.017880
          0.000482 0.000180
        | 5344.9477 3884.6147 3340.8474 2527.3522 1971.9129 1282.8472 599.5707 381.0626 274.3633
          171.1454 4.6136 1.7224
        | 18799.1706 14978.4373 12991.7367 9687.8092 7511.0485 5142.7203 2348.6538 1468.7030
          1136.0925 719.2367 13.9184 5.4445""",
    2: """.547803 .371594 .330767 .237910 .185526 .115995 .059913 .036475 .025942 .016765 .000503
          .000202
        | 5617.4539 3810.5110 3391.8582 2439.6490 1902.4736 1189.4720 614.3735 374.0313 266.0271
          171.9182 5.1591 2.0732
        | 19194.5157 14851.0590 13007.5765 9759.5909 7392.0772 4861.8273 2395.6339 1440.2357
          1132.7578 747.0361 14.4699 6.1916""",
    3: """.546420 .360379 .322834 .228673 .175845 .109391 .059264 .035207 .025119 .016967 .000482
          .000202
        | 5748.0986 3791.0292 3396.0706 2405.5340 1849.8126 1150.7400 623.4321 370.3630 264.2393
          178.4828 5.0708 2.1268
        | 19409.8098 14833.7433 12982.2086 9749.2115 7275.2531 4756.6927 2431.8689 1421.5749
          1135.0450 787.0609 14.2405 6.2623""",
}
"""By order: removal effects | conversions | value, as printed by three independent programs.

One digit is ours: alpha at order 3 was printed 5748.0987, but both this package and the plain solve
below give 5748.09864951, so its last digit had been rounded twice.
"""


@pytest.mark.parametrize("order", D1)
def test_d1_to_the_last_printed_digit(data: Paths, order: int) -> None:
    found = markov(data, order)
    effect, conversions, value = (expected(part) for part in D1[order].split("|"))
    agrees(found.removal_effect, effect)
    agrees(found.conversions, conversions)
    agrees(found.value, value)
    assert found.conversions.sum() == pytest.approx(19785, rel=1e-12)
    fit = fit_chain(data, order)
    assert fit.converts[0] == pytest.approx(19785 / (19785 + 68602), rel=1e-12)
    assert fit.chain.n_states == {1: 12, 2: 120, 3: 933}[order]


@pytest.mark.slow
def test_d1_solved_plainly_at_order_3(data: Paths) -> None:
    table = d1()
    want = plain(table[table.conversions + table.nulls > 0], 3)
    found = markov(data, 3).loc[want.index]
    for name in want:
        assert found[name].to_numpy() == pytest.approx(want[name].to_numpy(), rel=1e-9)


def test_d1_by_value_without_nulls_and_path_by_path(data: Paths) -> None:
    by_value = """0.522986 0.416694 0.361425 0.269511 0.208954 0.143068 0.065339 0.040859 0.031606
        0.020009 0.000387 0.000151"""
    agrees(markov(data).removal_effect_value, expected(by_value))
    ignored = """5260.0696 3899.2462 3347.7659 2585.4063 1938.8461 1295.4822 604.8315 394.5215
        276.6511 176.0281 4.2587 1.8930"""
    agrees(markov(data, nulls=False).conversions, expected(ignored))
    local = markov(data, allocation="local").conversions
    agrees(local, {"alpha": "8285.48", "zeta": "24.14", "delta": "0.0037"})
    assert local.sum() == pytest.approx(19785, rel=1e-12)


def test_d2_by_order() -> None:
    first, second = markov(D2), markov(D2, 2)
    assert first.removal_effect.round(6).tolist() == [0.711420, 0.419622, 0.614987]
    assert first.conversions.round(6).tolist() == [3.667052, 2.162963, 3.169985]
    assert first.value.round(6).tolist() == [48.820713, 27.319526, 28.859761]
    assert second.removal_effect.tolist() == pytest.approx([7 / 9, 5 / 9, 7 / 9], rel=1e-12)
    assert second.value.round(6).tolist() == [43.369565, 25.108696, 36.521739]
    pd.testing.assert_frame_equal(second, markov(D2, 3), rtol=1e-12)
    assert markov(D2, nulls=False).conversions.round(6).tolist() == [3.678155, 2.181956, 3.139888]


@settings(max_examples=40, deadline=None)
@given(TABLE, st.integers(1, 4), st.booleans())
def test_the_definition_solved_plainly(table: pd.DataFrame, order: int, nulls: bool) -> None:
    coded = read_paths(table)
    fit = fit_chain(coded, order, nulls=nulls)
    kept = table.conversions.sum() + (table.nulls.sum() if nulls else 0)
    if table.conversions.sum() == 0:
        assert np.isnan(fit.effect).all()
        return
    assert fit.converts[0] == pytest.approx(table.conversions.sum() / kept, rel=1e-12)
    known = table if nulls else table[table.conversions > 0]
    want = plain(known, order, nulls)
    found = pd.Series(fit.effect, coded.channels)[want.index]
    assert found.to_numpy() == pytest.approx(want.removal_effect.to_numpy(), rel=1e-9, abs=1e-9)
    if nulls and abs(fit.worth[0]) > 1e-6:
        worth = pd.Series(fit.effect_value, coded.channels)[want.index]
        assert worth.to_numpy() == pytest.approx(
            want.removal_effect_value.to_numpy(), rel=1e-9, abs=1e-9
        )


@settings(max_examples=25, deadline=None)
@given(TABLE, st.integers(1, 3), st.randoms(use_true_random=False))
def test_names_and_the_order_of_rows_change_nothing(table, order, random) -> None:
    new = {"a": "live", "b": "live room", "c": "ve", "d": "li"}
    shuffled = table.sample(frac=1, random_state=random.randint(0, 999))
    renamed = shuffled.assign(path=[[new[n] for n in path] for path in shuffled.path])
    before = markov(table, order, allocation="local").rename(index=new)
    after = markov(renamed, order, allocation="local").loc[before.index]
    pd.testing.assert_frame_equal(before, after, rtol=1e-9, atol=1e-9)


def test_sweeps_and_factors_solve_alike(data: Paths) -> None:
    """Whether a chain is fast or slow, the numbers are the same."""
    slow = read_paths(pd.DataFrame([["a > b > " * 900 + "c", 1, 1], ["c > a", 2, 3]]).set_axis(
        ["path", "conversions", "nulls"], axis=1
    ))  # fmt: skip
    for paths, settles in ((data, True), (slow, False)):
        chain = build_chain(paths, 2)
        groups = (np.empty(0, np.int64), *chain.holds)
        swept = chain_solve._by_sweeps(chain, groups, True)
        assert (swept is not None) == settles
        factors = list(chain_solve._by_factors(chain, groups, True))
        solved = list(chain_solve.solve_without(chain, groups, visits=True))
        for one, other in zip(solved, factors, strict=True):
            for mine, theirs in zip(one, other, strict=True):
                assert mine == pytest.approx(theirs, rel=1e-11, abs=1e-13)


def test_states_are_numbered_alike_in_a_table_and_by_hashing(
    data: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = build_chain(data, 3)
    monkeypatch.setattr("liveattr.attribution.chain.MOST_DIRECT", 0)
    hashed = build_chain(data, 3)
    for one, other in zip(table[:7], hashed[:7], strict=True):
        assert np.array_equal(one, other)


def test_edges_have_an_answer_or_an_error() -> None:
    columns = ["path", "conversions", "value", "nulls"]
    assert markov(pd.DataFrame(columns=columns)).empty
    one = markov(pd.DataFrame([["a > a", 2, 7.0, 5]], columns=columns), 2)
    assert one.loc["a"].tolist() == [1, 2, 1, 7]
    none = markov(pd.DataFrame([["a", 0, 0.0, 5], ["b > a", 0, 0.0, 1]], columns=columns))
    assert none.removal_effect.isna().all() and none.conversions.tolist() == [0, 0]
    bot = pd.DataFrame([["a > b > " * 5000 + "c", 1, 1.0, 0], ["c", 1, 1.0, 1]], columns=columns)
    for order in (1, 2, 3):
        assert markov(bot, order, interval=0.9).conversions.sum() == pytest.approx(2, rel=1e-12)
    zero_sum = pd.DataFrame([["a", 1, 5.0, 0], ["b", 1, -5.0, 0]], columns=columns)
    assert markov(zero_sum).value.tolist() == [0, 0]
    assert markov(zero_sum, allocation="local").value.tolist() == [5, -5]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"order": 5}, "order: one of"),
        ({"allocation": "globl"}, "allocation: one of"),
        ({"interval": 95}, "a level between 0 and 1"),
    ],
)
def test_what_is_not_possible_is_said(options: dict, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        markov(D2, **options)


def test_too_many_channels_or_too_few_people() -> None:
    names = tuple(f"c{i}" for i in range(5001))
    many = Paths(names, np.arange(5001), np.arange(5002), *np.ones((3, 5001)))
    with pytest.raises(ParameterError, match="5,001 channels: at most"):
        markov(many)
    with pytest.raises(TableError, match="one person, or one journey"):
        markov(D2.assign(person_id="x"), interval=0.9, cluster="person_id")


def crowd(n_people: int = 400) -> tuple[Paths, np.ndarray]:
    """People with one to three journeys each, with habits of their own."""
    rng = np.random.default_rng(20260122)
    journeys = rng.integers(1, 4, n_people)
    person = np.repeat(np.arange(n_people), journeys)
    lengths = rng.geometric(0.4, len(person))
    habit = rng.dirichlet(np.full(4, 0.6), n_people).cumsum(axis=1)
    whose = np.repeat(person, lengths)
    codes = (habit[whose] < rng.random(len(whose))[:, None]).sum(axis=1).clip(0, 3)
    bought = (rng.random(len(person)) < 0.2 + 0.1 * habit[person, 0]).astype(float)
    value = bought * rng.lognormal(4, 1, len(person))
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return Paths(tuple("abcd"), codes, starts, bought, value, 1 - bought, person=person), person


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"order": 2},
        {"order": 2, "allocation": "local"},
        {"allocation": "local", "nulls": False},
    ],
)
def test_standard_errors_are_those_of_drawing_people_anew(options: dict) -> None:
    paths, person = crowd()
    found = markov(paths, interval=0.95, cluster="person_id", **options)
    names = ["removal_effect", "conversions", "removal_effect_value", "value"]
    rng, drawn = np.random.default_rng(7), []
    for _ in range(150):
        times = np.bincount(rng.integers(0, 400, 400), minlength=400)[person]
        again = dataclasses.replace(
            paths,
            conversions=paths.conversions * times,
            value=paths.value * times,
            nulls=paths.nulls * times,
            person=None,
        )
        drawn.append(markov(again, **options)[names].to_numpy())
    ratio = np.std(drawn, axis=0, ddof=1) / found[[f"{name}_se" for name in names]].to_numpy()
    steady = ~np.isclose(found[["removal_effect_se"]].to_numpy(), 0)
    assert 0.9 < np.mean(ratio[steady[:, 0]]) < 1.1
    assert ((ratio > 0.75) & (ratio < 1.3)).all()


def test_a_row_of_many_is_as_many_rows_of_one() -> None:
    raw = D2.loc[D2.index.repeat(2)].assign(
        conversions=[1, 0] * 5, nulls=[0, 1] * 5, value=[4.0, 0] * 5
    )
    table = D2.assign(conversions=1, nulls=1, value=4.0)
    for options in ({"order": 1}, {"order": 2, "allocation": "local"}):
        pd.testing.assert_frame_equal(
            markov(raw, interval=0.9, **options), markov(table, interval=0.9, **options)
        )
        alone = markov(
            raw.assign(person_id=range(10)), interval=0.9, cluster="person_id", **options
        )
        pd.testing.assert_frame_equal(alone, markov(table, interval=0.9, **options), rtol=1e-5)


def test_many_channels_go_through_in_blocks() -> None:
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 40, 900)
    bought = (np.arange(300) % 3 == 0).astype(float)
    paths = Paths(
        tuple(f"c{i:02d}" for i in range(40)),
        codes,
        np.arange(0, 901, 3),
        bought,
        bought,
        1 - bought,
    )
    found = markov(paths, interval=0.95)
    swapped = dataclasses.replace(paths, codes=39 - codes)
    again = markov(swapped, interval=0.95).iloc[::-1].set_axis(found.index)
    pd.testing.assert_frame_equal(found, again, rtol=1e-5)
    assert (found.conversions_se > 0).all()
