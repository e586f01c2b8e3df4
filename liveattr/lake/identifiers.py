"""What names a person in a table, and what an erasure does to such a row: read off the declarations.

One rule for every table, also for those that are declared later: where a token must be there, the
whole row is about that person and goes; where it may be null, the row is a fact of the shop (an event,
an order with its money) and stays without the token, and without what hangs on it.
"""

from __future__ import annotations

from dataclasses import dataclass

from liveattr.lake.views import ident
from liveattr.tables import IDENTIFIER_COLUMNS, LIVE_PLATFORMS, TABLES, Table, account_kind

__all__ = ["Bearing", "bearing", "bearings", "kind_sql"]

_ALONG = {
    "event": ("ip_token", "ip24_token", "session_id", "props"),
    "consent": ("nonce",),
}
"""Table → columns that go with a token of their row: what ties the rows of one visit together, free
content, and the nonce without which a digest cannot be tried out."""


@dataclass(frozen=True)
class Bearing:
    """How a table bears people.

    Attributes
    ----------
    table
        Declaration.
    tokens
        Columns with tokens.
    whole
        Whether a row goes as a whole: one of its tokens must be there.
    along
        Columns that become null together with a token of their row.
    persons
        Columns with a person id.
    codes
        Columns with the code of a person (dimension `person`).
    """

    table: Table
    tokens: tuple[str, ...]
    whole: bool
    along: tuple[str, ...]
    persons: tuple[str, ...]
    codes: tuple[str, ...]


def bearing(table: Table) -> Bearing:
    """Say how a table bears people.

    Examples
    --------
    >>> from liveattr.tables import get_table
    >>> bearing(get_table("binding")).whole, bearing(get_table("event")).whole
    (True, False)
    >>> bearing(get_table("touch")).codes, bearing(get_table("person_member")).persons
    (('person',), ('person_id',))
    """
    tokens = tuple(c.name for c in table.columns if c.is_token)
    return Bearing(
        table,
        tokens,
        any(table.column(name).required for name in tokens),
        _ALONG.get(table.name, ()),
        tuple(c.name for c in table.columns if c.name.endswith("person_id")),
        tuple(c.name for c in table.columns if c.name == "person" and c.type == "int"),
    )


def bearings() -> dict[str, Bearing]:
    """Return every declared table that bears people in any way."""
    found = {name: bearing(table) for name, table in TABLES.items()}
    return {n: b for n, b in found.items() if b.tokens or b.persons or b.codes}


def kind_sql(table: Table, column: str) -> str:
    """Write the SQL expression for the kind of identifier in a token column.

    `left_token` and `left_id` have it in `left_kind`, other columns in `kind` or `subject_kind`; the
    columns of events and orders say it by their names, and accounts by the platform.

    Examples
    --------
    >>> from liveattr.tables import get_table
    >>> kind_sql(get_table("binding"), "left_token"), kind_sql(get_table("person_member"), "id")
    ('"left_kind"', '"kind"')
    >>> kind_sql(get_table("event"), "phone_token"), kind_sql(get_table("event"), "ip24_token")
    ("'phone'", "'ip24'")
    """
    if column == "account_token":
        whens = " ".join(f"WHEN '{p}' THEN '{account_kind(p)}'" for p in LIVE_PLATFORMS)
        return f"CASE platform {whens} ELSE '{account_kind('')}' END"
    if column in IDENTIFIER_COLUMNS:
        return f"'{IDENTIFIER_COLUMNS[column]}'"
    stem = column.removesuffix("_token").removesuffix("_id")
    for name in (f"{stem}_kind", "kind"):
        if name in table.names:
            return ident(name)
    return f"'{stem}'"
