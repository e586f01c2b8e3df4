"""Text values of a file become typed, unit-true values, or a reason why they do not.

`convert` turns `raw` into `record` (one row a record) and one `item: <list>` table for each
nested list. Each has the typed value under the field's own name, the cleaned text of status
fields as `<name>~raw`, and `bad`: null, or a struct (code, field, value, detail) of the first
thing that is wrong in the row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from liveattr.formats.spec import Field, Spec, literal, quote
from liveattr.sources.blocked import blocked_patterns
from liveattr.sources.door import STOPPED, normal_sql, passed_sql, stopped_sql
from liveattr.sources.macros import MOST, among
from liveattr.sources.reader import fields_sql, path_sql

__all__ = ["convert", "item_table", "shown_sql"]

_TRUE = ("true", "1", "yes", "y", "t", "是", "有", "同意")
_FALSE = ("false", "0", "no", "n", "f", "否", "无", "不同意")
_OPEN_KINDS = ("text", "json", "phone", "token", "ip", "consent", "link_sig")
"""Kinds whose value may be personal: masked in quarantine."""

_SCALE = {
    "fen": 1, "yuan": 100, "milli_fen": 1, "ppm": 1, "percent": 10_000, "permille": 1_000,
    "ratio": 1_000_000, "int": 1, "number": 1,
}  # fmt: skip
"""Kind of number → how many of the stored unit it is (1/1000 fen are divided)."""


_PARTS = ("code", "field", "detail")
"""What is told of a wrong row beside its value."""


@dataclass(frozen=True)
class _Cell:
    """A field in three SQL steps, each over the columns of the one before.

    `raw` is the cleaned text, `mid` what is made of it, `value` the typed value; `wrong` are
    conditions over the three, as (condition, code, what was expected).
    """

    mid: str
    value: str
    wrong: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class _Names:
    """The quoted columns of one field."""

    raw: str
    mid: str
    value: str

    @classmethod
    def of(cls, field: str) -> _Names:
        return cls(quote(f"{field}~raw"), quote(f"{field}~mid"), quote(field))


def item_table(name: str) -> str:
    """Return the quoted name of the table that holds a nested list."""
    return quote(f"item: {name}")


def convert(
    con: duckdb.DuckDBPyConnection, spec: Spec, patterns: Mapping[str, str] | None = None
) -> None:
    """Create `record` and the item tables from `raw`.

    Parameters
    ----------
    patterns
        From `blocked_patterns`: identifiers that are nobody's; default: those of every shop.
    """
    patterns = patterns or blocked_patterns()
    is_json = "not_json" in {c[0] for c in con.sql("DESCRIBE raw").fetchall()}
    broken = [("not_json", "TYPE_BAD", "", "the line is not valid JSON")] if is_json else []
    _typed(
        con,
        spec,
        "record",
        "raw",
        spec.fields,
        "source_row" + (", not_json" if is_json else ""),
        broken,
        patterns,
    )
    for name, fields in spec.lists.items():
        if not is_json:
            con.execute(
                "CREATE OR REPLACE TEMP VIEW elements AS SELECT 0 AS source_row, 0 AS n, "
                "NULL::JSON AS j, NULL::JSON AS up WHERE false"
            )
        else:
            con.execute(_elements(name))
        own = {n: ("up" if n.startswith("up.") else "j", f) for n, f in fields.items()}
        items = fields_sql("elements", "source_row, n", own)
        con.execute(f"CREATE OR REPLACE TEMP VIEW raw_items AS {items}")
        table = f"item: {name}"
        _typed(con, spec, table, "raw_items", fields, "source_row, n", [], patterns)


def _elements(name: str) -> str:
    """Return SQL for `elements(source_row, n, j, up)` of a list; `a[].b` is a list in a list."""
    sql = "SELECT source_row, 0 AS n, json AS j, json AS up FROM raw"
    for part in name.split("[]."):
        column = f"TRY_CAST({path_sql('j', part)} AS JSON)"
        many = (
            f"CASE WHEN json_type({column}) = 'ARRAY' THEN json_extract({column}, '$[*]') "
            f"ELSE [{column}] END"
        )
        sql = (
            "SELECT source_row, n * 1000 + unnest(range(1, len(items) + 1)) AS n, "
            f"unnest(items) AS j, j AS up FROM (SELECT source_row, n, j, {many} AS items FROM ({sql}) "
            f"WHERE {column} IS NOT NULL AND json_type({column}) <> 'NULL')"
        )
    return f"CREATE OR REPLACE TEMP VIEW elements AS {sql}"


def _typed(
    con: duckdb.DuckDBPyConnection,
    spec: Spec,
    table: str,
    source: str,
    fields: dict[str, Field],
    keep: str,
    broken: list[tuple[str, str, str, str]],
    patterns: Mapping[str, str],
) -> None:
    read = {n: f for n, f in fields.items() if f.kind != "drop"}
    names = {n: _Names.of(n) for n in read}
    cells = {n: _cell(names[n], f, spec, patterns) for n, f in read.items()}
    stopped = stopped_sql({n: (names[n].mid, names[n].value) for n in read}, read)
    steps = {
        "trimmed": ", ".join(f"{_trimmed(quote(n), f)} AS {names[n].raw}" for n, f in read.items()),
        "clean": ", ".join(f"{_clean(names[n].raw, f)} AS {names[n].raw}" for n, f in read.items()),
        "half": ", ".join(f"{c.mid} AS {names[n].mid}" for n, c in cells.items()),
        "typed": ", ".join(f"{c.value} AS {names[n].value}" for n, c in cells.items()),
    }
    wrong = list(broken)
    for name, field in read.items():
        if field.required:
            wrong.append(
                (f"{names[name].raw} IS NULL", "SCHEMA_MISSING", name, "must not be empty")
            )
        wrong += [(condition, code, name, why) for condition, code, why in cells[name].wrong]
    shown = {n: shown_sql(names[n].raw, f) for n, f in read.items()}
    raws = [quote(n + "~raw") for n, f in read.items() if f.kind in ("status", "enum")]
    bits = f", {stopped} AS {quote(STOPPED)}" if stopped else ""
    out = ", ".join([keep, *map(quote, read), *raws, *([quote(STOPPED)] if stopped else [])])
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {quote(table)} AS "
        f"WITH trimmed AS (SELECT {keep}, {steps['trimmed']} FROM {source}), "
        f"clean AS (SELECT {keep}, {steps['clean']} FROM trimmed), "
        f"half AS (SELECT *, {steps['half']} FROM clean), "
        f"typed AS (SELECT *, {steps['typed']} FROM half), "
        f"judged AS (SELECT *, {_first(wrong)} AS why{bits} FROM typed) "
        f"SELECT {out}, {_told(wrong, shown)} AS bad FROM judged",
        {part: [told[i] for told in wrong] for i, part in enumerate(_PARTS, 1)} if wrong else None,
    )


def _first(wrong: list[tuple[str, str, str, str]]) -> str:
    """Return SQL for the number of the first condition that is true, from 1; else null."""
    whens = " ".join(f"WHEN {cond} THEN {i}" for i, (cond, *_) in enumerate(wrong, 1))
    return f"CASE {whens} END" if wrong else "NULL::INTEGER"


def _told(wrong: list[tuple[str, str, str, str]], shown: dict[str, str]) -> str:
    """Return SQL for the struct that tells what `why` is, out of parameters: as text they are long."""
    if not wrong:
        return "CAST(NULL AS STRUCT(code VARCHAR, field VARCHAR, value VARCHAR, detail VARCHAR))"
    last = {field: i for i, (_, _, field, _) in enumerate(wrong, 1)}
    whens = " ".join(f"WHEN why <= {i} THEN {shown.get(n, 'NULL')}" for n, i in last.items())
    code, field, detail = (f"'{part}': CAST(${part} AS VARCHAR[])[why]" for part in _PARTS)
    return f"CASE WHEN why IS NOT NULL THEN {{{code}, {field}, 'value': CASE {whens} END, {detail}}} END"


def _trimmed(column: str, field: Field) -> str:
    text = f"trimmed({column})"
    return f"ltrim({text}, '''')" if field.kind == "id" else text


def _clean(trimmed: str, field: Field) -> str:
    if not field.nulls:
        return f"given({trimmed})"
    return f"CASE WHEN NOT {among(trimmed, field.nulls)} THEN given({trimmed}) END"


def shown_sql(raw: str, field: Field) -> str:
    """Return SQL for what quarantine shows of a value: masked where it could be personal."""
    if field.kind not in _OPEN_KINDS:
        return f"left({raw}, 60)"
    digits = f"regexp_replace(left({raw}, 60), '[0-9]', '#', 'g')"
    return f"regexp_replace({digits}, '[\\pL]', 'x', 'g')"


def _cell(name: _Names, field: Field, spec: Spec, patterns: Mapping[str, str]) -> _Cell:
    kind, raw = field.kind, name.raw
    if kind in _SCALE:
        return _number(name, field)
    if kind in ("time_s", "time_ms", "excel_serial"):
        return _clock(name, kind, spec)
    if kind in ("time_text", "date"):
        return _calendar(name, kind, spec)
    if kind in ("status", "enum"):
        return _word(name, field)
    if kind in ("bool", "consent"):
        return _bool(name, kind)
    if kind in ("phone", "token", "ip"):
        return _token(name, field, spec, patterns)
    if kind == "id":
        why = "an id of 16 or more digits was stored as a number; export it as text"
        return _Cell(f"id_text({raw})", name.mid, ((f"id_damaged({raw})", "ID_PRECISION", why),))
    return _Cell(raw, name.mid)


def _unread(name: _Names, what: str, made: str) -> tuple[str, str, str]:
    return f"{name.raw} IS NOT NULL AND {made} IS NULL", "TYPE_BAD", f"expected {what}"


def _number(name: _Names, field: Field) -> _Cell:
    """Scale exactly in decimals; a part of a fen is wrong unless the preset says how to round."""
    read = "exact_share" if field.kind in ("percent", "permille") else "exact"
    scale = _SCALE[field.kind]
    mid = f"{read}({name.raw}) * {scale}"
    if field.kind == "milli_fen":
        mid = f"CAST(exact({name.raw}) / 1000 AS DECIMAL(30, 8))"
    wrong = [_unread(name, "a number", name.mid)]
    wrong.append((f"abs({name.mid}) >= {MOST}", "TYPE_BAD", "the number is too large to be true"))
    if field.kind in ("fen", "yuan", "int", "ppm") and not field.round:
        part = "a part of a fen" if field.kind in ("fen", "yuan") else "a fraction"
        wrong.append((f"{name.mid} <> trunc({name.mid})", "TYPE_BAD", f"it has {part}"))
    if field.min is not None:
        least = f"{name.mid} < {field.min * scale}"
        wrong.append((least, "TYPE_BAD", f"must be at least {field.min:g}"))
    if field.max is not None:
        most = f"{name.mid} > {field.max * scale}"
        wrong.append((most, "TYPE_BAD", f"must be at most {field.max:g}"))
    value = f"{'rounded' if field.round else 'whole'}({name.mid})"
    return _Cell(mid, name.mid if field.kind == "number" else value, tuple(wrong))


def _clock(name: _Names, kind: str, spec: Spec) -> _Cell:
    """Epoch seconds or milliseconds, or a spreadsheet's day number; 0 means not yet."""
    mid = f"TRY_CAST({name.raw} AS {'DOUBLE' if kind == 'excel_serial' else 'BIGINT'})"
    if kind == "excel_serial":
        most = 100_000
        passed = f"to_microseconds(CAST({name.mid} * 86400000000 AS BIGINT))"
        moment = f"timezone({literal(spec.zone)}, TIMESTAMP '1899-12-30' + {passed})"
    else:
        scale = 1_000_000 if kind == "time_s" else 1_000
        most = 4_102_444_800_000_000 // scale  # the year 2100
        moment = f"timezone('UTC', make_timestamp({name.mid} * {scale}))"
    value = f"CASE WHEN {name.mid} > 0 AND {name.mid} < {most} THEN {moment} END"
    out, why = _out_of_years(name, spec)
    out = f"{name.mid} <> 0 AND coalesce({out}, true)"
    return _Cell(mid, value, (_unread(name, kind, name.mid), (out, "TIME_RANGE", why)))


def _calendar(name: _Names, kind: str, spec: Spec) -> _Cell:
    """Local date and time in the preset's zone, or ISO 8601 with an offset."""
    mid, plain = f"plain_time({name.raw})", name.mid
    out, why = _out_of_years(name, spec)
    if kind == "date":
        value = f"TRY_CAST(left({plain}, 10) AS DATE)"
    else:
        value = f"moment({plain}, {literal(spec.zone)})"
    return _Cell(
        mid, value, (_unread(name, "a date or time", name.value), (out, "TIME_RANGE", why))
    )


def _out_of_years(name: _Names, spec: Spec) -> tuple[str, str]:
    first, last = spec.years
    why = f"the year is not in {first}-{last} (seconds read as milliseconds, or the reverse?)"
    return f"year({name.value}) NOT BETWEEN {first} AND {last}", why


def _word(name: _Names, field: Field) -> _Cell:
    raw = name.raw
    whens = " ".join(f"WHEN {literal(k)} THEN {literal(v)}" for k, v in field.map.items())
    if field.kind == "status":
        known = f"CASE {raw} {whens} ELSE 'unknown' END"
        return _Cell(f"CASE WHEN {raw} IS NOT NULL THEN {known} END", name.mid)
    if field.default is not None:
        return _Cell(f"CASE {raw} {whens} ELSE {literal(field.default)} END", name.mid)
    what = "one of " + ", ".join(list(field.map)[:12])
    return _Cell(f"CASE {raw} {whens} END", name.mid, (_unread(name, what, name.mid),))


def _bool(name: _Names, kind: str) -> _Cell:
    yes, no = among(name.mid, _TRUE), among(name.mid, _FALSE)
    value = f"CASE WHEN {yes} THEN true WHEN {no} THEN false END"
    wrong = [_unread(name, "yes or no", name.value)]
    if kind == "consent":
        why = "the person did not agree to this use of the row"
        wrong.append((f"NOT {name.value}", "CONSENT_MISSING", why))
    return _Cell(f"lower({name.raw})", value, tuple(wrong))


def _token(name: _Names, field: Field, spec: Spec, patterns: Mapping[str, str]) -> _Cell:
    """Make a token of an identifier; a blocked one gives null, or holds the row that needs it."""
    blocked = f"{name.mid} IS NOT NULL AND {name.value} IS NULL"
    wrong = (
        ((blocked, "ID_BLOCKED", "it is nobody's: zeros, a placeholder or a dummy phone"),)
        if field.required
        else ()
    )
    return _Cell(
        normal_sql(name.raw, field, spec), passed_sql(name.mid, field, spec, patterns), wrong
    )
