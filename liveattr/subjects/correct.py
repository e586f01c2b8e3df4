"""Correct one value of a person's row: what was recorded wrongly, never money and never a ledger."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pandas as pd

from liveattr.consent.audit import audit_row, operator_name, write_audit
from liveattr.errors import MissingDataError, ParameterError, TableError
from liveattr.identity import unmerge
from liveattr.lake import Lake, Summary
from liveattr.lake.identifiers import bearing
from liveattr.subjects.find import find_identifiers
from liveattr.tables import Column, Table, get_table

__all__ = ["correct"]

_PROVENANCE = ("source", "ingest_id", "source_row")
_TOKEN = re.compile(r"[0-9a-f]{64}")


def correct(
    lake: Lake,
    kind: str,
    token: str,
    table: str,
    key: Mapping[str, Any],
    column: str,
    value: Any,
    reason: str,
    *,
    actor: str | None = None,
) -> Summary:
    """Change one value of one row that is about a person.

    Parameters
    ----------
    lake
        The lake.
    kind, token
        Any identifier of the person: the row must bear one of theirs.
    table
        A canonical table with identifiers: `event, order_header, binding, consent_act, test_account`.
    key
        The key of the row, every column of it.
    column, value
        What is wrong, and what it should be; None where it should not be there, as with an identifier
        that is not theirs. An identifier is given as its token (`token_of`). A binding stays as it was
        recorded: None for one of its two identifiers keeps these apart for good (`unmerge`).
    reason
        Why, for the audit log; no personal text.
    actor
        Who asks for it; by default the user of this machine.

    Returns
    -------
    Summary
        One row; the next run goes on with it.

    Raises
    ------
    ParameterError
        If the column is a key, money or where the row came from, the table is a ledger or is made by
        a stage, or the value cannot be one of the column.
    MissingDataError
        If there is no such row of this person.

    Notes
    -----
    Files stay as they are. If the source sends a newer state of the row, that one stands: have the
    source corrected too.
    """
    declared = get_table(table)
    _check(declared, key, column, reason)
    row = _row(lake, kind, token, declared, key)
    who = actor or operator_name()
    if table == "binding" and declared.column(column).is_token and not value:
        left, right = (
            (row[f"{s}_kind"].item(), row[f"{s}_token"].item()) for s in ("left", "right")
        )
        unmerge(lake, left, right, operator=who)
    else:
        fixed = _value(declared, declared.column(column), value)
        row[column] = pd.Series([fixed], dtype=object, index=row.index)
        lake.write(table, row, mode="upsert")
    write_audit(lake, [audit_row("correct", f"{table}.{column}: {reason}")], actor=who)
    return Summary(stage="subject correct", rows_in=1, outputs={table: 1}, notes=(reason,))


def _check(table: Table, key: Mapping[str, Any], column: str, reason: str) -> None:
    declared = table.column(column)
    if not bearing(table).tokens or "ingest_id" not in table.names:
        raise ParameterError(
            f"table {table.name!r} is no record of a person that can be corrected: ledgers are added "
            "to (`liveattr consent`), and what a stage made is made anew from the records"
        )
    if column in table.key or column in _PROVENANCE:
        raise ParameterError(f"{table.name}.{column} says which row it is; it cannot be corrected")
    sold = table.room == "Orders" and not (declared.is_token or column == "is_test")
    if sold or declared.unit in ("fen", "ppm"):
        raise ParameterError(
            f"{table.name}.{column} is what was sold, and its money: have it corrected where it was "
            "booked, and ingest that file"
        )
    missing = [name for name in table.key if name not in key]
    if missing or set(key) - set(table.key):
        raise ParameterError(f"key: give {', '.join(table.key)}, and nothing else")
    if not reason.strip():
        raise ParameterError("reason: say why, for the audit log")


def _row(lake: Lake, kind: str, token: str, table: Table, key: Mapping[str, Any]) -> pd.DataFrame:
    mine = find_identifiers(lake, pd.DataFrame({"kind": [kind], "id": [token]}))["id"]
    where = " AND ".join(f'CAST("{n}" AS VARCHAR) = ${n}' for n in table.key)
    row = lake.sql(
        f"SELECT * FROM {table.name} WHERE {where}", **{n: str(key[n]) for n in table.key}
    )
    tokens = list(bearing(table).tokens)
    if row.empty or not row[tokens].isin(set(mine)).any(axis=None):
        raise MissingDataError(f"table {table.name!r} has no such row of this person")
    return row


def _value(table: Table, column: Column, value: Any) -> Any:
    if value is None or value == "":
        if column.required:
            raise ParameterError(f"{table.name}.{column.name} must have a value")
        return None
    if column.is_token and not _TOKEN.fullmatch(str(value)):
        raise ParameterError(
            f"{table.name}.{column.name} takes a token, never the identifier itself (`token_of`)"
        )
    try:
        return _read(column, value)
    except (ValueError, TypeError, KeyError) as error:
        raise TableError(f"{table.name}.{column.name} takes {column.type}: {error}") from error


def _read(column: Column, value: Any) -> Any:
    if column.type == "at":
        moment = pd.Timestamp(value)
        if moment.tzinfo is None:
            raise ValueError("a time needs its zone, as 2026-01-22T20:15:00+08:00")
        return moment.tz_convert("UTC")
    if column.type == "on":
        return (
            value
            if isinstance(value, date) and not isinstance(value, datetime)
            else date.fromisoformat(str(value))
        )
    if column.type in ("bigint", "int"):
        return int(value)
    if column.type == "bool":
        return {"true": True, "false": False}[str(value).lower()]
    return float(value) if column.type == "double" else str(value)
