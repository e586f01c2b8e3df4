"""Every canonical table of the lake: columns, type, unit, key, meaning.

The declarations in this room are the only place where a column name is spelled for the first time,
one file a group of tables. Tables marked `canonical` also carry `source, ingest_id, source_row`: the
preset, the batch and the record in the file that the row came from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from liveattr.errors import TableError, did_you_mean
from liveattr.tables import (
    broadcast,
    events,
    goods,
    intake,
    lift,
    orders,
    people,
    recall,
    results,
    stocking,
    working,
)
from liveattr.tables.model import TYPES, Column, Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "IDENTIFIER_COLUMNS",
    "LIVE_PLATFORMS",
    "TABLES",
    "TYPES",
    "Column",
    "Table",
    "account_kind",
    "describe",
    "get_table",
    "markdown",
]

_GROUPS = (
    intake,
    broadcast,
    events,
    orders,
    goods,
    people,
    working,
    results,
    lift,
    recall,
    stocking,
)

TABLES: dict[str, Table] = {t.name: t for group in _GROUPS for t in group.TABLES}
"""All tables by name, in reading order."""


def get_table(name: str) -> Table:
    """Return one declared table; an unknown name is an error with a suggestion."""
    if name not in TABLES:
        raise TableError(f"there is no table {name!r}; {did_you_mean(name, TABLES)}")
    return TABLES[name]


def describe(name: str | None = None) -> pd.DataFrame:
    """Show one table's columns, or all tables, as a frame.

    Parameters
    ----------
    name
        A table; without it all tables are listed.

    Returns
    -------
    pandas.DataFrame
        With a name: `column, type, null, unit, meaning` (key columns are marked with `*`).
        Without: `table, room, key, about`.

    Raises
    ------
    TableError
        If there is no such table.

    Examples
    --------
    >>> describe("order_line").query("column == 'paid_fen'").unit.item()
    'fen'
    """
    import pandas as pd

    if name is None:
        rows = [(t.name, t.room, ", ".join(t.key), t.about) for t in TABLES.values()]
        return pd.DataFrame(rows, columns=["table", "room", "key", "about"])
    table = get_table(name)
    cells = [
        (
            c.name + ("*" if c.name in table.key else ""),
            c.type,
            "" if c.required else "yes",
            c.unit,
            c.meaning,
        )
        for c in table.columns
    ]
    return pd.DataFrame(cells, columns=["column", "type", "null", "unit", "meaning"])


def markdown() -> str:
    """Write all tables as the text of `docs/tables.md`."""
    out = ["# The tables of the lake", "", "Generated from `liveattr/tables/`; do not edit.", ""]
    room = ""
    for table in TABLES.values():
        if table.room != room:
            room = table.room
            out += [f"## {room}", ""]
        out += [f"### {table.name}", "", f"{table.about[0].upper()}{table.about[1:]}.", ""]
        out += [f"Key: `{', '.join(table.key)}`.", ""]
        out += ["| column | type | null | unit | meaning |", "|---|---|---|---|---|"]
        out += [
            f"| {c.name} | {c.type} | {'' if c.required else 'yes'} | {c.unit} | {c.meaning} |"
            for c in table.columns
        ]
        out.append("")
    return "\n".join(out)


IDENTIFIER_COLUMNS = {
    "account_token": "account",
    "unionid_token": "unionid",
    "openid_token": "openid",
    "member_token": "member_card",
    "phone_token": "phone",
    "visitor_token": "visitor",
    "device_token": "device",
}
"""Token column of `event` and `order_header` → kind of identifier, strongest first.

The kind of `account_token` depends on the platform: see `account_kind`.
"""

LIVE_PLATFORMS = ("douyin", "kuaishou", "channels", "taobao")
"""Platforms whose accounts are a kind of identifier of their own."""


def account_kind(platform: str) -> str:
    """Return the kind of identifier that an account of a platform is.

    Examples
    --------
    >>> account_kind("douyin"), account_kind("youzan")
    ('uid_douyin', 'mall_account')
    """
    return f"uid_{platform}" if platform in LIVE_PLATFORMS else "mall_account"
