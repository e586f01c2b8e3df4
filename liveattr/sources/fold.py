"""Which of two rows with one key stands: a fold over version and time, never over arrival.

Orders and refunds are compared by (version, the source's own time, rank of the state): the
greatest stands, and brings its lines. Equal in all three and equal in content is a repeat; equal
in all three with other content is a conflict that a person must decide (DUP_CONFLICT). What
another kind of table does is in `Table.again`.
"""

from __future__ import annotations

from collections.abc import Collection

import duckdb

from liveattr.formats.spec import Spec, literal, quote
from liveattr.sources.mapping import new_table
from liveattr.tables import TABLES, Table, get_table

__all__ = ["RESTATED", "TOKENS", "choose", "mark_tests", "repeats", "rows_to_write", "write_order"]

RESTATED = "RESTATED"
"""Waived where the same file is read with a corrected mapping: what it says now stands."""

_NOT_CONTENT = frozenset({"source", "ingest_id", "source_row", "is_test", "received_at"})
"""Columns that may differ between two deliveries of the same thing."""

_MOMENTS = {
    "order_header": ("created_at", "paid_at", "finished_at"),
    "refund": ("applied_at", "done_at"),
}
"""The latest of these is the time of a state whose source gives no time of its own."""

_STATE_RANK = {
    "created": 0, "paid": 1, "shipped": 2, "finished": 3, "cancelled": 4, "closed": 5,
    "applied": 0, "running": 1, "refused": 2, "failed": 2, "withdrawn": 2, "done": 3,
}  # fmt: skip
TOKENS = ("account_token", "phone_token", "openid_token", "unionid_token", "member_token")


def _child(table: Table) -> Table | None:
    """Return the table whose rows live and die with this one's."""
    return next((t for t in TABLES.values() if t.part_of and t.part_of == table.key), None)


def _hash(table: Table, alias: str = "") -> str:
    prefix = f"{alias}." if alias else ""
    cells = ", ".join(f"{prefix}{quote(c)}" for c in table.names if c not in _NOT_CONTENT)
    return f"hash({cells})"


def _order(table: Table, alias: str = "h") -> str:
    """Return SQL for what makes one state newer than another."""
    if not table.version_by:
        return "0"
    ranks = " ".join(f"WHEN {literal(s)} THEN {r}" for s, r in _STATE_RANK.items())
    times = ", ".join(f"{alias}.{c}" for c in _MOMENTS[table.name])
    moment = f"coalesce({alias}.updated_at, greatest({times}))"
    return (
        f"row(coalesce({alias}.version, -1), coalesce(epoch_us({moment}), 0), "
        f"CASE {alias}.status {ranks} ELSE -1 END)"
    )


def _unit(table: Table, child: Table | None, source: str, *, new: bool) -> str:
    """Return SQL for key, `seq` (what is newer), `content` and `records` of rows with their lines.

    The lines of a new header are those of its own records: two states of an order may stand in one
    file.
    """
    content, records = f"{_hash(table, 'h')}::HUGEINT", "h.records" if new else "NULL"
    if child is None:
        return (
            f"SELECT {_keys(table, 'h')}, {_order(table)} AS seq, {content} AS content, {records} AS "
            f"records FROM {source} h"
        )
    same = " AND ".join(f"c.{quote(k)} = h.{quote(k)}" for k in table.key)
    lines = quote(child.name)
    if new:
        lines, same = new_table(child.name), f"{same} AND list_contains(h.records, c.source_row)"
    return (
        f"SELECT {_keys(table, 'h')}, any_value({_order(table, 'h')}) AS seq, any_value({content}) + "
        f"coalesce(sum({_hash(child, 'c')}::HUGEINT), 0) AS content, any_value({records}) AS records "
        f"FROM {source} h LEFT JOIN {lines} c ON {same} GROUP BY {_keys(table, 'h')}, h.rowid_"
    )


def _numbered(source: str) -> str:
    return f"(SELECT *, row_number() OVER () AS rowid_ FROM {source})"


def repeats(con: duckdb.DuckDBPyConnection, spec: Spec) -> int:
    """Take exact repeats out of a flat file whose rows are lines with ids of their own.

    They are added to `bad` for the time of the mapping with the code REPEAT, so that sums over an
    order's lines do not count a line twice; return how many there are.
    """
    maps = [m for m in spec.tables.get("order_line", ()) if not m.each and not m.number_lines]
    if not any(m.group for maps_ in spec.tables.values() for m in maps_) or not maps:
        return 0
    fields = ", ".join(quote(n) for n, f in spec.fields.items() if f.kind != "drop")
    con.execute(
        "INSERT INTO bad SELECT source_row, 0, 'REPEAT', NULL, NULL, NULL, true, NULL FROM (SELECT source_row, "
        f"row_number() OVER (PARTITION BY {fields} ORDER BY source_row) AS n FROM record WHERE source_row NOT IN "
        "(SELECT source_row FROM bad)) WHERE n > 1"
    )
    return int(con.sql("SELECT count(*) FROM bad WHERE code = 'REPEAT'").fetchall()[0][0])


def choose(con: duckdb.DuckDBPyConnection, names: list[str], waived: Collection[str]) -> bool:
    """Compare new rows with each other and with the lake; return whether a conflict was found.

    Creates `chosen: <table>` (key, records, verdict: new, repeated, older) for every table that
    owns itself, and adds DUP_CONFLICT to `bad`.
    """
    before = con.sql("SELECT count(*) FROM bad").fetchall()[0][0]
    for name in names:
        table = get_table(name)
        if table.part_of and _owner(table).name in names:
            _conflicts_within(con, table, name, waived)
        else:
            _choose(con, table, _child(table) if _child_in(table, names) else None, waived)
    return bool(con.sql("SELECT count(*) FROM bad").fetchall()[0][0] > before)


def _child_in(table: Table, names: list[str]) -> bool:
    child = _child(table)
    return child is not None and child.name in names


def _keys(table: Table, alias: str) -> str:
    return ", ".join(f"{alias}.{quote(k)}" for k in table.key)


def _choose(
    con: duckdb.DuckDBPyConnection, table: Table, child: Table | None, waived: Collection[str]
) -> None:
    key = ", ".join(map(quote, table.key))
    fresh = _unit(table, child, _numbered(new_table(table.name)), new=True)
    con.execute(f"CREATE OR REPLACE TEMP TABLE unit_new AS {fresh}")
    known = f"(SELECT * FROM {quote(table.name)} SEMI JOIN unit_new USING ({key}))"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE unit_old AS {_unit(table, child, _numbered(known), new=False)}"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE several AS SELECT {key}, max(seq) AS seq FROM unit_new GROUP BY {key} "
        "HAVING count(*) > 1"
    )
    chosen = quote("chosen: " + table.name)
    rows = f"SELECT {_keys(table, 'n')}, n.records, $case AS verdict FROM unit_new n"
    old = f"LEFT JOIN unit_old o USING ({key})"
    alone = f"{rows} {old} ANTI JOIN several USING ({key})"
    verdict = _verdict(table, waived, several=False)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {chosen} AS {alone.replace('$case', verdict)}")
    if con.sql("SELECT 1 FROM several LIMIT 1").fetchall():  # few, and the windows are slow
        together = f"{rows} JOIN several b USING ({key}) {old}"
        verdict = _verdict(table, waived, several=True)
        con.execute(f"INSERT INTO {chosen} {together.replace('$case', verdict)}")
    con.execute(
        f"INSERT INTO bad SELECT unnest(records), 1000, 'DUP_CONFLICT', {literal(', '.join(table.key))}, "
        f"CAST({quote(table.key[-1])} AS VARCHAR), 'the same key, and the same version or time, with other "
        f"content', false, NULL FROM {chosen} WHERE verdict = 'conflict'"
    )


def _verdict(table: Table, waived: Collection[str], *, several: bool) -> str:
    """Return SQL for what becomes of a unit, with its key alone in the batch or one of several."""
    same = f"OVER (PARTITION BY {_keys(table, 'n')}, n.seq"
    verdicts = {"n.seq < b.seq": "older"} if several else {}
    if several and table.again != "keep":
        verdicts[f"count(DISTINCT n.content) {same}) > 1"] = "conflict"
    verdicts["o.seq > n.seq"] = "older"
    verdicts["o.seq = n.seq AND o.content = n.content"] = "repeated"
    if table.again == "refuse" and not {"DUP_CONFLICT", RESTATED} & set(waived):
        verdicts["o.seq = n.seq AND o.content <> n.content"] = "conflict"
    if table.again == "keep":
        verdicts["o.seq = n.seq"] = "repeated"
    if several:
        verdicts[f"row_number() {same} ORDER BY n.records[1]) > 1"] = "repeated"
    whens = " ".join(f"WHEN {when} THEN '{verdict}'" for when, verdict in verdicts.items())
    return f"CASE {whens} ELSE 'new' END"


def _owner(table: Table) -> Table:
    return next(t for t in TABLES.values() if t.key == table.part_of)


def _conflicts_within(
    con: duckdb.DuckDBPyConnection, table: Table, name: str, waived: Collection[str]
) -> None:
    """Find lines of one owner's record that share a key but not the content."""
    _lines_without_order(con, table, name)
    if "DUP_CONFLICT" in waived:
        return
    key = ", ".join(map(quote, table.key))
    twice = f"SELECT {key} FROM {new_table(name)} GROUP BY {key} HAVING count(*) > 1"
    con.execute(f"CREATE OR REPLACE TEMP TABLE twice AS {twice}")
    if not con.sql("SELECT count(*) FROM twice").fetchall()[0][0]:
        return
    newest = quote("chosen: " + _owner(table).name)
    same = " AND ".join(f"h.{quote(k)} = n.{quote(k)}" for k in table.part_of)
    kinds = f"count(DISTINCT {_hash(table, 'n')}) OVER (PARTITION BY {_keys(table, 'n')})"
    con.execute(
        f"INSERT INTO bad SELECT source_row, 1000, 'DUP_CONFLICT', {literal(', '.join(table.key))}, id, "
        "'the same key twice in one owner, with other content', false, NULL FROM (SELECT n.source_row, "
        f"n.{quote(table.key[-1])} AS id, {kinds} AS kinds FROM {new_table(name)} n SEMI JOIN twice "
        f"USING ({key}) WHERE EXISTS (SELECT 1 FROM {newest} h WHERE {same} AND h.verdict = 'new' "
        "AND list_contains(h.records, n.source_row))) WHERE kinds > 1"
    )


def _lines_without_order(con: duckdb.DuckDBPyConnection, table: Table, name: str) -> None:
    """Hold lines whose owner is not among the new rows: they must not vanish."""
    owner = new_table(_owner(table).name)
    key = ", ".join(map(quote, table.part_of))
    con.execute(
        f"INSERT INTO bad SELECT unnest(records), 1000, 'SCHEMA_MISSING', {literal(key)}, NULL, 'the line "
        "belongs to no order of this file (the same order id in two shops?)', false, NULL "
        f"FROM {new_table(name)} ANTI JOIN {owner} USING ({key})"
    )


def mark_tests(con: duckdb.DuckDBPyConnection) -> None:
    """Set `is_test` of new orders that a test account bought."""
    known = "SELECT id_token FROM test_account"
    any_of = " OR ".join(f"{t} IN ({known})" for t in TOKENS)
    con.execute(f"UPDATE {new_table('order_header')} SET is_test = true WHERE {any_of}")


def write_order(names: list[str]) -> list[str]:
    """Return the tables in the order in which they are written: an owner after its parts.

    A crash in between then leaves parts whose owner is written again by the next run.
    """
    return sorted(names, key=lambda n: (not get_table(n).part_of, list(TABLES).index(n)))


def rows_to_write(con: duckdb.DuckDBPyConnection, name: str, names: list[str]) -> tuple[str, int]:
    """Return SQL for the rows of a table that are new or newer, and how many there are."""
    table = get_table(name)
    columns = ", ".join(f"n.{quote(c)}" for c in table.names)
    owner = _owner(table) if table.part_of and _owner(table).name in names else table
    chosen = quote("chosen: " + owner.name)
    same = " AND ".join(f"h.{quote(k)} = n.{quote(k)}" for k in owner.key)
    mine = (
        "list_contains(h.records, n.source_row)" if owner is not table else "h.records = n.records"
    )
    key = _keys(table, "n")
    found = f"FROM {new_table(name)} n JOIN {chosen} h ON {same} AND {mine} WHERE h.verdict = 'new'"
    rows, keys = con.sql(f"SELECT count(*), count(DISTINCT ({key})) {found}").fetchall()[0]
    if rows != keys:
        found += f" QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY n.source_row) = 1"
    return f"SELECT {columns} {found} ORDER BY n.source_row, {key}", keys
