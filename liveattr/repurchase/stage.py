"""The stage `predict_people`: orders and events → `repurchase`, its model, its scores and weeks."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.consent import audit_row, write_audit
from liveattr.lake import Summary, run_stage
from liveattr.repurchase.foretell import Foretold, foretell
from liveattr.repurchase.gate import REASONS
from liveattr.repurchase.history import HISTORY_READS, History, read_history
from liveattr.settings import Settings, load_settings
from liveattr.units import as_day

if TYPE_CHECKING:
    from liveattr.lake import Lake

__all__ = ["OPTIONS", "READS", "WRITES", "predict_choices", "predict_people"]

READS = HISTORY_READS
WRITES = ("repurchase", "repurchase_model", "repurchase_score", "repurchase_week")
OPTIONS = ("zone",)
"""Settings that decide the result."""


def predict_choices(as_of: date, settings: Settings) -> dict[str, object]:
    """Return what decides the result of `predict_people`, beside the tables."""
    return {"as_of": as_of, **{name: getattr(settings, name) for name in OPTIONS}}


def predict_people(
    lake: Lake, *, as_of: date | str, settings: Settings | None = None, force: bool = False
) -> Summary:
    """Tell who orders again and when, as far as the data bears it.

    Parameters
    ----------
    lake
        A lake after `settle`.
    as_of
        Business date: what was known at its end. Results of other dates stay.
    settings
        Zone; by default those of `liveattr.toml`.
    force
        Run although nothing has changed.

    Returns
    -------
    Summary
        Rows in: paid orders of known people. Notes say what model it is, or why there is none.

    Notes
    -----
    Writes the rows of `as_of` in `repurchase`, `repurchase_model`, `repurchase_score` and
    `repurchase_week`. Deterministic: same tables, same bytes. People who took consent to attribution
    back are neither learnt from nor told (gate G7); `audit` has their number. What is assumed, and where
    it fails: `docs/recall.md`.
    """
    known, day = settings or load_settings(), as_day(as_of)
    return run_stage(
        lake,
        "predict_people",
        options=predict_choices(day, known),
        reads=READS,
        writes=WRITES,
        body=lambda opened: _body(opened, day, known),
        force=force,
    )


def _body(lake: Lake, as_of: date, settings: Settings) -> Summary:
    with lake.connect(READS) as con:
        history = read_history(con, as_of, settings.zone)
    told = foretell(history, as_of, zone=settings.zone)
    frames = dict(zip(WRITES, (told.people, told.model, told.scores, told.weeks), strict=True))
    for table, frame in frames.items():
        lake.write(table, frame, mode="replace_where", where={"as_of": as_of})
    _audit(lake, history.people)
    return Summary(
        rows_in=int(history.orders["order_id"].nunique()),
        outputs={table: len(frame) for table, frame in frames.items()},
        notes=_notes(history, told),
    )


def _audit(lake: Lake, people: pd.DataFrame) -> None:
    """Keep what passed gate G7: people that a model learns from."""
    shut = people["reason"].dropna().value_counts().sort_index()
    row = audit_row(
        "G7",
        "attribution",
        rows_in=len(people),
        rows_out=len(people) - int(shut.sum()),
        refused=json.dumps({str(reason): int(n) for reason, n in shut.items()}),
    )
    write_audit(lake, [row], actor="predict_people")


def _notes(history: History, told: Foretold) -> tuple[str, ...]:
    if told.reason is not None:
        return (f"no number about a person: {REASONS[told.reason]}",)
    first = f"{len(told.people):,} people by {told.model['model'].iloc[0]}"
    if history.newest_on is None or not len(told.people):
        return (first,)
    age = int(told.people["data_age_days"].max())
    return (first,) if age < 2 else (first, f"the newest event is {age} days old")
