"""Typed records become rows of canonical tables, as the preset's `tables` say.

For each canonical table the relation `new: <table>` holds its declared columns, in order, and
`records`: the source rows that a row was made from (one, or all of a group).
"""

from __future__ import annotations

from typing import Any

import duckdb

from liveattr.formats.spec import Spec, TableMap, list_sums, literal, quote, quote_fields
from liveattr.sources.convert import item_table
from liveattr.sources.signatures import link_key, signature_secret
from liveattr.tables import Column, Table, get_table

__all__ = ["add_sums", "map_again", "map_tables", "new_table", "sum_columns"]

_STATE_EVENT = "order_state_event"


def sum_columns(spec: Spec) -> set[str]:
    """Return the names of the sums over nested lists that every record carries."""
    return {
        f"{how}({name}.{field})"
        for name, hows in list_sums(spec).items()
        for how, fields in hows.items()
        for field in fields
    }


def add_sums(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    """Create the view `checked`: the records with their sums over nested lists."""
    joins, cells = "", ""
    for i, (name, hows) in enumerate(list_sums(spec).items()):
        names = sorted((how, f) for how, fields in hows.items() for f in fields)
        parts = ", ".join(f"{how}({quote(f)}) AS {quote(f'{how}({name}.{f})')}" for how, f in names)
        joins += (
            f" LEFT JOIN (SELECT source_row, {parts} FROM {item_table(name)} GROUP BY source_row) s{i}"
            " USING (source_row)"
        )
        for how, f in names:
            cell = f"s{i}.{quote(f'{how}({name}.{f})')}"
            none = "0" if how in ("sum", "count") else "NULL"
            cells += f", coalesce({cell}, {none}) AS {quote(f'{how}({name}.{f})')}"
    con.execute(f"CREATE OR REPLACE TEMP VIEW checked AS SELECT r.*{cells} FROM record r{joins}")


def new_table(name: str) -> str:
    """Return the quoted name of the relation with a canonical table's new rows."""
    return quote(f"new: {name}")


def map_tables(con: duckdb.DuckDBPyConnection, spec: Spec, ingest_id: str) -> list[str]:
    """Create `new: <table>` for every table of the preset; return their names.

    Reads `record`, the item tables and `bad` (records that are out already). Every order header
    also gives one `order_state_event`.
    """
    for name, maps in spec.tables.items():
        parts = [_select(spec, get_table(name), one, ingest_id) for one in maps]
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {new_table(name)} AS {' UNION ALL '.join(parts)}"
        )
    names = list(spec.tables)
    if "order_header" in names and _STATE_EVENT not in names:
        con.execute(_state_events())
        names.append(_STATE_EVENT)
    return names


def map_again(con: duckdb.DuckDBPyConnection, spec: Spec, names: list[str], ingest_id: str) -> None:
    """Take what was made from records that are out by now away from the new rows."""
    if any(one.group or one.number_lines for maps in spec.tables.values() for one in maps):
        map_tables(con, spec, ingest_id)  # a row depends on the records beside its own
        return
    for name in names:
        con.execute(
            f"DELETE FROM {new_table(name)} WHERE source_row IN (SELECT source_row FROM bad)"
        )


def _state_events() -> str:
    table = get_table(_STATE_EVENT)
    cells = {
        "line_id": "'(order)'",
        "state": "status",
        "state_at": "coalesce(updated_at, finished_at, paid_at, created_at)",
        "message_key": "NULL",
    }
    columns = ", ".join(
        f"CAST({cells.get(c.name, c.name)} AS {c.sql_type}) AS {c.name}" for c in table.columns
    )
    return (
        f"CREATE OR REPLACE TEMP TABLE {new_table(_STATE_EVENT)} AS SELECT {columns}, records "
        f"FROM {new_table('order_header')}"
    )


def _select(spec: Spec, table: Table, one: TableMap, ingest_id: str) -> str:
    names = set(spec.lists[one.each]) if one.each else set(spec.fields)
    names |= set() if one.each else sum_columns(spec)
    known = names
    if one.each:
        known = {*names, *(f"^{f}" for f in (*spec.fields, *sum_columns(spec)))}
    cells = []
    for column in table.columns:
        value = _cell(spec, table, one, column, known, ingest_id)
        cells.append(f"CAST({value} AS {column.sql_type}) AS {quote(column.name)}")
    records = "list(source_row ORDER BY source_row)" if one.group else "[source_row]"
    where = f" WHERE {quote_fields(one.where, known)}" if one.where else ""
    group = ""
    if one.group:
        keys = (_value(one.columns.get(g, g), known, grouped=False) for g in one.group)
        group = " GROUP BY " + ", ".join(keys)
    return (
        f"SELECT {', '.join(cells)}, {records} AS records FROM {_source(spec, one)}{where}{group}"
    )


def _source(spec: Spec, one: TableMap) -> str:
    good = "source_row NOT IN (SELECT source_row FROM bad)"
    if not one.each:
        return f"(SELECT * EXCLUDE (bad) FROM checked WHERE {good})"
    read = [n for n, f in spec.fields.items() if f.kind != "drop"]
    parent = ", ".join(
        f"r.{quote(n)} AS {quote('^' + n)}" for n in (*read, *sorted(sum_columns(spec)))
    )
    return (
        f"(SELECT i.* EXCLUDE (bad){', ' if parent else ''}{parent} FROM {item_table(one.each)} i "
        f"JOIN checked r USING (source_row) WHERE {good.replace('source_row NOT', 'i.source_row NOT')})"
    )


def _cell(
    spec: Spec, table: Table, one: TableMap, column: Column, known: set[str], ingest_id: str
) -> str:
    name = column.name
    if name == "source":
        return literal(spec.preset)
    if name == "ingest_id":
        return literal(ingest_id)
    if name == "source_row":
        return "min(source_row)" if one.group else "source_row"
    if name == "signature_ok" and name in one.columns:
        # A wrong signature is out already; one that nobody could check says nothing.
        return f"CASE WHEN {quote(one.columns[name])} IS NOT NULL THEN {'true' if link_key() else 'NULL'} END"
    if name in one.columns:
        value = _value(one.columns[name], known, grouped=bool(one.group) and name not in one.group)
        return f"coalesce({value}, {_default(spec, table, one, column, known)})"
    if name == "line_id" and one.number_lines:
        parts = [_value(one.columns[c], known, grouped=False) for c in one.number_lines]
        named = ", ".join(f"nullif({part}, '(default)')" for part in parts)
        order = f"concat_ws('/', {named})"
        return f"{order} || '-' || row_number() OVER (PARTITION BY {order} ORDER BY source_row)"
    return _default(spec, table, one, column, known)


def _value(value: Any, known: set[str], *, grouped: bool) -> str:
    if isinstance(value, str):
        if value.startswith("="):
            return literal(value[1:])
        cell = quote(value)
        return f"arg_min({cell}, source_row)" if grouped else cell
    ((how, what),) = value.items()
    if how == "sql":
        return f"({quote_fields(what, known)})"
    if how == "first_of":
        return f"coalesce({', '.join(_value(v, known, grouped=grouped) for v in what)})"
    if how == "first":
        return f"arg_min({_value(what, known, grouped=False)}, source_row)"
    return f"{how}({_value(what, known, grouped=False)})"


def _default(spec: Spec, table: Table, one: TableMap, column: Column, known: set[str]) -> str:
    name = column.name
    fixed = {
        "platform": literal(spec.platform) if spec.platform else "NULL",
        "currency": literal(spec.currency),
        "shop_id": "'(default)'",
        "is_test": "false",
        "is_gift": "false",
        "trade_kind": "'normal'",
    }
    if name in fixed:
        return fixed[name]
    if table.name == "raw_message" and name == "verified":
        return "true" if spec.signature and signature_secret(spec.signature) else "NULL"
    if name == "status_raw":
        field = one.columns.get("status")
        fields = spec.lists[one.each] if one.each else spec.fields
        taken = Spec.field_names(field) if field is not None else []
        if isinstance(field, dict) and "sql" in field:  # which field it came from is in the SQL
            taken = [n for n, f in fields.items() if f.kind == "status"]
        raws = [
            quote(f"{f}~raw") for f in taken if f in fields and fields[f].kind in ("status", "enum")
        ]
        if raws:
            raw = f"coalesce({', '.join(raws)})"
            return f"arg_min({raw}, source_row)" if one.group else raw
    if table.name == "broadcast" and name == "campaign_id":
        return _value(one.columns["broadcast_id"], known, grouped=bool(one.group))
    if table.name == "broadcast" and name == "business_on":
        start = _value(one.columns["start_at"], known, grouped=bool(one.group))
        return f"CAST(timezone({literal(spec.zone)}, {start}) AS DATE)"
    if (
        column.required
        and column.type == "bigint"
        and name.endswith("_fen")
        and name not in table.key
    ):
        return "0" if name.startswith(("sub_", "subsidy_", "postage_")) or _is_fee(name) else "NULL"
    return "NULL"


def _is_fee(name: str) -> bool:
    return name.endswith("_fee_fen") or name in ("commission_fen", "refund_before_fen")
