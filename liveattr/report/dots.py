"""Amounts with their intervals as dots on one axis, a small picture a table row.

SVG whose places are percentages: it is as wide as its table cell, and dots stay round. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from liveattr.report.charts import COLOURS
from liveattr.report.html import esc

__all__ = ["Axis", "axis_of", "dot_axis", "dot_mark"]

_STEPS = (1, 2, 5, 10)
_SPANS = 4
_EDGE = 4.0
_LONG = 54
"""[px] Lines of the axis reach into the next row, so that they join."""


@dataclass(frozen=True)
class Axis:
    """An axis that several rows share: its ticks, the first and the last are its ends."""

    ticks: tuple[float, ...]

    def place(self, value: float) -> float:
        """Return where a value stands, in percent of the width."""
        first, last = self.ticks[0], self.ticks[-1]
        return _EDGE + (100 - 2 * _EDGE) * (value - first) / (last - first)


def axis_of(values: Sequence[float]) -> Axis:
    """Return an axis with round ticks that holds zero and all values.

    Examples
    --------
    >>> axis_of([37.2, 48.1]).ticks, axis_of([-3.0, 9.0]).ticks
    ((0.0, 20.0, 40.0, 60.0), (-5.0, 0.0, 5.0, 10.0))
    """
    low, high = min(0.0, *values), max(0.0, *values)
    rough = (high - low or 1.0) / _SPANS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each * power for each in _STEPS if each * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return Axis(tuple(float(f"{at * step:.12g}") for at in range(first, max(last, first + 1) + 1)))


def _svg(parts: Sequence[str], title: str) -> str:
    said = f' role="img" aria-label="{esc(title)}"' if title else ' aria-hidden="true"'
    return (
        f'<svg class="dots" xmlns="http://www.w3.org/2000/svg" width="100%" height="18"{said}>'
        f"{''.join(parts)}</svg>"
    )


def dot_mark(
    axis: Axis,
    value: float,
    low: float | None,
    high: float | None,
    *,
    title: str,
    diamond: bool = False,
    cause: bool = False,
) -> str:
    """Draw one amount on the axis: a dot with its interval, or an amber diamond without one.

    Parameters
    ----------
    axis
        Of all rows.
    value, low, high
        In the axis' unit; without `low` or `high` there is no line.
    title
        What a screen reader says.
    diamond
        The ad platform's own figure.
    cause
        Lift: a green square; credit is a grey dot.
    """
    fill = COLOURS["true"] if cause else COLOURS["muted"]
    parts = [
        f'<line x1="{axis.place(tick):.2f}%" x2="{axis.place(tick):.2f}%" y1="-8"'
        f' y2="{_LONG}" stroke="{COLOURS["line"]}"/>'
        for tick in axis.ticks
    ]
    if low is not None and high is not None:
        parts.append(
            f'<line x1="{axis.place(low):.2f}%" x2="{axis.place(high):.2f}%" y1="9" y2="9"'
            f' stroke="{fill}" stroke-width="2"/>'
        )
    at = f"{axis.place(value):.2f}%"
    if diamond:
        shape = f'<path d="M0 3.5L5.5 9L0 14.5L-5.5 9Z" fill="{COLOURS["surface"]}"/>'
        parts.append(f'<svg x="{at}" overflow="visible">{shape}</svg>')
    elif cause:
        shape = f'<rect x="-4.5" y="4.5" width="9" height="9" fill="{fill}"/>'
        parts.append(f'<svg x="{at}" overflow="visible">{shape}</svg>')
    else:
        parts.append(f'<circle cx="{at}" cy="9" r="4.5" fill="{fill}"/>')
    return _svg(parts, title)


def dot_axis(axis: Axis) -> str:
    """Draw the numbers of the axis; in a narrow cell only both ends are shown."""
    parts = []
    for turn, tick in enumerate(axis.ticks):
        kind = "end" if turn in (0, len(axis.ticks) - 1) else "mid"
        text = f"{tick:,g}".replace("-", "−")
        parts.append(
            f'<text class="{kind}" x="{axis.place(tick):.2f}%" y="12" text-anchor="middle"'
            f' font-size="11" fill="{COLOURS["muted"]}">{text}</text>'
        )
    return _svg(parts, "")
