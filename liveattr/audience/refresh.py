"""`refresh_audiences`: takes people off lists whose consent, or self, is gone since; the removal list."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.audience.contacts import purpose_of
from liveattr.consent import open_gates
from liveattr.lake import Summary, run_stage

if TYPE_CHECKING:
    from liveattr.lake import Lake

__all__ = ["refresh_audiences", "removals"]

_LIVE = """
SELECT m.*, a.channel, EXISTS (
           SELECT 1 FROM person_alias AS p WHERE p.old_person_id = m.person_id AND p.why = 'merge'
             AND EXISTS (SELECT 1 FROM audience_member AS o WHERE o.audience_id = m.audience_id
                         AND o.person_id = p.person_id)) AS merged,
       NOT EXISTS (SELECT 1 FROM person_member AS k WHERE k.kind = m.kind AND k.id = m.token
                   AND k.known_to_at IS NULL) AS gone
FROM audience_member AS m JOIN audience AS a ON a.audience_id = m.audience_id
WHERE m.removed_at IS NULL
ORDER BY m.audience_id, m.person_id"""

_WHY = {"no_consent": "expired"}


def removals(live: pd.DataFrame, reasons: pd.Series) -> pd.Series:
    """Return why each member is taken off a list, null: stays.

    Parameters
    ----------
    live
        Members with `gone` and `merged` (bool).
    reasons
        Why the gate refused them, by the index of `live`; null: it did not.

    Returns
    -------
    pandas.Series
        erased (the address belongs to nobody any more), merged (into another person of the list),
        expired (a grant that ran out or is not there), withdrawn (all else).
    """
    shut = reasons.reindex(live.index)
    why = shut.map(lambda r: _WHY.get(r, "withdrawn") if isinstance(r, str) else None).astype(
        object
    )
    why = why.mask(live["merged"].astype(bool) & why.isna(), "merged")
    return why.mask(live["gone"].astype(bool), "erased")


def refresh_audiences(lake: Lake, *, at: datetime | None = None) -> Summary:
    """Take people off all lists whose consent was taken back, ran out or who were erased since.

    Parameters
    ----------
    lake
        A lake with lists.
    at
        When; default: now.

    Returns
    -------
    Summary
        Rows in: people who were on a list; rows refused: who is off it now. Somebody who was removed
        stays so: a later consent is one for the next list. Skipped on the same day where nothing changed.
    """
    moment = at or datetime.now(UTC)

    def body(opened: Lake) -> Summary:
        live = opened.sql(_LIVE)
        why = _reasons(opened, live, moment)
        off = live[why.notna()].assign(removed_at=moment, removed_why=why[why.notna()])
        rows = off.drop(columns=["channel", "merged", "gone"])
        if len(rows):
            opened.write("audience_member", rows, mode="upsert")
        told = (
            (off["audience_id"] + ": " + off["removed_why"].astype(str)).value_counts().sort_index()
        )
        notes = tuple(f"{what} {n:,}" for what, n in told.items())
        return Summary(
            rows_in=len(live),
            rows_refused=len(off),
            outputs={"audience_member": len(off)},
            notes=notes,
        )

    return run_stage(
        lake,
        "refresh_audiences",
        options={"today": moment.date()},
        reads=("audience", "person_member", "person_alias", "consent", "consent_state",
               "impact_assessment"),
        writes=("audience_member",),
        body=body,
    )  # fmt: skip


def _reasons(lake: Lake, live: pd.DataFrame, at: datetime) -> pd.Series:
    """Pass everybody through gate G5 again, channel by channel."""
    found = [pd.Series(dtype=object)]
    with open_gates(lake, today=at.date(), actor="audience") as gates:
        for channel, rows in live.groupby("channel", sort=True):
            passed = gates.pass_gate(
                "G5", rows, purpose=purpose_of(str(channel)), ids=[("kind", "token")]
            )
            found.append(passed.refused["reason"].astype(object))
    return removals(live, pd.concat([f for f in found if len(f)] or found[:1]))
