"""Whom a message changes, not who buys anyway: a T-learner that must prove itself before it is used."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.audience.logit import chance, fit_logit
from liveattr.audience.qini import qini
from liveattr.errors import ParameterError, TableError

__all__ = ["Uplift", "fit_uplift"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FEW_PEOPLE, FEW_BUYERS = 100, 20
"""[people] In either arm; buyers in either arm: with fewer nothing is fitted."""
BAND = 0.95
"""Two-sided level of the permutation band: it is passed by chance alone 2.5 times in a hundred."""


@dataclass(frozen=True)
class Uplift:
    """A T-learner and what it was worth on people whom it had not seen.

    Attributes
    ----------
    usable
        Whether its Qini lies above the permutation band. If not, contact people at random (within
        strata), and learn from their hold-out.
    qini, qini_sd
        Mean and sd over the splits: extra responders per 1,000 contacted people (see `qini`).
    random, response
        The same of a random order, and of the order by P(buy) of those held out.
    band_low, band_high
        Ends of the middle 95 % of `qini` under permuted arms.
    p_value
        Share of permuted arms (and the true one) with as large a value.
    n_contact, n_holdout
        [people] Learnt from.
    names, means, scales
        Columns, and how they are scaled.
    contact, holdout
        Intercept and coefficients on scaled columns, in either arm.
    reason
        few_people, few_buyers, one_value: nothing was fitted; in_band: fitted, not usable; null: usable.
    """

    usable: bool
    qini: float
    qini_sd: float
    random: float
    response: float
    band_low: float
    band_high: float
    p_value: float
    n_contact: int
    n_holdout: int
    names: tuple[str, ...]
    means: Floats
    scales: Floats
    contact: Floats
    holdout: Floats
    reason: str | None

    def score(self, features: pd.DataFrame) -> pd.Series:
        """Return how much likelier each person buys with the message than without; null if not usable.

        Parameters
        ----------
        features
            The columns that it was fitted on, numbers.

        Returns
        -------
        pandas.Series
            Difference of two chances, aligned with `features`; all null where `usable` is false, so
            that nobody is targeted by a number that has proved nothing.
        """
        if not self.usable:
            return pd.Series(np.nan, index=features.index, name="uplift")
        x = (_numbers(features, self.names) - self.means) / self.scales
        found = chance(x, self.contact) - chance(x, self.holdout)
        return pd.Series(found, index=features.index, name="uplift")


def fit_uplift(
    features: pd.DataFrame,
    arms: pd.DataFrame,
    outcomes: pd.DataFrame,
    *,
    outcome: str = "bought",
    splits: int = 20,
    permutations: int = 199,
    ridge: float = 1.0,
    seed: int = 7,
) -> Uplift:
    """Learn from past lists whom a message makes buy, and whether that can be learnt at all.

    Parameters
    ----------
    features
        `person_id` and number columns known before the draw, one row a person; no missing values.
    arms
        `person_id, arm`; contact and holdout are compared.
    outcomes
        `person_id` and the column `outcome`; who is missing did not buy.
    outcome
        Column of 0 and 1.
    splits
        Random halves: learnt on one, measured on the other. At least 2.
    permutations
        Times that arms are shuffled, at least 39.
    ridge
        See `fit_logit`.
    seed
        Decides splits and permutations: same seed, same numbers, whatever the order of rows.

    Returns
    -------
    Uplift
        Fitted on everybody, with its worth on held-back halves.

    Raises
    ------
    ParameterError
        If a number is none that can be used, or a person is there twice.
    TableError
        If a column is missing.

    Notes
    -----
    T-learner: one ridge logit of the contacted, one of those held out; uplift is the difference of
    their chances. One split lies (a random order has looked good in one), hence the mean over
    many, and the same mean under permuted arms: shuffling arms over people leaves who buys and how the
    splits fall, and takes the effect of the message from everybody. It is usable where the mean lies
    above the band's upper end, which happens by chance 2.5 % of the time.

    Wrong where arms were not drawn at random, or next time's message is another one.

    References
    ----------
    Künzel, Sekhon, Bickel, Yu, PNAS 116 (2019), T-learner; Radcliffe (2007), Qini.
    """
    if splits < 2 or permutations < 39:
        raise ParameterError("splits: at least 2; permutations: at least 39")
    names, x, treated, y = _aligned(features, arms, outcomes, outcome)
    reason = _lacking(treated, y, x)
    if reason is not None:
        return _nothing(names, treated, reason)
    means, scales = x.mean(axis=0), np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
    scaled = (x - means) / scales
    rng = np.random.default_rng(seed)
    halves = [np.sort(rng.permutation(len(y))[: len(y) // 2]) for _ in range(splits)]
    starts = [fit_logit(scaled[half], y[half], ridge=ridge) for half in halves]
    own, anybody, response = _worth(scaled, treated, y, halves, starts, ridge, rng)
    shuffled = [
        _worth(scaled, rng.permutation(treated), y, halves, starts, ridge)[0].mean()
        for _ in range(permutations)
    ]
    low, high = np.quantile(shuffled, [(1 - BAND) / 2, (1 + BAND) / 2])
    p_value = (1 + int((np.array(shuffled) >= own.mean()).sum())) / (1 + permutations)
    usable = bool(own.mean() > max(high, 0) and p_value <= (1 - BAND) / 2)
    return Uplift(
        usable, float(own.mean()), float(own.std(ddof=1)), float(anybody.mean()),
        float(response.mean()), float(low), float(high), p_value, int(treated.sum()),
        int((~treated).sum()), names, means, scales,
        fit_logit(scaled[treated], y[treated], ridge=ridge),
        fit_logit(scaled[~treated], y[~treated], ridge=ridge), None if usable else "in_band",
    )  # fmt: skip


def _worth(
    x: Floats,
    treated: Bools,
    y: Floats,
    halves: Sequence[NDArray[np.int64]],
    starts: Sequence[Floats],
    ridge: float,
    rng: np.random.Generator | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Return the Qini of each split: of the learner, and (with `rng`) of a random order and of P(buy)."""
    found = np.zeros((3, len(halves)))
    for number, (half, start) in enumerate(zip(halves, starts, strict=True)):
        rest = np.ones(len(y), dtype=np.bool_)
        rest[half] = False
        t = treated[half]
        one = fit_logit(x[half][t], y[half][t], ridge=ridge, start=start)
        other = fit_logit(x[half][~t], y[half][~t], ridge=ridge, start=start)
        p0 = chance(x[rest], other)
        found[0, number] = qini(chance(x[rest], one) - p0, treated[rest], y[rest])
        if rng is not None:
            found[1, number] = qini(rng.random(int(rest.sum())), treated[rest], y[rest])
            found[2, number] = qini(p0, treated[rest], y[rest])
    return found[0], found[1], found[2]


def _aligned(
    features: pd.DataFrame, arms: pd.DataFrame, outcomes: pd.DataFrame, outcome: str
) -> tuple[tuple[str, ...], Floats, Bools, Floats]:
    """Return columns, their values, arms and outcomes in order of person."""
    wanted = (
        ("features", features, "person_id"),
        ("arms", arms, "arm"),
        ("outcomes", outcomes, outcome),
    )
    for name, frame, column in wanted:
        for needed in ("person_id", column):
            if needed not in frame.columns:
                raise TableError(f"{name}: column {needed!r} is missing")
        if frame["person_id"].isna().any() or frame["person_id"].duplicated().any():
            raise ParameterError(f"{name}: a person is missing or there twice")
    drawn = arms[arms["arm"].isin(["contact", "holdout"])]
    rows = features.merge(drawn[["person_id", "arm"]], on="person_id").sort_values("person_id")
    names = tuple(str(c) for c in features.columns if c != "person_id")
    done = outcomes.set_index("person_id")[outcome].astype(float).reindex(rows["person_id"])
    y: Floats = np.asarray(done.fillna(0.0), dtype=np.float64)
    if not np.isin(y, (0.0, 1.0)).all():
        raise ParameterError(f"outcomes: {outcome!r} must be 0 or 1")
    treated: Bools = np.asarray(rows["arm"] == "contact")
    return names, _numbers(rows, names), treated, y


def _numbers(frame: pd.DataFrame, names: Sequence[str]) -> Floats:
    for name in names:
        if name not in frame.columns:
            raise TableError(f"features: column {name!r} is missing")
    x = frame[list(names)].to_numpy(dtype=np.float64)
    if not np.isfinite(x).all():
        raise ParameterError("features: a value is missing or infinite")
    return x


def _lacking(treated: Bools, y: Floats, x: Floats) -> str | None:
    if min(int(treated.sum()), int((~treated).sum())) < FEW_PEOPLE:
        return "few_people"
    bought = (float(y[treated].sum()), float(y[~treated].sum()))
    left = (float((1 - y)[treated].sum()), float((1 - y)[~treated].sum()))
    if min(*bought, *left) < FEW_BUYERS:
        return "few_buyers"
    return None if x.shape[1] and float(x.std(axis=0).max()) > 0 else "one_value"


def _nothing(names: tuple[str, ...], treated: Bools, reason: str) -> Uplift:
    none = np.zeros(0)
    gap = math.nan
    return Uplift(
        False, gap, gap, gap, gap, gap, gap, gap, int(treated.sum()), int((~treated).sum()),
        names, none, none, none, none, reason,
    )  # fmt: skip
