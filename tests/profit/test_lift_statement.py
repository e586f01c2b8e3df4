"""The statement over incremental orders: to the fen, linear, given or at most, and never rewritten."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.errors import MissingDataError
from liveattr.lake import Lake
from liveattr.lake.frames import arrow_from_pandas
from liveattr.ledger import create_line_ledger
from liveattr.profit import settle, settle_lift, true_roi
from liveattr.profit.lift_money import chosen_lifts, fixed_rows, lift_facts, lift_money
from liveattr.profit.lift_statement import lift_statement
from liveattr.profit.money import money_rows
from liveattr.settings import Settings
from liveattr.tables import get_table
from liveattr.units import ppm
from tests.profit.world import (
    DAY,
    FAR,
    ZONE,
    World,
    account,
    at,
    cost,
    in_room,
    refunded,
    settled,
    show_world,
)

PLAIN = Settings()
ORDERS = ("o1", "o2", "o3", "m1")
R, V, F = "revenue", "variable_cost", "fixed_cost"


def busy_world() -> World:
    """Four paid orders of five lines, with every kind of money; one that was never paid."""
    world = show_world().add("sku_cogs", cogs_fen=301)
    world.order("o1", in_room(paid_fen=1001, sub_platform_fen=7, qty=2))
    world.order("o2", in_room(line_id="a", paid_fen=500), in_room(line_id="b", paid_fen=499))
    world.order("o3", in_room(paid_fen=3333, sub_author_fen=11))
    world.order("m1", {"paid_fen": 777}, platform="mall")
    world.order("never", in_room(paid_fen=50_000), paid_at=None)
    refunded(world, "o1", 500, qty=1, subsidy_back_fen=3)
    world.add("refund", refund_id="x", order_id="o2", refund_fen=333, type="refund_only")
    for n, line in enumerate(("o1", "a", "b", "o3")):
        settled(world, line, n, commission_fen=83, service_fee_fen=17, order_id=_order(line))
    settled(world, "o1", 9, trade_type=1, commission_fen=-41)
    account(world, "o2", "compensation", 9, "out")
    return account(world, "o3", "freight_insurance", 45, "out")


def _order(line: str) -> str:
    return {"a": "o2", "b": "o2"}.get(line, line)


def lifted(world: World, gross: float, net: float | None = None, **values: object) -> World:
    ends = {"gross_low": gross / 2, "gross_high": gross * 2}
    if net is not None:
        ends |= {"net_low": net / 2, "net_high": net * 2}
    return world.add("lift", **{"subject": "A", "gross": gross, "net": net, **ends, **values})


def weighted(
    world: World, *weights: float, orders: tuple[str, ...] = ORDERS, campaign_id: str = "A"
) -> World:
    for order, weight in zip(orders, weights, strict=True):
        platform = "mall" if order.startswith("m") else "douyin"
        part = {"order_id": order, "weight": weight, "campaign_id": campaign_id}
        world.add("lift_order", platform=platform, **part)
    return world


def made(world: World) -> pd.DataFrame:
    """The statement of A, by horizon and line."""
    with world.connect() as con:
        ledger(con)
        found = lift(con)
    return found.set_index(["horizon", "line"]).sort_index()


def ledger(con: duckdb.DuckDBPyConnection) -> None:
    create_line_ledger(con, as_of=FAR, zone=ZONE, refund_window_days=15)
    money_rows(con, as_of=FAR, zone=ZONE, shared_only=False)


def lift(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    chosen_lifts(con, FAR)
    lifts, money = lift_money(con, as_of=FAR, zone=ZONE)
    return lift_statement(lifts, money, fixed_rows(con, FAR), lift_facts(con), as_of=FAR)


def stated(world: World) -> pd.DataFrame:
    """The same, with the campaign's own statement and the shares behind it."""
    with world.settled(shared_only=False) as con:
        con.execute("""
            CREATE TEMP TABLE statement AS FROM result;
            CREATE TEMP TABLE line_share AS FROM share;
            CREATE TEMP TABLE statement_row AS
                SELECT *, (SELECT max(as_of) FROM result) AS as_of FROM campaign_row""")
        found = lift(con)
    return found.set_index(["horizon", "line"]).sort_index()


def spent(world: World, fen: int) -> World:
    """Add a fixed cost as the campaign's own statement has it."""
    row = {"campaign_id": "A", "variant": "base", "section": "fixed", "as_of": FAR, "given": True}
    return world.add("statement", line="slot_fee", amount_fen=-fen, **row)


# -- to the fen ------------------------------------------------------------------------------


def test_weight_1_on_all_orders_is_the_whole_ledger() -> None:
    world = busy_world()
    books = world.ledger()
    found = made(weighted(lifted(world, 4.0), 1, 1, 1, 1))["amount_fen"]["gross"]
    assert found[R] == books[books.paid_at.notna()].net_fen.sum()
    pieces = (2 - 1) + 1 + 1 + 1 + 1
    fees = 4 * (83 + 17) - 41 + 9 + 45
    assert found[V] == -pieces * 301 - fees
    assert found["contribution"] == found[R] + found[V] and pd.isna(found[F])


def test_orders_that_are_not_paid_have_no_part() -> None:
    world = weighted(lifted(busy_world(), 2.0), 1, 1, orders=("o1", "o3"))
    alone = made(world)
    weighted(world, 1, orders=("never",))
    pd.testing.assert_frame_equal(made(world), alone)


def test_no_lift_leaves_the_fixed_cost() -> None:
    world = spent(weighted(lifted(busy_world(), 0.0, 0.0), 0, 0, 0, 0), 800)
    found = made(world)
    for horizon in ("gross", "net"):
        amounts = found["amount_fen"][horizon]
        assert (amounts[R], amounts[V], amounts["contribution"]) == (0, 0, -800)
        assert found.value_ppm[horizon]["true_roi"] == 0


def amounts_of(con: duckdb.DuckDBPyConnection, *lifts: list[float]) -> list[dict[str, int]]:
    """Amounts by line of campaigns with these weights."""
    world = World()
    for n, weights in enumerate(lifts):
        lifted(world, sum(weights), subject=f"c{n}")
        weighted(world, *weights, campaign_id=f"c{n}")
    for name in ("lift", "lift_order"):
        con.register("given", arrow_from_pandas(world.frame(name), get_table(name)))
        con.execute(f"DELETE FROM {name}; INSERT INTO {name} FROM given")
        con.unregister("given")
    found = lift(con).query("horizon == 'gross' and amount_fen.notna()")
    each = found.groupby("campaign_id")
    return [dict(zip(rows.line, rows.amount_fen.astype(int), strict=True)) for _, rows in each]


WEIGHTS = st.lists(st.integers(0, 64), min_size=4, max_size=4).filter(any)


def test_amounts_are_linear_in_the_weights() -> None:
    @settings(max_examples=6, deadline=None)
    @given(first=WEIGHTS, second=WEIGHTS)
    def check(first: list[int], second: list[int]) -> None:
        both = [a + b for a, b in zip(first, second, strict=True)]
        weights = ([n / 64 for n in each] for each in (first, second, both))
        one, two, sums = amounts_of(con, *weights)
        for line, part in money.items():
            exact = sum(Fraction(n, 64) * part.get(o, 0) for o, n in zip(ORDERS, both, strict=True))
            a, b, found = (each.get(line, 0) for each in (one, two, sums))
            assert found == round(exact), "half to even"
            assert abs(found - a - b) <= 1
        for each in (one, two, sums):
            assert each["contribution"] == sum(each.get(line, 0) for line in money)

    with lifted(weighted(busy_world(), 0, 0, 0, 0), 0.0).connect() as con:
        ledger(con)
        lift(con)
        rows = con.sql("SELECT line, order_id, CAST(fen AS BIGINT) FROM order_money").fetchall()
        money: dict[str, dict[str, int]] = {line: {} for line, _, _ in rows}
        for line, order, fen in rows:
            money[line][order] = fen
        check()


# -- how many, of which ----------------------------------------------------------------------


def test_money_follows_the_lift_where_the_weights_miss_a_part() -> None:
    full = made(weighted(lifted(busy_world(), 3.0), 1, 1, 1, orders=ORDERS[:3]))
    part = made(weighted(lifted(busy_world(), 3.0), 0.5, 0.5, 0.5, orders=ORDERS[:3]))
    pd.testing.assert_frame_equal(full, part)


def test_without_weights_the_orders_of_its_days_stand_in() -> None:
    world = busy_world()
    world.order("later", in_room(paid_fen=9_999), created_at=at("02-20 20:00"))
    named = made(weighted(lifted(world, 2.0), 0.5, 0.5, 0.5, 0.5))
    world.rows["lift_order"].clear()
    pd.testing.assert_frame_equal(made(world), named)


def test_net_money_is_gross_money_by_orders() -> None:
    world = lifted(busy_world(), 2.0, 0.5, net_low=-0.25, net_high=3.0)
    found = made(weighted(world, 0.5, 0.5, 0.5, 0.5))
    four = made(weighted(lifted(busy_world(), 4.0), 1, 1, 1, 1)).amount_fen["gross"]
    sourced = ["gmv_paid", "refund_after_shipping", "cogs", "commission", "commission_back"]
    amounts = found.amount_fen["net"][sourced].tolist()
    assert amounts == [round(Fraction(int(four[line]), 8)) for line in sourced]
    ends = found.loc[("net", "contribution")]
    assert ends.low_fen == pytest.approx(four["contribution"] / -16, abs=10)
    assert ends.high_fen == pytest.approx(four["contribution"] * 3 / 4, abs=10)


def test_the_interval_is_that_of_the_lift() -> None:
    found = made(spent(weighted(lifted(busy_world(), 4.0, 4.0), 1, 1, 1, 1), 1000))
    margin = int(found.amount_fen["gross"][R] + found.amount_fen["gross"][V])
    roi = found.loc[("gross", "true_roi")]
    assert roi.value_ppm == ppm(margin, 1000)
    assert found.low_fen["gross"]["contribution"] == pytest.approx(margin / 2 - 1000, abs=10)
    assert roi.low_ppm == pytest.approx(ppm(margin, 2000), abs=10_000)
    assert roi.high_ppm == pytest.approx(ppm(margin, 500), abs=20_000)
    assert found.loc["net"].drop(columns="grade").equals(found.loc["gross"].drop(columns="grade"))
    assert found.low_fen.notna().sum() == 2, "results only: contribution, gross and net"


def test_more_orders_at_a_loss_are_the_lower_end() -> None:
    world = show_world().add("sku_cogs", cogs_fen=300).order("o1", {"paid_fen": 100})
    found = made(weighted(lifted(world, 1.0), 1.0, orders=("o1",)))
    row = found.loc[("gross", "contribution")]
    assert (row.low_fen, row.amount_fen, row.high_fen) == (-400, -200, -100)


def test_no_end_no_interval_and_no_net_no_rows() -> None:
    world = weighted(lifted(busy_world(), 4.0, gross_low=None), 1, 1, 1, 1)
    found = made(world)
    assert set(found.index.get_level_values("horizon")) == {"gross"}
    assert pd.isna(found.low_fen["gross"]["contribution"])
    assert pd.isna(found.high_fen["gross"]["contribution"])


def test_the_chosen_lift_counts_and_says_its_grades() -> None:
    world = lifted(busy_world(), 2.0, 1.0, method="baseline", grade="B", net_grade="D")
    lifted(world, 9.0, 9.0, method="pooled", grade="C", chosen=False)
    lifted(world, 9.0, 9.0, subject_kind="room")
    found = made(weighted(world, 0.5, 0.5, 0.5, 0.5))
    assert set(found.method) == {"baseline"}
    assert found.groupby("horizon").grade.unique().map(list).to_dict() == {
        "gross": ["B"],
        "net": ["D"],
    }
    world.rows["lift"][0]["gross"] = None
    assert made(world).empty


# -- bills, and what is given ----------------------------------------------------------------


def test_bills_without_orders_are_charged_by_the_order() -> None:
    world = cost(busy_world(), "freight_out", 310)
    cost(world, "packing", 0)
    weighted(lifted(world, 2.0, 1.0), 0.5, 0.5, 0.5, 0.5)
    found = stated(world)
    credited = 3  # o1, o2 and o3 are the statement's; nobody led to the mall's
    assert found.amount_fen["gross"]["freight_out"] == round(-310 / credited * 2)
    assert found.amount_fen["net"]["freight_out"] == round(-310 / credited)
    assert found.amount_fen["gross"]["packing"] == 0 and found.given["gross"]["packing"]
    assert pd.isna(found.amount_fen["gross"]["payment_fee"])
    assert not found.given["gross"]["payment_fee"]


@pytest.mark.parametrize("gap", ["", "sku_cogs", "settlement_line", "refund", "campaign_cost"])
def test_a_gap_makes_the_result_at_most(gap: str) -> None:
    world = cost(busy_world(), "slot_fee", 500)
    weighted(lifted(world, 1.6, 0.5), 0.4, 0.4, 0.4, 0.4)
    if gap:
        world.rows[gap].clear()
    found = stated(world)
    for horizon in ("gross", "net"):
        results = found.loc[horizon].loc[["contribution", "true_roi"]]
        assert results.given.eq(not gap).all()
        assert pd.notna(results.amount_fen["contribution"])
        assert pd.isna(results.value_ppm["true_roi"]) == (gap == "campaign_cost")


def test_the_order_of_rows_is_nothing() -> None:
    world = cost(busy_world(), "slot_fee", 500)
    weighted(lifted(world, 1.3, 0.7), 0.1, 0.2, 0.3, 0.7)
    found = stated(world)
    for rows in world.rows.values():
        rows.reverse()
    pd.testing.assert_frame_equal(stated(world), found)
    parts = [pd.Series([found.amount_fen["gross"][line]]) for line in (R, V, F)]
    assert found.value_ppm["gross"]["true_roi"] == true_roi(*parts)[0]


# -- the stage -------------------------------------------------------------------------------


def settled_on(lake: Lake, as_of: date) -> pd.DataFrame:
    settle_lift(lake, as_of=as_of, settings=PLAIN)
    rows = lake.sql("SELECT * FROM lift_statement WHERE as_of = $day", day=as_of)
    return rows.set_index(["horizon", "line"]).sort_index()


def test_a_late_refund_changes_only_what_is_asked_for_later(tmp_path: Path) -> None:
    early, world = date(2026, 2, 1), cost(busy_world(), "slot_fee", 500)
    for day in (early, FAR):
        lifted(world, 4.0, 2.0, as_of=day)
        for row in [r for r in world.rows["lift_order"] if r["as_of"] == FAR]:
            row["as_of"] = early
        weighted(world, 1, 1, 1, 1)
    lake = world.lake(tmp_path)
    for day in (early, FAR):
        settle(lake, as_of=day, settings=PLAIN)
    first = {day: settled_on(lake, day) for day in (early, FAR)}
    assert first[early].restated_on.eq(date(2026, 1, 25)).all()
    refunded(world, "o3", 3333, done_at=at("02-10 23:59"))
    for name in ("refund", "refund_line"):
        lake.write(name, world.frame(name))
    again = {day: settled_on(lake, day) for day in (early, FAR)}
    pd.testing.assert_frame_equal(again[early], first[early])
    assert again[FAR].restated_on.eq(date(2026, 2, 10)).all()
    change = again[FAR].amount_fen["gross"] - first[FAR].amount_fen["gross"]
    assert change[R] == change["refund_after_shipping"] == -3333
    assert again[FAR].value_ppm["net"]["true_roi"] < first[FAR].value_ppm["net"]["true_roi"]


def test_no_lift_no_statement(tmp_path: Path) -> None:
    lake = busy_world().lake(tmp_path)
    settle(lake, as_of=FAR, settings=PLAIN)
    assert settle_lift(lake, as_of=FAR, settings=PLAIN).rows_out == 0
    assert lake.table("lift_statement").empty
    lake.write("lift", lifted(World(), 1.0).frame("lift"))
    assert settle_lift(lake, as_of=str(FAR), settings=PLAIN).rows_out == 32
    before = lake.versions()
    assert settle_lift(lake, as_of=FAR, settings=PLAIN).skipped and lake.versions() == before
    lake.write("lift", lifted(World(), 1.0, as_of=DAY).frame("lift"))
    with pytest.raises(MissingDataError, match="run settle"):
        settle_lift(lake, as_of=DAY, settings=PLAIN)
    settle_lift(lake, as_of=FAR, settings=PLAIN)
    assert lake.table("lift_statement").empty, "the lift of that day was taken back"
