"""What a fitted survival model says of a person: chance of an order, median day, reasons; closed form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError, TableError

__all__ = ["FAMILIES", "Fitted", "Floats", "columns_of"]

Floats = NDArray[np.float64]

FAMILIES = ("weibull", "loglogistic", "cox")
BLOCK = 1 << 15
"""Rows at a time: a block with its work space stays in the processor's cache."""


@dataclass(frozen=True)
class Fitted:
    """A fitted model of the days from a snapshot to the next order: a dozen numbers.

    With m = intercept + Σ coef × x:

    - weibull: S(t | x) = exp(−(t / e^m)^shape)
    - loglogistic: S(t | x) = 1 / (1 + (t / e^m)^shape)
    - cox: S(t | x) = exp(−H0(t) e^m), H0 a step function of `steps_days`; past `longest_days` it
      goes on as a power of t with exponent `shape`, and `beyond` says so.

    Attributes
    ----------
    family
        weibull, loglogistic or cox.
    names
        Covariates.
    coef
        Shape (covariates,): on the log of the time for weibull and loglogistic, on the log of the
        hazard for cox; for each unit of the covariate as it stands in the frame.
    intercept
        Of m.
    shape
        Exponent of the time. For cox the slope of log H0 on log t.
    means, scales
        Shape (covariates,): mean and standard deviation where the model was learnt.
    longest_days
        [days] Longest time that was followed up: what lies past it is extrapolated.
    n
        Rows learnt from.
    steps_days, steps_hazard
        [days], H0 there; empty but for cox.
    longest_silence
        [days] Longest silence before a snapshot that was seen; nan: not known.

    Notes
    -----
    A row's time begins at its snapshot, and the silence before it is a covariate (recency). So
    1 − S(h | x) already is the chance of an order within h days given that there was none since;
    no further conditioning. It is wrong where calendar or campaigns move everybody at once.
    """

    family: str
    names: tuple[str, ...]
    coef: Floats
    intercept: float
    shape: float
    means: Floats
    scales: Floats
    longest_days: float
    n: int
    steps_days: Floats | None = None
    steps_hazard: Floats | None = None
    longest_silence: float = float("nan")

    def index(self, x: pd.DataFrame | Floats) -> Floats:
        """Return m = intercept + Σ coef × x, shape (rows,)."""
        columns = columns_of(x, self.names)
        found = np.empty(len(x))
        for rows in blocks(len(found)):
            found[rows] = self._index(columns, rows)
        return found

    def _index(self, columns: list[Floats], rows: slice) -> Floats:
        found = np.full(rows.stop - rows.start, self.intercept)
        part = np.empty_like(found)
        for weight, column in zip(self.coef, columns, strict=True):
            found += np.multiply(column[rows], weight, out=part)
        return found

    def hazard_to(self, horizons: Sequence[float] | Floats) -> Floats:
        """Return the person-free part of the cumulated hazard (odds) at each horizon [days]."""
        days = np.asarray(horizons, dtype=float)
        if not (days > 0).all():
            raise ParameterError(f"horizons={horizons}: days above 0 are needed, e.g. (30, 60, 90)")
        if self.family != "cox":
            return np.asarray(days**self.shape)
        assert self.steps_days is not None
        assert self.steps_hazard is not None
        inside = np.minimum(days, self.longest_days)
        at = np.searchsorted(self.steps_days, inside, side="right") - 1
        base = np.where(at < 0, 0.0, self.steps_hazard[np.maximum(at, 0)])
        return np.asarray(base * (days / inside) ** self.shape)

    def chance(
        self, x: pd.DataFrame | Floats, horizons: Sequence[float] | Floats = (30, 60, 90)
    ) -> Floats:
        """Return the chance of an order within each horizon, from the snapshot on.

        Parameters
        ----------
        x
            A frame with the columns `names`, or an array of shape (rows, covariates).
        horizons
            [days] Above 0.

        Returns
        -------
        ndarray
            Shape (rows, horizons), 0 to 1, never falling with the horizon.

        Raises
        ------
        ParameterError
            If a horizon is not above 0.
        TableError
            If a covariate is missing in the frame.
        """
        base = self.hazard_to(horizons)
        columns = columns_of(x, self.names)
        found = np.empty((len(base), len(x)))  # a horizon lies in one piece: written twice as fast
        with np.errstate(over="ignore"):
            for rows in blocks(len(x)):
                risk = self._index(columns, rows)
                np.exp(np.multiply(risk, self.sign, out=risk), out=risk)
                for at, part in enumerate(base):
                    self._of_risk(risk, part, found[at, rows])
        return found.T

    def _of_risk(self, risk: Floats, part: float, out: Floats) -> None:
        """Write the chance where the cumulated hazard (loglogistic: the odds) is risk × part."""
        if not part:  # before the first order that was ever seen
            out.fill(0.0)
        elif self.family == "loglogistic":
            np.multiply(risk, part, out=out)
            out += 1.0
            np.subtract(1.0, np.divide(1.0, out, out=out), out=out)
        else:
            np.subtract(1.0, np.exp(np.multiply(risk, -part, out=out), out=out), out=out)

    @property
    def sign(self) -> float:
        """What m is multiplied by to become the log of the hazard."""
        return 1.0 if self.family == "cox" else -self.shape

    def median_days(self, x: pd.DataFrame | Floats, *, at_most: float = 365) -> Floats:
        """Return the day by which an order is as likely as not, told at the snapshot.

        Returns
        -------
        ndarray
            Shape (rows,) [days]; nan where no order within `at_most` days is likelier.
        """
        m = self.index(x)
        if self.family != "cox":
            half = 0.0 if self.family == "loglogistic" else np.log(np.log(2)) / self.shape
            with np.errstate(over="ignore"):
                days = np.exp(m + half)
            return np.asarray(np.where(days <= at_most, days, np.nan))
        ladder = np.arange(1.0, at_most + 1)
        wanted = np.log(np.log(2)) - m
        with np.errstate(divide="ignore"):
            at = np.searchsorted(np.log(self.hazard_to(ladder)), wanted, side="left")
        return np.asarray(np.where(at < len(ladder), at + 1.0, np.nan))

    def effects(self, x: pd.DataFrame | Floats) -> Floats:
        """Return what each covariate adds to the log of the time to the next order.

        Against a row in which every covariate is at its mean: the effects of a row add up to its
        difference from that row, exactly. Below 0 is sooner. For cox, where the time is no power
        of e^m, the log hazard is divided by −`shape`: exact for the power that H0 is closest to.

        Returns
        -------
        ndarray
            Shape (rows, covariates).
        """
        per_unit = -self.coef / self.shape if self.family == "cox" else self.coef
        columns = columns_of(x, self.names)
        found = np.empty((len(x), len(columns)))
        for at, (weight, mean, column) in enumerate(
            zip(per_unit, self.means, columns, strict=True)
        ):
            found[:, at] = weight * (column - mean)
        return found

    def beyond(
        self, horizons: Sequence[float] | Floats, silence_days: Floats | None = None
    ) -> NDArray[np.bool_]:
        """Return where a number is extrapolated: shape (rows,), or (1,) without silences.

        A horizon past the longest follow-up, or a silence [days] longer than any that was learnt.
        """
        far = bool(np.max(np.asarray(horizons, dtype=float)) > self.longest_days)
        if silence_days is None:
            return np.array([far])
        return np.asarray(far | (np.asarray(silence_days, float) > self.longest_silence))


def columns_of(x: pd.DataFrame | Floats, names: Sequence[str]) -> list[Floats]:
    """Return the covariates as arrays, without a copy where they are float64.

    Raises
    ------
    TableError
        If one is missing, or the array has another number of columns.
    """
    if not isinstance(x, pd.DataFrame):
        if x.ndim != 2 or x.shape[1] != len(names):
            raise TableError(f"shape {x.shape}: (rows, {len(names)}) is needed: {', '.join(names)}")
        return [x[:, at] for at in range(len(names))]
    missing = [name for name in names if name not in x.columns]
    if missing:
        raise TableError(
            f"the frame lacks {', '.join(missing)}: make it with `landmarks` or `features_at`, "
            "with the options that the model was learnt with"
        )
    return [x[name].to_numpy(dtype=np.float64) for name in names]


def blocks(n: int) -> Iterator[slice]:
    """Yield slices of `BLOCK` rows."""
    for start in range(0, n, BLOCK):
        yield slice(start, min(start + BLOCK, n))
