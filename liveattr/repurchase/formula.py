"""A fitted survival model as text: JSON to keep it, SQL to score people where the data is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from liveattr.errors import ParameterError, TableError
from liveattr.repurchase.survival import FAMILIES, Fitted, Floats

__all__ = ["FORMAT", "fitted_from", "fitted_numbers", "from_json", "to_json", "to_sql"]

FORMAT = 1
_MOST = 700
"""e^700 is still a number in every engine; a chance that far out is 0 or 1 to the last digit."""
_LISTS = ("coef", "means", "scales")


def to_json(fitted: Fitted) -> str:
    """Return the model as JSON, the same text for the same model, without loss."""
    return json.dumps(fitted_numbers(fitted), ensure_ascii=False, allow_nan=False)


def from_json(text: str) -> Fitted:
    """Return the model that `to_json` wrote.

    Raises
    ------
    TableError
        If the text is none, or of another format.
    """
    try:
        given = json.loads(text)
    except json.JSONDecodeError as error:
        raise TableError(f"no model: {error}; write it with `to_json`") from error
    return fitted_from(given)


def fitted_numbers(fitted: Fitted) -> dict[str, Any]:
    """Return the model as plain numbers, ready for JSON inside a larger model."""
    found: dict[str, Any] = {"format": FORMAT, "family": fitted.family, "names": list(fitted.names)}
    found |= {name: [float(v) for v in getattr(fitted, name)] for name in _LISTS}
    found |= {"intercept": fitted.intercept, "shape": fitted.shape, "n": fitted.n}
    found["longest_days"] = fitted.longest_days
    silence = fitted.longest_silence
    found["longest_silence"] = None if np.isnan(silence) else float(silence)
    if fitted.steps_days is not None and fitted.steps_hazard is not None:
        found["steps_days"] = [float(v) for v in fitted.steps_days]
        found["steps_hazard"] = [float(v) for v in fitted.steps_hazard]
    return found


def fitted_from(given: Mapping[str, Any]) -> Fitted:
    """Return the model of `fitted_numbers`; errors as `from_json`."""
    if not isinstance(given, Mapping) or given.get("format") != FORMAT:
        raise TableError(f"no model of format {FORMAT}: fit it anew, or write it with `to_json`")
    if given.get("family") not in FAMILIES:
        raise TableError(f"family {given.get('family')!r}: {', '.join(FAMILIES)} are known")
    try:
        return _of(given)
    except (KeyError, TypeError, ValueError) as error:
        raise TableError(f"a model with a part missing or wrong: {error}; fit it anew") from error


def _of(given: Mapping[str, Any]) -> Fitted:
    lists = {name: np.array(given[name], dtype=np.float64) for name in _LISTS}
    names = tuple(str(name) for name in given["names"])
    if any(values.shape != (len(names),) for values in lists.values()):
        raise ValueError("lists of different lengths")
    silence = given["longest_silence"]
    steps: dict[str, Floats] = {
        name: np.array(given[name], dtype=np.float64)
        for name in ("steps_days", "steps_hazard")
        if given["family"] == "cox"
    }
    return Fitted(
        family=given["family"],
        names=names,
        intercept=float(given["intercept"]),
        shape=float(given["shape"]),
        longest_days=float(given["longest_days"]),
        n=int(given["n"]),
        longest_silence=float("nan") if silence is None else float(silence),
        **lists,
        **steps,
    )


def to_sql(fitted: Fitted, horizons: Sequence[float] = (30, 60, 90)) -> list[str]:
    """Return an SQL expression for the chance of an order within each horizon.

    Parameters
    ----------
    fitted
        The model.
    horizons
        [days] Above 0.

    Returns
    -------
    list of str
        One expression a horizon, over columns of the names of the covariates (double quotes). Plain
        arithmetic, exp and least: DuckDB, Spark SQL (with ANSI double quotes) and ClickHouse read it.

    Raises
    ------
    ParameterError
        If a name holds a double quote, or a horizon is not above 0.

    Notes
    -----
    Equal to `Fitted.chance` within 1e-9 (1 − e^−x instead of −expm1(−x): absolute, not relative).
    """
    risks = [f"{_number(fitted.sign)} * ({index_sql(fitted)})"] * len(horizons)
    base = fitted.hazard_to(horizons)
    with np.errstate(divide="ignore"):
        logs = np.log(base)
    return [
        _chance_sql(fitted.family, risk, float(log)) for risk, log in zip(risks, logs, strict=True)
    ]


def index_sql(fitted: Fitted) -> str:
    """Return m = intercept + Σ coef × x as SQL; errors as `to_sql`."""
    bad = [name for name in fitted.names if '"' in name]
    if bad:
        raise ParameterError(f"{bad[0]}: a name with a double quote cannot be written as SQL")
    parts = [
        f'{_number(weight)} * "{name}"'
        for weight, name in zip(fitted.coef, fitted.names, strict=True)
    ]
    return " + ".join([_number(fitted.intercept), *parts])


def _chance_sql(family: str, risk: str, log_base: float) -> str:
    if log_base == -np.inf:
        return "CAST(0 AS DOUBLE)"
    power = f"exp(least({_MOST}.0, {risk} + {_number(log_base)}))"
    return f"1 - 1 / (1 + {power})" if family == "loglogistic" else f"1 - exp(-{power})"


def _number(value: float) -> str:
    """Return a double as SQL, to its last digit."""
    return f"CAST({float(value)!r} AS DOUBLE)"
