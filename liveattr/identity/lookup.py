"""Whose row is it: the identifier by which an event or an order finds its person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from liveattr.identity.evidence import STRONG_COLUMNS, kind_sql

__all__ = ["EVENT_KEY", "ORDER_KEY", "Key", "key_sql"]


@dataclass(frozen=True)
class Key:
    """SQL expressions for the kind and the id of the identifier that decides."""

    kind: str
    id: str


def key_sql(columns: Sequence[str], row: str = "e", phone: str = "ph") -> Key:
    """Write the first identifier of a row that is not null, strongest first.

    Parameters
    ----------
    columns
        Token columns in the order in which they are asked.
    row
        Alias of the event or the order.
    phone
        Alias of a left join to the phones in `person_member` (column `id`): a phone counts only
        if a binding verified it, so the joined id stands for `phone_token`.

    Examples
    --------
    >>> key_sql(["member_token", "phone_token"]).id
    'coalesce(e.member_token, ph.id)'
    """
    ids = [f"{phone}.id" if c == "phone_token" else f"{row}.{c}" for c in columns]
    whens = " ".join(
        f"WHEN {value} IS NOT NULL THEN {kind_sql(column, f'{row}.platform')}"
        for column, value in zip(columns, ids, strict=True)
    )
    return Key(f"CASE {whens} END", f"coalesce({', '.join(ids)})")


ORDER_KEY = key_sql((*STRONG_COLUMNS, "phone_token"), row="o")
"""An order (alias `o`, verified phones as `ph`)."""

EVENT_KEY = key_sql((*STRONG_COLUMNS, "phone_token", "visitor_token"), row="e")
"""An event (alias `e`, verified phones as `ph`)."""
