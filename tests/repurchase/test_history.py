from datetime import date

import pandas as pd

from liveattr.repurchase.history import History, read_history
from liveattr.repurchase.landmark_rows import features_at, landmarks
from tests.rows import Rows, at

END = date(2026, 3, 31)


def shop(*accounts: str) -> Rows:
    rows = Rows()
    for account in accounts:
        rows.add(
            "person_member", kind="mall_account", id=account, person_id=f"p{account}",
            known_from_at=at("01-01 00:00"),
        )  # fmt: skip
    return rows


def refund(rows: Rows, number: str, order: str, fen: int, day: str, **more) -> Rows:
    return rows.add(
        "refund", platform="mall", refund_id=number, shop_id="s", order_id=order, type="return_refund",
        status="done", done_at=at(f"{day} 09:00"), refund_fen=fen, **more,
    )  # fmt: skip


def read(rows: Rows, as_of: date = END) -> History:
    return read_history(rows.connect(), as_of)


def test_an_order_is_there_from_the_day_of_its_payment():
    rows = (
        shop("a", "b")
        .bought("01-10 10:00", "1", 100, 50)
        .bought("01-31 23:00", "2", account_token="b")
    )
    rows.bought("03-01 10:00", "3", paid_at=at("04-02 10:00")).bought(
        "03-02 10:00", "4", paid_at=None
    )
    rows.bought("03-03 10:00", "5", account_token="nobody").bought("03-04 10:00", "6", is_test=True)
    told = read(rows).orders
    assert told["person_id"].tolist() == ["pa", "pb"]
    assert told["order_id"].tolist() == ["mall\ts\t1", "mall\ts\t2"]
    assert told["value_fen"].tolist() == [150, 100] and told["quantity"].tolist() == [2, 1]
    assert told["ordered_at"].tolist() == [
        pd.Timestamp(at("01-10 10:00")),
        pd.Timestamp(at("01-31 23:00")),
    ]
    assert read(rows, date(2026, 4, 2)).orders["order_id"].tolist()[1] == "mall\ts\t3"


def test_what_came_back_has_the_day_of_the_last_refund():
    rows = shop("a").bought("01-10 10:00", "1", 100, 60)
    refund(rows, "r1", "1", 40, "02-01")
    rows.add(
        "refund_line", platform="mall", refund_id="r1", line_id="1-1", order_id="1", refund_fen=40
    )
    refund(rows, "r2", "1", 120, "04-03")
    [row] = read(rows).orders.to_dict("records")
    assert (row["refunded_fen"], row["refunded_at"]) == (40, pd.Timestamp(at("02-01 09:00")))
    [row] = read(rows, date(2026, 4, 30)).orders.to_dict("records")
    assert (row["refunded_fen"], row["refunded_at"]) == (160, pd.Timestamp(at("04-03 09:00")))
    assert row["refunded_fen"] == row["value_fen"]


def test_an_order_of_which_all_that_was_paid_came_back_is_none():
    rows = shop("a").bought("01-10 10:00", "1", 100).bought("01-20 10:00", "2", 100)
    rows.rows["order_line"][0] |= {"sub_platform_fen": 30}
    refund(rows, "r1", "1", 100, "01-25")
    orders = read(rows).orders
    assert orders["with_coupon"].tolist() == [True, False]
    assert features_at(orders, "2026-01-24")["frequency"].tolist() == [1]
    assert features_at(orders, "2026-01-25")["frequency"].tolist() == [0]


def test_categories_are_rows_of_their_own():
    rows = shop("a").bought("01-10 10:00", "1", 100, 50, 7)
    for line, code in zip(rows.rows["order_line"], ["tea", "egg", "tea2"], strict=True):
        line |= {"merchant_code": code}
    rows.add("product", merchant_sku="tea", category="Tea").add(
        "product", merchant_sku="tea2", category="Tea"
    )
    told = read(rows).orders.set_index("category")
    assert told["value_fen"].to_dict() == {"(unknown)": 50, "Tea": 107}
    by = ("person_id", "category")
    assert len(landmarks(told.reset_index(), END, by=by)["category"].unique()) == 2


def test_a_line_is_live_while_it_is_tied_to_a_broadcast():
    rows = (
        shop("a").bought("01-10 10:00", "1").bought("01-11 10:00", "2").bought("01-12 10:00", "3")
    )
    tied = {"platform": "mall", "broadcast_id": "A", "decided_at": at("01-10 10:00")}
    rows.add("line_basis", line_id="1-1", basis="tracked_link", **tied)
    rows.add("line_basis", line_id="2-1", basis="window", **tied)
    rows.add(
        "line_basis", line_id="3-1", basis="explicit_room", superseded_at=at("01-13 10:00"), **tied
    )
    assert read(rows).orders["live"].tolist() == [True, False, False]


def test_events_become_a_row_a_day_and_kind():
    rows = shop("a", "b")
    for time, name in [("20:00", "live_enter"), ("20:05", "live_comment"), ("20:30", "live_leave")]:
        stay = {"watch_ms": 90_000} if name == "live_leave" else {}
        rows.seen(f"01-22 {time}", name=name, room_id="1", **stay)
    rows.seen("01-22 21:00", name="live_enter", room_id="2", watch_ms=30_000)
    rows.seen("01-22 21:01", name="live_product_click", room_id="2")
    rows.seen("01-22 21:02", name="live_impression", room_id="3")
    rows.seen("01-22 21:03", name="mall_landing", link_id="t1").seen(
        "01-22 21:04", name="mall_landing"
    )
    rows.seen("01-23 00:10", name="add_to_cart", account_token="b").seen(
        "01-23 00:11", name="page_view"
    )
    rows.seen("01-23 00:12", name="add_to_cart", account_token="nobody")
    rows.seen("04-01 00:00", name="add_to_cart")
    told = read(rows)
    assert told.newest_on == date(2026, 1, 23)
    found = {(r.person_id, str(r.ts.date()), r.kind): r.value for r in told.events.itertuples()}
    assert found == {
        ("pa", "2026-01-22", "visit"): 2, ("pa", "2026-01-22", "watch_minutes"): 2,
        ("pa", "2026-01-22", "click"): 1, ("pa", "2026-01-22", "jump"): 1,
        ("pb", "2026-01-23", "cart"): 1,
    }  # fmt: skip


def test_who_took_consent_back_is_left_out_as_a_whole():
    rows = (
        shop("a", "b", "c").bought("01-10 10:00", "1").bought("01-11 10:00", "2", account_token="b")
    )
    rows.bought("01-12 10:00", "3", account_token="c").seen("01-22 20:00", name="add_to_cart")
    state = {"purpose": "attribution", "kind": "mall_account"}
    rows.add("consent_state", id="a", own="withdrawn", state="withdrawn", **state)
    rows.add("test_account", kind="mall_account", id_token="c")
    told = read(rows)
    assert told.orders["person_id"].tolist() == ["pb"] and told.events.empty
    assert told.people.set_index("person_id")["reason"].to_dict() == {
        "pa": "withdrawn", "pb": None, "pc": "test_account",
    }  # fmt: skip


def test_an_empty_lake_has_no_history():
    told = read(Rows())
    assert told.orders.empty and told.events.empty and told.people.empty and told.newest_on is None


def test_the_order_of_rows_changes_nothing():
    rows = (
        shop("a", "b")
        .bought("01-10 10:00", "1", 100, 60)
        .bought("01-10 10:00", "2", account_token="b")
    )
    refund(refund(rows, "r1", "1", 40, "02-01"), "r2", "1", 20, "02-03")
    rows.seen("01-22 20:00", name="live_enter").seen(
        "01-22 20:00", name="add_to_cart", account_token="b"
    )
    one = read(rows)
    for table in rows.rows:
        rows.rows[table].reverse()
    other = read(rows)
    for name in ("orders", "events", "people"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
