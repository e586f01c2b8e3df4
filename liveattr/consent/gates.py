"""Gates G1 to G7: rows about people pass only with a live basis for the purpose; others are counted.

One mechanism for all: a row is open if the strictest word on its identifiers is `granted`, or if
nobody said anything and its legal basis carries it through this gate. Everything else is refused,
with the first reason that holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from liveattr.consent.assessments import find_assessment
from liveattr.consent.passed import Passed, seal
from liveattr.consent.purposes import PURPOSES, check_purpose, provided_to
from liveattr.consent.standing import LEVELS, standing
from liveattr.consent.suppress import SMALLEST, suppress_small
from liveattr.errors import ParameterError, did_you_mean

__all__ = ["GATES", "REASONS", "Gate", "pass_gate"]


@dataclass(frozen=True)
class Gate:
    """One gate.

    Attributes
    ----------
    zh, en
        What passes it.
    bases
        Legal bases on which a row passes though nobody granted anything.
    one_side
        Further bases of an edge both ends of which are on one side (platform, or mall).
    despite
        Bases that a withdrawal does not end: an order was placed, and stays one.
    fuzzy
        Scored coincidence (tier C) may pass, for a purpose that is about it.
    """

    zh: str
    en: str
    bases: frozenset[str] = frozenset()
    one_side: frozenset[str] = frozenset()
    despite: frozenset[str] = frozenset()
    fuzzy: bool = False


_OPEN = frozenset({"research", "row"})
_SOURCE = frozenset({"contract", "consent"})

GATES = {
    "G1": Gate("读入", "ingest", _OPEN | _SOURCE, despite=frozenset({"contract"})),
    "G2": Gate("建立关联", "an edge between identifiers", _OPEN, one_side=_SOURCE, fuzzy=True),
    "G3": Gate("合并", "edges that make people", _OPEN, one_side=_SOURCE),
    "G4": Gate("归因与特征", "joins for credit and features", _OPEN, fuzzy=True),
    "G5": Gate("触达与对外提供", "people who are written to, or whose data leaves the house"),
    "G6": Gate("报表", "cells of a report"),
    "G7": Gate("模型训练", "rows that a model learns from", _OPEN, fuzzy=True),
}
"""Gate → its rule. Bases: contract, consent (of the source), research (public data), row (the record
itself says that the person agreed)."""

REASONS = (
    "no_assessment",
    "no_recipient",
    "no_basis",
    "minor",
    "opted_out",
    "withdrawn",
    "fuzzy_off",
    "no_consent",
    "small_cell",
)
"""Why a row is refused; of several the first."""


def pass_gate(
    gate: str,
    frame: pd.DataFrame,
    *,
    purpose: str,
    states: pd.DataFrame,
    assessments: pd.DataFrame,
    today: date,
    ids: Sequence[tuple[str, str]] = (),
    recipient: str | None = None,
    count: str = "",
    k: int = SMALLEST,
    within: Sequence[str] = (),
) -> Passed:
    """Let rows about people pass a gate, or refuse them.

    Parameters
    ----------
    gate
        A key of `GATES`.
    frame
        Rows. Where it has the columns `basis` (text), `tier` (text), `minor` or `opted_out` (bool),
        they are heeded; a missing or null `basis` carries nothing.
    purpose
        What it is for. G5 takes a channel (`recall_sms`, …) or `provide_to_platform`.
    states
        `kind, id, purpose, state` and `why`, of `person_states` or the table `consent_state`;
        whoever is not in it said nothing. Of several rows for one identifier the strictest counts.
    assessments
        The table `impact_assessment`; without one in force nothing passes.
    today
        Day on which the data is used.
    ids
        Which columns identify people: pairs of the column with the kind (`"=phone"` for one kind
        that is the same in every row) and the column with the identifier. A row with several is
        judged by the strictest; a row none of whose identifiers is known has no basis.
    recipient
        Somebody else gets the rows: everybody in them must have agreed to this recipient too. Leave
        it out for those who work for the shop under a contract.
    count, k, within
        G6 only, and there instead of `ids`: column with the number of people of each cell, fewest
        that are shown, and columns of shown totals (see `suppress_small`).

    Returns
    -------
    Passed
        `frame`, `refused` (with `reason`), `audit`. Give it whole to what needs the rows.

    Raises
    ------
    ParameterError
        If there is no such gate or purpose, the purpose does not fit the gate, or a column is not
        there.

    Examples
    --------
    >>> from liveattr.consent.samples import sample_assessments
    >>> people = pd.DataFrame({"phone_token": ["aa", "bb", "cc"], "spent_fen": [1, 2, 3]})
    >>> states = pd.DataFrame({"kind": "phone", "id": ["aa", "bb"], "purpose": "recall_sms",
    ...                        "state": ["granted", "withdrawn"]})
    >>> passed = pass_gate("G5", people, purpose="recall_sms", states=states,
    ...                    assessments=sample_assessments(), today=date(2026, 1, 22),
    ...                    ids=[("=phone", "phone_token")])
    >>> print(passed)
    G5 recall_sms: 1 of 3 rows passed; refused: 1 no_consent, 1 withdrawn
    >>> def write_audience(passed: Passed) -> list[str]:
    ...     return passed.rows_for("G5", "recall_sms").phone_token.tolist()
    >>> write_audience(passed)
    ['aa']
    """
    rule, base = _check(gate, purpose, ids, count)
    _check_columns(frame, ids, [count] if count else [])
    if find_assessment(assessments, purpose, today) is None:
        return _refuse_all(gate, purpose, frame, "no_assessment", recipient)
    if gate == "G6":
        return _pass_cells(purpose, frame, count, k, within)
    if base == "provide_to_platform" and recipient is None:
        return _refuse_all(gate, purpose, frame, "no_recipient", None)
    asked = provided_to(recipient or "") if base == "provide_to_platform" else purpose
    reasons = _reasons(rule, frame, asked, states, ids)
    if recipient is not None and asked != provided_to(recipient):
        also = _reasons(rule, frame, provided_to(recipient), states, ids)
        also = also.mask(also == "no_consent", "no_recipient")
        reasons = reasons.mask(reasons == "", also)
    shut = reasons != ""
    refused = frame[shut].assign(reason=reasons[shut])
    return seal(gate, purpose, frame[~shut], refused, rows_in=len(frame), recipient=recipient)


def _check(gate: str, purpose: str, ids: Sequence[tuple[str, str]], count: str) -> tuple[Gate, str]:
    if gate not in GATES:
        raise ParameterError(f"there is no gate {gate!r}; {did_you_mean(gate, GATES)}")
    base = check_purpose(purpose).partition(":")[0]
    if gate == "G5" and not PURPOSES[base].addresses:
        known = ", ".join(name for name, one in PURPOSES.items() if one.addresses)
        raise ParameterError(f"G5 needs to know the channel: {purpose!r} is none; one of {known}")
    if purpose != base:
        raise ParameterError("name the recipient as `recipient`, not within the purpose")
    if (gate == "G6") != bool(count) or (gate == "G6") == bool(ids):
        raise ParameterError("G6 takes `count`, the number of people; every other gate takes `ids`")
    return GATES[gate], base


def _check_columns(
    frame: pd.DataFrame, ids: Sequence[tuple[str, str]], more: Sequence[str]
) -> None:
    named = [name for pair in ids for name in pair if not name.startswith("=")]
    for name in (*named, *more):
        if name not in frame:
            hint = did_you_mean(name, map(str, frame.columns))
            raise ParameterError(f"the rows have no column {name!r}; {hint}")


def _refuse_all(
    gate: str, purpose: str, frame: pd.DataFrame, reason: str, recipient: str | None
) -> Passed:
    return seal(
        gate,
        purpose,
        frame.iloc[:0],
        frame.assign(reason=reason),
        rows_in=len(frame),
        recipient=recipient,
    )


def _pass_cells(
    purpose: str, frame: pd.DataFrame, count: str, k: int, within: Sequence[str]
) -> Passed:
    shown = suppress_small(frame, count, k, within=within)
    refused = shown[shown["hidden"]].assign(reason="small_cell")
    return seal("G6", purpose, shown, refused, rows_in=len(frame), recipient=None)


def _reasons(
    rule: Gate,
    frame: pd.DataFrame,
    purpose: str,
    states: pd.DataFrame,
    ids: Sequence[tuple[str, str]],
) -> pd.Series:
    """Return for each row why it is refused; empty: it is open."""
    held = standing(frame, purpose, states, ids)
    none, granted, withdrawn, opted_out, minor = (held["level"] == n for n in range(len(LEVELS)))
    basis = _text(frame, "basis")
    about_fuzzy = PURPOSES[purpose.partition(":")[0]].fuzzy
    carried = basis.isin(rule.bases) | (basis.isin(rule.one_side) & held["one_side"])
    stays = basis.isin(rule.despite)
    tests = {
        "no_basis": ~held["known"],
        "minor": _flag(frame, "minor") | (minor & ~stays),
        "opted_out": _flag(frame, "opted_out") | (opted_out & ~stays),
        "withdrawn": withdrawn & ~stays,
        "fuzzy_off": (_text(frame, "tier") == "C") & (not (rule.fuzzy and about_fuzzy)),
        "no_consent": ~(granted | stays | (none & carried & (not about_fuzzy))),
    }
    found = np.select([test.to_numpy(bool) for test in tests.values()], list(tests), default="")
    return pd.Series(found, index=frame.index, dtype=object)


def _text(frame: pd.DataFrame, name: str) -> pd.Series:
    if name in frame:
        return frame[name].astype(object)
    return pd.Series(None, index=frame.index, dtype=object)


def _flag(frame: pd.DataFrame, name: str) -> pd.Series:
    """Read a column of yes and no; what is unknown is no, since it is no consent either."""
    if name in frame:
        return frame[name].astype("boolean").fillna(False).astype(bool)
    return pd.Series(False, index=frame.index)
