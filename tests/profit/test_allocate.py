"""Cutting money into whole fen: conserved, signed, monotone, blind to the order of rows."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.errors import ParameterError
from liveattr.profit.allocate import SHARE_PARTS, allocate, cut_sql, parts_sql
from tests.database import connect

WEIGHTS = st.lists(st.integers(0, 1000), min_size=1, max_size=6).filter(any)
CALM = settings(deadline=None, max_examples=50)
GROUPS = st.lists(st.tuples(st.integers(-(10**10), 10**10), WEIGHTS), min_size=1, max_size=5)


def rows_of(groups: list[tuple[int, list[int]]]) -> pd.DataFrame:
    rows = [
        (f"g{g}", f"w{k}", amount, weight / sum(weights))
        for g, (amount, weights) in enumerate(groups)
        for k, weight in enumerate(weights)
    ]
    return pd.DataFrame(rows, columns=["line", "who", "amount_fen", "share"])


def cut(frame: pd.DataFrame) -> pd.Series:
    return allocate(frame, by=["line"], order=["who"])


@CALM
@given(GROUPS)
def test_parts_sum_to_the_amount_and_have_its_sign(groups: list) -> None:
    frame = rows_of(groups)
    part = cut(frame)
    assert part.groupby(frame.line).sum().to_dict() == {
        f"g{g}": amount for g, (amount, _) in enumerate(groups)
    }
    assert ((part == 0) | (np.sign(part) == np.sign(frame.amount_fen))).all()
    assert (part[frame.share == 0] == 0).all()


@CALM
@given(GROUPS)
def test_a_larger_share_never_gets_less(groups: list) -> None:
    frame = rows_of(groups)
    frame["part"] = cut(frame).abs()
    for _, group in frame.groupby("line"):
        assert group.sort_values(["share", "part"]).part.is_monotonic_increasing


@CALM
@given(GROUPS)
def test_no_part_is_a_fen_away_from_its_share(groups: list) -> None:
    frame = rows_of(groups)
    exact = frame.amount_fen * frame.share
    rounding = frame.amount_fen.abs() * 6 / SHARE_PARTS
    assert ((cut(frame) - exact).abs() < 1 + rounding).all()


@CALM
@given(GROUPS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(groups: list, random: object) -> None:
    frame = rows_of(groups)
    mixed = frame.sample(frac=1, random_state=random.randint(0, 2**31))  # type: ignore[attr-defined]
    pd.testing.assert_series_equal(cut(mixed).sort_index(), cut(frame))


@CALM
@given(GROUPS)
def test_sql_and_pandas_cut_alike(groups: list) -> None:
    frame = rows_of(groups)
    with connect() as con:
        con.register("rows", frame)
        source = f"(SELECT *, {parts_sql('share')} AS parts FROM rows)"
        sql = cut_sql(source, by=["line"], order=["who"], amount="amount_fen", weight="parts")
        found = con.execute(f"{sql} ORDER BY line, who").df()
    assert found.part.tolist() == cut(frame).tolist()


def test_float_noise_does_not_decide_who_gets_the_fen() -> None:
    noisy = pd.DataFrame({"line": "x", "who": ["a", "b", "c"], "amount_fen": 100})
    for shares in ([1 / 6 + 1 / 6, 1 / 3, 1 - 2 / 3], [1 / 3, 1 - 2 / 3, 1 / 6 + 1 / 6]):
        assert cut(noisy.assign(share=shares)).tolist() == [34, 33, 33]


def test_weights_that_are_all_nothing_count_as_equal() -> None:
    sql = cut_sql(
        "(VALUES (1, 'a', 7, 0), (1, 'b', 7, 0)) AS t (g, who, amount, weight)",
        by=["g"],
        order=["who"],
    )
    assert duckdb.sql(f"{sql} ORDER BY who").fetchall() == [(1, "a", 4), (1, "b", 3)]


def test_large_weights_do_not_overflow() -> None:
    big = 9 * 10**17
    sql = cut_sql(
        f"(VALUES (1, 'a', {big}, {big}), (1, 'b', {big}, {big})) AS t (g, who, amount, weight)",
        by=["g"],
        order=["who"],
    )
    assert [part for *_, part in duckdb.sql(sql).fetchall()] == [big // 2, big // 2]


def test_nothing_to_cut_is_nothing() -> None:
    assert cut(rows_of([(1, [1])]).iloc[:0]).empty


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"share": [0.5, 0.4]}, "do not sum to 1"),
        ({"share": [1.5, -0.5]}, "missing or negative"),
        ({"share": [1.0, None]}, "missing or negative"),
        ({"amount_fen": [5, 6]}, "different amounts"),
    ],
)
def test_what_cannot_be_cut_is_refused(change: dict, message: str) -> None:
    frame = rows_of([(5, [1, 1])]).assign(**change)
    with pytest.raises(ParameterError, match=message):
        cut(frame)
