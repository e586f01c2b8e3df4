"""The gates of a lake: states and assessments as of now, and an audit row for whatever was asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.consent.audit import write_audit
from liveattr.consent.gates import pass_gate
from liveattr.consent.states import create_own_state, strictest_sql
from liveattr.consent.suppress import SMALLEST

if TYPE_CHECKING:
    from liveattr.consent.passed import Passed
    from liveattr.lake import Lake

__all__ = ["Keeper", "current_states", "open_gates"]

_MEMBERS = "(SELECT kind, id, person_id FROM person_member WHERE known_to_at IS NULL)"


class Keeper:
    """The gates of one lake and run; made by `open_gates`, never directly."""

    def __init__(self, states: pd.DataFrame, assessments: pd.DataFrame, today: date) -> None:
        self._states, self._assessments, self._today = states, assessments, today
        self._done: list[Passed] = []

    def pass_gate(
        self,
        gate: str,
        frame: pd.DataFrame,
        *,
        purpose: str,
        ids: Sequence[tuple[str, str]] = (),
        recipient: str | None = None,
        count: str = "",
        k: int = SMALLEST,
        within: Sequence[str] = (),
    ) -> Passed:
        """Let rows pass a gate, or refuse them; see `liveattr.consent.gates.pass_gate`."""
        passed = pass_gate(
            gate,
            frame,
            purpose=purpose,
            states=self._states,
            assessments=self._assessments,
            today=self._today,
            ids=ids,
            recipient=recipient,
            count=count,
            k=k,
            within=within,
        )
        self._done.append(passed)
        return passed

    @property
    def done(self) -> tuple[Passed, ...]:
        """What passed so far, in order."""
        return tuple(self._done)


@contextmanager
def open_gates(
    lake: Lake, *, today: date, actor: str | None = None, run_id: str | None = None
) -> Iterator[Keeper]:
    """Open the gates of a lake for a block; at its end every use is in the audit log.

    Parameters
    ----------
    lake
        A lake.
    today
        Day on which the data is used.
    actor, run_id
        As for `write_audit`.

    Examples
    --------
    A function that needs people takes what passed, never a frame::

        with open_gates(lake, today=date.today(), actor="audience") as gates:
            passed = gates.pass_gate(
                "G5", people, purpose="recall_sms", ids=[("=phone", "phone_token")]
            )
            write_audience(passed)  # which begins with passed.rows_for("G5", "recall_sms")
    """
    keeper = Keeper(current_states(lake), lake.table("impact_assessment"), today)
    try:
        yield keeper
    finally:
        write_audit(lake, keeper.done, actor=actor, run_id=run_id)


def current_states(lake: Lake) -> pd.DataFrame:
    """Return the states as of now: a withdrawal that came after the last run counts already.

    Returns
    -------
    pandas.DataFrame
        `kind, id, purpose, state, why`; an identifier may stand in several rows, the strictest
        counts. Own words come from the ledger, people from `person_member`; besides, whoever was
        withdrawn in `consent_state` stays so until the next run, since that knows which identifiers
        are protected together though they were not merged.
    """
    with lake.connect(("consent", "consent_state", "person_member")) as con:
        create_own_state(con)
        found = con.sql(
            f"SELECT kind, id, purpose, state, why FROM ({strictest_sql('own_state', _MEMBERS)}) "
            "UNION ALL SELECT kind, id, purpose, state, why FROM consent_state "
            "WHERE state = 'withdrawn' ORDER BY ALL"
        )
        return found.df()
