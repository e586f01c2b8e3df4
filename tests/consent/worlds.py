"""Acts, groups and lakes that the tests of consent make up."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from liveattr.consent import create_own_state
from liveattr.lake import Lake
from liveattr.tables import get_table
from tests.database import connect

DAY = dt.date(2026, 1, 22)
COLUMNS = ("subject_token", "purpose", "action", "day", "guardian", "recipient")


def moment(day: float) -> pd.Timestamp:
    return pd.Timestamp("2026-01-01", tz="UTC") + pd.Timedelta(days=day)


def acts(*rows: tuple, kind: str = "phone") -> pd.DataFrame:
    """Make acts of `(token, purpose, action, day[, guardian[, recipient]])`, numbered in order."""
    full = [(*row, None, None)[: len(COLUMNS)] for row in rows]
    frame = pd.DataFrame(full, columns=list(COLUMNS))
    return pd.DataFrame(
        {
            "subject_kind": kind,
            "subject_token": frame["subject_token"],
            "purpose": frame["purpose"],
            "action": frame["action"],
            "effective_at": [moment(day) for day in frame["day"]],
            "seq": range(1, len(frame) + 1),
            "recipient": frame["recipient"].astype("string"),
            "guardian": frame["guardian"].astype("boolean"),
        }
    )


def own_of(given: pd.DataFrame, as_of: dt.datetime | None = None) -> pd.DataFrame:
    with connect() as con:
        con.register("given", given)
        con.execute(
            "CREATE TEMP TABLE act AS SELECT * REPLACE (recipient::VARCHAR AS recipient, "
            "guardian::BOOLEAN AS guardian, subject_token::VARCHAR AS subject_token) FROM given"
        )
        create_own_state(con, "act", as_of)
        return con.sql("FROM own_state ORDER BY kind, id, purpose").df()


def states(given: pd.DataFrame, as_of: dt.datetime | None = None) -> dict[tuple[str, str], str]:
    """Return (token, purpose) → own state."""
    own = own_of(given, as_of)
    return {(r.id, r.purpose): r.own for r in own.itertuples()}


def token(name: str) -> str:
    return name.encode().hex().ljust(64, "0")


def write_record(lake: Lake, *rows: tuple) -> None:
    """Write the merchant's record: `(seq, token, purpose, action, day)`."""
    frame = pd.DataFrame(rows, columns=["seq", "subject_token", "purpose", "action", "day"])
    full = frame.assign(
        at=[moment(day) for day in frame["day"]],
        subject_kind="phone",
        source="consents",
        ingest_id="b1",
        source_row=range(1, len(frame) + 1),
    )
    lake.write("consent_act", full.reindex(columns=get_table("consent_act").names))
