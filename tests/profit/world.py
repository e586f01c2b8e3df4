"""A tiny world for tests: rows with sensible defaults, as DuckDB relations or as a lake."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pandas as pd

from liveattr.lake import Lake, open_lake
from liveattr.ledger import create_line_ledger
from liveattr.profit.basis import line_bases
from liveattr.profit.costs import cost_rows
from liveattr.profit.facts import campaign_amounts, campaign_facts
from liveattr.profit.money import cut_rows, money_rows
from liveattr.profit.shares import line_shares
from liveattr.profit.statement import broadcast_statement
from liveattr.tables import TABLES, get_table
from tests.database import connect

ZONE = "Asia/Shanghai"
DAY = date(2026, 1, 22)
FAR = date(2026, 3, 31)


def at(text: str) -> datetime:
    """Shop time '01-22 20:00' (or with seconds) of 2026, as UTC."""
    style = "%Y-%m-%d %H:%M:%S" if text.count(":") == 2 else "%Y-%m-%d %H:%M"
    local = datetime.strptime(f"2026-{text}", style)  # noqa: DTZ007
    return local.replace(tzinfo=UTC) - timedelta(hours=8)


_PLAIN = {"text": "x", "bigint": 0, "int": 0, "double": 0.0, "bool": False, "on": DAY}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "broadcast": {
        "campaign_id": "A",
        "platform": "douyin",
        "start_at": at("01-22 20:00"),
        "end_at": at("01-22 23:00"),
    },
    "campaign": {"kind": "broadcast"},
    "order_header": {
        "platform": "douyin",
        "shop_id": "s",
        "created_at": at("01-22 20:10"),
        "paid_at": at("01-22 20:11"),
        "status": "paid",
        "currency": "CNY",
    },
    "order_line": {
        "platform": "douyin",
        "shop_id": "s",
        "qty": 1,
        "trade_kind": "normal",
        "merchant_code": "sku",
    },
    "refund": {
        "platform": "douyin",
        "shop_id": "s",
        "type": "return_refund",
        "status": "done",
        "done_at": at("01-25 10:00"),
        "before_shipping": False,
    },
    "refund_line": {"platform": "douyin", "shop_id": "s", "qty": 1},
    "settlement_line": {"platform": "douyin", "settled_at": at("01-30 10:00")},
    "account_ledger": {"platform": "douyin", "at": at("01-31 10:00"), "direction": "in"},
    "campaign_cost": {"campaign_id": "A", "incurred_at": at("01-22 12:00")},
    "ad_spend": {"account": "acc", "ad_id": "ad", "hour_at": at("01-22 20:00")},
    "platform_ad_order": {"account": "acc", "ad_id": "ad", "window_days": 7},
    "sku_cogs": {"merchant_sku": "sku", "valid_from_on": date(2026, 1, 1)},
    "event": {"platform": "mall", "name": "live_link_click"},
    "person_member": {"known_from_at": at("01-01 00:00")},
    "credit": {"model": "last_non_direct", "version": "1", "platform": "douyin", "as_of": FAR},
    "touch": {"channel": 1, "action": 1, "touch_kind": 1},
    "lift": {
        "method": "pooled",
        "subject_kind": "campaign",
        "as_of": FAR,
        "since_on": DAY,
        "until_on": DAY,
        "grade": "C",
        "net_grade": "D",
        "chosen": True,
    },
    "lift_order": {"campaign_id": "A", "as_of": FAR, "shop_id": "s"},
    "statement": {"campaign_id": "A", "as_of": FAR, "variant": "base"},
    "sku_map": {"platform": "douyin", "valid_from_at": at("01-01 00:00")},
}


class World:
    """Rows by table; what is not said is filled in."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        self._known: dict[tuple[date, str], pd.DataFrame] = {}

    def add(self, name: str, /, **values: Any) -> "World":
        table = get_table(name)
        for column in values:
            table.column(column)
        row = {c.name: _PLAIN.get(c.type) if c.required else None for c in table.columns}
        self.rows[name].append({**row, **_DEFAULTS.get(name, {}), **values})
        return self

    def order(self, order_id: str, *lines: dict[str, Any], **header: Any) -> "World":
        """Add an order and its lines; a line without an id takes the order's."""
        self.add("order_header", order_id=order_id, **header)
        same = {k: header[k] for k in ("platform", "shop_id") if k in header}
        for line in lines:
            self.add("order_line", order_id=order_id, **{"line_id": order_id, **same, **line})
        return self

    def frame(self, name: str) -> pd.DataFrame:
        return pd.DataFrame(self.rows[name], columns=list(get_table(name).names), dtype=object)

    def connect(self) -> duckdb.DuckDBPyConnection:
        return connect({name: self.frame(name) for name, rows in self.rows.items() if rows})

    def lake(self, path: Any) -> Lake:
        lake = open_lake(path, memory_limit="1GB", threads=1)
        for name, rows in self.rows.items():
            if rows:
                lake.write(name, self.frame(name))
        return lake

    def ledger(self, as_of: date = FAR, window: int = 15) -> pd.DataFrame:
        with self.connect() as con:
            create_line_ledger(con, as_of=as_of, zone=ZONE, refund_window_days=window)
            return con.execute("FROM line_ledger ORDER BY platform, line_id").df()

    def settled(
        self, as_of: date = FAR, *, shared_only: bool = True, rule: str = "last_non_direct"
    ) -> duckdb.DuckDBPyConnection:
        """Run all steps; the caller reads the temporary tables and `result`."""
        con = self.connect()
        create_line_ledger(con, as_of=as_of, zone=ZONE, refund_window_days=15)
        line_bases(con)
        line_shares(con, as_of=as_of, rule=rule)
        money_rows(con, as_of=as_of, zone=ZONE, shared_only=shared_only)
        cut_rows(con)
        cost_rows(con, as_of=as_of, zone=ZONE)
        facts = campaign_facts(con)
        result = broadcast_statement(campaign_amounts(con), facts, as_of=as_of)
        con.register("result", result.astype({"amount_fen": "Int64"}))
        return con

    def statement(
        self, campaign: str = "A", variant: str = "base", as_of: date = FAR
    ) -> pd.DataFrame:
        """The statement of one campaign, by line; `given` rows hold int, others None."""
        key = (as_of, repr(self.rows))
        if key not in self._known:
            with self.settled(as_of) as con:
                self._known[key] = con.execute("FROM result ORDER BY pos").df()
        every = self._known[key]
        found = every[(every.campaign_id == campaign) & (every.variant == variant)]
        return found.set_index("line")

    def amounts(self, **options: Any) -> dict[str, int]:
        """Given amounts that are not totals or 0, by line."""
        found = self.statement(**options)
        kept = found[found.given & found.amount_fen.notna() & (found.amount_fen != 0)]
        return {str(k): int(v) for k, v in kept.amount_fen.items()}


def in_room(**values: Any) -> dict[str, Any]:
    """Columns of an order line that the platform put into the room of broadcast b1."""
    return {"room_id": "r1", **values}


def show_world() -> World:
    """One campaign A with one broadcast b1 (room r1), 20:00 to 23:00 on 22 January."""
    world = World().add("campaign", campaign_id="A")
    return world.add("broadcast", broadcast_id="b1", platform_room_id="r1", host_id="h1")


def settled(world: World, line: str, n: int = 1, **values: Any) -> World:
    """Add one settlement row of order line `line` (order `line` too, unless said)."""
    row = {"request_no": f"q{n}", "line_id": line, "order_id": line, **values}
    return world.add("settlement_line", **row)


def refunded(world: World, line: str, fen: int, **values: Any) -> World:
    """Add a done refund with its one line; qty and subsidy go to the line."""
    parts = {k: values.pop(k) for k in ("qty", "subsidy_back_fen") if k in values}
    name = f"r{len(world.rows['refund'])}"
    world.add("refund", refund_id=name, order_id=line, refund_fen=fen, **values)
    return world.add(
        "refund_line", refund_id=name, line_id=line, order_id=line, refund_fen=fen, **parts
    )


def account(world: World, order: str, tag: str, fen: int, direction: str = "in") -> World:
    name = f"t{len(world.rows['account_ledger'])}"
    return world.add(
        "account_ledger",
        account_trade_no=name,
        order_id=order,
        tag=tag,
        amount_fen=fen,
        direction=direction,
    )


def cost(world: World, line: str, fen: int, **values: Any) -> World:
    name = f"c{len(world.rows['campaign_cost'])}"
    return world.add("campaign_cost", cost_id=name, line=line, amount_fen=fen, **values)
