"""A repurchase model as text: JSON to keep it, SQL to score people where the data is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from liveattr.errors import ParameterError, TableError
from liveattr.repurchase.bgnbd import BgNbd
from liveattr.repurchase.blend import BgNbdMember, CurveMember, Member
from liveattr.repurchase.correct import EDGE, Correction, between
from liveattr.repurchase.counts import Counts
from liveattr.repurchase.formula import fitted_from, fitted_numbers
from liveattr.repurchase.formula import to_sql as curve_sql
from liveattr.repurchase.model import RepurchaseModel
from liveattr.repurchase.spread import Spread

__all__ = ["FORMAT", "from_json", "to_json", "to_sql"]

FORMAT = 1
_PLAIN = ("n_people", "n", "cuts", "penalizer", "longest_days", "longest_silence")


def to_json(model: RepurchaseModel) -> str:
    """Return the model as JSON, the same text for the same model, without loss."""
    found: dict[str, Any] = {"format": FORMAT, "as_of": model.as_of.date().isoformat()}
    found |= {name: getattr(model, name) for name in _PLAIN}
    found |= {"horizons": list(model.horizons), "weights": model.weights.tolist()}
    found["drift"] = model.drift.tolist()
    found["members"] = [_numbers(member) for member in model.members]
    found["counts"] = None if model.counts is None else list(model.counts.coef)
    found["spread"] = None if model.spread is None else model.spread.numbers()
    return json.dumps(found, ensure_ascii=False, allow_nan=False)


def from_json(text: str) -> RepurchaseModel:
    """Return the model that `to_json` wrote.

    Raises
    ------
    TableError
        If the text is none, of another format, or lacks a part.
    """
    try:
        given = json.loads(text)
        if not isinstance(given, Mapping) or given.get("format") != FORMAT:
            raise TableError(f"no repurchase model of format {FORMAT}: fit it anew")
        return _model(given)
    except json.JSONDecodeError as error:
        raise TableError(f"no model: {error}; write it with `to_json`") from error
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, TableError):
            raise
        raise TableError(f"a model with a part missing or wrong: {error}; fit it anew") from error


def _model(given: Mapping[str, Any]) -> RepurchaseModel:
    counts, spread = given["counts"], given["spread"]
    return RepurchaseModel(
        members=tuple(_member(m) for m in given["members"]),
        weights=np.array(given["weights"], dtype=np.float64),
        horizons=tuple(given["horizons"]),
        drift=np.array(given["drift"], dtype=np.float64),
        as_of=pd.Timestamp(given["as_of"]),
        counts=None if counts is None else Counts(tuple(counts)),
        spread=None if spread is None else Spread.of_numbers(spread),
        **{name: given[name] for name in _PLAIN},
    )


def _numbers(member: Member) -> dict[str, Any]:
    if isinstance(member, BgNbdMember):
        return {"name": member.name, "bgnbd": asdict(member.fitted)}
    if not isinstance(member, CurveMember):
        raise ParameterError(f"member {member.name!r} cannot be written")
    found: dict[str, Any] = {"name": member.name, "curve": fitted_numbers(member.curve)}
    c = member.correction
    if c is not None:
        lists = {"level": c.level.tolist(), "slopes": c.slopes.tolist()}
        plain = {"names": c.names, "horizons": c.horizons, "windows": c.windows}
        found["correction"] = {**{k: list(v) for k, v in plain.items()}, **lists}
    return found


def _member(given: Mapping[str, Any]) -> Member:
    if "bgnbd" in given:
        return BgNbdMember(BgNbd(**given["bgnbd"]), given["name"])
    curve, c = fitted_from(given["curve"]), given.get("correction")
    correction = None
    if c is not None:
        level, slopes = np.array(c["level"], float), np.array(c["slopes"], float)
        days, windows = tuple(c["horizons"]), tuple(c["windows"])
        correction = Correction(tuple(c["names"]), days, level, slopes, windows)
    return CurveMember(given["name"], curve.family, curve, correction)


def to_sql(
    model: RepurchaseModel,
    horizons: Sequence[int] = (30, 60, 90),
    *,
    table: str = "scoring",
    keys: Sequence[str] = ("person_id",),
) -> str:
    """Return a SELECT of `keys` and `p_h` for each horizon from rows of `features_at`.

    Parameters
    ----------
    model
        The model.
    horizons
        [days] rising.
    table
        Name of the rows.
    keys
        Columns to keep.

    Notes
    -----
    Plain arithmetic, exp, ln, least and greatest; equal to `RepurchaseModel.chance` within 1e-9.
    """
    days = [int(h) for h in horizons]
    if not days or days != sorted(set(days)) or days[0] < 1:
        raise ParameterError(f"horizons = {tuple(horizons)}: rising days from 1 on")
    weights = np.array([between(model.horizons, model.weights, h) for h in days])
    parts, sums = [], []
    for at, member in enumerate(model.members):
        if weights[:, at].any():
            parts += [
                f"{e} AS m{at}_{h}" for h, e in zip(days, _odds_sql(member, days), strict=True)
            ]
    for row, h in enumerate(days):
        terms = [f"{_number(w)} * m{at}_{h}" for at, w in enumerate(weights[row]) if w]
        sums.append(f"{' + '.join(terms)} AS z_{h}")
    kept = ", ".join(f'"{key}"' for key in keys)
    told = [_told_sql(days[: place + 1]) for place in range(len(days))]
    inner = f"SELECT {kept}, {', '.join(parts)} FROM {table}"
    return (
        f"SELECT {kept}, {', '.join(told)} "
        f"FROM (SELECT {kept}, {', '.join(sums)} FROM ({inner}) AS member) AS odds"
    )


def _told_sql(days: Sequence[int]) -> str:
    odds = ", ".join(f"z_{h}" for h in days)
    best = f"greatest({odds})" if len(days) > 1 else odds
    return f"1 / (1 + exp(-({best}))) AS p_{days[-1]}"


def _odds_sql(member: Member, days: Sequence[int]) -> list[str]:
    if isinstance(member, BgNbdMember):
        return [_logit_sql(_bgnbd_sql(member.fitted, h)) for h in days]
    if not isinstance(member, CurveMember):
        raise ParameterError(f"member {member.name!r} cannot be written as SQL")
    found = [_logit_sql(e) for e in curve_sql(member.curve, days)]
    if member.correction is None:
        return found
    return [f"{e} + {_shift_sql(member.correction, h)}" for e, h in zip(found, days, strict=True)]


def _shift_sql(correction: Correction, horizon: int) -> str:
    level, slopes = correction.at(horizon)
    terms = [f'{_number(s)} * "{n}"' for s, n in zip(slopes, correction.names, strict=True)]
    return f"({' + '.join([_number(level), *terms])})"


def _logit_sql(chance: str) -> str:
    p = f"least(greatest({chance}, {_number(EDGE)}), {_number(1 - EDGE)})"
    return f"(ln({p}) - ln(1 - {p}))"


def _bgnbd_sql(fitted: BgNbd, horizon: int) -> str:
    r, alpha, a, b = (_number(v) for v in (fitted.r, fitted.alpha, fitted.a, fitted.b))
    x, t, tenure = "frequency", "recency_days", "tenure_days"
    gone = (
        f"ln({a}) - ln({b} + {x} - 1) + ({r} + {x}) * (ln({alpha} + {tenure}) - ln({alpha} + {t}))"
    )
    alive = f"CASE WHEN {x} > 0 THEN 1 / (1 + exp(least(700.0, {gone}))) ELSE 1 END"
    none = f"exp(-({r} + {x}) * ln(1 + {_number(horizon)} / ({alpha} + {tenure})))"
    return f"({alive}) * (1 - {none})"


def _number(value: float) -> str:
    return f"CAST({float(value)!r} AS DOUBLE)"
