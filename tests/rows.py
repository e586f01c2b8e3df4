"""Rows of canonical tables for tests: say what matters, the rest is filled in."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from liveattr.consent import sample_assessments
from liveattr.lake import Lake, open_lake
from liveattr.tables import get_table
from tests.database import connect

ZONE = "Asia/Shanghai"
_PLAIN = {"text": "x", "bigint": 0, "int": 0, "double": 0.0, "bool": False}


def at(text: str) -> datetime:
    """Shop time '01-22 20:00' (or with seconds) of 2026, as UTC."""
    style = "%Y-%m-%d %H:%M:%S" if text.count(":") == 2 else "%Y-%m-%d %H:%M"
    local = datetime.strptime(f"2026-{text}", style)  # noqa: DTZ007
    return local.replace(tzinfo=UTC) - timedelta(hours=8)


_DEFAULTS: dict[str, dict[str, Any]] = {
    "event": {"source": "mall_events", "platform": "mall", "name": "page_view", "event_at": at("01-22 20:00")},
    "binding": {"source": "bindings", "platform": "mall", "at": at("01-22 20:00"), "evidence": "login"},
    "order_header": {"source": "generic_orders", "platform": "mall", "shop_id": "s", "created_at": at("01-22 20:00"),
                     "paid_at": at("01-22 20:01"), "status": "paid", "currency": "CNY"},
    "order_line": {"platform": "mall", "shop_id": "s", "qty": 1, "trade_kind": "normal"},
    "broadcast": {"campaign_id": "A", "platform": "douyin", "start_at": at("01-22 20:00"),
                  "end_at": at("01-22 23:00"), "business_on": at("01-22 20:00").date()},
    "campaign": {"kind": "broadcast"},
}  # fmt: skip


class Rows:
    """Rows by table; every method returns the object, so calls chain."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}

    def add(self, table: str, /, **values: Any) -> "Rows":
        declared = get_table(table)
        for column in values:
            declared.column(column)
        row = {c.name: _PLAIN.get(c.type) if c.required else None for c in declared.columns}
        row |= {**_DEFAULTS.get(table, {}), **values}
        self.rows.setdefault(table, []).append(row)
        return self

    def seen(self, time: str, **values: Any) -> "Rows":
        """Add an event, of account `a` unless another identifier is given."""
        number = str(len(self.rows.get("event", [])))
        who = {} if any(k.endswith("_token") for k in values) else {"account_token": "a"}
        return self.add("event", **{"event_id": number, "event_at": at(time), **who, **values})

    def bought(self, time: str, order_id: str = "1", *fen: int, **header: Any) -> "Rows":
        """Add an order, of account `a` by default, with a line for each amount (100 fen)."""
        plain = {"account_token": "a", "created_at": at(time), "paid_at": at(time)}
        self.add("order_header", order_id=order_id, **{**plain, **header})
        where = {k: header[k] for k in ("platform", "shop_id") if k in header}
        for number, amount in enumerate(fen or (100,), start=1):
            self.add(
                "order_line", line_id=f"{order_id}-{number}", order_id=order_id, paid_fen=amount,
                **where,
            )  # fmt: skip
        return self

    def bound(self, left: str, right: str, evidence: str = "login") -> "Rows":
        """Add a binding of two identifiers, written as kind:token."""
        sides = {}
        for side, text in (("left", left), ("right", right)):
            sides[f"{side}_kind"], sides[f"{side}_token"] = text.split(":")
        number = str(len(self.rows.get("binding", [])))
        return self.add("binding", binding_id=number, evidence=evidence, **sides)

    def frame(self, table: str) -> pd.DataFrame:
        names = list(get_table(table).names)
        return pd.DataFrame(self.rows.get(table, []), columns=names, dtype=object)

    def connect(self) -> duckdb.DuckDBPyConnection:
        return connect({name: self.frame(name) for name in self.rows})

    def lake(self, path: Path) -> Lake:
        lake = open_lake(path, memory_limit="1GB", threads=1)
        for name in self.rows:
            lake.write(name, self.frame(name))
        lake.write("impact_assessment", sample_assessments())
        return lake
