"""The panel of demand: what was sold, when it could be bought, and what is planned."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from liveattr.errors import MissingDataError, ParameterError
from liveattr.ledger import create_line_ledger
from liveattr.simulate import live_through, make_world
from liveattr.stocking.demand import (
    PANEL_READS,
    demand_calendar,
    demand_panel,
    read_calendar,
    read_panel,
)
from liveattr.tables import TABLES
from tests.database import connect
from tests.rows import ZONE, at
from tests.stocking.shop_rows import Shop, on


def daily(first: int, last: int, shop: Shop | None = None, **line: object) -> Shop:
    shop = shop or Shop()
    for day in range(first, last + 1):
        shop.sold(day, **line)  # type: ignore[arg-type]
    return shop


def test_a_row_each_day_from_the_first_sale_with_the_pieces_of_the_day() -> None:
    shop = Shop().sold(3, 2).sold(3, 1).sold(6, 4)
    assert shop.days(7, "units") == {3: 3, 4: 0, 5: 0, 6: 4, 7: 0}


def test_the_business_day_is_that_of_the_shop_not_of_utc() -> None:
    shop = Shop().sold(3, hour=0).sold(3, hour=23)  # 2 January 16:00 and 3 January 15:00 in UTC
    assert shop.days(3, "units") == {3: 2}


def test_what_the_ledger_does_not_count_is_no_demand() -> None:
    shop = Shop().sold(3).sold(3, 5, is_gift=True).sold(3, 5, is_test=True)
    shop.sold(3, 5, trade_kind="sample")
    assert shop.days(3, "units") == {3: 1}


def test_all_platforms_are_mapped_and_what_is_not_is_counted() -> None:
    shop = Shop().sold(3, 2).sold(3, 3, sku=None, platform="douyin", sku_id="d7")
    shop.sold(3, 4, sku=None, platform="douyin", sku_id="unknown")
    early = at("01-01 00:00")
    shop.add(
        "sku_map", platform="douyin", platform_sku_id="d7", merchant_sku="A", valid_from_at=early
    )
    panel = shop.panel(3)
    assert panel["units"].tolist() == [5]
    assert panel.attrs["unmapped_lines"] == 1 and panel.attrs["unmapped_units"] == 4


def test_a_refund_counts_once_it_is_known() -> None:
    shop = Shop().sold(3, 5).back(0, 8, 2)
    assert shop.days(7, "net_units")[3] == 5
    assert shop.days(8, "net_units")[3] == 3
    assert shop.days(8, "units")[3] == 5


def test_sales_after_as_of_are_not_known() -> None:
    shop = daily(1, 20)
    pd.testing.assert_frame_equal(shop.panel(10), daily(1, 10).panel(10))


def test_a_product_begins_with_its_launch_but_not_before_the_shop() -> None:
    shop = Shop().sold(3).sold(9, sku="B").sold(9, sku="C")
    shop.add("product", merchant_sku="B", launched_on=on(6), category="serum")
    shop.add("product", merchant_sku="C", launched_on=on(1))
    panel = shop.panel(9)
    assert panel.groupby("sku_id")["on"].min().dt.day.to_dict() == {"A": 3, "B": 6, "C": 3}
    assert set(panel.loc[panel["sku_id"] == "B", "category"]) == {"serum"}
    assert set(panel.loc[panel["sku_id"] == "A", "category"]) == {"(unknown)"}


def test_a_product_that_never_sold_is_there_from_its_first_count() -> None:
    shop = daily(3, 9).counted(5, 7, sku="B")
    assert shop.days(9, "units", "B") == dict.fromkeys(range(5, 10), 0)


def test_without_counts_everything_was_in_stock() -> None:
    assert Shop().sold(3).sold(9).missing(9) == []


def test_from_a_count_of_nothing_to_the_next_count_it_could_not_be_bought() -> None:
    shop = (
        daily(1, 20, sku="B")
        .sold(1, 2)
        .sold(3)
        .counted(1, 9)
        .counted(8, 0)
        .counted(15, 99)
        .sold(18, 9)
    )
    assert shop.missing(20) == list(range(3, 16))  # last sold on 3, counted as gone on 8


def gone_after_five_days(last: int = 1) -> Shop:
    """Two pieces on each of four days, `last` on the fifth, then counted as gone on the eighth."""
    shop = daily(1, 20, daily(1, 4, qty=2).sold(5, last), sku="B")
    return shop.counted(1, 99).counted(8, 0)


def test_the_day_on_which_it_ran_out_is_missing_and_those_before_are_not() -> None:
    assert gone_after_five_days().counted(15, 9).missing(16) == list(range(5, 16))


def test_a_day_that_sold_as_usual_before_it_ran_out_stays() -> None:
    assert gone_after_five_days(2).counted(15, 9).missing(16) == list(range(6, 16))


def test_a_sale_shows_that_goods_came() -> None:
    assert gone_after_five_days().sold(12).sold(13, 2).missing(15) == list(range(5, 13))


def test_a_receipt_shows_that_goods_came() -> None:
    shop = gone_after_five_days()
    order = {"qty": 5, "ordered_on": on(4), "eta_on": on(11), "received_qty": 5}
    shop.add("purchase_order", po_id="p", merchant_sku="A", **order)
    assert shop.missing(11) == list(range(5, 11))


def test_the_book_tells_a_stock_out_between_counts() -> None:
    shop = daily(1, 20, sku="B").counted(1, 9).sold(2, 7).sold(3).sold(7).counted(15, 9)
    assert shop.missing(15) == list(range(7, 16))  # the ninth piece is sold on 7
    assert shop.sold(9, 5).missing(15) == list(range(10, 16))  # until then goods were there


def test_a_book_below_nothing_tells_nothing_of_the_end() -> None:
    shop = daily(1, 8, sku="B").counted(1, 4).sold(2, 3).sold(4, 3).sold(6, 3)
    assert shop.missing(8) == []


def test_a_book_that_is_nearly_empty_and_a_long_silence_tell_it_too() -> None:
    shop = daily(1, 20, daily(1, 8, qty=3), sku="B").counted(1, 28)  # four by the books
    assert shop.missing(28) == list(range(21, 29))
    few = daily(1, 20, daily(1, 8, qty=3), sku="B").counted(1, 25)  # one by the books
    assert few.missing(20) == list(range(9, 21))


def test_a_stock_out_lasts_to_the_end_if_nothing_tells_of_goods() -> None:
    shop = daily(1, 20, sku="B").counted(1, 9).sold(2, 8).sold(4)
    assert shop.missing(20) == list(range(4, 21))


def test_warehouses_are_summed_at_the_newest_count_of_each() -> None:
    shop = daily(1, 20, sku="B").counted(1, 0).counted(2, 4, warehouse="south", hour=0).sold(3)
    assert shop.missing(20, "A") == []
    assert shop.counted(9, 0, warehouse="south", hour=0).missing(20) == list(range(4, 21))


def test_reserved_pieces_cannot_be_bought_and_a_flag_outweighs_the_number() -> None:
    shop = daily(1, 9, daily(1, 3), sku="B").counted(5, 3, reserved=3).counted(7, 3)
    assert shop.missing(9) == [4, 5, 6, 7]
    shop = daily(1, 9, daily(1, 3), sku="B").counted(5, 3, in_stock=False).counted(7, 3)
    assert shop.missing(9) == [4, 5, 6, 7]


def test_a_count_after_as_of_is_not_known() -> None:
    shop = daily(1, 12, sku="B").sold(2).counted(1, 9).counted(12, 0)
    assert shop.missing(11) == []


def test_days_after_the_newest_order_are_missing() -> None:
    assert daily(1, 5).missing(8) == [6, 7, 8]


def test_a_show_is_an_account_that_is_seldom_on_air() -> None:
    shop = daily(1, 28)
    for day in range(1, 29):
        shop.show(day, "own", host_id="h1").planned("A", day - 1, 5, 1000)
    shop.show(10, "kol", host_id="h9").planned("A", 28, 12, 800)
    shown = shop.days(28, "live_show")
    assert [day for day, known in shown.items() if known] == [10]
    assert shop.days(28, "live_minutes") == {day: 17 if day == 10 else 5 for day in range(1, 29)}
    assert shop.days(28, "host") == {day: "h9" if day == 10 else None for day in range(1, 29)}
    assert shop.days(28, "price_ratio")[10] == pytest.approx(0.8)
    assert shop.days(28, "price_ratio")[11] == 1.0


def test_a_show_without_a_plan_is_for_all_and_one_with_a_plan_for_its_own() -> None:
    shop = daily(1, 20, daily(1, 20, sku="B"))
    shop.show(5).show(12).planned("B", 1)
    assert [d for d, s in shop.days(20, "live_show", "A").items() if s] == [5]
    assert [d for d, s in shop.days(20, "live_show", "B").items() if s] == [5, 12]


def test_a_room_on_air_each_second_day_is_no_show_and_each_fourth_is_one() -> None:
    often, seldom = daily(1, 28), daily(1, 28)
    for day in range(2, 29, 2):
        often.show(day)  # without a plan: it is told of nothing, not of all
    for day in range(4, 29, 4):
        seldom.show(day)
    assert sum(often.days(28, "live_show").values()) == 0
    assert sum(seldom.days(28, "live_show").values()) == 7


def test_a_plan_may_name_the_sku_of_the_platform() -> None:
    shop = daily(1, 20).show(12).planned("d7", 0, 9)
    early = at("01-01 00:00")
    shop.add(
        "sku_map", platform="douyin", platform_sku_id="d7", merchant_sku="A", valid_from_at=early
    )
    assert shop.days(20, "live_minutes")[12] == 9


def test_clicks_are_counted_from_the_first_that_was_told() -> None:
    shop = daily(1, 5).seen("01-02 10:00", name="view_item", sku_id="A")
    shop.seen("01-04 10:00", name="live_product_click", sku_id="A")
    shop.seen("01-04 10:00", name="page_view", sku_id="A")
    clicks = shop.days(5, "clicks")
    assert pd.isna(clicks.pop(1)) and clicks == {2: 1, 3: 0, 4: 1, 5: 0}
    assert daily(1, 5).panel(5)["clicks"].isna().all()


def test_the_calendar_tells_the_plan_of_the_days_ahead_alone() -> None:
    shop = (
        daily(1, 20, daily(1, 20, sku="B")).show(12).show(25, host_id="h9").planned("A", 1, 30, 700)
    )
    ahead = shop.calendar(20, 7)
    assert len(ahead) == 14 and ahead["on"].min() == pd.Timestamp(on(21))
    [row] = ahead[ahead["live_show"] > 0].to_dict("records")
    told = {"sku_id": "A", "live_minutes": 30, "host": "h9", "price_ratio": 0.7}
    assert row["on"] == pd.Timestamp(on(25)) and {k: row[k] for k in told} == pytest.approx(told)
    known = set(shop.panel(20)) - {
        "units",
        "net_units",
        "in_stock",
        "clicks",
        "category",
        "price_band",
    }
    assert set(ahead) == known


def test_a_calendar_has_at_least_a_day() -> None:
    with pytest.raises(ParameterError, match="days must be at least 1"):
        Shop().calendar(3, 0)


def test_an_empty_shop_has_an_empty_panel_with_all_columns() -> None:
    full = daily(1, 2)
    assert list(Shop().panel(3)) == list(full.panel(3)) and Shop().panel(3).empty
    assert list(Shop().calendar(3)) == list(full.calendar(3)) and Shop().calendar(3).empty


def test_a_lake_gives_what_its_tables_give(tmp_path) -> None:
    shop = daily(1, 9).counted(5, 3).show(12).planned("A", 0)
    lake = shop.lake(tmp_path / "lake")
    pd.testing.assert_frame_equal(demand_panel(lake, zone=ZONE), shop.panel(9))
    pd.testing.assert_frame_equal(
        demand_calendar(lake, as_of=on(9), days=5, zone=ZONE), shop.calendar(9, 5)
    )


def test_a_lake_without_orders_says_so(tmp_path) -> None:
    lake = Shop().counted(5, 3).lake(tmp_path / "lake")
    with pytest.raises(MissingDataError, match="no paid order"):
        demand_panel(lake)


@pytest.fixture(scope="module")
def scarce():
    """A world in which much runs out: its story and its panel at its end."""
    stock = {"stock.misjudged": 0.8, "stock.cover_days": 12.0, "stock.substitute": 0.0}
    values = {
        "size.persons": 2000,
        "size.days": 100,
        "size.after_days": 1,
        "stock.later": 0.0,
        **stock,
    }
    world = make_world("demo", seed=11, values=values)
    story = live_through(world, "none")
    frames = {name: frame for name, frame in story.frames().items() if name in TABLES}
    as_of = world.parameters.size.start_on + timedelta(days=69)
    with connect(frames) as con:
        panel = read_panel(con, as_of, ZONE)
        create_line_ledger(con, as_of=as_of, zone=ZONE, refund_window_days=0)
        [(paid,)] = con.sql(
            "SELECT sum(qty) FROM line_ledger WHERE counted AND paid_at IS NOT NULL"
        ).fetchall()
        again = read_panel(con, as_of, ZONE)
        ahead = read_calendar(con, as_of, 7, ZONE)
    return story, panel, paid, again, ahead


def test_units_of_a_world_are_those_of_its_ledger(scarce) -> None:
    _, panel, paid, again, ahead = scarce
    assert panel["units"].sum() + panel.attrs["unmapped_units"] == paid
    assert (panel["net_units"] <= panel["units"]).all() and (panel["net_units"] >= 0).all()
    assert not panel.duplicated(["sku_id", "on"]).any()
    assert set(panel["sku_id"]) == set(ahead["sku_id"])
    pd.testing.assert_frame_equal(panel, again)


def test_days_in_stock_tell_what_was_wanted_better_than_all_days(scarce) -> None:
    story, panel, *_ = scarce
    wished = story.truth.demand.rename(columns={"merchant_sku": "sku_id"})
    wished["on"] = pd.to_datetime(wished["on"])
    both = panel.merge(wished, on=["sku_id", "on"], how="left").fillna({"wished": 0, "served": 0})
    paid = both["units"].sum() / both["served"].sum()
    truth = paid * both.groupby("sku_id")["wished"].mean()
    naive = both.groupby("sku_id")["units"].mean()
    masked = both[both["in_stock"]].groupby("sku_id")["units"].mean().reindex(naive.index)
    low = naive <= 0.8 * truth
    assert low.sum() >= 5
    assert (masked - truth)[low].abs().sum() < 0.5 * (naive - truth)[low].abs().sum()
    assert masked[low].sum() == pytest.approx(truth[low].sum(), rel=0.15)


def test_reads_name_tables() -> None:
    assert set(PANEL_READS) <= set(TABLES)
