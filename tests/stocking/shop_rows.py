"""A small shop by hand: sales, counts of stock, broadcasts and orders to suppliers in January 2026."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from liveattr.stocking.demand import create_demand_lines, read_calendar, read_panel
from liveattr.stocking.supply import read_supply
from tests.rows import ZONE, Rows, at


def on(day: int) -> date:
    """A day of January 2026."""
    return date(2026, 1, day)


class Shop(Rows):
    """Rows of a shop whose lines bear the merchant's code."""

    def sold(
        self, day: int, qty: int = 1, sku: str | None = "A", hour: int = 12, **line: Any
    ) -> Shop:
        """Sell pieces at 10.00 each."""
        order = f"o{len(self.rows.get('order_header', []))}"
        moment = at(f"01-{day:02d} {hour:02d}:00")
        header = {k: line.pop(k) for k in ("is_test", "platform") if k in line}
        self.add("order_header", order_id=order, created_at=moment, paid_at=moment, **header)
        header.pop("is_test", None)
        known = {"merchant_code": sku, "qty": qty, "paid_fen": 1000 * qty, **header, **line}
        self.add("order_line", order_id=order, line_id=f"{order}-1", **known)
        return self

    def back(self, order: int, day: int, qty: int) -> Shop:
        """Take pieces of an order back."""
        moment = at(f"01-{day:02d} 15:00")
        self.add(
            "refund", platform="mall", shop_id="s", refund_id=f"r{order}", order_id=f"o{order}", qty=qty,
            type="return_refund", status="done", done_at=moment, applied_at=moment, refund_fen=1000 * qty,
        )  # fmt: skip
        return self

    def counted(self, day: int, pieces: int, sku: str = "A", hour: int = 6, **more: Any) -> Shop:
        known = {"warehouse": "main", "captured_at": at(f"01-{day:02d} {hour:02d}:00"), **more}
        self.add("stock_snapshot", merchant_sku=sku, on_hand=pieces, **{"in_stock": None, **known})
        return self

    def show(self, day: int, account: str = "kol", month: int = 1, **more: Any) -> Shop:
        code = f"b{len(self.rows.get('broadcast', []))}"
        known = {
            "start_at": at(f"{month:02d}-{day:02d} 20:00"),
            "end_at": at(f"{month:02d}-{day:02d} 22:00"),
        }
        when = date(2026, month, day)
        self.add(
            "broadcast", broadcast_id=code, account_id=account, business_on=when, **known, **more
        )
        return self

    def planned(self, sku: str, broadcast: int, minutes: float = 10.0, fen: int = 800) -> Shop:
        plan = {"minutes": minutes, "price_fen": fen, "state": "planned"}
        self.add("broadcast_plan", broadcast_id=f"b{broadcast}", sku_id=sku, **plan)
        return self

    def panel(self, day: int) -> pd.DataFrame:
        with self.connect() as con:
            return read_panel(con, on(day), ZONE)

    def days(self, day: int, column: str = "in_stock", sku: str = "A") -> dict[int, Any]:
        """Value of a column by day of January."""
        mine = self.panel(day).query("sku_id == @sku")
        return dict(zip(mine["on"].dt.day, mine[column], strict=True))

    def missing(self, day: int, sku: str = "A") -> list[int]:
        """Days on which it was not in stock all day."""
        return [one for one, known in self.days(day, sku=sku).items() if not known]

    def calendar(self, day: int, days: int = 28) -> pd.DataFrame:
        with self.connect() as con:
            create_demand_lines(con, on(day), ZONE)
            return read_calendar(con, on(day), days, ZONE)

    def supply(self, day: int, lead: float = 7, review: float = 7) -> pd.DataFrame:
        with self.connect() as con:
            panel = read_panel(con, on(day), ZONE)
            told = read_supply(
                con, on(day), panel, ZONE, default_lead_days=lead, default_review_days=review
            )
        return told.set_index("sku_id")
