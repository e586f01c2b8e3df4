"""Templates that the merchant fills: tracked links, consents, test accounts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.simulate.consenting import consent_acts, testers
from liveattr.simulate.event_rows import consent_rows, read_rows
from liveattr.simulate.jump import links

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.simulate.world import World

__all__ = ["link_rows", "write_people"]

_ZONE_US = 8 * 3_600_000_000


_CONSENT = """seq, subject_kind, subject_id, purpose, "action",
strftime(make_timestamp(ts_us + 28800000000), '%Y-%m-%d %H:%M:%S') AS "at", channel, version"""


def write_people(
    con: DuckDBPyConnection, world: World, identifiers: pd.DataFrame, folder: Path
) -> list[Path]:
    """Write `tracked_links`, `consents` and `test_accounts` (CSV) below `folder` (which is `raw`)."""
    acts = consent_acts(world, identifiers)
    jobs = (
        ("tracked_links", link_rows(world), None, "*"),
        ("consents", acts, consent_rows(identifiers), _CONSENT),
        ("test_accounts", testers(world, identifiers), None, "*"),
    )
    written = []
    for name, frame, texts, columns in jobs:
        if len(frame):
            file = folder / name / f"{name}.csv"
            file.parent.mkdir(parents=True, exist_ok=True)
            con.register("template_rows", read_rows(texts, frame) if texts else frame)
            to = str(file).replace("'", "''")
            con.execute(
                f"COPY (SELECT {columns} FROM template_rows) TO '{to}' (FORMAT csv, HEADER)"
            )
            con.unregister("template_rows")
            written.append(file)
    return written


def link_rows(world: World) -> pd.DataFrame:
    """Return the rows of the tracked links as the template has them."""
    frame = links(world)
    frame = frame[frame["valid_from_us"] < world.end_us]
    broadcast = frame["broadcast"].to_numpy()
    live = broadcast >= 0
    calendar, goods = world.calendar, world.goods

    def of(texts: pd.Series, code: pd.Series, known: pd.Series | None = None) -> pd.Series:
        found = texts.reindex(code.where(code >= 0)).set_axis(frame.index)
        return found if known is None else found.where(known)

    return pd.DataFrame(
        {
            "link_id": frame["link_id"],
            "source_code": frame["source_code"],
            "broadcast_id": of(calendar["broadcast_id"], frame["broadcast"]),
            "campaign_id": frame["campaign_id"].where(~live),
            "host_id": of(calendar["host_id"], frame["broadcast"]),
            "product_id": of(goods["merchant_sku"], frame["sku"]),
            "shelf_no": frame["shelf_no"].where(frame["shelf_no"] > 0).astype("Int64"),
            "valid_from_at": _minutes(frame["valid_from_us"]),
            "valid_to_at": _minutes(frame["valid_to_us"]),
            "link_sig": "",
        }
    )


def _minutes(us: pd.Series) -> pd.Series:
    return pd.to_datetime(us + _ZONE_US, unit="us").dt.strftime("%Y-%m-%d %H:%M")
