"""Every line of the statement worked out by hand, and what is given when."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from liveattr.errors import ParameterError
from liveattr.profit.statement import LINES, broadcast_statement
from liveattr.units import ppm
from tests.profit.world import FAR, World, at, in_room, show_world

CONTRACT = """
gmv_created gmv_paid_surface gmv_paid subsidy_platform subsidy_author refund_before_shipping
refund_after_shipping subsidy_back revenue gsv cogs commission service_fee channel_fee
commission_back service_fee_back channel_fee_back payment_fee freight_out packing freight_insurance
return_freight write_off compensation variable_cost slot_fee crew ads samples gifts agency_fee
plugin fixed_cost contribution true_roi break_even_roas surface_roi orders lines_settled_ppm
refund_maturity
""".split()


def settled(world: World, line: str, n: int = 1, **values: Any) -> World:
    """Add one settlement row of order line `line` (order `line` too, unless said)."""
    row = {"request_no": f"q{n}", "line_id": line, "order_id": line, **values}
    return world.add("settlement_line", **row)


def refunded(world: World, line: str, fen: int, **values: Any) -> World:
    """Add a done refund with its one line; qty and subsidy go to the line."""
    parts = {k: values.pop(k) for k in ("qty", "subsidy_back_fen") if k in values}
    name = f"r{len(world.rows['refund'])}"
    world.add("refund", refund_id=name, order_id=line, refund_fen=fen, **values)
    return world.add(
        "refund_line", refund_id=name, line_id=line, order_id=line, refund_fen=fen, **parts
    )


def account(world: World, order: str, tag: str, fen: int, direction: str = "in") -> World:
    name = f"t{len(world.rows['account_ledger'])}"
    return world.add(
        "account_ledger",
        account_trade_no=name,
        order_id=order,
        tag=tag,
        amount_fen=fen,
        direction=direction,
    )


def cost(world: World, line: str, fen: int, **values: Any) -> World:
    name = f"c{len(world.rows['campaign_cost'])}"
    return world.add("campaign_cost", cost_id=name, line=line, amount_fen=fen, **values)


def test_the_lines_of_the_statement_are_those_of_the_definition_in_order() -> None:
    assert [s.line for s in LINES] == CONTRACT
    found = show_world().statement()
    assert found.index.tolist() == CONTRACT and found.pos.tolist() == list(range(1, 41))


# -- revenue ---------------------------------------------------------------------------------


def test_revenue_is_what_buyers_and_givers_paid_less_what_went_back() -> None:
    world = show_world()
    world.order("o1", in_room(paid_fen=20000, sub_platform_fen=1500, sub_author_fen=500))
    world.order("o2", in_room(paid_fen=8000))
    world.order("o3", in_room(paid_fen=700), paid_at=None)
    refunded(world, "o1", 20000, subsidy_back_fen=2000)
    refunded(world, "o2", 300, before_shipping=True)
    assert world.amounts() == {
        "gmv_created": 28700,
        "gmv_paid_surface": 28000,
        "gmv_paid": 28000,
        "subsidy_platform": 1500,
        "subsidy_author": 500,
        "refund_before_shipping": -300,
        "refund_after_shipping": -20000,
        "subsidy_back": -2000,
        "revenue": 7700,  # 28000 + 2000 - 300 - 20000 - 2000
        "gsv": 7700,  # 28000 - 300 - 20000
    }


def test_postage_is_no_goods_money() -> None:
    world = show_world().order("o1", in_room(paid_fen=5000), paid_fen=5800, postage_fen=800)
    world.add("refund", refund_id="r", order_id="o1", refund_fen=5800, postage_fen=800)
    found = world.amounts()
    assert (found["gmv_paid"], found["refund_after_shipping"]) == (5000, -5000)


def test_subsidies_clawed_back_by_the_account_only_where_no_refund_says_so() -> None:
    world = show_world()
    for order in ("o1", "o2"):
        world.order(order, in_room(paid_fen=5000, sub_platform_fen=400))
        account(world, order, "subsidy_back", 400, "out")
    refunded(world, "o1", 5000, subsidy_back_fen=400)
    refunded(world, "o2", 5000)
    assert world.amounts()["subsidy_back"] == -800


def test_test_gift_and_zero_yuan_lines_are_in_no_line() -> None:
    world = show_world()
    world.order("o1", in_room(paid_fen=5000, is_gift=True))
    world.order("o2", in_room(paid_fen=5000), is_test=True)
    world.order("o3", in_room(paid_fen=0, trade_kind="zero_yuan"))
    world.add("sku_cogs", cogs_fen=100)
    for order in ("o1", "o2", "o3"):
        settled(world, order, commission_fen=50)
        account(world, order, "compensation", 70, "out")
    assert world.amounts() == {}
    assert world.statement().n_rows["orders"] == 0


# -- variable costs --------------------------------------------------------------------------


def test_goods_cost_for_pieces_that_did_not_come_back() -> None:
    world = show_world().add("sku_cogs", cogs_fen=1000)
    world.order("o1", in_room(paid_fen=9000, qty=3))
    refunded(world, "o1", 3000, qty=1)
    world.order("o2", in_room(paid_fen=3000))
    refunded(world, "o2", 3000, type="refund_only")
    world.order("o3", in_room(paid_fen=3000))
    refunded(world, "o3", 3000, before_shipping=True)
    found = world.statement()
    assert found.amount_fen["cogs"] == -3000  # two of o1, one of o2, none of o3
    assert found.coverage_ppm["cogs"] == 1_000_000
    assert found.n_rows["cogs"] == 2


def test_unit_cost_is_that_of_the_day_of_payment() -> None:
    world = show_world()
    for fen, since in ((100, date(2026, 1, 1)), (200, date(2026, 1, 23)), (400, date(2026, 1, 24))):
        world.add("sku_cogs", cogs_fen=fen, valid_from_on=since)
    night = {"created_at": at("01-22 23:50"), "paid_at": at("01-23 00:05")}
    world.order("o1", in_room(paid_fen=1000), **night)
    assert world.amounts()["cogs"] == -200


def test_missing_unit_costs_show_in_the_coverage() -> None:
    world = show_world().add("sku_cogs", cogs_fen=100)
    world.order("o1", in_room(paid_fen=1000))
    world.order("o2", in_room(paid_fen=1000, merchant_code="new"))
    world.order("o3", in_room(paid_fen=1000, merchant_code=None))
    world.order("o4", in_room(paid_fen=1000, merchant_code="new"))
    refunded(world, "o4", 1000)  # money and piece are back: nothing is missing
    world.order("o5", in_room(paid_fen=1000, merchant_code="new"))
    refunded(world, "o5", 1000, type="refund_only")  # the piece stayed with the buyer
    found = world.statement()
    assert found.amount_fen["cogs"] == -100
    assert found.coverage_ppm["cogs"] == 250_000  # o1 of o1, o2, o3, o5
    assert found.given["cogs"]


def test_unit_costs_of_no_line_are_not_given() -> None:
    world = show_world().order("o1", in_room(paid_fen=1000))
    found = world.add("sku_cogs", cogs_fen=5, merchant_sku="other").statement()
    assert pd.isna(found.amount_fen["cogs"]) and not found.given["cogs"]
    assert found.coverage_ppm["cogs"] == 0


FEES = {
    "commission_fen": 900,
    "service_fee_fen": 250,
    "channel_fee_fen": 30,
    "colonel_fee_fen": 70,
    "other_fee_fen": 5,
}


def test_fees_and_their_reversal_by_the_settlement() -> None:
    world = show_world().order("o1", in_room(paid_fen=10000))
    settled(world, "o1", 1, **FEES)
    settled(world, "o1", 2, trade_type=1, **{k: -v // 2 for k, v in FEES.items()})
    settled(world, "o1", 3, trade_type=3, commission_fen=-10)
    found = {k: v for k, v in world.amounts().items() if "fee" in k or "commission" in k}
    assert found == {
        "commission": -900,
        "service_fee": -250,
        "channel_fee": -105,
        "commission_back": 460,
        "service_fee_back": 125,
        "channel_fee_back": 53,  # 15 + 35 + 3: each half of an odd fee is rounded by the platform
    }


def test_a_reversal_in_the_settlement_silences_the_account_for_that_order() -> None:
    world = show_world()
    world.order("o1", in_room(line_id="a", paid_fen=500), in_room(line_id="b", paid_fen=500))
    world.order("o2", in_room(paid_fen=500))
    settled(world, "a", 1, order_id="o1", commission_fen=90)
    settled(world, "b", 2, order_id="o1", commission_fen=90)
    settled(world, "a", 3, order_id="o1", trade_type=1, commission_fen=-90)
    settled(world, "o2", 4, commission_fen=80)
    for order, fen in (("o1", 77), ("b", 66), ("o2", 80)):
        account(world, order, "commission_back", fen)
    account(world, "o1", "service_fee_back", 55)
    account(world, "o2", "service_fee_back", 11)
    found = world.amounts()
    assert (found["commission_back"], found["service_fee_back"]) == (170, 11)


def test_account_reversals_go_to_the_refunded_lines() -> None:
    """Order o1 has a line of campaign A (kept) and one of campaign B (refunded)."""
    world = show_world()
    world.add("broadcast", broadcast_id="b2", campaign_id="B", platform_room_id="r2")
    world.order(
        "o1", in_room(line_id="a", paid_fen=500), {"line_id": "b", "paid_fen": 500, "room_id": "r2"}
    )
    refunded(world, "b", 500)
    account(world, "o1", "commission_back", 40)
    account(world, "o1", "compensation", 15, "out")
    assert "commission_back" not in world.amounts(campaign="A")
    assert world.amounts(campaign="B")["commission_back"] == 40
    # the compensation goes by what was paid, half and half; the odd fen to the lower line_id
    assert world.amounts(campaign="A")["compensation"] == -8
    assert world.amounts(campaign="B")["compensation"] == -7


def test_insurance_and_compensation_come_from_costs_and_account() -> None:
    world = show_world().order("o1", in_room(paid_fen=500))
    account(world, "o1", "freight_insurance", 60, "out")
    account(world, "o1", "freight_insurance", 10, "in")
    account(world, "o1", "compensation", 300, "out")
    account(world, "o1", "other", 9999, "out")
    account(world, "o1", "commission", 9999, "out")
    cost(world, "freight_insurance", 1000)
    found = world.amounts()
    assert (found["freight_insurance"], found["compensation"]) == (-1050, -300)
    assert found["variable_cost"] == -1350


@pytest.mark.parametrize(
    ("line", "section"), [(s.line, s.section) for s in LINES if "campaign_cost" == s.sources]
)
def test_costs_of_the_campaign_are_its_own_and_not_shared(line: str, section: str) -> None:
    world = show_world()
    cost(cost(world, line, 700), line, 50)
    cost(world, line, 9, incurred_at=at("04-01 00:00"))
    cost(world, line, 9, campaign_id="B")
    world.add("campaign", campaign_id="B")
    for variant in ("low", "base", "high"):
        found = world.amounts(variant=variant)
        assert found[line] == -750
        assert found[f"{section}_cost"] == -750


# -- fixed costs -----------------------------------------------------------------------------


def test_ads_are_spend_on_the_broadcasts_and_other_accounts() -> None:
    world = show_world()
    cost(world, "ads", 1000)
    spends = {
        "named": {"broadcast_id": "b1", "spend_fen": 300},
        "room": {"room_id": "r1", "spend_fen": 40},
        "later": {"broadcast_id": "b1", "spend_fen": 9, "hour_at": at("04-01 00:00")},
        "elsewhere": {"room_id": "r9", "spend_fen": 9},
        "unknown": {"broadcast_id": "b9", "room_id": "r1", "spend_fen": 9},
    }
    for ad, values in spends.items():
        world.add("ad_spend", ad_id=ad, **values)
    found = world.statement()
    assert found.amount_fen["ads"] == -1340 and found.n_rows["ads"] == 3


def test_spend_on_a_room_used_by_several_broadcasts_goes_to_the_one_on_air() -> None:
    world = show_world()
    for day, campaign in ((21, "B"), (23, "C")):
        start = at(f"01-{day} 20:30")
        end = start + pd.Timedelta(hours=3)
        name = f"d{day}"
        world.add("broadcast", broadcast_id=name, campaign_id=campaign, platform_room_id="r1")
        world.rows["broadcast"][-1].update(start_at=start, end_at=end, business_on=start.date())
    hours = {"01-21 20:00": 1, "01-22 22:00": 10, "01-23 20:00": 100, "01-23 00:00": 1000}
    for hour, fen in hours.items():
        world.add("ad_spend", hour_at=at(hour), room_id="r1", spend_fen=fen)
    spent = {name: world.amounts(campaign=name)["ads"] for name in "ABC"}
    assert spent == {"A": -10, "B": -1, "C": -1100}  # the row of the whole day 23 is C's


# -- results ---------------------------------------------------------------------------------


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
    assert found.value_ppm["lines_settled_ppm"] == 500_000
    world.order("k1", {"paid_fen": 500}, platform="kuaishou", link_id="L")
    assert not world.statement().given["contribution"]


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
