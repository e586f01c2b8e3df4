"""An identifier at the door: its normal form, whether it is anybody's, its token.

What does not pass is null from here on: a masked value (138****3622) quietly, a blocked one (zeros,
placeholders, dummy phones) counted in the notes of its batch, and where the row is nothing without
its identifier the row is held back as ID_BLOCKED.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from liveattr.formats.spec import Field, Spec, literal, quote
from liveattr.sources.blocked import blocked_sql
from liveattr.sources.tokens import hmac_sql, phone_sql, token_sql

__all__ = ["STOPPED", "address_sql", "count_blocked", "normal_sql", "passed_sql", "stopped_sql"]

STOPPED = "~blocked"
"""Column of a typed table: a bit for each identifier, in the order of the fields, 1 where it was blocked."""

_HELD = ("phone", "token")
"""Kinds of fields whose values may be blocked; of an `ip` field only the network is kept."""


def normal_sql(raw: str, field: Field, spec: Spec) -> str:
    """Return SQL for the normal form of an SQL text; masked and unfit values are null."""
    if field.kind == "phone":
        return phone_sql(raw)
    if field.kind == "ip":
        return f"nullif(regexp_extract({raw}, '^([0-9]+[.][0-9]+[.][0-9]+)[.][0-9]+$', 1), '')"
    start = literal(f"{spec.platform}/")
    if field.of.startswith("^"):
        kinds = quote(field.of[1:] + "~mid")
        own = f"{kinds} = 'mall_account' AND NOT contains({raw}, '/')" if spec.platform else "false"
        return (
            f"CASE WHEN {kinds} = 'phone' THEN {phone_sql(raw)} WHEN contains({raw}, '*') THEN NULL "
            f"WHEN {own} THEN {start} || {raw} ELSE {raw} END"
        )
    kind = spec.token_kind(field)
    if kind == "ip":
        return address_sql(raw)
    whole = raw
    if kind == "mall_account":  # a merchant may have typed the platform in front already
        whole = f"CASE WHEN starts_with({raw}, {start}) THEN {raw} ELSE {start} || {raw} END"
    return f"CASE WHEN NOT contains({raw}, '*') THEN {whole} END"


def address_sql(raw: str) -> str:
    """Return SQL for an address as `203.0.113.77` (without a port) or IPv6 in small letters, else null."""
    four = f"regexp_extract({raw}, '^([0-9]+(?:[.][0-9]+){{3}})(?::[0-9]+)?$', 1)"
    six = f"regexp_extract(lower({raw}), '^[0-9a-f:]*:[0-9a-f:.]*$')"
    return f"coalesce(nullif({four}, ''), nullif({six}, ''))"


def passed_sql(mid: str, field: Field, spec: Spec, patterns: Mapping[str, str]) -> str:
    """Return SQL for the token of a normal form; null where it is blocked."""
    if field.kind == "ip":
        return token_sql("ip24", mid)
    if field.of.startswith("^"):
        kinds = quote(field.of[1:])
        groups = {
            p: [literal(k) for k, of in patterns.items() if of == p] for p in patterns.values()
        }
        whens = " ".join(
            f"WHEN {kinds} IN ({', '.join(group)}) THEN {blocked_sql(pattern, mid)}"
            for pattern, group in groups.items()
        )
        blocked = f"CASE {whens} END"
        token = hmac_sql(f"{kinds} || ':' || {mid}")
    else:
        kind = _kind(field, spec)
        blocked = blocked_sql(patterns.get(kind, patterns["visitor"]), mid)
        token = hmac_sql(f"'{kind}:' || {mid}")
    return f"CASE WHEN {mid} IS NOT NULL AND NOT coalesce({blocked}, false) THEN {token} END"


def stopped_sql(fields: Mapping[str, tuple[str, str]], read: Mapping[str, Field]) -> str | None:
    """Return SQL for the column `STOPPED`, or nothing where no field is an identifier.

    Parameters
    ----------
    fields
        Name → SQL of normal form and token.
    read
        Name → field.
    """
    bits = [
        f"CASE WHEN {fields[name][0]} IS NOT NULL AND {fields[name][1]} IS NULL THEN {1 << i}::BIGINT "
        "ELSE 0 END"
        for i, name in enumerate(n for n, f in read.items() if f.kind in _HELD)
    ]
    return " + ".join(bits) or None


def count_blocked(con: duckdb.DuckDBPyConnection, spec: Spec) -> dict[str, int]:
    """Return kind → how many identifiers of the batch were blocked."""
    counts: dict[str, int] = {}
    for table, fields in [
        ("record", spec.fields),
        *((f"item: {n}", f) for n, f in spec.lists.items()),
    ]:
        held = {n: f for n, f in fields.items() if f.kind in _HELD}
        if (
            not held
            or not con.sql(f"SELECT bit_or({quote(STOPPED)}) FROM {quote(table)}").fetchall()[0][0]
        ):
            continue
        for i, field in enumerate(held.values()):
            kind = quote(field.of[1:]) if field.of.startswith("^") else literal(_kind(field, spec))
            found = con.sql(
                f"SELECT {kind}, count(*) FROM {quote(table)} WHERE {quote(STOPPED)} & {1 << i} <> 0 GROUP BY 1"
            )
            for name, rows in found.fetchall():
                if name is not None:  # an unknown kind is another mistake
                    counts[name] = counts.get(name, 0) + rows
    return dict(sorted(counts.items()))


def _kind(field: Field, spec: Spec) -> str:
    return "phone" if field.kind == "phone" else spec.token_kind(field)
