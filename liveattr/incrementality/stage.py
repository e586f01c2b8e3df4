"""The stage `measure_lift`: days, touches and orders → `lift`, `lift_day`, `lift_order`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.errors import MissingDataError
from liveattr.incrementality.measure import Lift, measure
from liveattr.incrementality.planned import plan_marks, with_plans
from liveattr.journeys import create_member_code, create_order_code, create_test_person
from liveattr.lake import Summary, run_stage
from liveattr.ledger import create_line_ledger
from liveattr.settings import Settings, load_settings
from liveattr.tables import get_table
from liveattr.units import as_day

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.lake import Lake

__all__ = ["OPTIONS", "READS", "lift_choices", "measure_lift"]

READS = (
    "touch",
    "dimension",
    "broadcast",
    "campaign",
    "order_header",
    "order_line",
    "refund",
    "refund_line",
    "account_ledger",
    "sku_map",
    "person_member",
    "identifier_quarantine",
    "consent_state",
    "test_account",
    "line_basis",
)
WRITES = ("lift", "lift_day", "lift_order")

OPTIONS = (
    "zone",
    "refund_window_days",
    "clock_offset_s",
    "festivals",
    "lift_level",
    "lift_window_days",
    "fake_broadcasts",
    "viewer_bias",
    "room_bias",
    "lift_seed",
)
"""Settings that decide the result."""

_PLACED = """
SELECT DISTINCT l.platform, l.shop_id, l.order_id, b.broadcast_id
FROM line_basis AS b
JOIN order_line AS l ON l.platform = b.platform AND l.line_id = b.line_id
WHERE b.basis IN ('explicit_room', 'tracked_link') AND b.superseded_at IS NULL
ORDER BY ALL"""


def lift_choices(as_of: date, settings: Settings) -> dict[str, object]:
    """Return what decides the result of `measure_lift`, beside the tables."""
    chosen = {name: getattr(settings, name) for name in OPTIONS}
    return {"as_of": as_of, **chosen, "off_day_plans": plan_marks(settings.off_day_plans)}


def measure_lift(
    lake: Lake, *, as_of: date | str, settings: Settings | None = None, force: bool = False
) -> Summary:
    """Measure what would not have happened without each room, campaign and broadcast.

    Parameters
    ----------
    lake
        A lake after `settle`.
    as_of
        Business date: what was known at its end. Results of other dates stay.
    settings
        Festivals, plans of days off air, level, window, fake broadcasts, spreads of the bias, seed; by
        default those of `liveattr.toml`.
    force
        Run although nothing has changed.

    Returns
    -------
    Summary
        Rows in: paid orders. Notes say which rooms are not identified, and why.

    Notes
    -----
    Writes the rows of `as_of` in `lift`, `lift_day` and `lift_order`. Deterministic: same tables, settings
    and seed, same bytes. A lake without any paid order gets no rows. What is assumed, and where it fails:
    `docs/incrementality.md`.
    """
    known, day = settings or load_settings(), as_day(as_of)
    return run_stage(
        lake,
        "measure_lift",
        options=lift_choices(day, known),
        reads=READS,
        writes=WRITES,
        body=lambda opened: _body(opened, day, known),
        force=force,
    )


def _body(lake: Lake, as_of: date, settings: Settings) -> Summary:
    with lake.connect(READS) as con:
        try:
            found = _measured(con, as_of, settings)
        except MissingDataError as error:
            for table in WRITES:
                _write(lake, table, pd.DataFrame(columns=list(get_table(table).names)), as_of)
            return Summary(outputs=dict.fromkeys(WRITES, 0), notes=(str(error),))
        for table, frame in zip(WRITES, (found.rows, found.days, found.orders), strict=True):
            _write(lake, table, frame, as_of)
        return Summary(
            rows_in=int(found.shop.orders.sum()),
            outputs={
                "lift": len(found.rows),
                "lift_day": len(found.days),
                "lift_order": len(found.orders),
            },
            notes=_notes(found),
        )


def _measured(con: DuckDBPyConnection, as_of: date, settings: Settings) -> Lift:
    zone = settings.zone
    create_line_ledger(con, as_of=as_of, zone=zone, refund_window_days=settings.refund_window_days)
    create_member_code(con)
    create_test_person(con)
    create_order_code(con, zone=zone, clock_offset_s=settings.clock_offset_s)
    found = measure(con, as_of=as_of, settings=settings, placed=con.sql(_PLACED).df())
    return replace(found, rows=with_plans(found.rows, found.shop, settings))


def _write(lake: Lake, table: str, frame: pd.DataFrame, as_of: date) -> None:
    rows = frame.assign(as_of=as_of)[list(get_table(table).names)]
    lake.write(table, rows, mode="replace_where", where={"as_of": as_of})


def _notes(found: Lift) -> tuple[str, ...]:
    """Say what is told, and which rooms are not."""
    rows = found.rows[found.rows["chosen"].astype(bool)]
    told = rows[rows["gross"].notna()]
    by = told.groupby("subject_kind").size()
    head = ", ".join(f"{n} {kind}s" for kind, n in by.items()) or "nothing"
    dark = rows[(rows["subject_kind"] == "room") & rows["gross"].isna()]
    return (
        f"told: {head}",
        *(f"room {row.subject} is not identified: {row.reason}" for row in dark.itertuples()),
    )
