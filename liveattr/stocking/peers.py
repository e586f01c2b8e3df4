"""Models of statsforecast as baselines of the backtest; never what an order rests on."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liveattr.errors import ParameterError

__all__ = ["tell_peer"]

Floats = NDArray[np.float64]


def tell_peer(
    name: str, seen: Floats, steps: int, levels: Floats, season: int
) -> tuple[Floats, Floats]:
    """Return quantiles (SKU × step × level) and means (SKU × step) of a model, fitted to each series.

    Parameters
    ----------
    name
        Class of `statsforecast.models` that tells intervals, e.g. AutoETS, AutoTheta, SeasonalNaive.
    seen
        SKU × step; a step that is not known is filled with the one a season before, as these models
        take no gaps.
    steps, levels, season
        Steps ahead, one-sided levels, steps of a season.

    Raises
    ------
    ParameterError
        statsforecast is not installed, has no such model, or the model fails.

    Notes
    -----
    They know no plan: broadcasts and promotions are noise to them. Quantiles are ends of two-sided
    intervals, not below 0; the mean stands for the middle.
    """
    model = _model(name, season)
    sides = sorted({round(abs(2 * float(q) - 1) * 100, 6) for q in levels if abs(q - 0.5) > 1e-9})
    quantiles = np.empty((len(seen), steps, len(levels)))
    mean = np.empty((len(seen), steps))
    for k, series in enumerate(_filled(seen, season)):
        try:
            told = model.forecast(y=series, h=steps, level=sides)
        except Exception as error:
            raise ParameterError(
                f"statsforecast's {name} failed on SKU {k}: {error}; leave it out"
            ) from error
        mean[k] = told["mean"]
        for place, level in enumerate(levels):
            quantiles[k, :, place] = _side(told, float(level))
    return np.maximum(np.nan_to_num(quantiles), 0.0), np.maximum(np.nan_to_num(mean), 0.0)


def _model(name: str, season: int) -> Any:
    try:
        models = importlib.import_module("statsforecast.models")
    except ImportError as error:
        raise ParameterError(
            f"{name} needs statsforecast: pip install 'liveattr[forecast]', or leave it out of models"
        ) from error
    kind = getattr(models, name, None)
    if kind is None:
        raise ParameterError(f"statsforecast has no model {name}")
    try:
        return kind(season_length=season)
    except TypeError:
        return kind()


def _side(told: dict[str, Floats], level: float) -> Floats:
    if abs(level - 0.5) <= 1e-9:
        return told["mean"]
    wanted, end = round(abs(2 * level - 1) * 100, 6), "lo" if level < 0.5 else "hi"
    for key, value in told.items():
        side, _, percent = key.partition("-")
        if side == end and abs(float(percent) - wanted) < 1e-6:
            return value
    raise ParameterError("the model tells no intervals; choose another baseline")


def _filled(seen: Floats, season: int) -> Floats:
    """Return series without gaps: the step a season before, else 0."""
    out = seen.copy()
    for t in range(season, out.shape[1]):
        out[:, t] = np.where(np.isnan(out[:, t]), out[:, t - season], out[:, t])
    return np.nan_to_num(out)
