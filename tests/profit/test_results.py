"""Results of the statement: contribution, ratios, what is given when, and the rows behind it."""

from datetime import date

import pandas as pd
import pytest

from liveattr.errors import ParameterError
from liveattr.profit.statement import broadcast_statement
from liveattr.units import ppm
from tests.profit.world import (
    FAR,
    World,
    account,
    at,
    cost,
    in_room,
    refunded,
    settled,
    show_world,
)


def full_world() -> World:
    """Everything known: R 10000, V -4000, F -3000."""
    world = show_world().add("sku_cogs", cogs_fen=2500)
    world.order("o1", in_room(paid_fen=10000))
    world.order("o2", in_room(paid_fen=6000))
    refunded(world, "o2", 6000)
    settled(world, "o1", commission_fen=1500)
    cost(world, "slot_fee", 2000)
    return world.add("ad_spend", broadcast_id="b1", spend_fen=1000)


def test_contribution_and_ratios() -> None:
    found = full_world().statement()
    assert found.amount_fen[["revenue", "variable_cost", "fixed_cost"]].tolist() == [
        10000,
        -4000,
        -3000,
    ]
    assert found.amount_fen["contribution"] == 3000
    assert found.value_ppm["true_roi"] == 2_000_000
    assert found.value_ppm["break_even_roas"] == 1_666_667
    assert found.value_ppm["surface_roi"] == 16_000_000
    results = ["contribution", "true_roi", "break_even_roas", "surface_roi"]
    assert found.given[results].all()
    assert found.coverage_ppm[["cogs", "commission", "service_fee"]].tolist() == [1_000_000] * 3
    assert found.value_ppm["lines_settled_ppm"] == 1_000_000
    assert found.n_rows["orders"] == 2


@pytest.mark.parametrize("gap", ["sku_cogs", "settlement_line", "refund", "fixed"])
def test_a_gap_makes_the_result_at_most(gap: str) -> None:
    world = full_world()
    for table in ("campaign_cost", "ad_spend") if gap == "fixed" else (gap,):
        world.rows[table].clear()
    found = world.statement()
    assert not found.given["contribution"] and not found.given["true_roi"]
    assert pd.notna(found.amount_fen["contribution"])
    assert pd.isna(found.value_ppm["true_roi"]) == (gap == "fixed")
    assert found.given["break_even_roas"] == (gap == "fixed")


def test_a_line_of_the_own_mall_needs_no_settlement() -> None:
    world = full_world().add("tracked_link", link_id="L", broadcast_id="b1")
    world.order("m1", {"paid_fen": 500}, platform="youzan", link_id="L")
    found = world.statement()
    assert found.given["contribution"]
    assert found.value_ppm["lines_settled_ppm"] == 1_000_000
    world.order("k1", {"paid_fen": 500}, platform="kuaishou", link_id="L")
    found = world.statement()
    assert not found.given["contribution"]
    assert found.value_ppm["lines_settled_ppm"] == 500_000


def test_no_spend_is_earned_back_by_a_margin_that_is_not_there() -> None:
    world = full_world()
    cost(world, "freight_out", 6000)  # R + V = 0
    found = world.statement()
    assert found.value_ppm["true_roi"] == 0 and found.given["true_roi"]
    assert pd.isna(found.value_ppm["break_even_roas"]) and not found.given["break_even_roas"]
    cost(world, "freight_out", 1000)
    assert world.statement().value_ppm["true_roi"] == ppm(-1000, 3000)


def test_a_fixed_cost_of_nothing_gives_no_ratio() -> None:
    world = full_world()
    world.rows["ad_spend"][0]["spend_fen"] = world.rows["campaign_cost"][0]["amount_fen"] = 0
    found = world.statement()
    assert found.given["slot_fee"] and found.amount_fen["slot_fee"] == 0
    assert pd.isna(found.value_ppm["true_roi"]) and not found.given["true_roi"]
    assert pd.isna(found.value_ppm["surface_roi"])
    assert found.amount_fen["contribution"] == 6000 and found.given["contribution"]


def test_maturity_is_the_share_of_paid_money_past_its_window() -> None:
    world = show_world()
    world.order("o1", in_room(paid_fen=3000))
    world.order("o2", in_room(paid_fen=1000), paid_at=at("01-24 10:00"))
    maturity = {
        day: world.statement(as_of=date(2026, 2, day)).value_ppm["refund_maturity"]
        for day in (5, 6, 8)
    }
    assert maturity == {5: 0, 6: 750_000, 8: 1_000_000}


def test_not_given_is_never_zero_and_zero_is_never_not_given() -> None:
    world = show_world().order("o1", in_room(paid_fen=1000))
    found = world.statement()
    given = set(found[found.given].index)
    sales = {"gmv_created", "gmv_paid_surface", "gmv_paid", "subsidy_platform", "subsidy_author"}
    memo = {"orders", "lines_settled_ppm", "refund_maturity"}
    assert given == sales | memo | {"revenue", "gsv"}
    others = found[~found.given & (found.section != "result")]
    assert others.amount_fen.isna().all()
    world.order("o2", {"paid_fen": 1}, created_at=at("03-01 10:00"))
    refunded(world, "o2", 1)  # somebody else's refund: now the absence of mine is a fact
    settled(world, "o1", commission_fen=0)  # settled at no fee
    found = world.statement()
    zero = found[found.given & (found.amount_fen == 0)].index
    assert set(zero) == {
        "subsidy_platform",
        "subsidy_author",
        "refund_before_shipping",
        "refund_after_shipping",
        "subsidy_back",
        "commission",
        "service_fee",
        "channel_fee",
        "commission_back",
        "service_fee_back",
        "channel_fee_back",
        "variable_cost",
    }


def test_a_campaign_of_nothing_still_has_its_statement() -> None:
    found = World().add("campaign", campaign_id="A").statement()
    assert len(found) == 40 and not found.given.any()
    assert found.amount_fen.isna().all() and found.value_ppm.isna().all()
    assert (found.n_rows == 0).all()


def test_a_campaign_with_costs_but_no_line_lost_its_costs() -> None:
    world = full_world().add("campaign", campaign_id="B")
    cost(world, "slot_fee", 800, campaign_id="B")
    found = world.statement(campaign="B")
    assert found.amount_fen["revenue"] == 0 and found.given["revenue"]
    assert found.amount_fen["contribution"] == -800 and found.given["contribution"]
    assert found.value_ppm["true_roi"] == 0
    assert pd.isna(found.amount_fen["cogs"]) and pd.isna(found.coverage_ppm["cogs"])


def test_variants_differ_by_what_the_evidence_is() -> None:
    world = show_world().add("touch", touch_id=1)
    mall = {"platform": "mall", "created_at": at("01-22 20:30")}
    world.order("hard", in_room(paid_fen=1))
    world.order("ruled", {"paid_fen": 10}, **mall)
    world.order("soft", {"paid_fen": 100, "host_id": "h1"}, **mall)
    world.order("none", {"paid_fen": 1000}, **{**mall, "created_at": at("03-01 10:00")})
    touch = {"platform": "mall", "share": 1.0}
    world.add("credit", line_id="ruled", touch_id=1, campaign_id="A", broadcast_id="b1", **touch)
    for line in ("soft", "none"):
        world.add("credit", line_id=line, touch_id=-1, **touch)
    found = {v: world.amounts(variant=v)["gmv_paid"] for v in ("low", "base", "high")}
    assert found == {"low": 1, "base": 11, "high": 111}


def test_days_after_the_broadcast() -> None:
    """One order kept, one refunded before shipping, one after settlement: D+1, D+15, D+30."""
    world = show_world().add("sku_cogs", cogs_fen=2000)
    for order in ("kept", "early", "late"):
        world.order(order, in_room(paid_fen=10000, sub_platform_fen=500))
    early = {"before_shipping": True, "done_at": at("01-23 09:00")}
    refunded(world, "early", 10000, subsidy_back_fen=500, **early)
    for n, order in enumerate(("kept", "late")):
        settled(world, order, n, commission_fen=2000, service_fee_fen=100)
    refunded(world, "late", 10000, done_at=at("02-10 09:00"))
    back = {"trade_type": 1, "settled_at": at("02-11 10:00")}
    settled(world, "late", 9, commission_fen=-2000, service_fee_fen=-100, **back)
    account(world, "late", "subsidy_back", 500, "out")
    world.rows["account_ledger"][0]["at"] = at("02-12 10:00")
    cost(world, "slot_fee", 5000)
    lines = ["revenue", "cogs", "commission", "service_fee", "commission_back", "contribution"]

    def on(day: date) -> list[int | None]:
        found = world.statement(as_of=day)
        return [None if pd.isna(v) else int(v) for v in found.amount_fen[lines]]

    # 31500 - 10500; two pieces; nothing settled
    assert on(date(2026, 1, 23)) == [21000, -4000, None, None, None, 12000]
    # settled on the 30th
    assert on(date(2026, 2, 6)) == [21000, -4000, -4000, -200, 0, 7800]
    # the second refund: 10500 back, its piece back, its fees back
    assert on(date(2026, 2, 21)) == [10500, -2000, -4000, -200, 2000, 1400]
    assert world.statement(as_of=date(2026, 2, 21)).given["contribution"]
    assert not world.statement(as_of=date(2026, 1, 23)).given["contribution"]


# -- rows behind the lines -------------------------------------------------------------------


def test_each_amount_has_its_source_rows() -> None:
    world = full_world()
    account(world, "o1", "compensation", 5, "out")
    with world.settled() as con:
        rows = con.execute(
            "SELECT line, source_table, source_key, amount_fen FROM campaign_row "
            "WHERE variant = 'base' AND amount_fen <> 0 ORDER BY line, source_key"
        ).fetchall()
    assert rows == [
        ("ads", "ad_spend", "acc/ad/2026-01-22T12:00:00Z", -1000),
        ("cogs", "order_line", "douyin/o1", -2500),
        ("commission", "settlement_line", "douyin/q1/o1/0", -1500),
        ("compensation", "account_ledger", "douyin/t0", -5),
        ("gmv_created", "order_line", "douyin/o1", 10000),
        ("gmv_created", "order_line", "douyin/o2", 6000),
        ("gmv_paid", "order_line", "douyin/o1", 10000),
        ("gmv_paid", "order_line", "douyin/o2", 6000),
        ("refund_after_shipping", "refund_line", "douyin/r0/o2", -6000),
        ("slot_fee", "campaign_cost", "c0", -2000),
    ]


# -- the pure function -----------------------------------------------------------------------

FACTS = {
    **dict.fromkeys(("has_orders", "has_refunds"), True),
    **dict.fromkeys(("has_cogs", "has_settlement", "has_trade"), False),
    "orders": 1,
    "lines_open": 3,
    "lines_settled": 1,
    "lines_unsettled": 2,
    "lines_goods": 3,
    "lines_costed": 2,
    "mature_fen": 5,
}


def stated(*rows: tuple[str, int]) -> pd.DataFrame:
    facts = pd.DataFrame([{"campaign_id": "A", "variant": "base", **FACTS}])
    lines = [("A", "base", line, fen) for line, fen in rows]
    frame = pd.DataFrame(lines, columns=["campaign_id", "variant", "line", "amount_fen"])
    return broadcast_statement(frame, facts, as_of=FAR).set_index("line")


def test_rows_of_a_frame_are_added_up_and_left_as_they_are() -> None:
    found = stated(("gmv_paid", 5), ("gmv_paid", 2), ("slot_fee", -3))
    assert found.amount_fen["gmv_paid"] == 7 and found.n_rows["gmv_paid"] == 2
    assert found.value_ppm["true_roi"] == 2_333_333
    assert found.coverage_ppm["commission"] == 333_333
    assert found.coverage_ppm["cogs"] == 666_667


@pytest.mark.parametrize("paid", range(-40, 41, 7))
def test_ratios_round_as_everywhere(paid: int) -> None:
    found = stated(("gmv_paid", paid), ("slot_fee", -3_200_000))
    assert found.value_ppm["true_roi"] == ppm(paid, 3_200_000)


def test_unknown_lines_totals_and_campaigns_are_refused() -> None:
    with pytest.raises(ParameterError, match="did you mean 'slot_fee'"):
        stated(("slotfee", -3))
    with pytest.raises(ParameterError, match="'revenue' is no line that sources give"):
        stated(("revenue", 3))
    facts = pd.DataFrame([{"campaign_id": "B", "variant": "base", **FACTS}])
    rows = pd.DataFrame(
        [("A", "base", "gmv_paid", 1)], columns=["campaign_id", "variant", "line", "amount_fen"]
    )
    with pytest.raises(ParameterError, match=r"\('A', 'base'\)"):
        broadcast_statement(rows, facts, as_of=FAR)
