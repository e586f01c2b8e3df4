"""Path tables whose results are known: D1, public data of 10,000 rows, and D2, small enough for a hand."""

from importlib.util import find_spec
from pathlib import Path

import pandas as pd

D2 = pd.DataFrame(
    [
        ("A > B > C", 3, 30.0, 2),
        ("A > B", 1, 20.0, 4),
        ("C", 2, 10.0, 3),
        ("B > B > A", 1, 5.0, 1),
        ("A > C > A", 2, 40.0, 0),
    ],
    columns=["path", "conversions", "value", "nulls"],
)

CHANNELS = "alpha iota eta beta theta lambda epsilon zeta kappa gamma delta mi".split()
"""Channels of D1 in the order of the expected values."""


def d1() -> pd.DataFrame:
    """PathData of the package ChannelAttribution, as the package mta carries it (not imported)."""
    spec = find_spec("mta")
    assert spec is not None and spec.submodule_search_locations, "the package mta is missing"
    names = {
        "total_conversions": "conversions",
        "total_conversion_value": "value",
        "total_null": "nulls",
    }
    file = Path(spec.submodule_search_locations[0], "data", "data.csv.gz")
    return pd.read_csv(file).rename(columns=names)


def expected(text: str) -> dict[str, str]:
    """Return channel → number as it was printed, from numbers in the order of `CHANNELS`."""
    return dict(zip(CHANNELS, text.split(), strict=True))


def agrees(found: pd.Series, printed: dict[str, str]) -> None:
    """Assert that every number rounds to what was printed: half a unit of the last digit."""
    for channel, number in printed.items():
        digits = len(number.partition(".")[2])
        assert abs(found[channel] - float(number)) <= 0.5000001 * 10**-digits, (channel, number)
