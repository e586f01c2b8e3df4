"""Shapley attribution: two known sets, the axioms, the game by hand, and the error it reports."""

from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.attribution import coalitions
from liveattr.attribution.path_table import Paths
from liveattr.attribution.shapley_value import shapley
from liveattr.errors import ParameterError, TableError
from tests.attribution import known
from tests.attribution.known import D2

D1_CREDIT = {
    "alpha": (7627.9440, 24755.4197, 7487.101094),
    "beta": (1982.7393, 8477.3446, 1973.829750),
    "delta": (2.2929, 6.2572, -2.545589),
    "epsilon": (374.6774, 1534.3187, 440.622863),
    "eta": (3613.6560, 14054.9404, 3594.717819),
    "gamma": (138.1857, 650.1867, 124.940901),
    "iota": (3505.0440, 14522.7869, 3377.557437),
    "kappa": (159.0571, 711.3686, 159.527150),
    "lambda": (987.7821, 4243.4516, 1022.493272),
    "mi": (2.6667, 7.6983, 2.191110),
    "theta": (1190.9631, 5028.2485, 1598.106821),
    "zeta": (199.9917, 810.9504, 6.457371),
}
"""Simplified conversions and value; exact-set conversions, as MAM 2.1.1 gives them uncut."""

ROWS = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abcdef"), min_size=1, max_size=7),
        st.integers(0, 9),
        st.floats(-50, 99, width=16),
        st.integers(0, 9),
    ),
    max_size=12,
)


def table(rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["path", "conversions", "value", "nulls"])
    kept = frame[frame.conversions + frame.nulls > 0].reset_index(drop=True)
    return kept.astype({"conversions": float, "value": float, "nulls": float})


def rates(frame: pd.DataFrame) -> dict[tuple[str, ...], float]:
    """Conversion rate of each set of channels, with plain Python."""
    sums: dict[tuple[str, ...], list[float]] = {}
    for path, bought, lost in zip(frame.path, frame.conversions, frame.nulls, strict=True):
        total = sums.setdefault(tuple(sorted(set(path))), [0.0, 0.0])
        total[0] += bought
        total[1] += bought + lost
    return {each: bought / all_ for each, (bought, all_) in sums.items()}


def by_all_orders(channels: tuple[str, ...], worth) -> dict[str, float]:
    """Shapley value as it is defined: what each one adds, over all orders of arrival."""
    orders = list(permutations(channels))
    out = dict.fromkeys(channels, 0.0)
    for order in orders:
        for at, channel in enumerate(order):
            out[channel] += worth(order[: at + 1]) - worth(order[:at])
    return {channel: total / len(orders) for channel, total in out.items()}


def test_d1_to_the_printed_digit():
    table_1, expected = known.d1(), pd.DataFrame(D1_CREDIT).T
    simple, exact = shapley(table_1), shapley(table_1, "exact_set")
    assert list(simple.index) == list(exact.index) == list(expected.index)
    assert (simple.conversions - expected[0]).abs().max() <= 0.5e-4
    assert (simple.value - expected[1]).abs().max() <= 0.5e-4
    assert (exact.conversions - expected[2]).abs().max() <= 0.5e-6
    assert exact.conversions.sum() == pytest.approx(table_1.conversions.sum(), rel=1e-12)
    assert exact.value.sum() == pytest.approx(table_1.value.sum(), rel=1e-12)


def test_d2_by_hand():
    simple, exact = shapley(D2), shapley(D2, "exact_set")
    assert simple.index.name == exact.index.name == "channel"
    assert simple.conversions.to_dict() == {"A": 3, "B": 2, "C": 4}
    assert simple.value.to_dict() == {"A": 42.5, "B": 22.5, "C": 40}
    assert exact.conversions.round(6).tolist() == [3.338095, 0.238095, 5.423810]
    assert exact.value.round(6).tolist() == [41.880952, 4.880952, 58.238095]


def test_position_is_the_rank_of_a_channels_first_touch():
    credit = shapley(D2, ordered=True)
    assert credit.index.names == ["channel", "position"]
    expected = {
        ("A", 1): 1 + 0.5 + 1,
        ("A", 2): 0.5,
        ("B", 1): 0.5,
        ("B", 2): 1 + 0.5,
        ("C", 1): 2,
        ("C", 2): 1,
        ("C", 3): 1,
    }
    assert credit.conversions.to_dict() == expected


@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_simplified_shares_a_path_equally_among_its_channels(rows):
    frame = table(rows)
    credit = shapley(frame)
    for name in ("conversions", "value"):
        expected = dict.fromkeys(credit.index, 0.0)
        for path, amount in zip(frame.path, frame[name], strict=True):
            for channel in set(path):
                expected[channel] += amount / len(set(path))
        assert credit[name].to_dict() == pytest.approx(expected, abs=1e-9)
    places = shapley(frame, ordered=True)
    pd.testing.assert_frame_equal(
        places.groupby(level="channel").sum(), credit, check_dtype=False, check_index_type=False
    )


@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_exact_set_is_the_game_of_all_orders_in_each_set(rows):
    frame = table(rows)
    rate = rates(frame)

    def worth(some) -> float:
        return rate.get(tuple(sorted(some)), 0.0)

    credit = shapley(frame, "exact_set")
    for name in ("conversions", "value"):
        expected = dict.fromkeys(credit.index, 0.0)
        for path, amount in zip(frame.path, frame[name], strict=True):
            channels = tuple(sorted(set(path)))
            game = by_all_orders(channels, worth)
            for channel, part in game.items():
                share = part / worth(channels) if worth(channels) else 1 / len(channels)
                expected[channel] += amount * share
        assert credit[name].to_dict() == pytest.approx(expected, rel=1e-9, abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_nothing_depends_on_names_or_on_the_order_of_rows(rows, random):
    frame = table(rows)
    names = list("abcdef")
    random.shuffle(names)
    other = dict(zip("abcdef", names, strict=True))
    moved = frame.sample(frac=1, random_state=random.randrange(99)).assign(
        path=lambda rest: [[other[each] for each in path] for path in rest.path]
    )
    for kind in ("simplified", "exact_set"):
        level = 0.9 if frame.conversions.sum() + frame.nulls.sum() > 1 else None
        credit = shapley(frame, kind, interval=level).rename(index=other).sort_index()
        again = shapley(moved, kind, interval=level)
        ends = [name for name in credit if name.endswith(("_low", "_high", "_se"))]
        pd.testing.assert_frame_equal(again.drop(columns=ends), credit.drop(columns=ends))
        for name in ends[::3]:
            assert again[name].pow(2).to_numpy() == pytest.approx(credit[name] ** 2, abs=1e-6)


def test_sets_are_told_apart_when_their_keys_are_the_same(monkeypatch):
    rng = np.random.default_rng(3)
    rows = [(rng.choice(list("abcdefgh"), rng.integers(1, 7)).tolist(), 1, 2, 1) for _ in range(99)]
    plain = shapley(table(rows), "exact_set", interval=0.9)
    monkeypatch.setattr(coalitions, "channel_keys", lambda n: np.ones(n, np.uint64))
    pd.testing.assert_frame_equal(shapley(table(rows), "exact_set", interval=0.9), plain)


def test_a_name_inside_another_is_another():
    credit = shapley(table([("eta", 1, 3, 1), ("beta > eta", 2, 4, 0), ("theta", 5, 6, 0)]))
    assert credit.conversions.to_dict() == {"beta": 1, "eta": 2, "theta": 5}


@pytest.mark.parametrize("kind", ["simplified", "exact_set", lambda channels: 1.0])
def test_small_tables(kind):
    one = shapley(table([("live > live", 2, 30, 5), ("live", 0, 0, 4)]), kind)
    assert one.to_dict("list") == {"conversions": [2], "value": [30]}
    none = shapley(table([("live > sms", 0, 0, 4)]), kind)
    assert none.to_numpy().tolist() == [[0, 0], [0, 0]]
    empty = shapley(table([]), kind)
    assert empty.shape == (0, 2)
    assert empty.index.name == "channel"


def test_value_without_a_conversion_is_shared_equally():
    rows = [("a", 3, 9, 1), ("b", 1, 1, 1), ("a > b", 0, -8, 2)]
    assert shapley(table(rows), "exact_set").value.to_dict() == {"a": 5, "b": -3}


def test_a_function_with_the_same_worths_gives_the_same():
    frame = table([(path.split(" > "), *rest) for path, *rest in D2.itertuples(index=False)])
    rate, asked = rates(frame), []

    def worth(channels: tuple[str, ...]) -> float:
        asked.append(channels)
        return rate.get(channels, 0.0)

    pd.testing.assert_frame_equal(shapley(D2, worth), shapley(D2, "exact_set"))
    assert sorted(asked) == sorted(each for size in (1, 2, 3) for each in combinations("ABC", size))


def test_an_additive_function_pays_each_its_own():
    own = {"a": 1.0, "b": 2.0, "c": 5.0}
    rows = [("c > a > b", 16, 8, 0), ("b > a", 3, 6, 0)]
    credit = shapley(table(rows), lambda channels: sum(own[each] for each in channels))
    assert credit.conversions.to_dict() == pytest.approx({"a": 2 + 1, "b": 4 + 2, "c": 10})


def large(n: int) -> pd.DataFrame:
    names = [f"c{i:02}" for i in range(n)]
    rows = [([name], 1 + i % 3, 5, 4) for i, name in enumerate(names)]
    return table([*rows, (names, 7, 70, 3)])


@pytest.mark.parametrize("n", [25, 70])
def test_exact_sets_may_be_large(n):
    frame = large(n)
    alone = np.array([rate for each, rate in sorted(rates(frame).items()) if len(each) == 1])
    game = 0.7 / n + alone / n - (alone.sum() - alone) / n / (n - 1)
    credit = shapley(frame, "exact_set", interval=0.95)
    assert credit.conversions.to_numpy() == pytest.approx(
        frame.conversions[:n] + game / 0.7 * 7, rel=1e-12
    )


def test_a_function_is_not_asked_for_millions_of_sets():
    with pytest.raises(ParameterError, match=r"row 25 has 25 channels.*group channels"):
        shapley(large(25), lambda channels: 1.0)


def test_more_channels_than_a_word_has_bits():
    rng = np.random.default_rng(8)
    rows = [
        ([f"n{code}" for code in rng.integers(0, 70, 4)], int(rng.integers(0, 3)), 1, 1)
        for _ in range(200)
    ]
    frame, rate = table(rows), rates(table(rows))
    pd.testing.assert_frame_equal(
        shapley(frame, "exact_set"),
        shapley(frame[frame.conversions > 0], lambda some: rate.get(some, 0.0))
        .reindex(shapley(frame).index, fill_value=0.0)
        .add(shapley(frame[frame.conversions == 0], "exact_set"), fill_value=0.0),
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"value_function": "exact"}, "exact_set"),
        ({"value_function": "exact_set", "ordered": True}, "ordered"),
        ({"value_function": lambda some: 1.0, "interval": 0.9}, "leave the interval out"),
        ({"value_function": lambda some: float("nan")}, r"\('A',\) gives nan"),
        ({"value_function": lambda some: "much"}, "gives no number"),
        ({"value_function": lambda some: 0.0}, "is worth 0"),
        ({"interval": 95}, "between 0 and 1"),
    ],
)
def test_what_cannot_be_is_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        shapley(D2, **options)
    with pytest.raises(TableError, match="'path' is missing"):
        shapley(D2.drop(columns="path"))


def people(n_people: int, n_channels: int, seed: int) -> Paths:
    """Journeys of people who differ in how gladly they buy."""
    rng = np.random.default_rng(seed)
    likes, effects = rng.uniform(0.2, 1, n_channels), rng.normal(0, 0.6, n_channels)
    person = np.repeat(np.arange(n_people), 1 + rng.poisson(1.0, n_people))
    lengths = rng.geometric(0.35, len(person))
    starts = np.concatenate([[0], np.cumsum(lengths)])
    codes = rng.choice(n_channels, starts[-1], p=likes / likes.sum())
    met = np.zeros((len(person), n_channels), bool)
    met[np.repeat(np.arange(len(person)), lengths), codes] = True
    glad = rng.normal(-1, 0.7, n_people)[person] + met @ effects
    buys = (rng.random(len(person)) < 1 / (1 + np.exp(-glad))).astype(float)
    value = buys * rng.lognormal(3, 0.5, len(person))
    return Paths(
        [f"c{i}" for i in range(n_channels)], codes, starts, buys, value, 1 - buys, person=person
    )


def drawn(paths: Paths, times: np.ndarray) -> Paths:
    """The same journeys, each as often as it was drawn."""
    return Paths(
        paths.channels,
        paths.codes,
        paths.starts,
        paths.conversions * times,
        paths.value * times,
        paths.nulls * times,
    )


def test_the_error_is_the_slope_by_how_often_each_person_is_drawn():
    paths = people(60, 4, seed=5)
    n, step = 60, 1e-5
    slopes = [
        (
            shapley(drawn(paths, 1 + step * at), "exact_set")
            - shapley(drawn(paths, 1 - step * at), "exact_set")
        )
        / (2 * step)
        for at in (np.asarray(paths.person == one, float) for one in range(n))
    ]
    moved = np.array([each.to_numpy() for each in slopes])
    expected = np.sqrt(n / (n - 1) * (moved**2).sum(0) - moved.sum(0) ** 2 / (n - 1))
    credit = shapley(paths, "exact_set", interval=0.95, cluster="person")
    assert credit[["conversions_se", "value_se"]].to_numpy() == pytest.approx(expected, rel=1e-6)


def test_each_journey_stands_for_itself_unless_people_are_known():
    paths = people(80, 4, seed=6)
    alone = Paths(
        paths.channels,
        paths.codes,
        paths.starts,
        paths.conversions,
        paths.value,
        paths.nulls,
        person=np.arange(len(paths)),
    )
    pd.testing.assert_frame_equal(
        shapley(paths, "exact_set", interval=0.8),
        shapley(alone, "exact_set", interval=0.8, cluster="person"),
    )
    # A row of many journeys is the same as a row for each.
    frame = table([("a > b", 3, 6, 2), ("a", 1, 5, 4), ("b", 2, 4, 3), ("b > a", 0, 6, 3)])
    many = frame.loc[frame.index.repeat(frame.conversions + frame.nulls)]
    first = many.groupby(level=0).cumcount() < many.conversions
    none = many.conversions == 0
    value = np.where(none, many.value / many.nulls, first * many.value / many.conversions.clip(1))
    many = many.assign(conversions=first * 1.0, nulls=(~first) * 1.0, value=value)
    pd.testing.assert_frame_equal(
        shapley(many, "exact_set", interval=0.8), shapley(frame, "exact_set", interval=0.8)
    )


def test_slopes_in_blocks_are_the_same(monkeypatch):
    from liveattr.attribution import coalition_spread

    paths = people(200, 7, seed=9)
    whole = shapley(paths, "exact_set", interval=0.8, cluster="person")
    monkeypatch.setattr(coalition_spread, "CELLS", 150)
    pd.testing.assert_frame_equal(
        shapley(paths, "exact_set", interval=0.8, cluster="person"), whole
    )


@pytest.mark.slow
@pytest.mark.parametrize("n_channels", [5, 12])
def test_errors_are_those_of_a_bootstrap_of_people(n_channels):
    n, draws = 20_000, 500
    paths = people(n, n_channels, seed=11)
    rng = np.random.default_rng(12)
    for kind in ("simplified", "exact_set"):
        credit = shapley(paths, kind, interval=0.95, cluster="person")
        again = []
        for _ in range(draws):
            times = np.bincount(rng.integers(0, n, n), minlength=n)[paths.person]
            again.append(shapley(drawn(paths, times), kind).to_numpy())
        ratio = np.std(again, axis=0, ddof=1) / credit[["conversions_se", "value_se"]].to_numpy()
        assert np.abs(ratio - 1).max() < 0.15
        assert abs(ratio.mean() - 1) < 0.03
