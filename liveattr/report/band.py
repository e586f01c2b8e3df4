"""Sales day by day with the band of what would have been without a campaign, as SVG. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from liveattr.report.charts import COLOURS, svg

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["band_chart"]

_LABEL = 62
"""[px] Room for one date under the days."""
_BAND = "#dfe2e7"
NARROW = 400
"""[px] Under this width marks are small, or those of neighbouring days run into each other."""
HEADROOM = 1.15
"""Above the highest day there is room for the date of a broadcast."""


def band_chart(
    days: pd.DataFrame,
    *,
    unit: str,
    marks: Mapping[str, str],
    labels: Sequence[tuple[str, float, str]],
    width: int = 860,
    height: int = 230,
) -> str:
    """Draw actual sales, what was expected without the campaign, and the difference.

    Parameters
    ----------
    days
        One row a day, in order: `day` (date), `orders`, `baseline`, `low`, `high` (numbers, in
        `unit`), `held` (bool: what is above the baseline is drawn as brought).
    unit
        Title of the axis.
    marks
        Day as ISO text → words at a dotted line over that day; without words, a triangle under it.
    labels
        (day, value, words): words left of a point; in the first third of the days right of it.
    width, height
        [px]
    """
    import altair as alt

    frame = days.assign(day=days["day"].astype("string"), held=days["held"].astype(bool))
    x = _axis(frame["day"].tolist(), width)
    top = HEADROOM * float(days[["orders", "high"]].max().max())
    scale = {"domain": [min(0.0, float(days["low"].min())), top or 1.0], "nice": False}
    axis = {"tickCount": 5, "format": ",~f"}
    span = alt.Y("low:Q", title=unit, axis=axis, scale=scale)
    chart = alt.Chart(frame)
    band = chart.mark_area(color=_BAND).encode(x=x, y=span, y2="high:Q")
    count = max(len(frame), 1)
    bars = chart.transform_filter("datum.held && datum.orders > datum.baseline").mark_bar(
        color=COLOURS["in"], size=max(2, min(9, 0.45 * width / count))
    )
    added = bars.encode(x=x, y=alt.Y("baseline:Q"), y2="orders:Q")
    without = chart.mark_line(color=COLOURS["muted"], strokeDash=[4, 3], strokeWidth=1.5)
    actual = chart.mark_line(color=COLOURS["true"], strokeWidth=2)
    layers = [
        band,
        added,
        without.encode(x=x, y="baseline:Q"),
        actual.encode(x=x, y="orders:Q"),
        *_marks(marks, x, size=18 if width > NARROW else 8),
        *(_label(each, x, frame["day"].tolist()) for each in labels),
    ]
    return svg(alt.layer(*layers).properties(width=width, height=height))


def _axis(days: list[str], width: int) -> Any:
    import altair as alt

    step = -(-len(days) // max(width // _LABEL, 1))
    axis = {
        "labelAngle": 0,
        "values": days[::step],
        "labelExpr": "slice(datum.label, 5)",
        "grid": False,
    }
    return alt.X("day:O", title=None, axis=axis, scale={"domain": days, "padding": 0.3})


def _marks(marks: Mapping[str, str], x: Any, *, size: int) -> list[Any]:
    import altair as alt
    import pandas as pd

    if not marks:
        return []
    chart = alt.Chart(pd.DataFrame({"day": [*marks], "said": [*marks.values()]}))
    ink = COLOURS["ink"]
    if not any(marks.values()):
        shape = chart.mark_point(shape="triangle-up", color=ink, fill=ink, size=size)
        return [shape.encode(x=x, y=alt.value(alt.expr("height - 5")))]
    line = chart.mark_rule(color=ink, strokeDash=[1, 3]).encode(x=x)
    words = chart.mark_text(align="left", baseline="top", dx=5).encode(
        x=x, y=alt.value(0), text="said:N"
    )
    return [line, words]


def _label(label: tuple[str, float, str], x: Any, days: list[str]) -> Any:
    import altair as alt
    import pandas as pd

    day, value, said = label
    early = days.index(day) < len(days) / 3
    chart = alt.Chart(pd.DataFrame({"day": [day], "at": [value], "said": [said]}))
    words = chart.mark_text(align="left" if early else "right", dx=7 if early else -7)
    return words.encode(x=x, y="at:Q", text="said:N")
