"""Every line of the statement worked out by hand, and what is given when."""

from datetime import date

import pandas as pd
import pytest

from liveattr.profit.statement import LINES
from tests.profit.world import account, at, cost, in_room, refunded, settled, show_world

CONTRACT = """
gmv_created gmv_paid_surface gmv_paid subsidy_platform subsidy_author refund_before_shipping
refund_after_shipping subsidy_back revenue gsv cogs commission service_fee channel_fee
commission_back service_fee_back channel_fee_back payment_fee freight_out packing freight_insurance
return_freight write_off compensation variable_cost slot_fee crew ads samples gifts agency_fee
plugin fixed_cost contribution true_roi break_even_roas surface_roi orders lines_settled_ppm
refund_maturity
""".split()


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
