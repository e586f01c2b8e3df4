"""What a person decides about people: these two are not one, or are after all."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pandas as pd

from liveattr.consent import audit_row, write_audit
from liveattr.errors import ParameterError
from liveattr.identity.people import PURPOSE
from liveattr.identity.tiers import RULE_VERSION
from liveattr.lake import Lake
from liveattr.tables import TABLES

__all__ = ["Identifier", "remerge", "unmerge"]

Identifier = tuple[str, str]
"""Kind and id (in a lake: a token)."""

_APART, _LIFTED = "not_same", "not_same_lifted"

_KNOWN = """
SELECT kind, id FROM person_member
WHERE known_to_at IS NULL AND ((kind = $lk AND id = $li) OR (kind = $rk AND id = $ri))"""

_SAID = """
SELECT evidence, recorded_at FROM identity_evidence
WHERE evidence IN ('not_same', 'not_same_lifted')
  AND left_kind = $lk AND left_id = $li AND right_kind = $rk AND right_id = $ri
ORDER BY recorded_at DESC, evidence DESC LIMIT 1"""


def unmerge(lake: Lake, left: Identifier, right: Identifier, *, operator: str) -> str:
    """Decide that two identifiers are not one person, whatever other evidence says.

    Parameters
    ----------
    lake
        The lake.
    left, right
        Kind and token of each.
    operator
        Who decided; kept as the source of the evidence.

    Returns
    -------
    str
        `evidence_id` of the new row of tier X. It holds from the next `resolve` on; other evidence
        between their persons is cut where it is weakest.

    Raises
    ------
    ParameterError
        If an identifier is unknown, both are the same, or it was decided before.
    """
    return _decide(lake, left, right, _APART, operator)


def remerge(lake: Lake, left: Identifier, right: Identifier, *, operator: str) -> str:
    """Take back an `unmerge`: what the other evidence says holds again from the next `resolve` on.

    Parameters
    ----------
    lake, left, right, operator
        As for `unmerge`.

    Returns
    -------
    str
        `evidence_id` of the row that lifts it; the table is append-only.

    Raises
    ------
    ParameterError
        If nobody decided that they are apart.
    """
    return _decide(lake, left, right, _LIFTED, operator)


def _decide(lake: Lake, left: Identifier, right: Identifier, word: str, operator: str) -> str:
    (lk, li), (rk, ri) = sorted((left, right))
    if (lk, li) == (rk, ri):
        raise ParameterError("left and right are the same identifier")
    ends = {"lk": lk, "li": li, "rk": rk, "ri": ri}
    with lake.lock("identity-requests"):
        known = set(lake.sql(_KNOWN, **ends).itertuples(index=False, name=None))
        for end in ((lk, li), (rk, ri)):
            if end not in known:
                raise ParameterError(f"no {end[0]} with this token is known; `resolve` comes first")
        said = lake.sql(_SAID, **ends)
        apart = len(said) > 0 and said.evidence.iloc[0] == _APART
        if apart is (word == _APART):
            raise ParameterError(
                "it was decided before that they are apart"
                if apart
                else "nobody decided that they are apart: there is nothing to take back"
            )
        now = datetime.now(UTC)
        if len(said):  # a clock that was set back must not turn the order around
            now = max(now, said.recorded_at.iloc[0].to_pydatetime() + timedelta(microseconds=1))
        text = f"{lk}|{li}|{rk}|{ri}|{word}|{now.isoformat()}|{RULE_VERSION}"
        row = {name: None for name in TABLES["identity_evidence"].names} | {
            "evidence_id": hashlib.sha256(text.encode()).hexdigest()[:24],
            "left_kind": lk,
            "left_id": li,
            "right_kind": rk,
            "right_id": ri,
            "evidence": word,
            "tier": "X",
            "weight": 0.0,
            "n_seen": 1,
            "first_at": now,
            "last_at": now,
            "source": operator,
            "basis": "contract",
            "rule_version": RULE_VERSION,
            "recorded_at": now,
            "valid_from_at": now,
        }
        lake.write("identity_evidence", pd.DataFrame([row]), mode="append")
    name = "unmerge" if word == _APART else "remerge"
    write_audit(lake, [audit_row(name, PURPOSE)], actor=operator)
    return str(row["evidence_id"])
