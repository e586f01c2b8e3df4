"""The stage `resolve`: bindings, events and orders → `person_member`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liveattr.identity.evidence import STRONG_EVIDENCE
from liveattr.identity.people import create_person_member
from liveattr.lake import Summary, run_stage

if TYPE_CHECKING:
    from liveattr.lake import Lake

__all__ = ["resolve"]

READS = ("event", "binding", "order_header")
WRITES = ("person_member",)

_COUNT = """
SELECT (SELECT count(*) FROM binding), count(*), count(DISTINCT person_id),
       (SELECT count(*) FROM binding WHERE evidence NOT IN (SELECT unnest($strong)))
FROM person_member"""


def resolve(lake: Lake, *, force: bool = False) -> Summary:
    """Say which identifiers are one person, and write `person_member`.

    Parameters
    ----------
    lake
        A lake with `event, binding, order_header`.
    force
        Run although nothing has changed.

    Returns
    -------
    Summary
        Rows in: bindings. Rows refused: bindings whose evidence is too weak to join people.

    See Also
    --------
    resolve_people : the same on a frame of edges.
    """
    return run_stage(
        lake, "resolve", options={}, reads=READS, writes=WRITES, body=_body, force=force
    )


def _body(lake: Lake) -> Summary:
    with lake.connect() as con:
        create_person_member(con)
        strong = {"strong": list(STRONG_EVIDENCE)}
        [(bindings, members, people, weak)] = con.execute(_COUNT, strong).fetchall()
        lake.write("person_member", con.sql("FROM person_member"))
    return Summary(
        rows_in=bindings,
        rows_refused=weak,
        outputs={"person_member": members},
        notes=(
            f"{members:,} identifiers are {people:,} people",
            *(
                [f"{weak:,} bindings are too weak to join people (no login, no verified phone)"]
                * bool(weak)
            ),
        ),
    )
