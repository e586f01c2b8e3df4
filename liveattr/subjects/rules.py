"""What goes from which table when people are erased: one rule for every declared table."""

from __future__ import annotations

from collections.abc import Iterable

from liveattr.lake.erase import Erase
from liveattr.lake.identifiers import Bearing, bearings
from liveattr.lake.views import ident

__all__ = ["GONE", "GONE_CODE", "GONE_PERSON", "rules"]

GONE, GONE_PERSON, GONE_CODE = "gone_id", "gone_person", "gone_code"
"""Relations that the conditions use: `id`, `person_id`, `code`."""

_BY_TOKEN_ONLY = ("person_member", "person_alias")
"""Tables that keep rows with a person's id: what became of it, and which of its former identifiers are
another person's now. The id says nothing once nothing hangs on it."""


def rules() -> dict[str, Erase]:
    """Return table → what goes, for every declared table that bears people.

    Notes
    -----
    A row whose tokens must be there goes as a whole; where they may be null they become null, with
    what hangs on them (`liveattr.lake.identifiers`), and the row stays: an event is counted, an order
    keeps its money. A row with the id or the code of a person goes as a whole. A table that is
    declared later falls under the same rule without being named here. Who or what a token is of does
    not matter: the kind is part of what was hashed, so equal tokens are one identifier.
    """
    found = {name: _rule(how) for name, how in bearings().items()}
    found["dimension"] = Erase(
        where=f"kind = 'person' AND value IN (SELECT person_id FROM {GONE_PERSON})"
    )
    return {name: rule for name, rule in found.items() if rule != Erase()}


def _rule(how: Bearing) -> Erase:
    hit = {c: f"{ident(c)} IN (SELECT id FROM {GONE})" for c in how.tokens}
    rows = list(hit.values()) if how.whole else []
    if how.table.name not in _BY_TOKEN_ONLY:
        rows += [f"{ident(c)} IN (SELECT person_id FROM {GONE_PERSON})" for c in how.persons]
    rows += [f"{ident(c)} IN (SELECT code FROM {GONE_CODE})" for c in how.codes]
    null = {} if how.whole else {**hit, **dict.fromkeys(how.along, _or(hit.values()))}
    return Erase(_or(rows) if rows else "false", null)


def _or(conditions: Iterable[str]) -> str:
    return " OR ".join(f"coalesce({c}, false)" for c in conditions)
