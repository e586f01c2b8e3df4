"""Who was contacted against who was held out, whatever they did with it: intention to treat."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from liveattr.errors import ParameterError, TableError
from liveattr.holdout.score import Compared, compare_means, compare_rates

__all__ = ["RATIO_ALARM", "analyse_holdout"]

RATIO_ALARM = 0.001
"""With a smaller p-value the groups are not of the size that was drawn: something removed people of one."""
_FIGURES = ("difference", "low", "high", "relative", "relative_low", "relative_high")


def analyse_holdout(
    outcomes: pd.DataFrame,
    arms: pd.DataFrame,
    *,
    level: float = 0.9,
    share: float | None = None,
    treated: str = "contact",
    control: str = "holdout",
) -> pd.DataFrame:
    """Compare outcomes between arms.

    Parameters
    ----------
    outcomes
        `person_id` and a column an outcome: a number or a bool, one row a person. Who is missing has
        0: people without an order count like all others. Others than those of `arms` are left out.
    arms
        `person_id, arm`, one row a person, as drawn: also who was never reached.
    level
        Of the intervals.
    share
        Share that was to be held out, of both arms together; given, group sizes are checked.
    treated, control
        The arms that are compared.

    Returns
    -------
    pandas.DataFrame
        One row an outcome: `outcome, kind` (rate, mean), `n_contact, n_holdout` [people], `contact,
        holdout` (means), `difference, low, high`, `relative, relative_low, relative_high` (of the held
        out), `total, total_low, total_high` (difference × contacted people), `p_value, mde` (80 %
        power), `level, ratio_p, reason` (null; few_people; ratio_mismatch: no number can be trusted).

    Raises
    ------
    ParameterError
        If a person is there twice, or an outcome is missing or no number.
    TableError
        If a column is missing.

    Notes
    -----
    An outcome of only 0 and 1 is a rate: Miettinen-Nurminen score intervals of difference and ratio; else
    Welch's t and Fieller. p-value and both intervals come from one test and never contradict each
    other. Assumes that one person's message does not change another's orders. The draw decides the arm, not
    the reaching: for the effect on those who were reached divide by their share.

    Sizes are checked by the exact binomial test; below p = 0.001 there are no figures, because people
    were lost from one arm for a reason.

    Examples
    --------
    >>> import pandas as pd
    >>> arms = pd.DataFrame({"person_id": list("abcdef"), "arm": ["contact", "holdout"] * 3})
    >>> bought = pd.DataFrame({"person_id": ["a", "c"], "bought": [True, True]})
    >>> analyse_holdout(bought, arms)[["contact", "holdout", "total"]].round(2).values.tolist()
    [[0.67, 0.0, 2.0]]
    """
    if not 0 < level < 1:
        raise ParameterError(f"level = {level}: between 0 and 1")
    for name, frame, columns in (
        ("outcomes", outcomes, ["person_id"]),
        ("arms", arms, ["person_id", "arm"]),
    ):
        for column in columns:
            if column not in frame.columns:
                raise TableError(f"{name}: column {column!r} is missing")
        if frame["person_id"].isna().any() or frame["person_id"].duplicated().any():
            raise ParameterError(f"{name}: a person is missing or there twice")
    compared = arms[arms["arm"].isin([treated, control])]
    rows = _whole(outcomes, compared["person_id"])
    contacted = (compared["arm"] == treated).to_numpy()
    ratio_p = _ratio_p(int((~contacted).sum()), len(contacted), share)
    return pd.DataFrame(
        [_row(str(name), rows[name].to_numpy(), contacted, level, ratio_p) for name in rows]
    )


def _whole(outcomes: pd.DataFrame, people: pd.Series) -> pd.DataFrame:
    """Return a row a person of the arms, 0 where nothing is known."""
    rows = outcomes.set_index("person_id").astype(float)
    if not np.isfinite(rows.to_numpy()).all():
        raise ParameterError("outcomes: a value is missing; who did nothing has 0, or no row")
    return rows.reindex(people, fill_value=0.0)


def _ratio_p(held: int, people: int, share: float | None) -> float:
    from scipy.stats import binomtest

    return math.nan if share is None or not people else binomtest(held, people, share).pvalue


def _row(
    name: str, values: np.ndarray, contacted: np.ndarray, level: float, ratio_p: float
) -> dict[str, object]:
    one, other = values[contacted], values[~contacted]
    rate = bool(np.isin(values, (0.0, 1.0)).all())
    row = {
        "outcome": name,
        "kind": "rate" if rate else "mean",
        "n_contact": len(one),
        "n_holdout": len(other),
        "contact": float(one.mean()) if len(one) else math.nan,
        "holdout": float(other.mean()) if len(other) else math.nan,
    }
    few = min(len(one), len(other)) < 2
    reason = "few_people" if few else "ratio_mismatch" if ratio_p < RATIO_ALARM else None
    figures = _nothing() if reason else _figures(_compare(one, other, rate, level), len(one), level)
    return {**row, **figures, "level": level, "ratio_p": ratio_p, "reason": reason}


def _compare(one: np.ndarray, other: np.ndarray, rate: bool, level: float) -> Compared:
    n, n0 = len(one), len(other)
    if rate:
        return compare_rates(int(one.sum()), n, int(other.sum()), n0, level)
    return compare_means(
        n, float(one.mean()), float(one.var(ddof=1)),
        n0, float(other.mean()), float(other.var(ddof=1)), level,
    )  # fmt: skip


def _figures(found: Compared, people: int, level: float) -> dict[str, float]:
    from scipy.stats import norm

    mde = float((norm.ppf((1 + level) / 2) + norm.ppf(0.8)) * found.se)
    return {
        **{name: getattr(found, name) for name in _FIGURES},
        "total": found.difference * people,
        "total_low": found.low * people,
        "total_high": found.high * people,
        "p_value": found.p_value,
        "mde": mde,
    }


def _nothing() -> dict[str, float]:
    return dict.fromkeys(
        [*_FIGURES, "total", "total_low", "total_high", "p_value", "mde"], math.nan
    )
