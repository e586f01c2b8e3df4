"""The shape of a declaration, and how a block of text becomes a table.

A line of a block reads `column  type  meaning`; `!` after the type means that it is never null,
`[unit]` opens the meaning where the unit is not in the name. Suffixes say the rest: `*_fen` whole
1/100 of `currency`, `*_ppm` parts per million, `*_at` UTC timestamp, `*_on` business date of the
shop, `ts_us` microseconds since 1970 UTC, `*_token` keyed HMAC-SHA256 of an identifier.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from liveattr.errors import TableError, did_you_mean

__all__ = ["TYPES", "Column", "Table", "table"]

TYPES = {
    "text": "VARCHAR",
    "token": "VARCHAR",
    "bigint": "BIGINT",
    "int": "INTEGER",
    "double": "DOUBLE",
    "bool": "BOOLEAN",
    "at": "TIMESTAMP WITH TIME ZONE",
    "on": "DATE",
}
"""Short type name → DuckDB type. A `token` is a text that stands for an identifier of somebody; so is
every column called `*_token`."""

_UNITS = {
    "_fen": "fen",
    "_ppm": "ppm",
    "_at": "UTC",
    "_on": "business date",
    "_us": "µs since 1970 UTC",
    "_s": "s",
    "_ms": "ms",
    "_days": "days",
    "_token": "keyed HMAC-SHA256, hex",
}


@dataclass(frozen=True)
class Column:
    """One column: its type (a key of `TYPES`), whether it may be null, unit and meaning."""

    name: str
    type: str
    required: bool
    unit: str
    meaning: str

    @property
    def sql_type(self) -> str:
        """The DuckDB type."""
        return TYPES[self.type]

    @property
    def is_token(self) -> bool:
        """Whether it holds keyed tokens of people."""
        return self.type == "token" or self.name.endswith("_token")


@dataclass(frozen=True)
class Table:
    """One table of the lake.

    Attributes
    ----------
    version_by
        Columns that say which of two rows with one key is the newer (a fold over version or
        time, never over arrival).
    part_of
        The key of the owner, where a row lives and dies with its owner: a newer order brings
        all its lines, so the older ones go.
    again
        What a second row with one key means when its content differs: `refuse` (a conflict),
        `restate` (a later file corrects an earlier one, as ad reports and templates do) or
        `keep` (the first one stands, as in a log). Tables with `version_by` keep the newest.
    canonical
        Sources write it: every row names its preset, batch and record.
    """

    name: str
    room: str
    about: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    version_by: tuple[str, ...] = ()
    part_of: tuple[str, ...] = ()
    again: str = "refuse"
    canonical: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The column names, in order."""
        return tuple(c.name for c in self.columns)

    def column(self, name: str) -> Column:
        """Return one column; an unknown name is an error with a suggestion."""
        for column in self.columns:
            if column.name == name:
                return column
        raise TableError(
            f"table {self.name!r} has no column {name!r}; {did_you_mean(name, self.names)}"
        )


_PROVENANCE = """
source       text   preset that read the row
ingest_id    text   batch; ties the row to a file and its sha256
source_row   bigint record of the file, counted from 1
"""
_LINE = re.compile(
    r"(?P<name>\w+)\s+(?P<type>\w+)(?P<need>!?)\s+(\[(?P<unit>[^]]+)\]\s*)?(?P<what>.+)"
)


def _columns(text: str) -> tuple[Column, ...]:
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        part = _LINE.fullmatch(line)
        if part is None or part["type"] not in TYPES:
            raise TableError(f"cannot read the column declaration {line!r}")
        token = _UNITS["_token"] if part["type"] == "token" else ""
        unit = (
            part["unit"]
            or token
            or next((u for s, u in _UNITS.items() if part["name"].endswith(s)), "")
        )
        found.append(Column(part["name"], part["type"], bool(part["need"]), unit, part["what"]))
    return tuple(found)


def table(
    name: str,
    about: str,
    key: str,
    columns: str,
    *,
    room: str,
    canonical: bool = False,
    version_by: str = "",
    part_of: str = "",
    again: str = "refuse",
) -> Table:
    """Declare one table; `key`, `version_by` and `part_of` are names separated by blanks."""
    text = columns + _PROVENANCE if canonical else columns
    return Table(
        name,
        room,
        about,
        tuple(key.split()),
        _columns(text),
        tuple(version_by.split()),
        tuple(part_of.split()),
        again,
        canonical,
    )
