"""The choice of an order, against a slow count by hand, and on chains whose order is known."""

from collections import Counter
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.attribution import Paths, read_paths
from liveattr.attribution.chain import build_chain
from liveattr.attribution.chain_folds import Journeys, deal_out
from liveattr.attribution.chain_order import STRENGTH, choose_order
from liveattr.errors import ParameterError, TableError

rows = st.tuples(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=6),
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(0, 3),
)
tables = st.lists(rows, min_size=3, max_size=8).map(
    lambda rows: pd.DataFrame(rows, columns=["path", "conversions", "nulls", "person_id"])
)


def chances(symbols: list, counts: list[Counter], order: int, n_symbols: int) -> float:
    """Return the chance of the last symbol, given those before; by contexts from none upwards."""
    *context, symbol = symbols
    whole = sum(counts[0].values())
    chance = (counts[0][(symbol,)] + STRENGTH / n_symbols) / (whole + STRENGTH)
    for length in range(1, min(order, len(context)) + 1):
        before = tuple(context[-length:])
        seen = sum(n for gram, n in counts[length].items() if gram[:-1] == before)
        chance = (counts[length][(*before, symbol)] + STRENGTH * chance) / (seen + STRENGTH)
    return chance


def by_hand(journeys: Journeys, order: int) -> tuple[float, float, float]:
    """Return log-likelihood, its standard error and AUC; journey by journey."""
    paths = journeys.paths
    spelled = [
        ["start", *paths.codes[paths.starts[row] : paths.starts[row + 1]].tolist()]
        for row in journeys.rows
    ]
    each = [
        (fold, [*symbols, end], n, who)
        for symbols, fold, *ns, who in zip(
            spelled,
            journeys.folds.tolist(),
            journeys.conversions,
            journeys.nulls,
            range(len(spelled)) if journeys.person is None else journeys.person,
            strict=True,
        )
        for end, n in zip(("conversion", "null"), ns, strict=True)
        if n > 0
    ]
    found, buys = [], []
    for fold, symbols, n, who in each:
        counts = [Counter() for _ in range(order + 1)]
        for (other, past, times, _), length in product(each, range(order + 1)):
            for at in range(max(length, 1), len(past) if other != fold else 0):
                counts[length][tuple(past[at - length : at + 1])] += times
        given = (counts, order, len(paths.channels) + 2)
        logs = [np.log(chances(symbols[: at + 1], *given)) for at in range(1, len(symbols))]
        found.append((sum(logs), n, who))
        ends = [chances([*symbols[:-1], end], *given) for end in ("conversion", "null")]
        buys.append((fold, symbols[-1], ends[0] / sum(ends), n))
    logs, times, people = (np.array(column) for column in zip(*found, strict=True))
    mean = np.average(logs, weights=times)
    if journeys.person is None:
        se = np.repeat(logs, times.astype(int)).std(ddof=1) / np.sqrt(times.sum())
    else:
        sums = pd.Series((logs - mean) * times).groupby(people).sum()
        se = np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1)) / times.sum()
    pairs = [
        (n * m, n * m * (np.sign(round(p - q, 10)) + 1) / 2)
        for (fold, end, p, n), (other, last, q, m) in product(buys, buys)
        if fold == other and (end, last) == ("conversion", "null")
    ]
    auc = sum(won for _, won in pairs) / sum(all_ for all_, _ in pairs) if pairs else np.nan
    return float(mean), float(se), auc


@settings(max_examples=15, deadline=None)
@given(tables, st.sampled_from([None, "person_id"]), st.integers(2, 4), st.integers(0, 99))
def test_by_hand(table: pd.DataFrame, cluster: str | None, folds: int, seed: int) -> None:
    paths = read_paths(table, cluster=cluster)
    used = table[table.conversions + table.nulls > 0]
    counted = used.person_id if cluster else used.conversions + used.nulls
    if (counted.nunique() if cluster else counted.sum()) < 2:
        with pytest.raises(TableError, match="two or more"):
            choose_order(paths, cluster=cluster)
        return
    found = choose_order(table, (3, 1, 2), folds=folds, seed=seed, cluster=cluster)
    journeys = deal_out(paths, folds, seed)
    for order in (1, 2, 3):
        row = found.loc[order]
        expected = by_hand(journeys, order)
        got = [row.log_likelihood, row.log_likelihood_se, row.auc]
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)
        assert row.states == build_chain(read_paths(used), order).n_states
    assert journeys.conversions.sum() == table.conversions.sum()
    assert journeys.nulls.sum() == table.nulls.sum()
    assert found.best.sum() == 1
    assert found.behind[found.best].item() == 0


@settings(max_examples=15, deadline=None)
@given(tables, st.sampled_from([None, "person_id"]), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_the_names_of_people_mean_nothing(table, cluster, random) -> None:
    more = pd.DataFrame({"path": [["a"], ["b"]], "conversions": 1, "nulls": 0, "person_id": [8, 9]})
    table = pd.concat([table, more], ignore_index=True)
    places = list(range(len(table)))
    random.shuffle(places)
    names = list("qwertzuiop")
    random.shuffle(names)
    other = table.iloc[places].assign(person_id=lambda rows: rows.person_id.map(names.__getitem__))
    given = choose_order(table, folds=3, cluster=cluster)
    pd.testing.assert_frame_equal(given, choose_order(other, folds=3, cluster=cluster), rtol=0)
    if cluster is None:
        parted = table.loc[table.index.repeat(2)]
        halves = parted.assign(conversions=parted.conversions / 2, nulls=parted.nulls / 2)
        pd.testing.assert_frame_equal(given, choose_order(halves, folds=3), rtol=0)


def walks(order: int, n: int, seed: int) -> Paths:
    """Return journeys whose next touch, and end, depend on the touch `order` back."""
    random = np.random.default_rng(seed)
    lengths = random.geometric(0.2, n)
    touches = random.integers(3, size=(n, lengths.max()))
    for at in range(order, touches.shape[1]):
        follows = random.random(n) < 0.7
        touches[follows, at] = (touches[follows, at - order] + 1) % 3
    back = touches[np.arange(n), np.maximum(lengths - order, 0)]
    buys = random.random(n) < np.where(lengths < order, 0.3, np.array([0.1, 0.3, 0.7])[back])
    kept = np.arange(touches.shape[1]) < lengths[:, None]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return Paths(("a", "b", "c"), touches[kept], starts, buys, np.zeros(n), ~buys)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_a_known_order_is_found(order: int) -> None:
    for seed in range(5):
        found = choose_order(walks(order, 3_000, seed))
        assert found.index[found.best].tolist() == [order]
        assert found.auc[order] > found.auc[1] - 0.01
        assert found.auc[order] > 0.65


def test_fractions_of_journeys_are_not_lost() -> None:
    table = pd.DataFrame(
        {"path": ["a > b", "b", "a"], "conversions": [2.5, 0.25, 4.0], "nulls": [0.75, 3.5, 0.0]}
    )
    journeys = deal_out(read_paths(table), 5, 0)
    assert journeys.conversions.sum() == 6.75
    assert journeys.nulls.sum() == 4.25
    assert np.isfinite(choose_order(table).log_likelihood).all()


def test_without_nulls_there_is_no_auc() -> None:
    table = pd.DataFrame({"path": ["a > b", "b > a > b"], "conversions": [5, 6]})
    found = choose_order(table)
    assert found.auc.isna().all()
    assert (found.log_likelihood < 0).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"orders": (0, 1)}, "order: one of"),
        ({"orders": ()}, "orders: at least one"),
        ({"folds": 1}, "folds: two or more"),
        ({"seed": -1}, "seed: a whole number"),
    ],
)
def test_what_is_refused(options: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        choose_order(pd.DataFrame({"path": ["a"], "conversions": [9]}), **options)


def test_nothing_to_foretell() -> None:
    with pytest.raises(TableError, match="0 journeys"):
        choose_order(pd.DataFrame({"path": [], "conversions": []}))
