"""What will be wanted day by day, as bands around the median, as SVG. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from liveattr.report.charts import COLOURS, svg

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["fan_bands", "fan_chart"]

_LABEL = 62
"""[px] Room for one date under the days."""
_OUTER, _INNER = "#cfe3e0", COLOURS["in"]
_EVENT = "#f0f1f3"


def fan_bands(days: pd.DataFrame) -> dict[str, float] | None:
    """Return which quantiles the bands end at; None where there is no median or no band.

    The widest of .05 or .1 to .95, and of .1 or .2 to .9 or .8; a band that is not there is the
    next one.
    """
    known = {round(float(q), 4) for q in days["quantile"]}
    out_low, low = _first(known, 0.05, 0.1, 0.2), _first(known, 0.1, 0.2, 0.05)
    out_high, high = _first(known, 0.95, 0.9, 0.8), _first(known, 0.9, 0.8, 0.95)
    if 0.5 not in known or out_low is None or low is None or out_high is None or high is None:
        return None
    return {"out_low": out_low, "low": low, "mid": 0.5, "high": high, "out_high": out_high}


def _first(known: Collection[float], *wanted: float) -> float | None:
    return next((q for q in wanted if q in known), None)


def fan_chart(
    days: pd.DataFrame,
    *,
    unit: str,
    events: Collection[str] = (),
    width: int = 860,
    height: int = 170,
) -> str:
    """Draw the median, two bands around it, and a grey column on each day of `events`.

    Parameters
    ----------
    days
        One row a day and quantile: `from_on` (date), `quantile`, `units` [pieces].
    unit
        Title of the axis.
    events
        Days as ISO text.
    width, height
        [px]

    Raises
    ------
    ValueError
        If the quantiles make no band; see `fan_bands`.
    """
    import altair as alt

    bands = fan_bands(days)
    if bands is None:
        raise ValueError("a fan takes the median and a quantile on either side")
    frame = _wide(days, bands)
    names = frame["day"].tolist()
    x = _axis(names, width)
    axis = {"tickCount": 5, "format": ",~f"}
    chart = alt.Chart(frame)
    columns = chart.transform_filter(
        alt.FieldOneOfPredicate(field="day", oneOf=[day for day in names if day in events] or [""])
    ).mark_bar(color=_EVENT, width={"band": 1})
    outer = chart.mark_area(color=_OUTER, opacity=0.9).encode(
        x=x, y=alt.Y("out_low:Q", title=unit, axis=axis), y2="out_high:Q"
    )
    inner = chart.mark_area(color=_INNER, opacity=0.7).encode(x=x, y="low:Q", y2="high:Q")
    middle = chart.mark_line(color=COLOURS["true"], strokeWidth=2).encode(x=x, y="mid:Q")
    layers = [columns.encode(x=x, y=alt.value(0), y2=alt.value(height)), outer, inner, middle]
    return svg(alt.layer(*layers).properties(width=width, height=height))


def _wide(days: pd.DataFrame, bands: dict[str, float]) -> pd.DataFrame:
    told = days.assign(quantile=days["quantile"].astype(float).round(4))
    table = told.pivot(index="from_on", columns="quantile", values="units").sort_index()
    made = {name: table[q].astype(float).to_numpy() for name, q in bands.items()}
    named = [str(on)[:10] for on in table.index]
    return table[[]].assign(day=named, **made).reset_index(drop=True)


def _axis(days: list[str], width: int) -> Any:
    import altair as alt

    step = -(-len(days) // max(width // _LABEL, 1))
    axis = {
        "labelAngle": 0,
        "values": days[::step],
        "labelExpr": "slice(datum.label, 5)",
        "grid": False,
    }
    return alt.X("day:O", title=None, axis=axis, scale={"domain": days})
