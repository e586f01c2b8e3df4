"""Rows of order files that are bad on purpose, and the code that quarantine must give each.

Each is a copy of the file's first record with a number of its own and one thing wrong. A small file
bears few: more than 5 % of bad rows, and an ingest would refuse the file.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.write.hooks import DOUDIAN_SECRET

if TYPE_CHECKING:
    from liveattr.simulate.world import World

__all__ = ["Planted", "plant"]

Record = dict[str, Any]
Change = Callable[[Record], None]

_FREE = ("ORPHAN", "TOTAL_ROW")
"""Codes of rows that are set aside and do not count as bad."""


@dataclass(frozen=True)
class Planted(Block):
    """Rows that are bad on purpose."""

    share: float = knob(
        0.04, 0, 0.045, "largest share of a file's rows", source="an ingest refuses a file at 5 %"
    )


def _set(**values: object) -> Change:
    """Return what sets values at paths; `__` parts the steps, a list means its first element."""

    def change(record: Record) -> None:
        for path, value in values.items():
            *steps, last = path.split("__")
            place: Any = record
            for step in steps:
                place = place[step]
                place = place[0] if isinstance(place, list) else place
            place[last] = value(place) if callable(value) else value

    return change


def _more(name: str, by: int) -> Callable[[Record], int]:
    return lambda place: int(place[name]) + by


_Rule = tuple[str, tuple[Change, ...]]
"""A code and the records of it: two for a conflict."""

_ORDER = "data__shop_order_detail"
_DOUYIN: tuple[_Rule, ...] = (
    ("TIME_ORDER", (_set(**{f"{_ORDER}__pay_time": _more("create_time", -60)}),)),
    ("SUM_MISMATCH", (_set(**{f"{_ORDER}__pay_amount": _more("pay_amount", 100)}),)),
    ("TYPE_BAD", (_set(**{f"{_ORDER}__pay_amount": "一百元"}),)),
    ("TIME_RANGE", (_set(**{f"{_ORDER}__create_time": lambda r: r["create_time"] * 1000}),)),
    ("DUP_CONFLICT", (_set(), _set(**{f"{_ORDER}__order_amount": _more("order_amount", 1)}))),
    ("SCHEMA_MISSING", (_set(**{f"{_ORDER}__create_time": None}),)),
    ("ID_PRECISION", (_set(**{f"{_ORDER}__sku_order_list__code": "6.9260102E+18"}),)),
    ("PII_LEAK", (_set(**{f"{_ORDER}__sku_order_list__product_name": "加微信 14200000001"}),)),
)
_CLAIM = "data__process_info__after_sale_info"
_DOUYIN_CLAIMS: tuple[_Rule, ...] = (
    ("ORPHAN", (_set(data__order_info__shop_order_id=6999999999999999011),)),
    ("REFUND_GT_PAID", (_set(**{f"{_CLAIM}__refund_total_amount": 99_999_900}),)),
    (
        "SUM_MISMATCH",
        (_set(**{f"{_CLAIM}__refund_post_amount": _more("refund_total_amount", 1)}),),
    ),
    (
        "TIME_ORDER",
        (
            _set(
                **{
                    f"{_CLAIM}__refund_status": 3,
                    f"{_CLAIM}__after_sale_status": 12,
                    f"{_CLAIM}__update_time": _more("apply_time", -3600),
                }
            ),
        ),
    ),
    ("TYPE_BAD", (_set(**{f"{_CLAIM}__refund_total_amount": "全部"}),)),
)
_BILL: tuple[_Rule, ...] = (
    ("ORPHAN", (_set(shop_order_id="6999999999999999011", order_id="6999999999999999011"),)),
    ("SUM_MISMATCH", (_set(total_outcome=_more("total_outcome", 1)),)),
    ("TYPE_BAD", (_set(trade_type=9),)),
    ("SUM_MISMATCH", (_set(settle_amount=_more("settle_amount", -1)),)),
    ("DUP_CONFLICT", (_set(), _set(refund_before_settle=_more("refund_before_settle", 1)))),
)
_ACCOUNT: tuple[_Rule, ...] = (
    ("TYPE_BAD", (_set(fund_flow=0, account_amount=-45),)),
    ("TIME_RANGE", (_set(bill_time="2062-01-02 10:00:00"),)),
    ("DUP_CONFLICT", (_set(), _set(account_amount=_more("account_amount", 1)))),
    ("SCHEMA_MISSING", (_set(bill_time=None),)),
)
_REPORT: tuple[_Rule, ...] = (
    ("TYPE_BAD", (_set(stat_cost="三十"),)),
    ("TIME_RANGE", (_set(stat_datetime="2062-01-02 10:00:00"),)),
)
_CLAIMED: tuple[_Rule, ...] = (
    ("TYPE_BAD", (_set(is_pay="MAYBE"),)),
    ("SCHEMA_MISSING", (_set(ad_id=None),)),
)
_PRICE = "order_detail__price_info"
_CHANNELS: tuple[_Rule, ...] = (
    ("SUM_MISMATCH", (_set(**{f"{_PRICE}__order_price": _more("order_price", 1)}),)),
    ("TIME_ORDER", (_set(order_detail__pay_info__pay_time=1_500_000_000),)),
    ("SCHEMA_MISSING", (_set(order_detail__product_infos=[]),)),
    ("TYPE_BAD", (_set(order_detail__product_infos__sku_cnt=0),)),
    (
        "DUP_CONFLICT",
        (_set(), _set(**{f"{_PRICE}__original_order_price": _more("original_order_price", 1)})),
    ),
)
_CHANNELS_CLAIMS: tuple[_Rule, ...] = (
    ("ORPHAN", (_set(order_id="3708999999999999999"),)),
    ("REFUND_GT_PAID", (_set(refund_info__amount=99_999_900),)),
    ("TYPE_BAD", (_set(refund_info__amount=1000.5),)),
)
_PAY, _TRADE = "full_order_info__pay_info", "full_order_info__order_info"
_REFUND = {
    "refund_id": "319999999999999999",
    "refund_fee": "999999.00",
    "refund_time": "2026-03-01 10:00:00",
    "refund_state": 60,
    "refund_type": 1,
    "refund_fund": [{"refund_account_time": "2026-03-02 10:00:00", "status": 2}],
    "oids": [],
}
_MALL: tuple[_Rule, ...] = (
    ("SUM_MISMATCH", (_set(**{f"{_PAY}__payment": "999999.00", f"{_PAY}__deduction_pay": 0}),)),
    ("TYPE_BAD", (_set(**{f"{_PAY}__payment": "12.345"}),)),
    ("REFUND_GT_PAID", (_set(refund_order=[_REFUND]),)),
    ("TIME_ORDER", (_set(**{f"{_TRADE}__pay_time": "2020-01-02 10:00:00"}),)),
    ("SUM_MISMATCH", (_set(**{f"{_PAY}__deduction_pay": 10, f"{_PAY}__deduction_real_pay": 20}),)),
    ("PII_LEAK", (_set(full_order_info__orders__title="联系 14200000001"),)),
    ("TIME_RANGE", (_set(**{f"{_TRADE}__created": "1926-01-02 10:00:00"}),)),
    ("DUP_CONFLICT", (_set(), _set(**{f"{_PAY}__total_fee": "999999.00"}))),
)
_DOUDIAN_PUSH: tuple[_Rule, ...] = (
    ("TYPE_BAD", (_set(body="this is no JSON"),)),
    ("TIME_RANGE", (_set(received_at="2062-01-02T10:00:00.000+08:00"),)),
)
_YOUZAN_PUSH: tuple[_Rule, ...] = (
    ("SCHEMA_MISSING", (_set(body="this is no JSON"),)),
    ("TIME_RANGE", (_set(received_at="2062-01-02T10:00:00.000+08:00"),)),
)

_FILES: dict[str, tuple[str, str, tuple[_Rule, ...]]] = {
    "doudian_orders/orders_000.jsonl": (f"{_ORDER}__order_id", "69999990000000{:03d}11", _DOUYIN),
    "doudian_aftersale/claims_000.jsonl": (
        f"{_CLAIM}__after_sale_id",
        "714999999999999{:03d}0",
        _DOUYIN_CLAIMS,
    ),
    "doudian_settle_v3/bill_000.jsonl": ("request_no", "JS99999999{:02d}", _BILL),
    "doudian_account_ledger/account_000.jsonl": ("account_trade_no", "DZ0{:03d}", _ACCOUNT),
    "qianchuan_report/ads_000.jsonl": ("ad_id", "18012209999999{:03d}", _REPORT),
    "qianchuan_orders/orders_000.jsonl": ("order_id", "69999990000001{:03d}11", _CLAIMED),
    "wechat_orders/orders_000.jsonl": ("order_id", "3708999000000000{:03d}", _CHANNELS),
    "wechat_aftersale/claims_000.jsonl": (
        "after_sale_order_id",
        "2999999999999999{:03d}",
        _CHANNELS_CLAIMS,
    ),
    "youzan_trades/trades_000.jsonl": (
        f"{_TRADE}__tid",
        "E20990101000000999999{:04d}",
        _MALL,
    ),
    "doudian_push/messages_000.jsonl": ("", "", _DOUDIAN_PUSH),
    "youzan_push/messages_000.jsonl": ("", "", _YOUZAN_PUSH),
}
"""File → path of the record's number, its form, and the rules."""


def plant(world: World, raw: Path) -> pd.DataFrame:
    """Put bad rows at the end of the first order files below `raw`, where these are there.

    Returns
    -------
    pandas.DataFrame
        `file` (below `raw`), `format`, `record` (the row's number in its platform, or the row in the
        file where a message has none), `code`, `text` (the line as it stands in the file).
    """
    rows: list[tuple[str, str, str, str, str]] = []
    block = world.parameters.planted
    for name in _FILES:
        file = raw / name
        if block.on and file.exists():
            rows += _plant(file, name, block.share)
    return pd.DataFrame(rows, columns=["file", "format", "record", "code", "text"])


def _plant(file: Path, name: str, share: float) -> list[tuple[str, str, str, str, str]]:
    with file.open(encoding="utf-8") as text:
        first = json.loads(text.readline())
        count = 1 + sum(1 for _ in text)
    rows: list[tuple[str, str, str, str, str]] = []
    left = int(count * share)
    for code, number, lines in _made(first, name):
        cost = 0 if code in _FREE else len(lines)
        if cost <= left:
            left -= cost
            for line in lines:
                record = number or f"row {count + len(rows) + 1}"
                rows.append((name, name.split("/")[0], record, code, line))
    with file.open("a", encoding="utf-8", newline="\n") as out:
        out.writelines(f"{row[-1]}\n" for row in rows)
    return rows


def _made(first: Record, name: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield code, number and lines of each rule of a file."""
    path, form, rules = _FILES[name]
    for k, (code, changes) in enumerate(rules):
        number = form.format(k) if form else ""
        lines = []
        for change in changes:
            record = copy.deepcopy(first)
            if path:
                _number(record, path, number)
            change(record)
            if name.startswith("doudian_push"):
                signed = f"{record['headers']['app-id']}{record['body']}{DOUDIAN_SECRET}"
                record["headers"]["event-sign"] = hashlib.md5(signed.encode()).hexdigest()
            lines.append(json.dumps(record, ensure_ascii=False, separators=(",", ":")))
        yield code, number, lines


def _number(record: Record, path: str, number: str) -> None:
    """Give a copy a number of its own, and its lines too: it must not pass for the first record."""
    _set(**{path: number})(record)
    order = record.get("data", {}).get("shop_order_detail", {})
    trade = record.get("full_order_info", {}).get("orders", [])
    for k, line in enumerate(order.get("sku_order_list", [])):
        line["order_id"] = f"{number[:-1]}{k + 1}"
    for k, line in enumerate(trade):
        line["oid"] = f"28699999{number[-10:]}{k}"
    if "refund_order" in record:
        record["refund_order"] = []
