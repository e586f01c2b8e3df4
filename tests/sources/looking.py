"""What tests of presets look at: rows by SQL, reason codes by row, tokens made without our code."""

import hashlib
import hmac
import re
from pathlib import Path

import pytest

from liveattr.lake import Lake, open_lake
from liveattr.settings import Settings
from liveattr.sources import ingest
from liveattr.tables import TABLES
from tests.sources.conftest import KEY

FIXTURES = Path(__file__).parent / "fixtures"
LOOSE = Settings(bad_share_limit=1.0)


def token(kind: str, value: str) -> str:
    """Make a token by the book (HMAC-SHA256 of "<kind>:<value>")."""
    return hmac.new(KEY.encode(), f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


def load(where: Lake | Path, *files: str) -> Lake:
    """Ingest fixtures `<preset>/<file>` into a lake."""
    lake = open_lake(where / "lake") if isinstance(where, Path) else where
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVEATTR_TOKEN_KEY", KEY)
        for name in files:
            ingest(lake, FIXTURES / name, preset=name.split("/")[0], settings=LOOSE)
    return lake


def rows(lake: Lake, sql: str) -> list[tuple]:
    """Return the rows of a query."""
    words = set(re.findall(r"\w+", sql))
    with lake.connect(name for name in TABLES if name in words) as con:
        return con.sql(sql).fetchall()


def at(column: str) -> str:
    """Return SQL for a moment as UTC text."""
    return f"""strftime("{column}", '%Y-%m-%d %H:%M:%S')"""


def headers(lake: Lake, platform: str, more: str) -> dict[str, tuple]:
    """Return order → (status, …)."""
    sql = f"SELECT order_id, status, {more} FROM order_header WHERE platform = '{platform}'"
    return {r[0]: r[1:] for r in rows(lake, f"{sql} ORDER BY 1")}


def lines(lake: Lake, platform: str, columns: str) -> list[tuple]:
    """Return the order lines of a platform."""
    sql = f"SELECT {columns} FROM order_line WHERE platform = '{platform}' ORDER BY line_id"
    return rows(lake, sql)


def codes(lake: Lake, preset: str, file: str = "") -> dict[int, tuple[str, str | None]]:
    """Return row of the file → (reason code, field)."""
    held = lake.table("quarantine_row").query("preset == @preset").sort_values("source_row")
    held = held[held.path == file] if file else held
    return {int(r.source_row): (r.reason_code, r.field) for r in held.itertuples()}


def counted(lake: Lake) -> dict[str, tuple[int, int, int, int]]:
    """Return preset/file → rows in, ok, bad, set aside; nothing may be lost on the way."""
    batches, held = lake.table("ingest_batch"), lake.table("quarantine_row")
    assert (batches.rows_in == batches.rows_ok + batches.rows_bad + batches.rows_set_aside).all()
    assert len(held) == batches.rows_bad.sum() + batches.rows_set_aside.sum()
    return {
        f"{b.preset}/{b.path}": (b.rows_in, b.rows_ok, b.rows_bad, b.rows_set_aside)
        for b in batches.itertuples()
    }


def unchanged_by_a_second_time(lake: Lake, *files: str) -> bool:
    """Ingest the same files again; say whether every table but the run log kept its version."""
    before = {t: v for t, v in lake.versions().items() if t != "run"}
    load(lake, *files)
    return {t: v for t, v in lake.versions().items() if t != "run"} == before


def leaks(lake: Lake, *secrets: str) -> list[tuple[str, str]]:
    """Return (table, text) for every personal text that is somewhere in the lake."""
    texts = {name: lake.table(name).to_csv() for name in lake.versions() if name != "run"}
    return [(name, s) for name, text in texts.items() for s in secrets if s in text]
