"""Charts as SVG with real text: Altair for charts with axes, plain SVG for strips and bars.

Colours mean something and nothing else (`COLOURS`); what a colour says, a label says too.
Every function is pure: numbers and words in, SVG text out.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from liveattr.report.html import FONTS, esc

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLOURS", "Segment", "daily_bars", "spark", "strip", "svg", "waterfall"]

COLOURS = {
    "ink": "#1d2530",
    "muted": "#69727f",
    "line": "#e4e7eb",
    "true": "#0f766e",
    "surface": "#b7791f",
    "warn": "#b4233a",
    "out": "#c9b38a",
    "in": "#7fbab4",
    "credit": "#9aa1ab",
}
"""True green, platform amber, warning red; credit is grey: it is not cause."""

DAY_LABEL = 90
"""[px] Room for one date under the days."""
FOLD = 13
"""Letters of a label that fit under one of eleven bars."""

_FONT = FONTS.replace('"', "'")
_SIZE = 11


@dataclass(frozen=True)
class Segment:
    """One part of a strip: its label, its size and its fill."""

    label: str
    value: int
    fill: str


def svg(chart: Any) -> str:
    """Turn an Altair chart into SVG: real text, the reader's fonts, no script, no link."""
    import vl_convert

    spec = chart.configure(
        font=_FONT,
        view={"stroke": None},
        axis={
            "labelFontSize": _SIZE,
            "titleFontSize": _SIZE,
            "titleFontWeight": "normal",
            "labelColor": COLOURS["muted"],
            "titleColor": COLOURS["muted"],
            "gridColor": COLOURS["line"],
            "domainColor": COLOURS["line"],
            "tickColor": COLOURS["line"],
            "labelLimit": 220,
        },
        text={"fontSize": _SIZE, "fill": COLOURS["ink"]},
    ).to_dict(validate=False)
    return str(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]))


def waterfall(
    steps: pd.DataFrame, *, unit: str, colours: dict[str, str], down: bool = False
) -> str:
    """Draw how one amount becomes another, step by step.

    Parameters
    ----------
    steps
        One row a bar, in order: `label` (text), `start` and `end` (numbers, in `unit`), `kind`
        (a key of `colours`), `text` (the number as it is written).
    unit
        Title of the axis.
    colours
        Kind → colour.
    down
        True draws bars from left to right under each other: the shape for a phone.
    """
    import altair as alt

    frame = steps.assign(label=steps["label"].map(_folded)) if not down else steps
    frame = frame.assign(top=steps[["start", "end"]].max(axis=1), order=range(len(steps)))
    fill = alt.Color(
        "kind:N", scale={"domain": list(colours), "range": list(colours.values())}, legend=None
    )
    axis = {"tickCount": 3 if down else 6, "format": ",~f"}
    lines = {"labelAngle": 0, "ticks": False, "labelExpr": "split(datum.label, '\\n')"}
    names: dict[str, Any] = {"sort": None, "title": None, "axis": lines}
    measure = alt.X if down else alt.Y
    label = alt.Y("label:N", **names) if down else alt.X("label:N", **names)
    place = {"y": label} if down else {"x": label}
    low = measure("start:Q", title=unit, axis=axis, scale={"nice": True, "padding": 12})
    at = {"x": low, "x2": "end:Q"} if down else {"y": low, "y2": "end:Q"}
    bars = alt.Chart(frame).mark_bar(size=13 if down else 34, cornerRadius=2)
    words = alt.Chart(frame).mark_text(
        align="left" if down else "center", dx=4 if down else 0, dy=0 if down else -7
    )
    spot = {"x": alt.X("top:Q")} if down else {"y": alt.Y("top:Q")}
    size = {"width": 196, "height": {"step": 24}} if down else {"width": 860, "height": 230}
    drawn = bars.encode(color=fill, **place, **at) + words.encode(text="text:N", **place, **spot)
    return svg(drawn.properties(**size))


def _folded(label: str) -> str:
    """Fold a long label at its spaces, so that it does not run into its neighbour."""
    return "\n".join(textwrap.wrap(label, FOLD))


def daily_bars(
    days: pd.DataFrame, *, unit: str, names: tuple[str, str] | None, width: int = 860
) -> str:
    """Draw what was paid each day, the refunded part in the lighter colour on top.

    Parameters
    ----------
    days
        One row a day: `day` (date), `kept` and `refunded` (numbers, in `unit`).
    unit
        Title of the axis.
    names
        What the two parts are called: kept, refunded. None: refunds are not known, and only the
        sum is drawn.
    """
    import altair as alt

    frame = days.assign(day=days["day"].astype("string"))
    ticks = frame["day"].tolist()
    step = -(-len(ticks) // max(width // DAY_LABEL, 1))
    bars = alt.Chart(frame).encode(
        x=alt.X("day:O", title=None, axis={"labelAngle": 0, "values": ticks[::step]}),
        y=alt.Y("value:Q", title=unit, axis={"tickCount": 5, "format": ",~f"}),
    )
    if names is None:
        one = bars.mark_bar(color=COLOURS["surface"]).transform_calculate(value="datum.kept")
        return svg(one.properties(width=width, height=170))
    legend = {
        "orient": "top",
        "labelColor": COLOURS["muted"],
        "labelFontSize": _SIZE,
        "labelExpr": f"datum.label === 'kept' ? {names[0]!r} : {names[1]!r}",
    }
    scale = {"domain": ["kept", "refunded"], "range": [COLOURS["true"], COLOURS["out"]]}
    two = (
        bars.mark_bar()
        .transform_fold(["kept", "refunded"], as_=["part", "value"])
        .encode(
            color=alt.Color("part:N", title=None, scale=scale, legend=legend),
            order=alt.Order("part:N", sort="ascending"),
        )
    )
    return svg(two.properties(width=width, height=170))


def strip(segments: Sequence[Segment], *, title: str, mark: int | None = None) -> str:
    """Draw parts of one whole in a row; `mark` draws a line after that many of the whole.

    Parts of nothing are left out. The labels are for screen readers and pointers; the table under
    the strip names and counts the parts.
    """
    whole = sum(each.value for each in segments) or 1
    parts, left = [], 0.0
    for each in segments:
        width = 1000 * each.value / whole
        if width > 0:
            parts.append(
                f'<rect x="{left:.2f}" y="3" width="{width:.2f}" height="22" fill="{each.fill}"'
                f' stroke="#fff" stroke-width="1" vector-effect="non-scaling-stroke">'
                f"<title>{esc(each.label)}</title></rect>"
            )
        left += width
    if mark is not None:
        at = 1000 * mark / whole
        parts.append(
            f'<line x1="{at:.2f}" x2="{at:.2f}" y1="0" y2="28" stroke="{COLOURS["ink"]}"'
            ' stroke-width="2" vector-effect="non-scaling-stroke"/>'
        )
    return (
        '<svg class="strip" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 28"'
        f' preserveAspectRatio="none" role="img" aria-label="{esc(title)}">{"".join(parts)}</svg>'
    )


def spark(values: Sequence[tuple[int | None, str]], *, most: int, title: str) -> str:
    """Draw up to three amounts as bars under each other, on a scale that `most` fills.

    Parameters
    ----------
    values
        (amount, colour); None draws nothing, a negative amount a bar to the left of the zero line.
    most
        The amount that fills the width; the same for all rows of a table.
    """
    zero = 24.0
    scale = (120 - zero) / most if most > 0 else 0
    parts = [f'<line x1="{zero}" x2="{zero}" y1="0" y2="24" stroke="{COLOURS["line"]}"/>']
    for at, (value, fill) in enumerate(values):
        if value is None:
            continue
        long = max(value * scale, -zero)
        parts.append(
            f'<rect x="{min(zero, zero + long):.1f}" y="{1 + 8 * at}" width="{abs(long):.1f}"'
            f' height="6" fill="{fill}"/>'
        )
    return (
        '<svg class="spark" xmlns="http://www.w3.org/2000/svg" width="120" height="24"'
        f' viewBox="0 0 120 24" role="img" aria-label="{esc(title)}">{"".join(parts)}</svg>'
    )
