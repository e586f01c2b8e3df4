"""From a history to the four tables: gate, backtest, fit, people and weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from liveattr.repurchase.backtests import backtest
from liveattr.repurchase.choose import fit_repurchase
from liveattr.repurchase.gate import beats_baselines, refusal
from liveattr.repurchase.history import History
from liveattr.repurchase.landmark_input import day_number, days_of
from liveattr.repurchase.landmark_rows import features_at, landmarks
from liveattr.repurchase.model import RepurchaseModel
from liveattr.repurchase.predict import predict_repurchase
from liveattr.repurchase.rolling import person_sample
from liveattr.repurchase.weeks import expected_weeks
from liveattr.tables import get_table
from liveattr.units import SHANGHAI

__all__ = ["Foretold", "cuts_before", "foretell", "whole_orders"]

HORIZONS = (30, 60, 90)
STEP = 28
"""[days] Between snapshots."""
TEST_PEOPLE = 50_000
"""The backtest takes so many people at most: its numbers are certain enough, and it fits many times."""
LEARNT_ROWS = 2_000_000
"""Of more rows than these, people × snapshots, only some people are learnt from; all are told."""
FEWEST_BEFORE = 112
"""[days] Four snapshots before a cut: fewer teach nothing that lasts."""
MOST_CUTS = 6


@dataclass(frozen=True)
class Foretold:
    """Rows of the tables `repurchase`, `repurchase_model`, `repurchase_score` and `repurchase_week`.

    Attributes
    ----------
    people, model, scores, weeks
        Frames with the columns of the tables, of one `as_of`.
    reason
        Why there are no people, a key of `gate.REASONS`; None: there are.
    """

    people: pd.DataFrame
    model: pd.DataFrame
    scores: pd.DataFrame
    weeks: pd.DataFrame
    reason: str | None


def foretell(history: History, as_of: date, *, zone: str = SHANGHAI) -> Foretold:
    """Learn from a history who orders again, and tell it if a backtest bears it out.

    Parameters
    ----------
    history
        Of `read_history` at `as_of`.
    as_of
        Business date.
    zone
        The shop's zone.

    Returns
    -------
    Foretold
        Without people and weeks where the gate refuses: too little data, or no better than telling
        everybody the same. Scores of the backtest are there even then.
    """
    orders, events = whole_orders(history.orders), history.events
    reason = refusal(orders, as_of, zone=zone)
    if reason is not None:
        return _refused(orders, as_of, reason)
    scores = _tested(orders, events, as_of, zone)
    if not beats_baselines(scores):
        return _refused(orders, as_of, "not_better", scores)
    some, theirs = _some(orders, events, LEARNT_ROWS * STEP // _days_seen(orders, as_of, zone))
    rows = landmarks(some, as_of, step_days=STEP, events=theirs, zone=zone)
    model = fit_repurchase(rows, now=features_at(orders, as_of, events=events, zone=zone))
    people = predict_repurchase(model, orders, as_of, HORIZONS, events=events, zone=zone)
    weeks = expected_weeks(model, history.orders, as_of, events=events, zone=zone)
    if history.newest_on is not None:
        people["data_age_days"] = (as_of - history.newest_on).days
    people["model"] = model.name
    return Foretold(
        _columns(people, "repurchase", as_of),
        _model_row(as_of, model),
        _columns(scores, "repurchase_score", as_of),
        _columns(weeks, "repurchase_week", as_of),
        None,
    )


def whole_orders(orders: pd.DataFrame) -> pd.DataFrame:
    """Return one row an order of a person, whatever its categories: less to go through, again and again.

    Parameters
    ----------
    orders
        Of `read_history`.
    """
    whole = {
        **{"ordered_at": "min", "value_fen": "sum", "refunded_fen": "sum", "refunded_at": "max"},
        **{"with_coupon": "max", "live": "max"},
    }
    return orders.groupby(["person_id", "order_id"], as_index=False).agg(whole)


def cuts_before(first: date, as_of: date) -> list[date]:
    """Return days to test at, newest first: every thirty days, with enough known before each.

    Examples
    --------
    >>> [cut.isoformat() for cut in cuts_before(date(2026, 1, 1), date(2026, 7, 1))]
    ['2026-06-01', '2026-05-02']
    """
    cuts = [as_of - timedelta(days=30 * place) for place in range(1, MOST_CUTS + 1)]
    return [cut for cut in cuts if (cut - first).days >= FEWEST_BEFORE]


def _tested(orders: pd.DataFrame, events: pd.DataFrame, as_of: date, zone: str) -> pd.DataFrame:
    some, theirs = _some(orders, events, TEST_PEOPLE)
    cuts = cuts_before(as_of - timedelta(days=_days_seen(orders, as_of, zone)), as_of)
    return backtest(some, cuts, horizons=HORIZONS, events=theirs, until=as_of, zone=zone).scores


def _some(
    orders: pd.DataFrame, events: pd.DataFrame, most: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return orders and events of at most so many people, the same people always."""
    some = person_sample(orders, most)
    return some, events[events["person_id"].isin(some["person_id"].unique())]


def _days_seen(orders: pd.DataFrame, as_of: date, zone: str) -> int:
    """Return [days] from the first order to the day."""
    return day_number(as_of) - int(days_of(orders["ordered_at"], zone).min())


def _model_row(as_of: date, model: RepurchaseModel) -> pd.DataFrame:
    row = {
        "model": model.name,
        "model_json": model.to_json(),
        "n_people": model.n_people,
        "n": model.n,
        "reason": None,
    }
    return _columns(pd.DataFrame([row]), "repurchase_model", as_of)


def _refused(
    orders: pd.DataFrame, as_of: date, reason: str, scores: pd.DataFrame | None = None
) -> Foretold:
    n = orders["person_id"].nunique()
    row = {"model": "", "model_json": None, "n_people": n, "n": 0, "reason": reason}
    none = pd.DataFrame()
    return Foretold(
        _columns(none, "repurchase", as_of),
        _columns(pd.DataFrame([row]), "repurchase_model", as_of),
        _columns(none if scores is None else scores, "repurchase_score", as_of),
        _columns(none, "repurchase_week", as_of),
        reason,
    )


def _columns(frame: pd.DataFrame, table: str, as_of: date) -> pd.DataFrame:
    """Return the columns of the table, with the day."""
    names = list(get_table(table).names)
    if frame.empty:
        return pd.DataFrame(columns=names)
    return frame.assign(as_of=as_of)[names]
