"""The ledger: what a line's money is as of a date, worked out by hand."""

from datetime import date

import pandas as pd
import pytest

from liveattr.ledger import line_ledger
from liveattr.settings import Settings
from tests.profit.world import DAY, FAR, World, at

MONEY = [
    "gmv_created_fen",
    "paid_fen",
    "sub_platform_fen",
    "sub_author_fen",
    "refund_before_fen",
    "refund_after_fen",
    "subsidy_back_fen",
    "net_fen",
]


def one(world: World, as_of: date = FAR, line: str = "o1") -> pd.Series:
    return world.ledger(as_of).set_index("line_id").loc[line]


def two_lines(**header: object) -> World:
    """Order o1 with lines a (300.00 + 10.00 platform) and b (100.00, 3 pieces)."""
    return World().order(
        "o1",
        {"line_id": "a", "paid_fen": 30000, "sub_platform_fen": 1000},
        {"line_id": "b", "paid_fen": 10000, "qty": 3},
        **header,
    )


def test_paid_line_keeps_money_and_subsidies_of_platform_and_author() -> None:
    line = {"paid_fen": 9900, "sub_platform_fen": 500, "sub_author_fen": 300, "sub_shop_fen": 700}
    row = one(World().order("o1", line))
    assert row[MONEY].tolist() == [9900, 9900, 500, 300, 0, 0, 0, 10700]
    assert row.counted and row.paid_on == pd.Timestamp(DAY)


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ({"is_test": True}, {}),
        ({}, {"is_gift": True}),
        ({}, {"trade_kind": "zero_yuan"}),
        ({}, {"trade_kind": "sample"}),
        ({}, {"trade_kind": "lottery"}),
    ],
)
def test_what_does_not_count_stays_visible_with_no_money(header: dict, line: dict) -> None:
    world = World().order("o1", {"paid_fen": 9900, "sub_platform_fen": 5, **line}, **header)
    world.add("refund", refund_id="r", order_id="o1", refund_fen=9900, subsidy_back_fen=5)
    row = one(world)
    assert not row.counted
    assert row[MONEY].tolist() == [0] * 8


def test_a_normal_line_without_money_counts() -> None:
    row = one(World().order("o1", {"paid_fen": 0}))
    assert row.counted and row.net_fen == 0


def test_a_day_ends_where_the_shops_next_day_begins() -> None:
    world = World()
    world.order(
        "in", {"paid_fen": 1}, created_at=at("01-22 23:59:59"), paid_at=at("01-22 23:59:59")
    )
    world.order("out", {"paid_fen": 2}, created_at=at("01-23 00:00"), paid_at=at("01-23 00:00"))
    assert world.ledger(DAY).line_id.tolist() == ["in"]


def test_what_is_paid_later_is_created_but_not_paid() -> None:
    world = World().order("o1", {"paid_fen": 100, "sub_platform_fen": 7}, paid_at=at("01-23 00:00"))
    row = one(world, DAY)
    assert row[MONEY].tolist() == [100, 0, 0, 0, 0, 0, 0, 0]
    assert pd.isna(row.paid_at) and pd.isna(row.paid_on) and not row.mature
    assert one(world, date(2026, 1, 23)).net_fen == 107


def test_never_paid_orders_carry_no_refund() -> None:
    world = World().order("o1", {"paid_fen": 100}, paid_at=None, status="cancelled")
    world.add("refund", refund_id="r", order_id="o1", refund_fen=100)
    row = one(world)
    assert row.net_fen == 0 and row.gmv_created_fen == 100 and row.mature


def test_refund_lines_hit_their_lines_before_and_after_shipping() -> None:
    world = two_lines()
    world.add("refund", refund_id="r1", order_id="o1", refund_fen=31000, before_shipping=True)
    world.add("refund_line", refund_id="r1", line_id="a", order_id="o1", refund_fen=30000)
    world.add("refund", refund_id="r2", order_id="o1", refund_fen=4000, done_at=at("02-05 09:00"))
    world.add("refund_line", refund_id="r2", line_id="b", order_id="o1", refund_fen=4000)
    found = world.ledger().set_index("line_id")
    assert found.refund_before_fen.to_dict() == {"a": 30000, "b": 0}
    assert found.refund_after_fen.to_dict() == {"a": 0, "b": 4000}
    assert found.net_fen.to_dict() == {"a": 1000, "b": 6000}
    early = world.ledger(date(2026, 2, 4)).set_index("line_id")
    assert early.refund_after_fen.to_dict() == {"a": 0, "b": 0}


@pytest.mark.parametrize("status", ["applied", "running", "refused", "failed", "withdrawn"])
def test_only_done_refunds_count(status: str) -> None:
    world = World().order("o1", {"paid_fen": 100})
    world.add("refund", refund_id="r", order_id="o1", refund_fen=100, status=status)
    assert one(world).refund_after_fen == 0


def test_a_done_refund_without_its_moment_takes_the_next_best_one() -> None:
    world = World().order("o1", {"paid_fen": 100})
    world.add(
        "refund",
        refund_id="r",
        order_id="o1",
        refund_fen=100,
        done_at=None,
        updated_at=at("02-02 10:00"),
        applied_at=at("01-23 10:00"),
    )
    assert one(world, date(2026, 2, 1)).refund_after_fen == 0
    assert one(world, date(2026, 2, 2)).refund_after_fen == 100


def test_the_type_says_before_shipping_where_the_flag_is_missing() -> None:
    world = World().order("o1", {"paid_fen": 100})
    world.add("refund", refund_id="r", order_id="o1", refund_fen=40, before_shipping=None)
    world.add(
        "refund",
        refund_id="q",
        order_id="o1",
        refund_fen=30,
        type="before_shipping",
        before_shipping=None,
    )
    row = one(world)
    assert (row.refund_before_fen, row.refund_after_fen) == (30, 40)


def test_a_refund_without_lines_is_spread_by_what_was_paid_without_postage() -> None:
    world = two_lines()
    world.add("refund", refund_id="r", order_id="o1", refund_fen=10803, postage_fen=800)
    found = world.ledger().set_index("line_id")
    # 100.03 over 300 : 100 is 75.0225 and 25.0075: the fen that is left goes to b (0.75 > 0.25)
    assert found.refund_after_fen.to_dict() == {"a": 7502, "b": 2501}


def test_equal_remainders_go_by_line_id_and_uncounted_lines_get_nothing() -> None:
    lines = [{"line_id": name, "paid_fen": 500} for name in ("c", "b", "a")]
    world = World().order("o1", *lines, {"line_id": "0", "paid_fen": 500, "is_gift": True})
    world.add("refund", refund_id="r", order_id="o1", refund_fen=100)
    found = world.ledger().set_index("line_id").refund_after_fen
    assert found.to_dict() == {"0": 0, "a": 34, "b": 33, "c": 33}


def test_a_refund_file_without_shops_finds_its_order() -> None:
    world = World().order("o1", {"paid_fen": 100})
    world.add("refund", refund_id="r", order_id="o1", shop_id="(default)", refund_fen=60)
    world.add("refund", refund_id="q", order_id="o1", shop_id="other", refund_fen=7)
    assert one(world).refund_after_fen == 60


@pytest.mark.parametrize(
    ("refund", "back"),
    [
        ({"type": "return_refund"}, 2),
        ({"type": "refund_only"}, 0),
        ({"type": "refund_only", "before_shipping": True}, 2),
        ({"type": "before_shipping", "before_shipping": None}, 2),
        ({"type": "price_protection"}, 0),
    ],
)
def test_pieces_come_back_before_shipping_or_as_return(refund: dict, back: int) -> None:
    world = World().order("o1", {"paid_fen": 900, "qty": 3})
    world.add("refund", refund_id="r", order_id="o1", refund_fen=600, **refund)
    world.add("refund_line", refund_id="r", line_id="o1", order_id="o1", refund_fen=600, qty=2)
    assert one(world).qty_back == back


def test_never_more_pieces_come_back_than_were_sold() -> None:
    world = World().order("o1", {"paid_fen": 900, "qty": 3})
    for name in ("r", "q"):
        world.add("refund", refund_id=name, order_id="o1", refund_fen=400)
        world.add("refund_line", refund_id=name, line_id="o1", order_id="o1", refund_fen=400, qty=2)
    assert one(world).qty_back == 3


@pytest.mark.parametrize(("qty", "fen", "back"), [(2, 100, 2), (None, 900, 3), (None, 899, 0)])
def test_pieces_of_a_refund_without_lines(qty: int | None, fen: int, back: int) -> None:
    world = World().order("o1", {"paid_fen": 900, "qty": 3})
    world.add("refund", refund_id="r", order_id="o1", refund_fen=fen, qty=qty)
    assert one(world).qty_back == back


def test_subsidies_go_back_with_the_refund_and_the_account_row_is_then_no_second_one() -> None:
    world = two_lines()
    world.add("refund", refund_id="r", order_id="o1", refund_fen=30000, subsidy_back_fen=1000)
    world.add(
        "refund_line",
        refund_id="r",
        line_id="a",
        order_id="o1",
        refund_fen=30000,
        subsidy_back_fen=1000,
    )
    world.add(
        "account_ledger",
        account_trade_no="t",
        order_id="o1",
        direction="out",
        tag="subsidy_back",
        amount_fen=1000,
    )
    assert world.ledger().set_index("line_id").subsidy_back_fen.to_dict() == {"a": 1000, "b": 0}


def test_subsidies_go_back_by_the_account_where_no_refund_says_so() -> None:
    world = World().order(
        "o1",
        {"line_id": "a", "paid_fen": 30000, "sub_platform_fen": 600, "sub_author_fen": 300},
        {"line_id": "b", "paid_fen": 10000, "sub_author_fen": 100},
    )
    world.add("refund", refund_id="r", order_id="o1", refund_fen=40000)
    account = {"account_trade_no": "t", "order_id": "o1", "tag": "subsidy_back"}
    world.add("account_ledger", **account, direction="out", amount_fen=1000, at=at("01-31 10:00"))
    found = world.ledger().set_index("line_id")
    assert found.subsidy_back_fen.to_dict() == {"a": 900, "b": 100}
    assert found.net_fen.to_dict() == {"a": 0, "b": 0}
    assert world.ledger(date(2026, 1, 30)).subsidy_back_fen.sum() == 0


def test_an_account_row_that_names_the_child_with_its_parents_number_is_the_childs() -> None:
    world = World().order(
        "o1",
        {"line_id": "o1", "paid_fen": 100, "sub_platform_fen": 10},
        {"line_id": "o1-2", "paid_fen": 100, "sub_platform_fen": 10},
    )
    world.add(
        "account_ledger",
        account_trade_no="t",
        order_id="o1",
        direction="out",
        tag="subsidy_back",
        amount_fen=10,
    )
    found = world.ledger().set_index("line_id").subsidy_back_fen
    assert found.to_dict() == {"o1": 10, "o1-2": 0}


def test_the_merchants_code_comes_from_the_line_or_the_map_of_that_day() -> None:
    world = World()
    for code, since in (("old", "01-01 00:00"), ("new", "01-22 20:10"), ("later", "01-23 00:00")):
        world.add("sku_map", platform_sku_id="p", merchant_sku=code, valid_from_at=at(since))
    world.order("o1", {"sku_id": "p", "merchant_code": None})
    world.order("o2", {"sku_id": "p", "merchant_code": "mine"})
    world.order("o3", {"sku_id": "q", "merchant_code": None})
    world.order("o4", {"sku_id": "p", "merchant_code": None}, created_at=at("01-22 20:09"))
    found = world.ledger().set_index("line_id").merchant_sku
    assert found.tolist() == ["new", "mine", None, "old"]


def test_a_line_is_mature_after_its_window_or_when_its_order_closed() -> None:
    world = World().order("o1", {"paid_fen": 1}).order("o2", {"paid_fen": 1}, status="closed")
    world.rows["order_header"][1]["updated_at"] = at("01-24 10:00")
    found = {day: one(world, date(2026, 2, day)).mature for day in (5, 6)}
    assert found == {5: False, 6: True}  # 22 January and 15 days
    assert not one(world, date(2026, 1, 23), "o2").mature
    assert one(world, date(2026, 1, 24), "o2").mature


def test_negative_lines_of_public_sets_count_as_they_are() -> None:
    assert one(World().order("o1", {"paid_fen": -250, "qty": -1})).net_fen == -250


def test_the_ledger_of_a_lake_is_the_same_frame(tmp_path) -> None:
    world = two_lines()
    world.add("refund", refund_id="r", order_id="o1", refund_fen=10803, postage_fen=800)
    found = line_ledger(world.lake(tmp_path), as_of=FAR, settings=Settings())
    pd.testing.assert_frame_equal(found, world.ledger())


def test_the_ledger_of_an_empty_lake_is_empty(tmp_path) -> None:
    assert line_ledger(World().lake(tmp_path), as_of=FAR, settings=Settings()).empty
