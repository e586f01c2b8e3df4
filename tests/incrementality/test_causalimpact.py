"""The published results of the R package CausalImpact, on its own series."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from liveattr.errors import ParameterError
from liveattr.incrementality.causal_impact import Effect, causal_effect

SERIES = Path(__file__).parent / "series"
DRAWS = 150

PUBLISHED = {
    "google": (61, 27.0, 4.5, 18.0, 36.0),
    "arma": (70, 0.89, 0.30, 0.27, 1.5),
    "comparison": (90, -657.0, 736.0, -2076.0, 832.0),
    "basque": (21, -0.76, 0.31, -1.4, -0.2),
    "volks": (246, -44.0, 5.6, -55.0, -33.0),
}
"""Series → values before the event; R's effect, its sd, and the 95 % interval."""

_READ = {
    "google": ("google_data.csv", ["y", "x1", "x2"], ","),
    "arma": ("arma_data.csv", ["y", "X"], ","),
    "comparison": (
        "comparison_data.csv",
        ["CHANGED", *[f"NOT_CHANGED_{n}" for n in (1, 2, 3)]],
        ",",
    ),
    "basque": ("basque.csv", ["Basque", "another"], ","),
    "volks": ("volks_data.csv", ["VolksWagen", "BMW", "Allianz"], " "),
}


def read(name: str) -> pd.DataFrame:
    """Read a series and its controls."""
    file, columns, separator = _READ[name]
    return pd.read_csv(SERIES / file, sep=separator)[columns]


def estimate(name: str, **more: object) -> Effect:
    """Estimate with R's periods."""
    frame = read(name)
    options: dict[str, object] = {"since": PUBLISHED[name][0], "draws": DRAWS} | more
    return causal_effect(frame.iloc[:, 0], frame.iloc[:, 1:], **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", PUBLISHED)
def test_agrees_with_r(name: str) -> None:
    """Point effects are within half of R's sd, widths within 0.6 to 1.6 of R's, and signs agree."""
    _, effect, sd, low, high = PUBLISHED[name]
    found = estimate(name).summary.loc["average"]
    assert found["effect"] == pytest.approx(effect, abs=0.5 * sd)
    assert 0.6 < (found["high"] - found["low"]) / (high - low) < 1.6
    assert (found["low"] < 0 < found["high"]) == (low < 0 < high)


def test_tables_agree_with_each_other() -> None:
    """Sums are sums, and the p-value is of the interval."""
    found = estimate("comparison")
    mean, total = found.summary.loc["average"], found.summary.loc["cumulative"]
    after = found.series.iloc[90:]
    assert total["effect"] == pytest.approx(18 * mean["effect"])
    assert after["cumulative"].iloc[-1] == pytest.approx(total["effect"])
    assert after["effect"].sum() == pytest.approx(total["effect"])
    assert mean["actual"] - mean["predicted"] == pytest.approx(mean["effect"])
    assert (found.p_value > 0.05) == (mean["low"] < 0 < mean["high"])
    assert "smallest detectable" in str(found)


def test_same_seed_same_numbers() -> None:
    """The seed decides the draws."""
    one, same, other = (estimate("basque", draws=20, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one.series, same.series)
    assert one.p_value == same.p_value
    assert not one.series["low"].equals(other.series["low"])


def test_weekdays_without_controls() -> None:
    """A season is learned, and a jump on top of it is found."""
    rng = np.random.default_rng(3)
    days = pd.date_range("2026-01-01", periods=70)
    y = pd.Series(100 + 30.0 * (days.weekday >= 5) + rng.normal(0, 2, 70), index=days)
    y.iloc[56:] += 20
    found = causal_effect(y, since="2026-02-26", until="2026-03-04", draws=100, seasonal=7)
    assert found.summary.loc["average", "effect"] == pytest.approx(20, abs=3)
    assert found.series.index[-1] == pd.Timestamp("2026-03-04")


@pytest.mark.parametrize("wrong", ["since", "index", "flat", "order"])
def test_refuses(wrong: str) -> None:
    """What cannot be estimated is an error in plain words."""
    y = pd.Series(np.arange(10.0))
    controls = pd.DataFrame({"x": np.arange(10.0)})
    if wrong == "flat":
        y = y * 0
    if wrong == "order":
        y = y[::-1]
    if wrong == "index":
        controls.index = controls.index + 1
    with pytest.raises(ParameterError):
        causal_effect(y, None if wrong == "order" else controls, since=0 if wrong == "since" else 6)
