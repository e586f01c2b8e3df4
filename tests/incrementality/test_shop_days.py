"""Days of the shop from its tables: what counts, whose room, and on which day."""

from datetime import date

import pandas as pd
import pytest

from liveattr.errors import MissingDataError
from liveattr.incrementality.shop_days import create_room_day, create_shop_order, read_days
from liveattr.ledger import create_line_ledger
from tests.database import connect

AS_OF = date(2026, 1, 5)


def _order(order_id, created, paid=True, **line):
    when = pd.Timestamp(created, tz="Asia/Shanghai")
    header = {
        "platform": "mall", "shop_id": "s", "order_id": order_id, "created_at": when,
        "paid_at": when if paid else None, "status": "paid", "is_test": False, "currency": "CNY",
    }  # fmt: skip
    fixed = {"platform": "mall", "shop_id": "s", "order_id": order_id, "qty": 1, "paid_fen": 100}
    lines = [fixed | {"line_id": order_id, "is_gift": False, "trade_kind": "normal"} | line]
    return header, lines


def _days(orders, broadcasts=(), campaigns=()):
    headers, lines = zip(*orders, strict=True) if orders else ((), ())
    frames = {
        "order_header": pd.DataFrame(list(headers)),
        "order_line": pd.DataFrame([row for rows in lines for row in rows]),
        "broadcast": pd.DataFrame(list(broadcasts)),
        "campaign": pd.DataFrame(list(campaigns)),
    }
    con = connect({name: frame for name, frame in frames.items() if len(frame)})
    create_line_ledger(con, as_of=AS_OF, zone="Asia/Shanghai", refund_window_days=15)
    create_shop_order(con, "Asia/Shanghai")
    create_room_day(con, AS_OF)
    return read_days(con, AS_OF)


def _broadcast(broadcast_id, on, campaign="c", **more):
    at = pd.Timestamp(f"{on} 12:00", tz="UTC")
    row = {"broadcast_id": broadcast_id, "campaign_id": campaign, "platform": "douyin"}
    row |= {"account_id": "a", "host_id": "h", "start_at": at, "end_at": at}
    return row | {"business_on": date.fromisoformat(on)} | more


def test_paid_orders_count_once_on_the_shops_own_day():
    orders = [
        _order("late", "2026-01-01 23:30"),  # UTC says the same day, 15:30
        _order("early", "2026-01-02 00:30"),  # UTC says the day before
        _order("unpaid", "2026-01-02 12:00", paid=False),
        _order("gift", "2026-01-02 12:00", is_gift=True),
        _order("later", "2026-01-06 00:00"),
    ]
    found = _days(orders)
    assert found.first_on == date(2026, 1, 1)
    assert found.orders.tolist() == [1, 1, 0, 0, 0]  # days without an order are there
    assert found.weekend.tolist() == [False, False, True, True, False]


def test_an_order_after_midnight_while_a_show_runs_on_is_of_the_evening():
    def ends(at):
        return {"end_at": pd.Timestamp(at, tz="Asia/Shanghai")}

    orders = [_order("a", "2026-01-01 10:00"), _order("b", "2026-01-02 00:30")]
    orders += [_order("c", "2026-01-02 01:00"), _order("d", "2026-01-03 05:59")]
    orders += [_order("e", "2026-01-03 06:00")]
    broadcasts = [
        _broadcast("b1", "2026-01-01", **ends("2026-01-02 01:00")),
        _broadcast("b2", "2026-01-02", **ends("2026-01-03 20:00")),  # never goes off: until six
    ]
    assert _days(orders, broadcasts).orders.tolist() == [2, 2, 1, 0, 0]


def test_rooms_are_accounts_and_guest_shows_are_one():
    broadcasts = [
        _broadcast("b1", "2026-01-02"),
        _broadcast("b2", "2026-01-03", campaign="show1", account_id="guest1"),
        _broadcast("b3", "2026-01-04", campaign="show2", account_id="guest2"),
        _broadcast("b4", "2026-01-04", platform="channels", account_id=None),
        _broadcast("b5", "2026-01-07"),  # after the day
    ]
    shows = [{"campaign_id": name, "kind": "show"} for name in ("show1", "show2")]
    found = _days([_order("o", "2026-01-01 10:00")], broadcasts, shows)
    assert found.rooms == ("channels/h", "douyin/a", "douyin/shows")
    assert found.on_air.astype(int).tolist() == [[0, 0, 0, 1, 0], [0, 1, 0, 0, 0], [0, 0, 1, 1, 0]]
    assert found.marked((date(2026, 1, 5),)).tolist() == [False] * 4 + [True]


def test_no_paid_order_is_said():
    with pytest.raises(MissingDataError, match="2026-01-05"):
        _days([])
