"""How far off a chance, and a total of chances, may be: persons resampled to first order, and drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from liveattr.errors import ParameterError, TableError
from liveattr.repurchase.aft import aft_rows, fit_weibull, rounded
from liveattr.repurchase.survival import Fitted, Floats, blocks, columns_of

__all__ = ["Spread", "chance_bounds", "person_spread", "total_bounds"]

FAR = 30.0
"""Log-odds past which a chance is 0 or 1 to everybody's mind."""


@dataclass(frozen=True)
class Spread:
    """How far the numbers of a curve move when other persons of the same kind are drawn.

    With theta = (k m0, k coef × scale …, k), where m0 is m of the mean row less `middle`, the log of
    the cumulated hazard to h is theta · u with u = (−1, −(x − mean) / scale …, log h − middle).

    Attributes
    ----------
    family
        weibull or loglogistic.
    names, means, scales
        Covariates.
    middle
        Mean log of days.
    theta
        Shape (2 + covariates,).
    covariance
        Of theta, by persons.
    """

    family: str
    names: tuple[str, ...]
    means: Floats
    scales: Floats
    middle: float
    theta: Floats
    covariance: Floats

    def of_odds(self, x: pd.DataFrame | Floats, horizons: Sequence[float] | Floats) -> Floats:
        """Return the standard deviation of each row's log-odds at each horizon.

        Returns
        -------
        ndarray
            Shape (rows, horizons).
        """
        days = np.asarray(horizons, dtype=float)
        columns = columns_of(x, self.names)
        found = np.empty((len(x), len(days)))
        root = _root(self.covariance)
        for rows in blocks(len(found)):
            for at, (u, steep) in enumerate(self._slopes(columns, rows, days)):
                moves = root.T @ u
                found[rows, at] = steep * np.sqrt(np.einsum("ij,ij->j", moves, moves))
        return found

    def pull(
        self,
        x: pd.DataFrame | Floats,
        horizons: Sequence[float] | Floats,
        weight: Floats,
        codes: Floats,
        groups: int,
    ) -> Floats:
        """Return Σ weight × slope of log-odds in theta, by group.

        Parameters
        ----------
        x
            Rows.
        horizons
            [days]
        weight
            Shape (rows, horizons), e.g. p (1 − p): then it is the slope of the group's total.
        codes
            Shape (rows,): group of a row, from 0.
        groups
            How many there are.

        Returns
        -------
        ndarray
            Shape (groups, horizons, theta).
        """
        days = np.asarray(horizons, dtype=float)
        columns = columns_of(x, self.names)
        found = np.zeros((groups, len(days), len(self.theta)))
        for rows in blocks(len(x)):
            who = np.asarray(codes[rows], dtype=np.int64)
            for at, (u, steep) in enumerate(self._slopes(columns, rows, days)):
                u = u * (steep * weight[rows, at])
                for place, part in enumerate(u):
                    found[:, at, place] += np.bincount(who, part, groups)
        return found

    def _slopes(
        self, columns: list[Floats], rows: slice, days: Floats
    ) -> list[tuple[Floats, Floats]]:
        """Return for each horizon u of the rows and d log-odds / d (theta · u)."""
        u = np.empty((len(self.theta), rows.stop - rows.start))
        u[0] = -1.0
        for at, column in enumerate(columns):
            u[at + 1] = (self.means[at] - column[rows]) / self.scales[at]
        found = []
        for day in days:
            here = u.copy()
            here[-1] = np.log(day) - self.middle
            found.append((here, _steepness(self.family, self.theta @ here)))
        return found

    def numbers(self) -> dict[str, Any]:
        """Return plain numbers, ready for JSON."""
        lists = {n: getattr(self, n).tolist() for n in ("means", "scales", "theta", "covariance")}
        return {"family": self.family, "names": list(self.names), "middle": self.middle, **lists}

    @classmethod
    def of_numbers(cls, given: Mapping[str, Any]) -> Spread:
        """Return what `numbers` was made of.

        Raises
        ------
        TableError
            If a part is missing.
        """
        try:
            lists = {
                name: np.array(given[name], dtype=np.float64)
                for name in ("means", "scales", "theta", "covariance")
            }
            names = tuple(given["names"])
            return cls(given["family"], names, middle=float(given["middle"]), **lists)
        except KeyError as error:
            raise TableError(f"spread: {error} is missing; fit the model anew") from error


def person_spread(
    frame: pd.DataFrame,
    fitted: Fitted,
    *,
    penalizer: float = 0.0,
    weights: Floats | None = None,
    by: str = "person_id",
) -> Spread:
    """Return how far a curve's numbers move when persons are drawn anew.

    Parameters
    ----------
    frame
        The rows that it was learnt from, with the column `by`.
    fitted
        A curve. For cox a Weibull curve of the same rows stands in: both learn the level and the
        effects from the same orders.
    penalizer, weights
        As it was fitted with.
    by
        Whose rows belong together.

    Returns
    -------
    Spread

    Raises
    ------
    TableError
        If a column is missing.

    Notes
    -----
    covariance = A⁻¹ (Σ s s′) A⁻¹, A the curvature of the loss, s the slope of all rows of one person:
    what refits on persons drawn with replacement come to, to first order, without a refit (the
    infinitesimal jackknife). Rows of one person are no independent rows; the errors that curvature
    alone gives are too small.

    What it does not hold: that the next weeks are unlike all weeks seen (`total_bounds` takes the drift
    from cut to cut), and that the curve has another shape.

    References
    ----------
    Efron (1982), The jackknife, the bootstrap and other resampling plans, chapter 6.
    Lin & Wei (1989), The robust inference for the Cox proportional hazards model.
    """
    if by not in frame.columns:
        raise TableError(f"the frame lacks {by}: it says which rows belong together")
    if fitted.family == "cox":
        fitted = fit_weibull(frame, fitted.names, penalizer=penalizer, weights=weights)
    rows = aft_rows(frame, fitted.names, fitted.family, penalizer=penalizer, weights=weights)
    theta = rows.theta_of(fitted)
    codes, people = pd.factorize(frame[by])
    scores = rows.scores(theta, np.asarray(codes, dtype=np.int64), len(people))
    curve = rows.loss(theta)[2] * rows.total
    bread = np.linalg.pinv(curve, rcond=1e-11, hermitian=True)
    n = len(people)
    covariance = bread @ (scores.T @ scores) @ bread * (n / max(n - 1, 1))
    return Spread(
        family=fitted.family,
        names=fitted.names,
        means=rounded(rows.means),
        scales=rounded(rows.scales),
        middle=float(rounded(rows.middle)),
        theta=rounded(theta),
        covariance=_whole(covariance),
    )


def chance_bounds(
    odds: Floats, deviation: Floats, *, level: float = 0.8, drift: float = 0.0
) -> tuple[Floats, Floats]:
    """Return the interval of each chance.

    Parameters
    ----------
    odds
        Log-odds, any shape.
    deviation
        Standard deviation of the log-odds by persons, the same shape: `Spread.of_odds`.
    level
        Share of cases in which it should hold.
    drift
        [log-odds] Standard deviation of the level of all from one stretch of time to the next.

    Returns
    -------
    low, high
        The same shape; 0 to 1, `low` ≤ chance ≤ `high`.

    Notes
    -----
    Of the chance, not of the outcome: a single person orders or does not.
    """
    reach = _quantile(level) * np.sqrt(deviation**2 + drift**2)
    return _share(odds - reach), _share(odds + reach)


def total_bounds(
    chance: Floats,
    groups: Floats | pd.Series,
    *,
    slopes: Floats | None = None,
    covariance: Floats | None = None,
    drift: float = 0.0,
    level: float = 0.8,
) -> pd.DataFrame:
    """Return for groups of people how many are to be expected to order, with an interval.

    Parameters
    ----------
    chance
        Shape (rows,): of each person's order within one horizon.
    groups
        Shape (rows,): group of each row, e.g. tenth or category.
    slopes, covariance
        Shape (groups, theta) in the order of the sorted groups, and (theta, theta): `Spread.pull` with
        weights p (1 − p) at the horizon, and `Spread.covariance`. None: numbers are taken as known.
    drift
        [log-odds] Standard deviation of a group's level from one stretch of time to the next, with
        what moves everybody: by a rolling test.
    level
        Share of cases in which it should hold.

    Returns
    -------
    DataFrame
        `group, n` [people], `told` [people], `low, high` [people], and the variances that make the
        interval: `of_chance` (each orders or not), `of_persons` (others might have been learnt from),
        `of_drift`; sorted by group.

    Notes
    -----
    Var = Σ p (1 − p) + g′ V g + (Σ p (1 − p))² drift². The ends are taken on the angle
    2 asin √(told / n), so that they stay within 0 and n. It is wrong for what no stretch of time that
    was tested had, e.g. the first Christmas.
    """
    codes, names = pd.factorize(np.asarray(groups), sort=True)
    p = np.asarray(chance, dtype=float)
    n = np.bincount(codes, minlength=len(names)).astype(np.float64)
    told = np.asarray(np.bincount(codes, p, len(names)), dtype=np.float64)
    of_chance = np.bincount(codes, p * (1 - p), len(names))
    of_persons = np.zeros(len(names))
    if slopes is not None and covariance is not None:
        of_persons = np.einsum("gi,ij,gj->g", slopes, covariance, slopes)
    of_drift = of_chance**2 * drift**2
    low, high = _ends(told, n, of_chance + of_persons + of_drift, level)
    columns = {"group": names, "n": n.astype(np.int64), "told": told, "low": low, "high": high}
    parts = {"of_chance": of_chance, "of_persons": of_persons, "of_drift": of_drift}
    return pd.DataFrame(columns | parts)


def _ends(told: Floats, n: Floats, variance: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the ends of an interval on the angle 2 asin √(told / n), where chance is as wide everywhere."""
    share = np.clip(told / n, 1e-12, 1 - 1e-12)
    angle = 2 * np.arcsin(np.sqrt(share))
    reach = _quantile(level) * np.sqrt(variance) / (n * np.sqrt(share * (1 - share)))
    low, high = np.clip(angle - reach, 0, np.pi), np.clip(angle + reach, 0, np.pi)
    return n * np.sin(low / 2) ** 2, n * np.sin(high / 2) ** 2


def _steepness(family: str, log_risk: Floats) -> Floats:
    """Return d log-odds / d log of the cumulated hazard (1 where that is the odds)."""
    if family == "loglogistic":
        return np.ones_like(log_risk)
    risk = np.exp(np.clip(log_risk, -FAR, FAR))
    return np.asarray(risk / -np.expm1(-risk))


def _whole(covariance: Floats) -> Floats:
    """Round to ten digits of the standard deviations, so that no order of rows shows."""
    deviation = rounded(np.sqrt(np.maximum(np.diag(covariance), 0.0)))
    size = np.outer(deviation, deviation)
    return np.asarray(np.round(covariance / np.where(size > 0, size, 1.0), 10) * size)


def _root(covariance: Floats) -> Floats:
    """Return R with R R′ = covariance, of however few directions."""
    size, axes = np.linalg.eigh((covariance + covariance.T) / 2)
    return np.asarray(axes * np.sqrt(np.maximum(size, 0.0)))


def _share(odds: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * odds)))


def _quantile(level: float) -> float:
    """Return by how many standard deviations a normal interval reaches out."""
    from statistics import NormalDist

    if not 0 < level < 1:
        raise ParameterError(f"level={level}: a share between 0 and 1, e.g. 0.8")
    return NormalDist().inv_cdf(0.5 + level / 2)
