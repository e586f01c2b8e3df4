"""A picture of the last steps to an order: columns of channels, joined by bands as wide as their orders.

Plain SVG with real text, in grey: it is read by width and label, so it needs no colour. Pure.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from liveattr.attribution.path_steps import EARLIER, ORDER, START
from liveattr.attribution.path_summary import OTHER
from liveattr.report.charts import COLOURS
from liveattr.report.html import esc

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MOST_CHANNELS", "flow", "merge_small"]

MOST_CHANNELS = 5
"""Channels that are told apart; the rest are one."""

WIDTH = 960
_LABEL = 110
_NODE = 9
_HEAD = 30
_TALL = 210
_LINE = 17
_GAP = 9
_LETTERS = 20

Link = tuple[int, str, str, int]
"""(pos, from, to, orders): one step; pos 1 leads to the order."""


class _Node(NamedTuple):
    x: float
    y: float
    orders: int


def merge_small(steps: pd.DataFrame, most: int = MOST_CHANNELS) -> list[Link]:
    """Return the steps with all but the most frequent channels made one, `(other)`.

    Parameters
    ----------
    steps
        `pos, from_channel, to_channel, n_orders` as in the table `path_step`.
    most
        Channels that keep their name; a single one that would be left over keeps it too.

    Returns
    -------
    list of (pos, from, to, orders)
        Sorted; the orders are the same at every pos.
    """
    rows = steps[["pos", "from_channel", "to_channel", "n_orders"]].astype({"n_orders": "int64"})
    seen = rows[~rows["from_channel"].isin([START, EARLIER])]
    size = seen.groupby("from_channel")["n_orders"].sum()
    names = sorted(size.index, key=lambda name: (name == OTHER, -int(size[name]), name))
    kept = names if len(names) <= most + 1 else names[:most]
    own = {*kept, START, EARLIER, ORDER}
    known = {side: rows[side].where(rows[side].isin(own), OTHER) for side in rows.columns[1:3]}
    sums = rows.assign(**known).groupby(["pos", "from_channel", "to_channel"], as_index=False).sum()
    return [(int(pos), str(a), str(b), int(n)) for pos, a, b, n in sums.itertuples(index=False)]


def flow(
    steps: pd.DataFrame,
    *,
    name: Callable[[str], str],
    heads: Sequence[str],
    number: Callable[[int], str],
    title: str,
    most: int = MOST_CHANNELS,
) -> str:
    """Draw the last steps to the orders, from left to right.

    Parameters
    ----------
    steps
        `pos, from_channel, to_channel, n_orders` as in the table `path_step`: pos 1 leads to
        `(order)`; from `(start)` the path begins, from `(earlier)` it is longer.
    name
        Channel, `(order)`, `(earlier)` or `(other)` → plain text.
    heads
        Plain text over the columns: the order, the last step, the one before, …
    number
        Orders → plain text.
    title
        What a screen reader says.
    most
        Channels that are told apart.

    Returns
    -------
    str
        SVG.

    Raises
    ------
    ValueError
        If there is no step to the order, or fewer heads than columns.
    """
    links = merge_small(steps, most)
    total = sum(link[3] for link in links if link[0] == 1)
    far = max((link[0] for link in links if link[1] != START), default=0)
    if total <= 0 or len(heads) <= far:
        raise ValueError("a flow needs orders, and a head for each of its columns")
    nodes, height = _places(links, _TALL / total, far)
    bands = _bands(links, nodes, _TALL / total, name, number)
    drawn = [_box(nodes[key], key[1], _TALL / total, name, number) for key in sorted(nodes)]
    tops = [
        f'<text x="{_left(pos, far):.1f}" y="12" class="m">{esc(heads[pos])}</text>'
        for pos in range(far + 1)
    ]
    style = (
        f".flow text{{font-size:12px;fill:{COLOURS['ink']}}}"
        f".flow text.m,.flow tspan{{font-size:11px;fill:{COLOURS['muted']}}}"
        ".flow .l{paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round}"
    )
    return (
        f'<svg class="flow" xmlns="http://www.w3.org/2000/svg" width="{WIDTH}"'
        f' height="{height:.0f}" viewBox="0 0 {WIDTH} {height:.0f}" role="img"'
        f' aria-label="{esc(title)}"><style>{style}</style>{"".join([*bands, *tops, *drawn])}</svg>'
    )


def _left(pos: int, far: int) -> float:
    """Return x of a column; the order stands at the right, with room for its label."""
    return (WIDTH - _LABEL) * (far - pos) / max(far, 1)


def _ranks(links: Sequence[Link]) -> dict[str, tuple[bool, bool, int, str]]:
    """Return what sorts channels within every column: large first, `(other)`, `(earlier)` last."""
    size: dict[str, int] = {}
    for _, a, _, n in links:
        size[a] = size.get(a, 0) + n
    names = {*size, *(b for _, _, b, _ in links)}
    return {each: (each == EARLIER, each == OTHER, -size.get(each, 0), each) for each in names}


def _places(
    links: Sequence[Link], scale: float, far: int
) -> tuple[dict[tuple[int, str], _Node], float]:
    """Return the place of each node, keyed (pos, channel), and the height of the picture."""
    sums: dict[tuple[int, str], int] = {}
    for pos, a, b, n in links:
        if a != START:
            sums[pos, a] = sums.get((pos, a), 0) + n
        if pos == 1:
            sums[0, b] = sums.get((0, b), 0) + n
    ranks, nodes, bottom = _ranks(links), {}, 0.0
    for pos in range(far + 1):
        y = float(_HEAD)
        for key in sorted((k for k in sums if k[0] == pos), key=lambda k: ranks[k[1]]):
            nodes[key] = _Node(_left(pos, far), y, sums[key])
            y += max(sums[key] * scale, _LINE) + _GAP
        bottom = max(bottom, y)
    return nodes, bottom


def _bands(
    links: Sequence[Link],
    nodes: Mapping[tuple[int, str], _Node],
    scale: float,
    name: Callable[[str], str],
    number: Callable[[int], str],
) -> list[str]:
    """Draw the bands; at both ends they lie in the order of the nodes that they join."""
    ranks = _ranks(links)
    shown = [link for link in links if link[1] != START]
    out = {key: node.y for key, node in nodes.items()}
    into = dict(out)
    tops: dict[Link, float] = {}
    for link in sorted(shown, key=lambda e: (e[0], ranks[e[1]], ranks[e[2]])):
        tops[link] = out[link[0], link[1]]
        out[link[0], link[1]] += link[3] * scale
    drawn = []
    for link in sorted(shown, key=lambda e: (e[0], ranks[e[2]], ranks[e[1]])):
        pos, a, b, n = link
        end = (pos - 1, b)
        said = f"{name(a)} → {name(b)}: {number(n)}"
        x0, x1 = nodes[pos, a].x + _NODE, nodes[end].x
        drawn.append(_band((x0, tops[link]), (x1, into[end]), n * scale, said))
        into[end] += n * scale
    return drawn


def _band(start: tuple[float, float], end: tuple[float, float], wide: float, said: str) -> str:
    (x0, y0), (x1, y1) = start, end
    mid = (x0 + x1) / 2
    path = (
        f"M{x0:.1f},{y0:.1f}C{mid:.1f},{y0:.1f} {mid:.1f},{y1:.1f} {x1:.1f},{y1:.1f}v{wide:.2f}"
        f"C{mid:.1f},{y1 + wide:.1f} {mid:.1f},{y0 + wide:.1f} {x0:.1f},{y0 + wide:.1f}Z"
    )
    return (
        f'<path d="{path}" fill="{COLOURS["credit"]}" fill-opacity=".4" stroke="#fff"'
        f' stroke-width=".7"><title>{esc(said)}</title></path>'
    )


def _box(
    node: _Node,
    channel: str,
    scale: float,
    name: Callable[[str], str],
    number: Callable[[int], str],
) -> str:
    tall = max(node.orders * scale, 1.5)
    middle = node.y + max(tall, _LINE) / 2 + 4
    label = _short(name(channel))
    return (
        f'<rect x="{node.x:.1f}" y="{node.y:.1f}" width="{_NODE}" height="{tall:.1f}"'
        f' fill="{COLOURS["muted"]}"><title>{esc(name(channel))}</title></rect>'
        f'<text class="l" x="{node.x + _NODE + 5:.1f}" y="{middle:.1f}">{esc(label)}'
        f" <tspan>{esc(number(node.orders))}</tspan></text>"
    )


def _short(text: str) -> str:
    """Cut a long name; a Chinese letter is as wide as two others."""
    wide, kept = 0, ""
    for letter in text:
        wide += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if wide > _LETTERS:
            return f"{kept}…"
        kept += letter
    return kept
