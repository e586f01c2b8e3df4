"""What makes a record bad, beyond a value that cannot be read.

Each check fills the relation `bad(source_row, prio, code, field, value, detail, expected,
waits_for)`; the reason with the lowest `prio` is the one that is shown. `expected` marks totals
and orphans: they are set aside, not counted as bad.
"""

from __future__ import annotations

from collections.abc import Collection

import duckdb

from liveattr.formats.spec import Spec, TotalRows, literal, quote, quote_fields
from liveattr.sources.convert import shown_sql
from liveattr.sources.forged import forged_links
from liveattr.sources.mapping import add_sums, new_table, sum_columns
from liveattr.sources.signatures import LINK_KEY_VARIABLE, SIGNATURES, signature_secret
from liveattr.tables import get_table

__all__ = [
    "LINK_KEY_VARIABLE",
    "WAIVABLE",
    "check_records",
    "check_tables",
    "fix_signs",
    "start_bad",
]

WAIVABLE = frozenset(
    {"SUM_MISMATCH", "TIME_ORDER", "UNIT_SUSPECT", "REFUND_GT_PAID", "DUP_CONFLICT"}
)
"""Codes that a person may overrule when a row is released: the row can be read, it is doubted."""

_PII = (
    "(^|[^0-9])(1[3-9][0-9]{9}|[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
    "[0-9]{3}[0-9Xx])([^0-9]|$)"
)
"""A mainland mobile number, or an 18-character id-card number (with its birthday), in a text."""

_FREE_TEXT = ("title", "name", "note", "label", "props", "spec")
"""Columns of free text, checked for personal data also where SQL makes them."""

_JUMP = (80, 125)
"""A price that is wrong by its unit is 100 times the median; these are the ends around it."""

_LEAST_LINES = 5
"""Lines of a SKU below which its median says too little."""


def start_bad(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    """Create `bad` with the records that could not be converted."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE bad(source_row BIGINT, prio INTEGER, code VARCHAR, field VARCHAR, "
        "value VARCHAR, detail VARCHAR, expected BOOLEAN, waits_for VARCHAR)"
    )
    sources = [("record", "")] + [(f"item: {n}", f"{n}.") for n in spec.lists]
    for prio, (table, prefix) in enumerate(sources):
        con.execute(
            f"INSERT INTO bad SELECT source_row, {prio}, bad.code, {literal(prefix)} || bad.field, "
            f"bad.value, bad.detail, false, NULL FROM {quote(table)} WHERE bad IS NOT NULL"
        )


def _add(con: duckdb.DuckDBPyConnection, select: str, waived: Collection[str] = ()) -> int:
    """Add rows `source_row, code, field, value, detail, expected, waits_for`; return how many."""
    codes = ", ".join(map(literal, waived)) or "''"
    added = con.execute(
        "INSERT INTO bad SELECT source_row, 100 + (SELECT count(*) FROM bad), code, field, value, detail, "
        f"coalesce(expected, false), waits_for FROM ({select}) AS found(source_row, code, field, value, "
        f"detail, expected, waits_for) WHERE code NOT IN ({codes})"
    )
    return int(added.fetchall()[0][0])


def check_records(con: duckdb.DuckDBPyConnection, spec: Spec, waived: Collection[str]) -> None:
    """Check the preset's own rules, total rows, signatures and signed links."""
    for total in spec.total_rows:
        _check_totals(con, spec, total)
    add_sums(con, spec)
    known = {*spec.fields, *sum_columns(spec)}
    for check in spec.checks:
        say = check.say or check.that
        field = literal(check.field) if check.field else "NULL"
        shown = "NULL"
        if check.field in spec.fields:
            shown = shown_sql(f"CAST({quote(check.field)} AS VARCHAR)", spec.fields[check.field])
        _add(
            con,
            f"SELECT source_row, {literal(check.code)}, {field}, {shown}, {literal(say)}, "
            f"false, NULL FROM checked WHERE NOT ({quote_fields(check.that, known)}) AND source_row "
            "NOT IN (SELECT source_row FROM bad)",
            waived,
        )
    _check_signature(con, spec)
    for select in forged_links(con, spec):
        _add(con, select)


def _check_totals(con: duckdb.DuckDBPyConnection, spec: Spec, total: TotalRows) -> None:
    """Set total rows aside; one that is not the sum of its parts says so."""
    field = quote(total.field)
    values = ", ".join(map(literal, total.values))
    parts = f"p.bad IS NULL AND coalesce(p.{field} NOT IN ({values}), true)"
    if total.leave_out:
        parts += f" AND NOT coalesce({quote_fields(total.leave_out, set(spec.fields))}, false)"
    parts += "".join(f" AND p.{quote(b)} IS NOT DISTINCT FROM t.{quote(b)}" for b in total.by)
    differ = " OR ".join(f"sum(p.{quote(f)}) <> t.{quote(f)}" for f in total.check) or "false"
    wrong = f"(SELECT coalesce({differ}, false) FROM record p WHERE {parts})"
    # A total often has words or nothing in the other columns: it is a total all the same.
    con.execute(
        f"DELETE FROM bad WHERE source_row IN (SELECT source_row FROM record WHERE {field} IN ({values})) "
        "AND code NOT IN ('TOTAL_ROW', 'SUM_MISMATCH')"
    )
    _add(
        con,
        f"SELECT source_row, CASE WHEN wrong THEN 'SUM_MISMATCH' ELSE 'TOTAL_ROW' END, "
        f"{literal(total.field)}, word, CASE WHEN wrong THEN 'the parts do not add up to this total' "
        f"ELSE 'a total of other rows' END, true, NULL FROM (SELECT source_row, {field} AS word, "
        f"{wrong} AS wrong FROM record t WHERE {field} IN ({values})) AS found "
        "WHERE source_row NOT IN (SELECT source_row FROM bad)",
    )


def _check_signature(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    if not spec.signature:
        return
    _, formula, fields = SIGNATURES[spec.signature]
    secret = signature_secret(spec.signature)
    if not secret:
        return
    con.execute("SET VARIABLE hook_secret = ?", [secret])
    right = formula.format(secret="getvariable('hook_secret')")
    stated = f"lower(coalesce({', '.join(map(quote, fields))}, ''))"
    _add(
        con,
        f"SELECT source_row, 'SIG_BAD', {literal(fields[0])}, NULL, 'the signature does not fit the "
        f"body', false, NULL FROM record WHERE coalesce({stated} <> {right}, true) AND bad IS NULL",
    )


def fix_signs(con: duckdb.DuckDBPyConnection, spec: Spec) -> dict[str, str]:
    """Make the fields of reversal rows negative; say for each how the file had spelled them."""
    if spec.signs is None:
        return {}
    when = quote_fields(spec.signs.when, set(spec.fields))
    said = {}
    for field in spec.signs.fields:
        name = quote(field)
        low, high = con.sql(
            f"SELECT coalesce(min({name}), 0), coalesce(max({name}), 0) FROM record WHERE {when} AND "
            "source_row NOT IN (SELECT source_row FROM bad)"
        ).fetchall()[0]
        if low < 0 < high:
            said[field] = "mixed"
        elif high > 0:
            said[field] = "positive, turned"
            con.execute(f"UPDATE record SET {name} = -{name} WHERE {when}")
        elif low < 0:
            said[field] = "negative"
    return said


def check_tables(
    con: duckdb.DuckDBPyConnection, spec: Spec, names: list[str], waived: Collection[str]
) -> bool:
    """Check the mapped rows, each table by its own rules; return whether anything new was found."""
    found = 0
    for name in names:
        for select in (*_wrong_cells(con, spec, name), *_RULES.get(name, ())):
            if name == "order_line" and "UNIT_SUSPECT" in select and not spec.unit_suspect:
                continue
            found += _add(con, select.replace("$new", new_table(name)), waived)
    if all(one.each or one.where for maps in spec.tables.values() for one in maps):
        found += _add(con, _empty_records(names))
    return found > 0


def _empty_records(names: list[str]) -> str:
    """Return SQL for the records that gave no row at all: set aside, so that they do not vanish."""
    used = " UNION ALL ".join(f"SELECT unnest(records) AS r FROM {new_table(n)}" for n in names)
    return (
        "SELECT source_row, 'SCHEMA_MISSING', NULL, NULL, 'nothing in this record fills a table', "
        f"true, NULL FROM record WHERE source_row NOT IN (SELECT r FROM ({used})) AND source_row "
        "NOT IN (SELECT source_row FROM bad)"
    )


def _wrong_cells(con: duckdb.DuckDBPyConnection, spec: Spec, name: str) -> list[str]:
    """Return the checks of single cells that find something: one scan tells which."""
    checks = [*_required(name), *_personal(spec, name)]
    conditions = ", ".join(f"coalesce(bool_or({condition}), false)" for condition, _ in checks)
    if not checks:
        return []
    found = con.sql(f"SELECT {conditions} FROM {new_table(name)}").fetchall()[0]
    return [
        f"SELECT unnest(records), {reason}, false, NULL FROM $new WHERE {condition}"
        for (condition, reason), some in zip(checks, found, strict=True)
        if some
    ]


def _required(name: str) -> list[tuple[str, str]]:
    return [
        (
            f"{quote(c.name)} IS NULL",
            f"'SCHEMA_MISSING', '{c.name}', NULL, 'table {name} needs this value'",
        )
        for c in get_table(name).columns
        if c.required
    ]


def _personal(spec: Spec, name: str) -> list[tuple[str, str]]:
    """Return the checks of a table's free text: no phone or id-card number may be kept in it."""
    open_columns = set()
    for one in spec.tables.get(name, ()):
        fields = {**spec.fields, **{f"^{n}": f for n, f in spec.fields.items()}}
        fields |= spec.lists.get(one.each, {})
        for column, value in one.columns.items():
            kinds = {fields[f].kind for f in Spec.field_names(value)}
            is_sql = isinstance(value, dict) and "sql" in value
            if kinds & {"text", "json"} or (is_sql and column in _FREE_TEXT):
                open_columns.add(column)
    masked = "regexp_replace(regexp_replace(left({0}, 60), '[0-9]', '#', 'g'), '[\\pL]', 'x', 'g')"
    return [
        (
            f"regexp_matches({quote(column)}, {literal(_PII)})",
            f"'PII_LEAK', '{column}', {masked.format(quote(column))}, "
            "'the text holds a phone or id-card number'",
        )
        for column in sorted(open_columns)
        if get_table(name).column(column).type in ("text", "token")
    ]


def _rule(
    code: str, field: str, value: str, detail: str, where: str, extra: str = "false, NULL"
) -> str:
    return (
        f"SELECT unnest(t.records), '{code}', '{field}', {value}, '{detail}', {extra} "
        f"FROM $new t WHERE {where}"
    )


def _not_before(field: str, other: str) -> str:
    return _rule(
        "TIME_ORDER",
        field,
        f"CAST(t.{field} AS VARCHAR)",
        f"{field} before {other}",
        f"t.{field} < t.{other}",
    )


def _knows(order: str) -> str:
    """Return SQL that is true where an order (or child order) is in the lake or in this batch."""
    return (
        f"EXISTS (SELECT 1 FROM order_header o WHERE o.platform = t.platform AND o.order_id = {order}) "
        f"OR EXISTS (SELECT 1 FROM new_order o WHERE o.platform = t.platform AND o.order_id = {order})"
    )


_ORPHAN_REFUND = _rule(
    "ORPHAN", "order_id", "t.order_id", "its order is not known yet", f"NOT ({_knows('t.order_id')})",
    "true, t.order_id",
)  # fmt: skip
_ORPHAN_SETTLEMENT = _rule(
    "ORPHAN", "order_id", "t.order_id", "its order is not known yet",
    f"NOT ({_knows('t.order_id')}) AND NOT EXISTS (SELECT 1 FROM order_line l WHERE "
    "l.platform = t.platform AND l.line_id = t.line_id)",
    "true, t.order_id",
)  # fmt: skip
_REFUND_GT_PAID = (
    "SELECT unnest(t.records), 'REFUND_GT_PAID', 'refund_fen', CAST(t.refund_fen AS VARCHAR), "
    "'more than the order paid (' || p.paid || ' fen)', false, NULL FROM $new t JOIN (SELECT platform, order_id, "
    "max(greatest(coalesce(paid_fen, 0), coalesce(paid_fen, 0) + coalesce(sub_platform_fen, 0) + "
    "coalesce(sub_author_fen, 0))) AS paid FROM (SELECT platform, order_id, paid_fen, sub_platform_fen, "
    "sub_author_fen FROM order_header UNION ALL SELECT platform, order_id, paid_fen, sub_platform_fen, "
    "sub_author_fen FROM new_order) GROUP BY ALL) p USING (platform, order_id) WHERE t.refund_fen > p.paid "
    "AND p.paid IS NOT NULL"
)
_REFUND_LINE_GT_PAID = (
    "SELECT unnest(t.records), 'REFUND_GT_PAID', 'refund_fen', CAST(t.refund_fen AS VARCHAR), "
    "'more than the line paid (' || l.paid || ' fen)', false, NULL FROM $new t JOIN (SELECT platform, "
    "line_id, max(greatest(paid_fen, paid_fen + sub_platform_fen + sub_author_fen)) AS paid FROM order_line "
    "GROUP BY ALL) l USING (platform, line_id) WHERE t.refund_fen > l.paid"
)
_UNIT_SUSPECT = (
    "SELECT unnest(t.records), 'UNIT_SUSPECT', 'paid_fen', CAST(t.paid_fen AS VARCHAR), 'the SKU costs about ' "
    "|| CAST(m.price AS BIGINT) || ' fen; this is 100 times off', false, NULL FROM $new t JOIN (SELECT platform, "
    "sku_id, median(paid_fen / qty) AS price FROM (SELECT platform, sku_id, paid_fen, qty FROM $new UNION ALL "
    "SELECT platform, sku_id, paid_fen, qty FROM order_line SEMI JOIN (SELECT DISTINCT platform, sku_id FROM $new) "
    f"USING (platform, sku_id)) WHERE qty > 0 AND paid_fen > 0 GROUP BY ALL HAVING count(*) >= {_LEAST_LINES}) m "
    "USING (platform, sku_id) WHERE t.qty > 0 AND t.paid_fen > 0 AND (t.paid_fen / t.qty / m.price BETWEEN "
    f"{_JUMP[0]} AND {_JUMP[1]} OR m.price * t.qty / t.paid_fen BETWEEN {_JUMP[0]} AND {_JUMP[1]})"
)
_RULES: dict[str, tuple[str, ...]] = {
    "order_header": (
        _not_before("paid_at", "created_at"),
        _not_before("finished_at", "paid_at"),
        _not_before("finished_at", "created_at"),
    ),
    "order_line": (_UNIT_SUSPECT,),
    "refund": (_ORPHAN_REFUND, _REFUND_GT_PAID, _not_before("done_at", "applied_at")),
    "refund_line": (_REFUND_LINE_GT_PAID,),
    "settlement_line": (_ORPHAN_SETTLEMENT,),
    "broadcast": (_not_before("end_at", "start_at"),),
    "campaign": (_not_before("end_at", "start_at"),),
}
