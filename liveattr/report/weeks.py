"""Expected orders week by week with their intervals, as SVG. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liveattr.report.charts import COLOURS, svg

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["weeks_chart"]

_LABEL = 62
"""[px] Room for one date under the weeks."""
_WEEK = 7


def weeks_chart(weeks: pd.DataFrame, *, unit: str, width: int = 860, height: int = 200) -> str:
    """Draw a bar a week with its interval; a part of a week is paler.

    Parameters
    ----------
    weeks
        One row a week, in order: `week_on` (date), `days` (of the week that are told),
        `expected_orders`, `low_orders`, `high_orders`.
    unit
        Title of the axis.
    width, height
        [px]
    """
    import altair as alt

    frame = weeks.assign(
        week=weeks["week_on"].astype("string").str[:10],
        whole=(weeks["days"] >= _WEEK).astype(bool),
    )[["week", "whole", "expected_orders", "low_orders", "high_orders"]]
    names = frame["week"].tolist()
    step = -(-len(names) // max(width // _LABEL, 1))
    axis = {
        "labelAngle": 0,
        "values": names[::step],
        "labelExpr": "slice(datum.label, 5)",
        "grid": False,
    }
    x = alt.X("week:O", title=None, axis=axis, scale={"domain": names, "padding": 0.3})
    y = alt.Y("expected_orders:Q", title=unit, axis={"tickCount": 5, "format": ",~f"})
    fill = alt.condition("datum.whole", alt.value(COLOURS["true"]), alt.value(COLOURS["in"]))
    chart = alt.Chart(frame)
    bars = chart.mark_bar(cornerRadius=2).encode(x=x, y=y, color=fill)
    lines = chart.mark_rule(color=COLOURS["ink"], strokeWidth=1.5).encode(
        x=x, y="low_orders:Q", y2="high_orders:Q"
    )
    return svg(alt.layer(bars, lines).properties(width=width, height=height))
