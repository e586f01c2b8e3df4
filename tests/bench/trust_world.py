"""A shop of sixty days for tests of trust: orders, a room with a list, viewers, credit and a lift."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from liveattr.lake import Lake, open_lake
from liveattr.tables import get_table
from tests.rows import at

FIRST_ON = date(2026, 1, 1)
DAYS = 60
AS_OF = FIRST_ON + timedelta(days=DAYS - 1)
ROOM = "douyin/acc"
SKUS = ("A", "B", "C", "D")


def moment(day: int, hour: float = 12.0) -> datetime:
    return at("01-01 00:00") + timedelta(days=day, hours=hour)


def full(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of a table with every declared column; what is required and not said is empty or 0."""
    plain = {"text": "x", "bigint": 0, "int": 0, "double": 0.0, "bool": False}
    empty = {c.name: plain.get(c.type) if c.required else None for c in get_table(name).columns}
    return pd.DataFrame([{**empty, **row} for row in rows], dtype=object)


def shop_lake(path: Any) -> Lake:
    """The room shows A and B every third day, and only those sell better then."""
    rng = np.random.default_rng(3)
    live = [day for day in range(5, DAYS) if day % 3 == 0]
    header, line, plan, shows = [], [], [], []
    for day in range(DAYS):
        for number in range(30 + 12 * (day in live)):
            sku = SKUS[number % 4] if number < 30 else SKUS[number % 2]
            who = int(rng.integers(200))
            key = {"platform": "youzan", "shop_id": "s", "order_id": f"{day}-{number}"}
            when = {"created_at": moment(day), "paid_at": moment(day, 12.1), "status": "paid"}
            header.append({**key, **when, "currency": "CNY", "account_token": f"m{who}"})
            goods = {"merchant_code": sku, "paid_fen": 100, "qty": 1, "trade_kind": "normal"}
            line.append({**key, **goods, "line_id": key["order_id"]})
    for day in live:
        name = f"b{day}"
        about = {"broadcast_id": name, "campaign_id": "A", "platform": "douyin"}
        times = {"start_at": moment(day, 20), "end_at": moment(day, 22)}
        on = FIRST_ON + timedelta(days=day)
        shows.append({**about, **times, "account_id": "acc", "business_on": on})
        plan += [{"broadcast_id": name, "sku_id": sku, "state": "held"} for sku in SKUS[:2]]
    lake = open_lake(path)
    lake.write("order_header", full("order_header", header))
    lake.write("order_line", full("order_line", line))
    lake.write("broadcast", full("broadcast", shows))
    lake.write("broadcast_plan", full("broadcast_plan", plan))
    lake.write("campaign", full("campaign", [{"campaign_id": "A", "kind": "series"}]))
    lake.write("lift", full("lift", [_lift()]))
    return _credited(lake, rng)


def _lift() -> dict[str, Any]:
    ends = {"gross": 200.0, "gross_low": 120.0, "gross_high": 280.0, "level": 0.9}
    about = {"method": "pooled", "subject_kind": "room", "subject": ROOM, "as_of": AS_OF}
    found = {"people": 90, "hazard_ratio": 2.5, "tipping": 4.4, "chosen": True}
    return {**about, **ends, **found, "since_on": FIRST_ON, "until_on": AS_OF}


def _credited(lake: Lake, rng: np.random.Generator) -> Lake:
    """Give campaign A to 80 people, and print the interval that their differences make."""
    money = rng.integers(50, 500, 80)
    touch = [{"touch_id": n, "person": n, "channel": 1, "action": 1} for n in range(80)]
    same = {"model": "last_non_direct", "as_of": AS_OF, "campaign_id": "A", "share": 1.0}
    parts = [
        {**same, "touch_id": n, "line_id": f"0-{n}", "net_fen": fen} for n, fen in enumerate(money)
    ]
    half, whole = 1.645 * float(np.sqrt((money**2).sum())), float(money.sum())
    total = {"model": "last_non_direct", "grain": "campaign", "value": "A", "as_of": AS_OF}
    ends = {"low": whole - half, "high": whole + half, "level": 0.9, "net_fen": int(whole)}
    lake.write("touch", full("touch", touch))
    lake.write("credit", full("credit", parts))
    lake.write("credit_total", full("credit_total", [{**total, **ends}]))
    return lake
