"""A small lake with four kinds of campaign, and one with orders only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from liveattr.lake import Lake, open_lake
from liveattr.profit import settle
from liveattr.tables import get_table

AS_OF = date(2026, 2, 21)
LIVE = "live_20260122_A"
MAIL = "mail_17"
HALF = "live_half"
QUIET = "live_quiet"
SERIES = "own_2026-01"
EVIL = "<script>alert(1)</script>\"&' 冬季修护专场 😀"
SOLD = datetime(2026, 1, 22, 12, 30, tzinfo=UTC)
RULES = ("first", "last", "last_non_direct", "linear", "position", "time_decay")

Rows = list[dict[str, Any]]


def frame(name: str, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows of a table; columns that a row does not name are null."""
    columns = list(get_table(name).names)
    return pd.DataFrame([dict(row) for row in rows], columns=columns).astype(object)


def order(
    tables: dict[str, Rows],
    number: str,
    *,
    platform: str = "douyin",
    paid: int = 19_900,
    sku: str = "SKU-1",
    at: datetime = SOLD,
    room: str | None = None,
    host: str | None = None,
    currency: str = "CNY",
    subsidy: int = 0,
) -> None:
    head = {
        "platform": platform,
        "shop_id": "(default)",
        "order_id": f"o{number}",
        "created_at": at,
        "paid_at": at + timedelta(minutes=2),
        "status": "finished",
        "currency": currency,
        "is_test": False,
        "paid_fen": paid,
    }
    line = {
        "platform": platform,
        "shop_id": "(default)",
        "order_id": f"o{number}",
        "line_id": f"l{number}",
        "merchant_code": sku,
        "sku_id": f"p-{sku}",
        "title": f"title of {sku}",
        "qty": 1,
        "paid_fen": paid,
        "sub_platform_fen": subsidy,
        "sub_author_fen": 0,
        "sub_shop_fen": 0,
        "is_gift": False,
        "trade_kind": "normal",
        "room_id": room,
        "host_id": host,
    }
    tables["order_header"].append(head)
    tables["order_line"].append(line)


def refund(tables: dict[str, Rows], number: str, fen: int, *, before: bool = False) -> None:
    line = next(row for row in tables["order_line"] if row["line_id"] == f"l{number}")
    common = {"platform": line["platform"], "refund_id": f"r{number}", "shop_id": "(default)"}
    common |= {"order_id": line["order_id"], "subsidy_back_fen": 0}
    done = SOLD + timedelta(days=6)
    tables["refund"].append(
        common
        | {"type": "return_refund", "status": "done", "done_at": done, "refund_fen": fen}
        | {"postage_fen": 0, "before_shipping": before}
    )
    tables["refund_line"].append(common | {"line_id": f"l{number}", "refund_fen": fen, "qty": 1})


def settlement(tables: dict[str, Rows], number: str, fee: int, commission: int) -> None:
    zero = ("channel_fee_fen", "colonel_fee_fen", "other_fee_fen", "refund_before_fen")
    tables["settlement_line"].append(
        dict.fromkeys((*zero, "sub_platform_fen", "sub_author_fen"), 0)
        | {"platform": "douyin", "request_no": f"s{number}", "line_id": f"l{number}"}
        | {"order_id": f"o{number}", "trade_type": 0, "settled_at": SOLD + timedelta(days=10)}
        | {"income_fen": 19_900, "outcome_fen": fee + commission}
        | {"settle_fen": 19_900 - fee - commission}
        | {"service_fee_fen": fee, "commission_fen": commission}
    )


def cost(tables: dict[str, Rows], campaign: str, line: str, fen: int) -> None:
    tables["campaign_cost"].append(
        {"cost_id": f"{campaign}-{line}", "campaign_id": campaign, "line": line}
        | {"amount_fen": fen, "incurred_at": SOLD}
    )


def campaign(
    tables: dict[str, Rows], name: str, kind: str, title: str | None, currency: str, hours: float
) -> None:
    tables["campaign"].append(
        {"campaign_id": name, "kind": kind, "title": title, "currency": currency}
        | {"start_at": SOLD, "end_at": SOLD + timedelta(hours=hours)}
    )


def broadcast(tables: dict[str, Rows], name: str, platform: str, room: str, host: str) -> None:
    tables["broadcast"].append(
        {"broadcast_id": name, "campaign_id": name, "platform": platform, "host_id": host}
        | {"platform_room_id": room, "start_at": SOLD - timedelta(minutes=30)}
        | {"end_at": SOLD + timedelta(hours=3), "business_on": date(2026, 1, 22)}
    )


def credit(tables: dict[str, Rows], number: str, name: str, fen: int, platform: str) -> None:
    """All rules give one line wholly to a campaign (the rule rows of a mailing)."""
    for model in RULES:
        tables["credit"].append(
            {"model": model, "version": "1", "platform": platform, "line_id": f"l{number}"}
            | {"touch_id": 1, "channel": "mailed_offer", "campaign_id": name, "share": 1.0}
            | {"net_fen": fen, "as_of": AS_OF}
        )


def credit_totals(tables: dict[str, Rows]) -> None:
    """Credit by campaign; the rules differ a little, so that a report has something to compare."""
    for at, model in enumerate(RULES):
        for name, fen in ((MAIL, 900_000 + 41_300 * at), (LIVE, 350_000 - 21_700 * at)):
            tables["credit_total"].append(
                {"model": model, "version": "1", "grain": "campaign", "value": name}
                | {"as_of": AS_OF, "orders": 31.5 + at, "net_fen": fen, "n": 40 + at}
            )
        tables["credit_total"].append(
            {"model": model, "version": "1", "grain": "campaign", "value": "(unattributed)"}
            | {"as_of": AS_OF, "orders": 100.0, "net_fen": 2_000_000, "n": 200}
        )


def fitted(tables: dict[str, Rows]) -> None:
    """Models beside the rules, with intervals, and one that nobody knows, without."""
    for model, fen, half in (("shapley", 281_000, 60_000), ("markov_2", 305_000, 70_000),
                             ("markov", 298_000, 52_000), ("<b>mine</b>", 240_000, None)):  # fmt: skip
        ends = {} if half is None else {"low": fen - half + 0.4, "high": fen + half + 0.4}
        tables["credit_total"].append(
            {"model": model, "version": "1", "grain": "campaign", "value": LIVE, "as_of": AS_OF}
            | {"orders": 29.5, "net_fen": fen, "n": 41, **ends}
            | ({"level": 0.95} if ends else {})
        )


PATHS = (("live", 11, 9), ("sms > live", 9, 9), ("live > sms > live", 6, 6), ("(other)", 4, 3))
STEPS = (
    (1, "live", "(order)", 26), (1, "sms", "(order)", 2), (1, "<i>tv</i>", "(order)", 2),
    (2, "(start)", "live", 11), (2, "sms", "live", 15), (2, "live", "sms", 2),
    (2, "live", "<i>tv</i>", 2), (3, "(start)", "sms", 9), (3, "live", "sms", 6),
    (3, "(start)", "live", 2), (3, "sms", "live", 2), (4, "(start)", "live", 5),
    (4, "(earlier)", "live", 1), (4, "live", "sms", 2),
)  # fmt: skip
DELAYS = (("10 min", 1, 14), ("1 h", 2, 7), ("1 d", 4, 6), ("later", 8, 3))
"""Paths of a broadcast: 30 orders."""


def paths(tables: dict[str, Rows]) -> None:
    """How people came to the orders of the broadcast."""
    key = {"campaign_id": LIVE, "as_of": AS_OF}
    tables["path_total"] = [
        {**key, "path": path, "n_orders": n, "people": people, "net_fen": 12_000 * n}
        for path, n, people in PATHS
    ]
    tables["path_step"] = [
        {**key, "pos": pos, "from_channel": a, "to_channel": b, "n_orders": n}
        for pos, a, b, n in STEPS
    ]
    tables["order_delay"] = [
        {**key, "within": within, "pos": pos, "n_orders": n} for within, pos, n in DELAYS
    ]


def claims() -> Rows:
    """What the ad platform counts for the broadcast."""
    key = {"campaign_id": LIVE, "as_of": AS_OF}
    return [
        {**key, "pay_type": kind, "n_orders": n, "paid_fen": 20_000 * n, "net_fen": 15_000 * n}
        | {"also_touched": n - 2}
        for kind, n in (("direct", 17), ("indirect", 9))
    ]


def goods(tables: dict[str, Rows]) -> None:
    names = ["修护精华 30ml", "玻尿酸面膜 10 片", '<b>"防晒乳"</b> SPF50', "旅行装套盒"]
    for at, name in enumerate(names, 1):
        tables["product"].append(
            {"merchant_sku": f"SKU-{at}", "name": name, "category": "护肤" if at < 3 else "防晒"}
        )


def live(tables: dict[str, Rows]) -> None:
    """A Douyin broadcast with every cost: true ROI is known."""
    campaign(tables, LIVE, "broadcast", EVIL, "CNY", 3)
    broadcast(tables, LIVE, "douyin", "room-1", "示例主播 & <Co>")
    for at in range(40):
        number, sku = f"a{at}", f"SKU-{1 + at % 4}"
        when = SOLD + timedelta(minutes=3 * at)
        order(
            tables,
            number,
            sku=sku,
            paid=19_900 + 1000 * (at % 7),
            room="room-1",
            at=when,
            subsidy=500,
        )
        settlement(tables, number, 1_200, 3_000)
        if at % 3 == 0:
            refund(tables, number, 19_900 + 1000 * (at % 7), before=at % 2 == 0)
    for at in range(8):
        when = SOLD + timedelta(hours=2, minutes=at)
        order(tables, f"w{at}", host="示例主播 & <Co>", at=when)
    for line, fen in (("slot_fee", 100_000), ("crew", 40_000), ("freight_out", 32_000)):
        cost(tables, LIVE, line, fen)
    tables["ad_spend"].append(
        {"account": "ad", "ad_id": "1", "hour_at": SOLD, "spend_fen": 61_000, "room_id": "room-1"}
    )
    for at in range(1, 5):
        tables["sku_cogs"].append(
            {"merchant_sku": f"SKU-{at}", "valid_from_on": date(2025, 1, 1), "cogs_fen": 4_000}
        )


def mail(tables: dict[str, Rows]) -> None:
    """A mailing in dollars: only the rule ties orders to it, no costs, no refunds."""
    campaign(tables, MAIL, "mailing", "TypeA 17", "USD", 24 * 20)
    for at in range(60):
        number = f"m{at}"
        order(
            tables,
            number,
            platform="store",
            sku=f"UPC-{at % 25}",
            paid=15_000 + 100 * at,
            currency="USD",
            at=SOLD + timedelta(hours=9 * at),
            subsidy=250 if at % 4 == 0 else 0,
        )
        credit(tables, number, MAIL, 15_000 + 100 * at, "store")
    for at in range(25):
        tables["product"].append({"merchant_sku": f"UPC-{at}", "name": f"PRODUCT {at}"})


def half(tables: dict[str, Rows]) -> None:
    """A Taobao broadcast with a slot fee only: the ROI is an upper bound."""
    campaign(tables, HALF, "broadcast", None, "CNY", 3)
    broadcast(tables, HALF, "taobao", "room-2", "主播二")
    for at in range(12):
        order(tables, f"h{at}", platform="taobao", room="room-2", paid=1_890_000, sku="SKU-1")
    cost(tables, HALF, "slot_fee", 30_000_000)


def quiet(tables: dict[str, Rows]) -> None:
    """A Kuaishou broadcast to which only the time ties orders."""
    campaign(tables, QUIET, "broadcast", "只有时间证据的一场", "CNY", 3)
    broadcast(tables, QUIET, "kuaishou", "room-3", "主播三")
    for at in range(5):
        order(tables, f"q{at}", platform="kuaishou", sku="SKU-2")


def write_all(folder: Path, tables: dict[str, Rows]) -> Lake:
    lake = open_lake(folder, threads=1)
    for name, rows in tables.items():
        if rows:
            lake.write(name, frame(name, rows))
    return lake


def empty_tables() -> dict[str, Rows]:
    names = ("campaign", "broadcast", "order_header", "order_line", "refund", "refund_line")
    more = ("settlement_line", "campaign_cost", "ad_spend", "sku_cogs", "product")
    return {name: [] for name in (*names, *more, "credit", "credit_total")}


def make_lake(folder: Path) -> Lake:
    tables = empty_tables()
    goods(tables)
    for each in (live, mail, half, quiet):
        each(tables)
    credit_totals(tables)
    fitted(tables)
    paths(tables)
    lake = write_all(folder, tables)
    settle(lake, as_of=AS_OF)
    lake.write("ad_credit", frame("ad_credit", claims()))  # in place of what settling found
    return lake


def series(tables: dict[str, Rows]) -> None:
    """A month of a daily room: three broadcasts, one campaign."""
    campaign(tables, SERIES, "series", "自播 2026-01", "CNY", 60)
    for day in range(3):
        name, start = f"own_2026012{2 + day}", SOLD + timedelta(days=day)
        broadcast(tables, name, "douyin", f"own-{day}", "品牌自播")
        tables["broadcast"][-1] |= {"campaign_id": SERIES, "start_at": start}
        tables["broadcast"][-1] |= {"end_at": start + timedelta(hours=3)}
        for at in range(12 - day):
            when = start + timedelta(minutes=9 * at)
            order(tables, f"s{day}{at}", room=f"own-{day}", sku=f"SKU-{1 + at % 4}", at=when)
    cost(tables, SERIES, "crew", 120_000)


def truth(
    tables: dict[str, Rows], name: str, fixed: int | None, orders: dict[str, float], show: str = ""
) -> None:
    """Known truth by horizon: 120 yuan kept and 70 of margin an order."""
    for horizon, number in orders.items():
        margin = round(number * 7_000)
        tables["known_truth"].append(
            {"campaign_id": name, "broadcast_id": show, "horizon": horizon, "orders": number}
            | {"gmv_fen": round(number * 19_900), "net_fen": round(number * 12_000)}
            | {"margin_fen": margin, "fixed_cost_fen": fixed, "world": "demo, seed 7"}
            | {"true_roi": margin / fixed if fixed else None}
        )


def make_simulated(folder: Path) -> Lake:
    """A show that took its orders from later days, a month that did more than is credited."""
    tables = {**empty_tables(), "known_truth": []}
    goods(tables)
    live(tables)
    series(tables)
    steps = ("gross", "net_3", "net_14", "net_60", "net")
    truth(tables, LIVE, 201_000, dict(zip(steps, (31.2, 30, 24.5, 19, 18.4), strict=True)))
    truth(tables, SERIES, 120_000, dict(zip(steps, (46, 45.4, 44, 43, 43), strict=True)))
    truth(tables, SERIES, None, {"gross": 15.2, "net": 14.1}, "own_20260122")
    truth(tables, SERIES, None, {"gross": 9.9, "net": 0.2}, "own_20260124")
    lake = write_all(folder, tables)
    settle(lake, as_of=AS_OF)
    return lake


def make_orders_only(folder: Path) -> Lake:
    tables = empty_tables()
    goods(tables)
    for at in range(30):
        when = SOLD + timedelta(hours=11 * at)
        sku = f"SKU-{1 + at % 4}"
        order(tables, f"x{at}", platform="mall", sku=sku, currency="GBP", at=when)
    for at in range(0, 30, 7):
        refund(tables, f"x{at}", 19_900)
    return write_all(folder, tables)
