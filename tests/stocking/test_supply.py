"""The stock that an order is planned on: counts, what is on its way, terms, money and pace."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from liveattr.stocking.order_lines import plan_orders
from liveattr.stocking.supply import BACK_WEIGHT, SUPPLY_READS
from liveattr.tables import TABLES
from tests.rows import at
from tests.stocking.shop_rows import Shop, on


def shop_of(days: int = 20, qty: int = 1) -> Shop:
    shop = Shop()
    for day in range(1, days + 1):
        shop.sold(day, qty)
    return shop


def on_order(shop: Shop, po: str = "p", **order: object) -> Shop:
    plain = {"qty": 10, "ordered_on": on(10), "eta_on": on(25), "received_qty": 0}
    shop.add("purchase_order", po_id=po, merchant_sku="A", **{**plain, **order})
    return shop


def terms(shop: Shop, supplier: str, lead: float, cost: int | None, **more: object) -> Shop:
    known = {"supplier_id": supplier, "lead_time_days": lead, "unit_cost_fen": cost, **more}
    shop.add("supply_terms", merchant_sku="A", **known)
    return shop


def test_newest_counts_of_all_warehouses_are_summed() -> None:
    shop = shop_of().counted(10, 99).counted(21, 30, reserved=2).counted(21, 5, warehouse="south")
    shop.counted(23, 1)  # after as_of
    row = shop.supply(21).loc["A"]
    assert (row["on_hand"], row["reserved"]) == (35, 2)


def test_the_count_is_carried_on_by_what_was_sold_and_received_since() -> None:
    shop = shop_of().counted(15, 30)  # sold on 15 … 20: 6 pieces, one of them is back
    shop.back(17, 20, 1)
    on_order(shop, eta_on=on(18), received_qty=10)
    on_order(shop, "early", eta_on=on(14), received_qty=10)  # was there when it was counted
    assert shop.supply(20).loc["A", "on_hand"] == 30 - 6 + 1 + 10


def test_carried_on_it_does_not_fall_below_what_is_reserved() -> None:
    assert shop_of().counted(15, 3, reserved=1).supply(20).loc["A", "on_hand"] == 1
    assert shop_of().counted(15, -4).supply(20).loc["A", "on_hand"] == -4


def test_a_product_that_was_never_counted_has_no_stock_told() -> None:
    row = shop_of().supply(20).loc["A"]
    assert np.isnan(row["on_hand"]) and np.isnan(row["reserved"]) and row["in_transit"] == 0


def test_in_transit_is_what_was_ordered_by_then_and_not_received() -> None:
    shop = on_order(on_order(shop_of(), received_qty=4), "q", ordered_on=on(21))
    assert shop.supply(20).loc["A", "in_transit"] == 6
    assert on_order(shop_of(), received_qty=12).supply(20).loc["A", "in_transit"] == 0


def test_receipts_that_came_after_as_of_are_not_known_then() -> None:
    shop = on_order(shop_of(28), eta_on=on(25), received_qty=10)
    assert shop.supply(20).loc["A", "in_transit"] == 10
    assert shop.supply(28).loc["A", "in_transit"] == 0


def test_what_is_long_overdue_is_waited_for_no_more() -> None:
    shop = shop_of()
    old = pd.Timestamp(2025, 10, 1).date()
    on_order(shop, ordered_on=old, eta_on=old)
    assert shop.supply(20).loc["A", "in_transit"] == 0


def test_of_several_suppliers_the_cheapest_then_the_quickest() -> None:
    shop = terms(
        terms(terms(shop_of(), "far", 30, 500, pack=6, moq=12), "near", 3, 600), "x", 40, 500
    )
    terms(shop, "untold", 1, None)
    row = shop.supply(20).loc["A"]
    assert row["supplier_id"] == "far"
    assert row[["lead_time_days", "unit_cost_fen", "pack", "moq"]].tolist() == [30, 500, 6, 12]


def test_cost_comes_from_the_terms_else_from_the_newest_cost_by_then() -> None:
    shop = shop_of()
    for day, fen in ((1, 300), (15, 400), (21, 900)):
        shop.add("sku_cogs", merchant_sku="A", valid_from_on=on(day), cogs_fen=fen)
    row = shop.supply(20).loc["A"]
    assert row["unit_cost_fen"] == 400 and row["supplier_id"] is None
    assert np.isnan(row["lead_time_days"])  # so the plan says that terms are missing
    assert terms(shop, "s", 3, 350).supply(20).loc["A", "unit_cost_fen"] == 350


def test_price_is_the_net_money_of_a_kept_piece() -> None:
    shop = Shop().sold(2, 4).sold(3, 1, paid_fen=2500).back(0, 5, 2)
    assert shop.supply(9).loc["A", "unit_price_fen"] == round((4000 - 2000 + 2500) / 3)
    assert shop.supply(4).loc["A", "unit_price_fen"] == round(6500 / 5)  # the refund came later
    assert np.isnan(Shop().sold(2).back(0, 3, 1).supply(9).loc["A", "unit_price_fen"])


def test_returns_due_are_the_share_shrunk_to_that_of_the_shop_less_what_is_back() -> None:
    shop = Shop()
    for sku in ("A", "B"):
        early = at("01-01 12:00") - pd.Timedelta(days=60)
        code = f"old{sku}"
        shop.add("order_header", order_id=code, created_at=early, paid_at=early)
        line = {"merchant_code": sku, "qty": 100, "paid_fen": 1000}
        shop.add("order_line", order_id=code, line_id=code, **line)
    moment = at("01-01 12:00")
    shop.add(
        "refund", platform="mall", shop_id="s", refund_id="r", order_id="oldA", qty=40, refund_fen=400,
        type="return_refund", status="done", done_at=moment, applied_at=moment,
    )  # fmt: skip
    shop.sold(10, 50).sold(11, 50, sku="B")
    told = shop.supply(12, lead=20, review=20)["returns_due"]
    shares = {s: (b + BACK_WEIGHT * 0.2) / (100 + BACK_WEIGHT) for s, b in (("A", 40), ("B", 0))}
    assert told.to_dict() == pytest.approx({s: 50 * share for s, share in shares.items()})
    half = shop.supply(12, lead=7.5, review=7.5)["returns_due"]
    assert half.to_dict() == pytest.approx((told / 2).to_dict())
    assert shop.back(2, 12, 10).supply(12, 20, 20).loc["A", "returns_due"] == pytest.approx(
        told["A"] - 10
    )


def test_means_are_of_days_on_which_it_could_be_bought() -> None:
    shop = Shop()
    for day in range(1, 21):
        shop.sold(day, sku="B")
    for day in range(1, 11):
        shop.sold(day, day)
    row = shop.counted(11, 0).supply(20).loc["A"]
    assert row["mean_7"] == pytest.approx(np.mean(range(4, 11)))
    assert row["mean_30"] == pytest.approx(np.mean(range(1, 11)))


def test_variation_of_weeks_needs_four_of_them() -> None:
    steady = shop_of(28).supply(28).loc["A"]
    assert steady["weekly_cv"] == 0 and np.isnan(shop_of(20).supply(20).loc["A", "weekly_cv"])
    shop = Shop()
    for day in range(1, 29):
        shop.sold(day, 1 if day <= 14 else 3)
    assert shop.supply(28).loc["A", "weekly_cv"] == pytest.approx(np.std([1, 1, 3, 3], ddof=1) / 2)


def test_an_empty_shop_has_an_empty_stock_that_can_be_planned_on() -> None:
    assert list(Shop().supply(3).reset_index()) == list(shop_of().supply(20).reset_index())
    assert Shop().supply(3).empty


def test_a_plan_can_be_made_of_it() -> None:
    shop = terms(shop_of(), "s", 3, 350, review_days=4).counted(20, 5, hour=20)
    window = {"sku_id": "A", "from_on": pd.Timestamp(on(21)), "days": 7, "mean": 7.0}
    told = pd.DataFrame([{**window, "quantile": q, "units": 7.0 + 4 * q} for q in (0.1, 0.5, 0.9)])
    plan = plan_orders(told, shop.supply(20).reset_index())
    assert plan["suggested_qty"].tolist() == np.ceil(plan["order_up_to"] - 5).tolist()
    assert plan["available"].tolist() == [5] and plan["unit_cost_fen"].tolist() == [350]


def test_reads_name_tables() -> None:
    assert set(SUPPLY_READS) <= set(TABLES)
