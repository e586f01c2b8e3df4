"""Text values of a file become typed, unit-true values, or a reason why they do not.

`convert` turns `raw` into `record` (one row a record) and one `item: <list>` table for each
nested list. Each has the typed value under the field's own name, the cleaned text of status
fields as `<name>~raw`, and `bad`: null, or a struct (code, field, value, detail) of the first
thing that is wrong in the row.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from liveattr.formats.spec import Field, Spec, literal, quote
from liveattr.sources.reader import field_sql, path_sql
from liveattr.sources.tokens import hmac_sql, phone_sql, token_sql

__all__ = ["convert", "item_table", "make_macros", "shown_sql"]

_NULLS = ("", "-", "--", "null", "NULL", "None", "NaN")
_TRUE = "('true', '1', 'yes', 'y', 't', '是', '有', '同意')"
_FALSE = "('false', '0', 'no', 'n', 'f', '否', '无', '不同意')"
_OPEN_KINDS = ("text", "json", "phone", "token", "ip", "consent", "link_sig")
"""Kinds whose value may be personal: masked in quarantine."""

_MONEY_SCALE = {"fen": 1, "yuan": 100, "ppm": 1, "percent": 10_000, "permille": 1_000}
_MONEY_SCALE |= {"ratio": 1_000_000, "int": 1}


_MOST = 10**15
"""Amounts and counts are below it: 10 trillion yuan in fen, exact also in a double."""


@dataclass(frozen=True)
class _Cell:
    """A field's typed SQL value and the conditions under which it is wrong."""

    value: str
    wrong: tuple[tuple[str, str, str], ...] = ()


def make_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Define `half_even` (to a whole number) and `to_fen` (yuan to fen) on a connection."""
    con.execute(
        "CREATE OR REPLACE MACRO half_even(d) AS CAST(CASE WHEN abs(d - trunc(d)) = 0.5 "
        "THEN 2 * round(d / 2) ELSE round(d) END AS BIGINT)"
    )
    con.execute("CREATE OR REPLACE MACRO to_fen(d) AS half_even(d * 100)")


def item_table(name: str) -> str:
    """Return the quoted name of the table that holds a nested list."""
    return quote(f"item: {name}")


def convert(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    """Create `record` and the item tables from `raw`."""
    is_json = "not_json" in {c[0] for c in con.sql("DESCRIBE raw").fetchall()}
    broken = [("not_json", "TYPE_BAD", "", "NULL", "the line is not valid JSON")] if is_json else []
    _typed(
        con,
        spec,
        "record",
        "raw",
        spec.fields,
        "source_row" + (", not_json" if is_json else ""),
        broken,
    )
    for name, fields in spec.lists.items():
        if not is_json:
            con.execute(
                "CREATE OR REPLACE TEMP VIEW elements AS SELECT 0 AS source_row, 0 AS n, "
                "NULL::JSON AS j, NULL::JSON AS up WHERE false"
            )
        else:
            con.execute(_elements(name))
        cells = ", ".join(
            f"{field_sql('up', n.removeprefix('up.'), f) if n.startswith('up.') else field_sql('j', n, f)}"
            f" AS {quote(n)}"
            for n, f in fields.items()
        )
        con.execute(
            f"CREATE OR REPLACE TEMP VIEW raw_items AS SELECT source_row, n{', ' if cells else ''}"
            f"{cells} FROM elements"
        )
        table = f"item: {name}"
        _typed(con, spec, table, "raw_items", fields, "source_row, n", [])


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
    wrong: list[tuple[str, str, str, str, str]],
) -> None:
    read = {n: f for n, f in fields.items() if f.kind != "drop"}
    clean = ", ".join(f"{_clean(quote(n), f)} AS {quote(n + '~raw')}" for n, f in read.items())
    cells = {n: _cell(quote(n + "~raw"), f, spec) for n, f in read.items()}
    values = ", ".join(f"{c.value} AS {quote(n)}" for n, c in cells.items())
    for name, field in read.items():
        raw = quote(name + "~raw")
        if field.required:
            wrong.append((f"{raw} IS NULL", "SCHEMA_MISSING", name, "NULL", "must not be empty"))
        shown = shown_sql(raw, field)
        wrong += [(cond, code, name, shown, why) for cond, code, why in cells[name].wrong]
    bad = "NULL::STRUCT(code VARCHAR, field VARCHAR, value VARCHAR, detail VARCHAR)"
    if wrong:
        whens = " ".join(
            f"WHEN {cond} THEN {{'code': {literal(code)}, 'field': {literal(field)}, "
            f"'value': {shown}, 'detail': {literal(why)}}}"
            for cond, code, field, shown, why in wrong
        )
        bad = f"CASE {whens} ELSE {bad} END"
    raws = [quote(n + "~raw") for n, f in read.items() if f.kind in ("status", "enum")]
    out = ", ".join([keep, *map(quote, read), *raws])
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {quote(table)} AS WITH clean AS (SELECT {keep}, {clean} "
        f"FROM {source}), typed AS (SELECT *, {values} FROM clean) SELECT {out}, {bad} AS bad FROM typed"
    )


def _clean(column: str, field: Field) -> str:
    trimmed = f"trim({column}, ' ' || chr(9) || chr(10) || chr(13) || chr(160))"
    if field.kind == "id":
        trimmed = f"ltrim({trimmed}, '''')"
    nulls = ", ".join(map(literal, (*_NULLS, *field.nulls)))
    return f"CASE WHEN {trimmed} IN ({nulls}) THEN NULL ELSE {trimmed} END"


def shown_sql(raw: str, field: Field) -> str:
    """Return SQL for what quarantine shows of a value: masked where it could be personal."""
    if field.kind not in _OPEN_KINDS:
        return f"left({raw}, 60)"
    digits = f"regexp_replace(left({raw}, 60), '[0-9]', '#', 'g')"
    return f"regexp_replace({digits}, '[\\pL]', 'x', 'g')"


def _cell(raw: str, field: Field, spec: Spec) -> _Cell:
    kind = field.kind
    if kind in _MONEY_SCALE or kind in ("milli_fen", "number"):
        return _number(raw, field)
    if kind in ("time_s", "time_ms", "time_text", "date", "excel_serial"):
        return _time(raw, kind, spec)
    if kind in ("status", "enum"):
        return _word(raw, field)
    if kind in ("bool", "consent"):
        return _bool(raw, kind)
    if kind in ("phone", "token", "ip"):
        return _token(raw, field, spec)
    if kind == "id":
        whole = f"regexp_replace({raw}, '^([0-9]+)[.]0$', '\\1')"
        damaged = f"regexp_full_match({raw}, '[0-9]([.][0-9]+)?[eE][+]?[0-9]+|[0-9]{{16,}}[.]0+')"
        why = "an id of 16 or more digits was stored as a number; export it as text"
        return _Cell(whole, ((damaged, "ID_PRECISION", why),))
    return _Cell(raw)


def _number(raw: str, field: Field) -> _Cell:
    digits = f"replace(ltrim({raw}, '¥￥$'), ',', '')"
    if field.kind in ("percent", "permille"):
        digits = f"rtrim({digits}, '%‰ ')"
    exact = f"TRY_CAST({digits} AS DECIMAL(30, 8))"
    wrong = [(f"{raw} IS NOT NULL AND {exact} IS NULL", "TYPE_BAD", "expected a number")]
    scaled = exact
    if field.kind == "number":
        value = exact
    elif field.kind == "milli_fen":
        value = _bounded(f"half_even({exact} / 1000)", exact)
    else:
        scaled = f"({exact} * {_MONEY_SCALE[field.kind]})"
        value = _bounded(f"half_even({scaled})", scaled)
        loose = field.round or field.kind in ("percent", "permille", "ratio")
        if not loose:
            part = {"yuan": "a part of a fen", "fen": "a part of a fen"}.get(
                field.kind, "a fraction"
            )
            wrong.append((f"{scaled} <> trunc({scaled})", "TYPE_BAD", f"the amount has {part}"))
    wrong.append((f"abs({scaled}) >= {_MOST}", "TYPE_BAD", "the number is too large to be true"))
    if field.min is not None:
        wrong.append((f"{exact} < {field.min}", "TYPE_BAD", f"must be at least {field.min:g}"))
    if field.max is not None:
        wrong.append((f"{exact} > {field.max}", "TYPE_BAD", f"must be at most {field.max:g}"))
    return _Cell(value, tuple(wrong))


def _bounded(value: str, number: str) -> str:
    return f"CASE WHEN abs({number}) < {_MOST} THEN {value} END"


def _time(raw: str, kind: str, spec: Spec) -> _Cell:
    first, last = spec.years
    span = f"BETWEEN TIMESTAMPTZ '{first}-01-01 00:00:00+00' AND TIMESTAMPTZ '{last}-12-31 23:59:59+00'"
    why = f"the year is not in {first}-{last} (seconds read as milliseconds, or the reverse?)"
    if kind in ("time_s", "time_ms", "excel_serial"):
        number = f"TRY_CAST({raw} AS {'DOUBLE' if kind == 'excel_serial' else 'BIGINT'})"
        wrong = [(f"{raw} IS NOT NULL AND {number} IS NULL", "TYPE_BAD", f"expected {kind}")]
        if kind == "excel_serial":
            most = 100_000.0
            local = (
                f"TIMESTAMP '1899-12-30' + to_microseconds(CAST({number} * 86400000000 AS BIGINT))"
            )
            moment = f"timezone({literal(spec.zone)}, {local})"
        else:
            scale = 1_000_000 if kind == "time_s" else 1_000
            most = 4_102_444_800 * (1 if kind == "time_s" else 1_000)
            moment = f"timezone('UTC', make_timestamp({number} * {scale}))"
        value = f"CASE WHEN {number} > 0 AND {number} < {most} THEN {moment} END"
        wrong.append((f"{number} <> 0 AND coalesce(NOT {value} {span}, true)", "TIME_RANGE", why))
        return _Cell(value, tuple(wrong))
    plain = f"trim({_plain_time(raw)})"
    if kind == "date":
        value = f"TRY_CAST(left({plain}, 10) AS DATE)"
        out = f"{value} NOT BETWEEN DATE '{first}-01-01' AND DATE '{last}-12-31'"
    else:
        zoned = f"regexp_replace({plain}, ' ?([+-][0-9]{{2}}):?([0-9]{{2}})$', '\\1:\\2')"
        value = (
            f"CASE WHEN regexp_matches({plain}, ':.*(Z|[+-][0-9]{{2}}:?[0-9]{{2}})$') "
            f"THEN TRY_CAST({zoned} AS TIMESTAMPTZ) "
            f"ELSE timezone({literal(spec.zone)}, TRY_CAST({plain} AS TIMESTAMP)) END"
        )
        out = f"NOT {value} {span}"
    wrong = [(f"{raw} IS NOT NULL AND {value} IS NULL", "TYPE_BAD", "expected a date or time")]
    return _Cell(value, (*wrong, (out, "TIME_RANGE", why)))


def _plain_time(raw: str) -> str:
    """Return SQL that writes 2026年01月22日 20时15分30秒 (with dashes or without) as 2026-01-22 20:15:30."""
    swaps = {"年-": "-", "月-": "-", "年": "-", "月": "-", "日": " ", "时:": ":", "分:": ":"}
    for old, new in {**swaps, "时": ":", "分": ":", "秒": "", "/": "-"}.items():
        raw = f"replace({raw}, '{old}', '{new}')"
    return f"replace({raw}, '  ', ' ')"


def _word(raw: str, field: Field) -> _Cell:
    whens = " ".join(f"WHEN {literal(k)} THEN {literal(v)}" for k, v in field.map.items())
    if field.kind == "status":
        return _Cell(f"CASE WHEN {raw} IS NOT NULL THEN CASE {raw} {whens} ELSE 'unknown' END END")
    if field.default is not None:
        return _Cell(f"CASE {raw} {whens} ELSE {literal(field.default)} END")
    known = ", ".join(literal(k) for k in field.map)
    why = "expected one of " + ", ".join(list(field.map)[:12])
    return _Cell(
        f"CASE {raw} {whens} END",
        ((f"{raw} IS NOT NULL AND {raw} NOT IN ({known})", "TYPE_BAD", why),),
    )


def _bool(raw: str, kind: str) -> _Cell:
    value = (
        f"CASE WHEN lower({raw}) IN {_TRUE} THEN true WHEN lower({raw}) IN {_FALSE} THEN false END"
    )
    wrong = [(f"{raw} IS NOT NULL AND {value} IS NULL", "TYPE_BAD", "expected yes or no")]
    if kind == "consent":
        why = "the person did not agree to this use of the row"
        wrong.append((f"NOT {value}", "CONSENT_MISSING", why))
    return _Cell(value, tuple(wrong))


def _token(raw: str, field: Field, spec: Spec) -> _Cell:
    if field.kind == "phone":
        return _Cell(token_sql("phone", phone_sql(raw)))
    if field.kind == "ip":
        net = f"nullif(regexp_extract({raw}, '^([0-9]+[.][0-9]+[.][0-9]+)[.][0-9]+$', 1), '')"
        return _Cell(token_sql("ip24", net))
    if field.of.startswith("^"):
        kinds = quote(field.of[1:])
        own = ""
        if spec.platform:  # a mall account is "<platform>/<id>"; one that names its platform stays
            mine = f"{kinds} = 'mall_account' AND NOT contains({raw}, '/') AND NOT contains({raw}, '*')"
            own = f"WHEN {mine} THEN {literal(spec.platform + '/')} || {raw}"
        value = (
            f"CASE WHEN {kinds} = 'phone' THEN {phone_sql(raw)} {own} "
            f"WHEN NOT contains({raw}, '*') THEN {raw} END"
        )
        text = f"{kinds} || ':' || ({value})"
        return _Cell(f"CASE WHEN ({value}) IS NOT NULL THEN {hmac_sql(text)} END")
    kind = spec.token_kind(field)
    bare = f"CASE WHEN NOT contains({raw}, '*') THEN {raw} END"
    value = bare
    if kind == "mall_account":  # a merchant may have typed the platform in front already
        start = literal(f"{spec.platform}/")
        rest = f"substr({bare}, {len(spec.platform) + 2})"
        value = f"{start} || CASE WHEN starts_with({bare}, {start}) THEN {rest} ELSE {bare} END"
    return _Cell(token_sql(kind, value))
