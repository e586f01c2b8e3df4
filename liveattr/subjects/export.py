"""Everything that a lake holds on a person, in one archive that a person and a program can read."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from liveattr.consent.audit import audit_row, write_audit
from liveattr.lake import Lake, Summary
from liveattr.lake.frames import pandas_from_arrow
from liveattr.lake.identifiers import Bearing, bearings
from liveattr.lake.views import ident
from liveattr.report.csv_tables import csv_bytes
from liveattr.subjects.find import find_identifiers
from liveattr.tables import IDENTIFIER_COLUMNS, TABLES, get_table

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["subject_export", "subject_tables"]

_SHOPS_OWN = ("settlement_line", "account_ledger")
"""Tables with an order id that are about the shop and the platform, not about the buyer."""

_STILL = (1980, 1, 1, 0, 0, 0)
"""Time of the files in the archive: the same data gives the same bytes."""

_HEAD = """\
这是本店数据湖中与您有关的全部数据。/ This is everything that this shop's data lake holds on you.

标识以密钥令牌保存（原始号码不在湖中）；他人的标识已隐去（空值）。金额单位为分，时间为 UTC。
Identifiers are kept as keyed tokens (the lake has no raw number); those of other people are left out
(null). Money is in 1/100 of the currency, times are UTC.

每张表有 .csv（可用 Excel 打开）和 .json 两种格式。/ Each table comes as .csv (for Excel) and .json.

您可以要求更正或删除；也可以撤回同意。/ You may have it corrected or erased, or take consent back.
平台与商家的结算不含个人数据，未列入。/ What platform and shop settle is not about you and left out.
"""


def subject_export(
    lake: Lake, kind: str, token: str, out: str | Path, *, actor: str | None = None
) -> Summary:
    """Write what a lake holds on a person into a zip archive.

    Parameters
    ----------
    lake
        The lake.
    kind, token
        Any identifier of the person (`token_of` makes it from a value).
    out
        The archive; a file that is there is replaced. Only this user may read it.
    actor
        Who runs it, for the audit log; by default the user of this machine.

    Returns
    -------
    Summary
        `outputs` table → rows. The export is a row in the audit log, with the hash of the archive.

    Notes
    -----
    A row that names somebody else too is in it without the other's identifiers; an event or order of
    somebody else that only bears, say, a phone of this person has no session and no content either.
    """
    tables = subject_tables(lake, kind, token)
    path = Path(out)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(0o600)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, "README.txt", _readme(tables).encode("utf-8-sig"))
        for name, frame in tables.items():
            _put(archive, f"{name}.csv", csv_bytes(frame))
            _put(archive, f"{name}.json", _json(frame))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    write_audit(lake, [audit_row("export", "access", output_sha256=digest)], actor=actor)
    return Summary(
        stage="subject export",
        rows_in=1,
        outputs={name: len(frame) for name, frame in tables.items()},
        notes=(str(path),),
    )


def subject_tables(lake: Lake, kind: str, token: str) -> dict[str, pd.DataFrame]:
    """Return table → the rows of a person, other people's identifiers made null.

    Parameters
    ----------
    lake, kind, token
        As for `subject_export`.

    Returns
    -------
    dict
        In the order of `liveattr.tables`; only tables with rows.
    """
    found = find_identifiers(lake, pd.DataFrame({"kind": [kind], "id": [token]}))
    mine, parts = {n: _of_person(how) for n, how in bearings().items()}, _of_orders()
    with closing(lake.connect(["dimension", *mine, *parts])) as con:
        con.execute("SET python_enable_replacements = false")
        con.register("mine_given", pa.table({"id": pa.array(found["id"], pa.string())}))
        persons = sorted(set(found.person_id.dropna()))
        con.register("person_given", pa.table({"person_id": pa.array(persons, pa.string())}))
        con.execute(_CREATE)
        found_rows = {n: _rows(con, sql) for n, sql in {**parts, **mine}.items()}
        found_rows["dimension"] = _rows(con, _NAMED)
    return {n: found_rows[n] for n in TABLES if n in found_rows and len(found_rows[n])}


_CREATE = """
CREATE TEMP TABLE mine AS FROM mine_given;
CREATE TEMP TABLE mine_person AS FROM person_given;
CREATE TEMP TABLE mine_code AS SELECT code FROM dimension
WHERE kind = 'person' AND value IN (SELECT person_id FROM mine_person)"""


_NAMED = "SELECT d.* FROM dimension AS d SEMI JOIN mine_code USING (code) WHERE kind = 'person'"


@dataclass(frozen=True)
class _Sql:
    """Rows of a table: a relation to read them from, and the condition."""

    table: str
    cells: Mapping[str, str]
    where: str


def _rows(con: DuckDBPyConnection, sql: _Sql | str) -> pd.DataFrame:
    if isinstance(sql, str):
        return pandas_from_arrow(con.sql(sql).to_arrow_table())
    table = get_table(sql.table)
    cells = ", ".join(f"{sql.cells.get(n, ident(n))} AS {ident(n)}" for n in table.names)
    order = ", ".join(ident(n) for n in table.key)
    text = f"SELECT {cells} FROM {ident(sql.table)} AS t WHERE {sql.where} ORDER BY {order}"
    return pandas_from_arrow(con.sql(text).to_arrow_table())


def _in(column: str, relation: str, name: str) -> str:
    return f"coalesce(t.{ident(column)} IN (SELECT {name} FROM {relation}), false)"


def _of_person(how: Bearing) -> _Sql:
    """Rows that bear the person, without the identifiers of others."""
    hits = [_in(c, "mine", "id") for c in how.tokens]
    hits += [_in(c, "mine_person", "person_id") for c in how.persons]
    hits += [_in(c, "mine_code", "code") for c in how.codes]
    named = [c for c in how.tokens if c not in how.along]
    cells = {c: f"CASE WHEN {_in(c, 'mine', 'id')} THEN t.{ident(c)} END" for c in named}
    cells |= {
        c: f"CASE WHEN {_in(c, 'mine_person', 'person_id')} THEN t.{ident(c)} END"
        for c in how.persons
    }
    if not how.whole and how.along:
        own = _is_own(how)
        cells |= {c: f"CASE WHEN {own} THEN t.{ident(c)} END" for c in how.along}
    return _Sql(how.table.name, cells, f"({' OR '.join(hits)})")


def _is_own(how: Bearing) -> str:
    """Say whether the strongest identifier of a row is the person's: then the row is theirs."""
    strongest = [c for c in IDENTIFIER_COLUMNS if c in how.tokens] or list(how.tokens)
    cell = f"coalesce({', '.join(f't.{ident(c)}' for c in strongest)})"
    return f"coalesce({cell} IN (SELECT id FROM mine), false)"


def _of_orders() -> dict[str, _Sql]:
    """Rows that hang on the orders of the person: lines, states, refunds."""
    own = _is_own(bearings()["order_header"])
    orders = f"(SELECT t.platform, t.order_id FROM order_header AS t WHERE {own})"
    return {
        n: _Sql(n, {}, f"(t.platform, t.order_id) IN {orders}")
        for n, table in TABLES.items()
        if table.room == "Orders"
        and {"platform", "order_id"} <= set(table.names)
        and n not in (*_SHOPS_OWN, "order_header")
    }


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _STILL)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)


def _json(frame: pd.DataFrame) -> bytes:
    text = frame.to_json(orient="records", date_format="iso", date_unit="us", force_ascii=False)
    return json.dumps(json.loads(text), ensure_ascii=False, indent=1).encode()


def _readme(tables: Mapping[str, pd.DataFrame]) -> str:
    lines = [_HEAD]
    if not tables:
        lines.append("没有与您有关的数据。/ Nothing is held on you.\n")
    for name, frame in tables.items():
        table = get_table(name)
        lines.append(f"\n{name} ({len(frame):,}): {table.about}")
        lines += [f"  {c.name}: {c.meaning}" for c in table.columns]
    return "\n".join(lines) + "\n"
