"""Where the nodes, lines and words of a picture of a person go; plain arithmetic, no chance."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from liveattr.identity.graph_frames import short
from liveattr.identity.graph_words import (
    EVIDENCE_WORDS,
    KINDS,
    REASON_WORDS,
    SENTENCES,
    check_language,
    word,
)
from liveattr.identity.tiers import TIERS, is_platform

if TYPE_CHECKING:
    import pandas as pd

    from liveattr.identity.graph import Identifier, IdentityGraph

__all__ = ["Line", "Node", "Scene", "lay_out_person", "lay_out_refused"]

WIDTH = 356
"""[px] Of the drawing; with its margins it fits a phone."""

COLUMNS = (46, 134, 222, 310)
"""[px] Platform UID, device and visitor, phone and WeChat, mall account."""

ROW = 88
"""[px] From one node to the next below it."""

_TOP = 26
_MOST_NODES = 24
_MOST_OTHERS = 4
_NEIGHBOURS = 8
_BOWS = (0.0, -14.0, 14.0, -26.0, 26.0, -38.0, 38.0, -52.0, 52.0)
"""[px] So far a line may swing; the first of the best is taken."""

_SHIFT = (0.0, 22.0, -22.0, 0.0)
"""[px] Columns are shifted so much, down or up."""
_SWEEPS = 12

_Point = tuple[float, float]
_Box = tuple[float, float, float, float]

_AWAY = ("device", "visitor", "link_token", "ip")


@dataclass(frozen=True)
class Node:
    """A node: centre [px], name, short token, look (member, other, held), number in a ring."""

    x: float
    y: float
    name: str
    token: str
    look: str
    count: str = ""

    @property
    def drop(self) -> float:
        """[px] A ring is larger, and its name stands lower."""
        return 4.0 if self.look == "held" else 0.0


@dataclass(frozen=True)
class Line:
    """A line through points [px], its style (a tier, or refused), its word and where that stands."""

    points: tuple[tuple[float, float], ...]
    style: str
    label: str
    at: tuple[float, float] = (0.0, 0.0)

    @property
    def is_no(self) -> bool:
        """Whether it is evidence that was refused."""
        return self.style == "refused"


@dataclass(frozen=True)
class Scene:
    """All that a picture shows; `legend_top` [px] is where the legend begins."""

    title: str
    heading: tuple[str, ...]
    width: float
    height: float
    legend_top: float
    heads: tuple[tuple[float, float, str], ...]
    nodes: tuple[Node, ...]
    lines: tuple[Line, ...]


def lay_out_person(graph: IdentityGraph, person_id: str, lang: str) -> Scene:
    """Place a person's identifiers in columns, and what was refused beside them."""
    members = sorted(graph.person(person_id))
    shown, left_out = members[:_MOST_NODES], len(members) - _MOST_NODES
    rows = graph.touching(members)
    pairs = _pairs(rows)
    others = _others(graph, members, pairs)
    drawn = {*shown, *others}
    pairs = {
        pair: best
        for pair, best in pairs.items()
        if drawn >= set(pair) and _is_drawn(best, pair, others)
    }
    backbone = _backbone(pairs)
    firm = {pair: row for pair, row in pairs.items() if pair in backbone or row["reason"]}
    spots = _spots(sorted(drawn), firm)
    nodes = tuple(
        _node(graph, node, spots[node], "other" if node in others else "member", lang)
        for node in sorted(drawn)
    )
    boxes = _boxes(nodes)
    drawing = [_line(spots, pair, best, boxes, lang) for pair, best in firm.items()]
    pale = [pair for pair in pairs if pair not in firm]
    extra = [_line(spots, pair, pairs[pair], boxes, lang) for pair in pale]
    lines = tuple(replace(line, style="more", label="") for line in extra)
    lines += _with_labels(drawing, nodes)
    low = max(y for _, y in spots.values()) + 52
    refused = int((rows["reason"] != "").sum())
    title = _person_title(len(members), len(rows) - refused, refused, lang)
    heads: tuple[tuple[float, float, str], ...] = tuple(
        (float(x), 4.0, head)
        for x, head in zip(COLUMNS, word(SENTENCES, "columns", lang).split("|"), strict=True)
    )
    if left_out > 0:
        more = word(SENTENCES, "more", lang).format(n=left_out)
        heads += ((WIDTH / 2, low - 6, more),)
    return _scene(title, low, heads, nodes, lines, lang)


def lay_out_refused(graph: IdentityGraph, hub: Identifier, lang: str) -> Scene:
    """Place an identifier that joins nobody on the left, and some of its neighbours on the right."""
    rows = graph.touching([hub])
    pairs = _pairs(rows)
    near = sorted({end for pair in pairs for end in pair} - {hub})
    shown = near[:_NEIGHBOURS]
    step, right = 44.0, WIDTH - 92.0
    held = graph.held(hub)
    reason = "" if held is None else str(held["reason"])
    count = len(near) if held is None or not held["neighbours"] > 0 else int(held["neighbours"])
    middle = _TOP + step * (len(shown) + (count > len(shown)) - 1) / 2
    spots = {hub: (58.0, middle)}
    spots |= {node: (right, _TOP + step * at) for at, node in enumerate(shown)}
    nodes = [_node(graph, hub, spots[hub], "held", lang, count)]
    heads: list[tuple[float, float, str]] = []
    for node in shown:
        nodes.append(Node(*spots[node], "", "", "other"))
        heads.append((right + 52, spots[node][1] - 7, word(KINDS, node[0], lang)))
        heads.append((right + 52, spots[node][1] + 7, _token(node)))
    low = _TOP + step * (len(shown) - 1) + 18
    if count > len(shown):
        more = word(SENTENCES, "more", lang).format(n=f"{count - len(shown):,}")
        heads.append((right + 24, low + 24, more))
        low += 36
    low = max(low, middle + 64)
    lines = tuple(Line((spots[hub], spots[node]), "refused", "") for node in shown)
    heads.append((58.0, middle + 52, word(REASON_WORDS, reason, lang)))
    title = _refused_title(hub[0], {node[0] for node in near}, count, lang)
    return _scene(title, low, tuple(heads), tuple(nodes), lines, lang)


def _scene(
    title: str,
    low: float,
    heads: tuple[tuple[float, float, str], ...],
    nodes: tuple[Node, ...],
    lines: tuple[Line, ...],
    lang: str,
) -> Scene:
    styles = {line.style for line in lines}
    wide, colon = (24, "：") if check_language(lang) == 0 else (46, ": ")
    first, _, second = title.partition(colon) if len(title) > wide else (title, "", "")
    heading = tuple(line for part in (first, second) for line in textwrap.wrap(part, wide))
    height = low + 14 + 18 * -(-len(styles) // 2)
    return Scene(title, heading, WIDTH, height, low + 12, heads, nodes, lines)


def _person_title(members: int, counted: int, refused: int, lang: str) -> str:
    if check_language(lang) == 0:
        said = f"{members} 个标识，同一个人：{counted} 条证据"
        return said + (f"，{refused} 条没有采用" if refused else "")
    plural = "s" if members != 1 else ""
    said = f"{members} identifier{plural}, one person: {counted} piece{'s' if counted != 1 else ''} of evidence"
    return said + (f", {refused} refused" if refused else "")


def _refused_title(kind: str, near: set[str], count: int, lang: str) -> str:
    one, many = word(KINDS, kind, lang), word(KINDS, min(near), lang) if len(near) == 1 else ""
    if check_language(lang) == 0:
        return f"{count:,} 个{many or '标识'}，同一个{one}：不连接任何人"
    return f"{count:,} {many or 'identifier'}s, one {one}: it joins nobody"


def _column(kind: str) -> int:
    if is_platform(kind):
        return 0
    if kind in _AWAY:
        return 1
    return 3 if kind == "mall_account" else 2


def _token(node: Identifier) -> str:
    return short("", node[1])[1:]


def _pairs(rows: pd.DataFrame) -> dict[tuple[Identifier, Identifier], dict]:
    """Return each pair once: its strongest evidence that counts, else the strongest refused."""
    pairs: dict[tuple[Identifier, Identifier], dict] = {}
    for row in rows.to_dict("records"):  # ordered: strongest evidence of a pair first
        pair = ((row["left_kind"], row["left_id"]), (row["right_kind"], row["right_id"]))
        kept = pairs.get(pair)
        if kept is None or (kept["reason"] and not row["reason"]):
            pairs[pair] = {**row, "more": 0 if kept is None else kept["more"] + 1}
        else:
            kept["more"] += 1
    return pairs


def _backbone(
    pairs: dict[tuple[Identifier, Identifier], dict],
) -> set[tuple[Identifier, Identifier]]:
    """Return the strongest evidence that suffices: a tree over all that hangs together."""
    import networkx as nx

    graph = nx.Graph()
    order = sorted(
        (TIERS.index(row["tier"]), -row["weight"], pair)
        for pair, row in pairs.items()
        if not row["reason"]
    )
    for place, (_, _, pair) in enumerate(order):
        graph.add_edge(*pair, weight=place)
    tree = nx.minimum_spanning_edges(graph, data=False)
    return {(left, right) if left < right else (right, left) for left, right in tree}


def _others(
    graph: IdentityGraph,
    members: Sequence[Identifier],
    pairs: dict[tuple[Identifier, Identifier], dict],
) -> set[Identifier]:
    """Choose strangers to show: other ends of refused evidence, strongest first, a few."""
    own = set(members)
    found: list[tuple[int, float, Identifier]] = []
    for pair, row in pairs.items():
        outside = [end for end in pair if end not in own]
        if (
            row["reason"]
            and len(outside) == 1
            and not all(graph.held(end) for end in own & set(pair))
        ):
            found.append((TIERS.index(row["tier"]), -row["weight"], outside[0]))
    chosen: list[Identifier] = []
    for _, _, node in sorted(found):
        if node not in chosen and len(chosen) < _MOST_OTHERS:
            chosen.append(node)
    return set(chosen)


def _is_drawn(row: dict, pair: tuple[Identifier, Identifier], others: set[Identifier]) -> bool:
    """Between strangers nothing is drawn; to a stranger only what was refused."""
    strangers = sum(end in others for end in pair)
    return strangers == 0 or (strangers == 1 and bool(row["reason"]))


def _spots(
    nodes: Sequence[Identifier], pairs: dict[tuple[Identifier, Identifier], dict]
) -> dict[Identifier, tuple[float, float]]:
    """Place nodes in columns, and swap them within a column while that makes the picture tidier."""
    columns: list[list[Identifier]] = [[], [], [], []]
    for node in nodes:
        columns[_column(node[0])].append(node)
    most = max(len(column) for column in columns)
    ties = sorted(pairs)
    spots = _placed(columns, most)
    least = _untidy(spots, ties)
    for _ in range(_SWEEPS):
        before = least
        for column, at, to in _swaps(columns):
            column[at], column[to] = column[to], column[at]
            tried = _placed(columns, most)
            cost = _untidy(tried, ties)
            if cost < least:
                spots, least = tried, cost
            else:
                column[at], column[to] = column[to], column[at]
        if least == before:
            break
    top = min(at for _, at in spots.values())
    return {node: (x, at - top + _TOP + 10) for node, (x, at) in spots.items()}


def _swaps(columns: Sequence[list[Identifier]]) -> list[tuple[list[Identifier], int, int]]:
    return [(c, at, to) for c in columns for at in range(len(c)) for to in range(at + 1, len(c))]


def _placed(
    columns: Sequence[Sequence[Identifier]], most: int
) -> dict[Identifier, tuple[float, float]]:
    """Centre the columns, the two in the middle a little apart, so that lines pass between nodes."""
    return {
        node: (COLUMNS[at], ROW * (place + (most - len(column)) / 2) + _SHIFT[at])
        for at, column in enumerate(columns)
        for place, node in enumerate(column)
    }


def _untidy(
    spots: dict[Identifier, tuple[float, float]], ties: Sequence[tuple[Identifier, Identifier]]
) -> float:
    """Judge a placing: long lines are bad, lines that cross or pass a node are worse."""
    lines = [(spots[left], spots[right]) for left, right in ties]
    cost = sum(abs(a[1] - b[1]) for a, b in lines)
    for at, (a, b) in enumerate(lines):
        cost += 150 * sum(_crosses(a, b, *other) for other in lines[at + 1 :])
        cost += 250 * sum(_passes(a, b, spot) for spot in spots.values())
    return cost


def _crosses(a: _Point, b: _Point, c: _Point, d: _Point) -> bool:
    """Say whether two lines cross between their ends."""
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: _Point, b: _Point, c: _Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _passes(a: _Point, b: _Point, spot: _Point) -> bool:
    """Say whether a line comes near a node (and the name under it) that is not its end."""
    if spot in (a, b):
        return False
    long = ((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) ** 0.5
    middle = (spot[0], spot[1] + 8)
    along = ((middle[0] - a[0]) * (b[0] - a[0]) + (middle[1] - a[1]) * (b[1] - a[1])) / long
    return 0 < along < long and abs(_side(a, b, middle)) / long < 24


def _node(
    graph: IdentityGraph,
    node: Identifier,
    spot: tuple[float, float],
    look: str,
    lang: str,
    count: int | None = None,
) -> Node:
    held = graph.held(node)
    if held is not None:
        look = "held"
        count = count if count is not None else int(held["neighbours"] or 0)
    number = f"{count:,}" if held is not None and count else ""
    return Node(*spot, word(KINDS, node[0], lang), _token(node), look, number)


def _line(
    spots: dict[Identifier, tuple[float, float]],
    pair: tuple[Identifier, Identifier],
    row: dict,
    boxes: Sequence[_Box],
    lang: str,
) -> Line:
    """Curve a line just so far that it passes other nodes and names at the side."""
    start, end = sorted(spots[end] for end in pair)
    points = min(
        (_curve(start, end, bow) for bow in _BOWS),
        key=lambda curve: _covered(curve, boxes) + _bent(curve),
    )
    if row["reason"]:
        return Line(points, "refused", f"× {word(REASON_WORDS, row['reason'], lang)}")
    more = f" +{row['more']}" if row["more"] else ""
    return Line(
        points, row["tier"], f"{word(EVIDENCE_WORDS, row['evidence'], lang)} {row['tier']}{more}"
    )


def _curve(
    start: tuple[float, float], end: tuple[float, float], bow: float
) -> tuple[tuple[float, float], ...]:
    """Return 25 points of a quadratic curve, `bow` [px] away from the straight line."""
    (x0, y0), (x1, y1) = start, end
    long = max(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5, 1.0)
    middle = (
        (x0 + x1) / 2 - 2 * bow * (y1 - y0) / long,
        (y0 + y1) / 2 + 2 * bow * (x1 - x0) / long,
    )
    points = []
    for step in range(25):
        t = step / 24
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
        points.append((a * x0 + b * middle[0] + c * x1, a * y0 + b * middle[1] + c * y1))
    return tuple(points)


def _covered(curve: tuple[tuple[float, float], ...], boxes: Sequence[_Box]) -> float:
    """Count the points that are in a box or beside the picture; the first and last few are not asked."""
    inner = curve[2:-2]
    hits = sum(any(b[0] < x < b[2] and b[1] < y < b[3] for b in boxes) for x, y in inner)
    return hits + sum(not 4 < x < WIDTH - 4 for x, _ in inner)


def _bent(curve: tuple[tuple[float, float], ...]) -> float:
    (x0, y0), (x1, y1), (x, y) = curve[0], curve[-1], curve[12]
    return 0.03 * (abs(x - (x0 + x1) / 2) + abs(y - (y0 + y1) / 2))


def _boxes(nodes: Sequence[Node]) -> list[_Box]:
    """Return what each node covers: its circle, and the name under it."""
    found: list[_Box] = []
    for node in nodes:
        round_ = 15 if node.look == "held" else 9
        wide = max(_wide(node.name, 11), _wide(node.token, 10)) / 2 + 1
        found.append((node.x - round_, node.y - round_, node.x + round_, node.y + round_))
        found.append((node.x - wide, node.y + 12, node.x + wide, node.y + 38))
    return found


def _wide(text: str, size: float) -> float:
    """Return about how wide a text is [px]."""
    return sum(size if ord(letter) > 0x2E80 else 0.56 * size for letter in text)


def _with_labels(lines: Sequence[Line], nodes: Sequence[Node]) -> tuple[Line, ...]:
    """Put each word where it covers no node, no name and no other word, as far as there is room."""
    taken = _boxes(nodes)
    placed: list[Line] = []
    for line in lines:
        wide = _wide(line.label, 10) / 2 + 2
        best, least = line.points[12], float("inf")
        for at in range(4, 21):
            for lift in (0, -8, 8, -14, 14):
                x, y = line.points[at][0], line.points[at][1] + lift
                x = min(max(x, wide), WIDTH - wide)
                box = (x - wide, y - 7, x + wide, y + 7)
                cost = sum(_overlap(box, each) for each in taken) + abs(lift) + 2 * abs(at - 12)
                cost += 12 * sum(
                    box[0] < px < box[2] and box[1] < py < box[3]
                    for other in lines
                    if other is not line
                    for px, py in other.points
                )
                if cost < least:
                    best, least = (x, y), cost
        taken.append((best[0] - wide, best[1] - 7, best[0] + wide, best[1] + 7))
        placed.append(replace(line, at=best))
    return tuple(placed)


def _overlap(one: _Box, other: _Box) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide * high if wide > 0 and high > 0 else 0.0
