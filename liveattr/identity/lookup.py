"""Whose row is it: the identifier by which an event or an order finds its person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from liveattr.identity.evidence import LONE_COLUMNS, kind_sql

__all__ = ["EVENT_KEY", "KNOWN_MEMBER", "ORDER_KEY", "Key", "key_sql"]

KNOWN_MEMBER = """
SELECT m.kind, m.id, m.person_id, m.valid_from_at, coalesce(s.state = 'withdrawn', false) AS silent
FROM person_member AS m
LEFT JOIN consent_state AS s
  ON s.kind = m.kind AND s.id = m.id AND s.purpose = 'attribution'
ANTI JOIN identifier_quarantine AS q ON q.kind = m.kind AND q.id = m.id
WHERE m.known_to_at IS NULL"""
"""SQL: identifiers that name one person. Those in quarantine name nobody. `silent`: the person took
consent to attribution back, so what they did is no touch (gate G4). `valid_from_at`: the identifier had
another owner before."""


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
        Alias of a left join to the phones of `KNOWN_MEMBER` (column `id`): a phone counts only
        while it is one person's, so the joined id stands for `phone_token`.

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


ORDER_KEY = key_sql((*LONE_COLUMNS["order_header"], "phone_token"), row="o")
"""An order (alias `o`, phones as `ph`)."""

EVENT_KEY = key_sql((*LONE_COLUMNS["order_header"], "phone_token", "visitor_token"), row="e")
"""An event (alias `e`, phones as `ph`)."""
