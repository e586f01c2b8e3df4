"""Pictures of a person and of an identifier that joins nobody: Altair, as SVG with real text.

A picture is as wide as a phone. What a colour says, a line style and a word say too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from liveattr.errors import ParameterError
from liveattr.identity.graph_frames import short
from liveattr.identity.graph_words import SENTENCES, check_language, word
from liveattr.identity.layout import Line, Scene, lay_out_person, lay_out_refused

if TYPE_CHECKING:
    from liveattr.identity.graph import IdentityGraph

__all__ = ["Picture", "draw_person", "draw_refused"]

INK, MUTED, PALE = "#1d2530", "#69727f", "#ccd2d9"
TRUE, WARN = "#0f766e", "#b4233a"
"""Colours of the reports (`liveattr.report.charts`)."""

FONT = "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','WenQuanYi Micro Hei',sans-serif"
"""The reader's own fonts."""

STYLES: dict[str, dict[str, Any]] = {
    "more": {"color": PALE, "strokeWidth": 1.2},
    "A": {"color": TRUE, "strokeWidth": 3},
    "A-": {"color": TRUE, "strokeWidth": 1.5},
    "B": {"color": MUTED, "strokeWidth": 1.5, "strokeDash": [7, 3]},
    "refused": {"color": WARN, "strokeWidth": 1.5, "strokeDash": [2, 3]},
}
"""Tier → how its line looks: told apart without colour too."""

_NAMED = {"A": "strong", "A-": "good", "B": "weak", "refused": "no", "more": "rest"}


@dataclass(frozen=True)
class Picture:
    """A drawing as SVG: shows in Jupyter, and `save` writes it.

    Attributes
    ----------
    title
        What it says, in one sentence.
    svg
        The drawing: real text, no script, no link.
    """

    title: str
    svg: str

    def save(self, path: str | Path) -> Path:
        """Write the SVG, or a PNG twice as large if the name ends so."""
        target = Path(path)
        if target.suffix == ".png":
            import vl_convert

            target.write_bytes(vl_convert.svg_to_png(self.svg, scale=2))
        else:
            target.write_text(self.svg, encoding="utf-8")
        return target

    def __repr__(self) -> str:
        return f"<Picture: {self.title}>"

    def _repr_html_(self) -> str:
        return self.svg


def draw_person(graph: IdentityGraph, person_id: str, lang: str = "zh") -> Picture:
    """Draw a person: platform UIDs, devices, phones and mall accounts in columns, evidence as lines.

    Parameters
    ----------
    graph
        People and evidence.
    person_id
        The person.
    lang
        `zh` or `en`.

    Returns
    -------
    Picture
        Strong lines are the strongest evidence that suffices to make one person; what says the same
        again is pale. Line style says the tier, a dotted red line evidence that was refused, a hollow ring an
        identifier that joins nobody, with the number of others that it was seen with. The same
        person gives the same bytes.

    Raises
    ------
    ParameterError
        If there is no such person or language.
    """
    check_language(lang)
    scene = lay_out_person(graph, person_id, lang)
    return Picture(scene.title, _svg(scene, lang))


def draw_refused(graph: IdentityGraph, kind: str, id: str, lang: str = "zh") -> Picture:
    """Draw an identifier that joins nobody, and some of those that it would have joined.

    Parameters
    ----------
    graph
        People and evidence.
    kind, id
        An identifier that is quarantined.
    lang
        `zh` or `en`.

    Raises
    ------
    ParameterError
        If the identifier is not quarantined, or there is no such language.
    """
    check_language(lang)
    if graph.held((kind, id)) is None:
        raise ParameterError(f"{short(kind, id)} is not quarantined: draw its person instead")
    scene = lay_out_refused(graph, (kind, id), lang)
    return Picture(scene.title, _svg(scene, lang))


def _svg(scene: Scene, lang: str) -> str:
    import altair as alt
    import vl_convert

    place = {
        "x": alt.X("x:Q", axis=None, scale={"domain": [0, scene.width], "nice": False}),
        "y": alt.Y("y:Q", axis=None, scale={"domain": [scene.height, 0], "nice": False}),
    }
    layers: list[Any] = []
    for style in STYLES:
        points = _points(line for line in scene.lines if line.style == style)
        if len(points):
            mark = alt.Chart(points).mark_line(strokeCap="butt", **STYLES[style])
            layers.append(mark.encode(detail="line:N", order="order:Q", **place))
    layers += _nodes(alt, scene, place)
    layers += _labels(alt, scene, place)
    layers += _legend(alt, scene, place, lang)
    title = {
        "text": list(scene.heading),
        "anchor": "start",
        "fontSize": 14,
        "color": INK,
        "offset": 12,
    }
    chart = alt.layer(*layers).properties(
        width=scene.width, height=scene.height, title=title, padding=12, background="#ffffff"
    )
    spec = chart.configure(font=FONT, view={"stroke": None}).to_dict(validate=False)
    svg = str(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]))
    return svg


def _points(lines: Iterable[Line]) -> pd.DataFrame:
    rows = [
        (number, order, x, y)
        for number, line in enumerate(lines)
        for order, (x, y) in enumerate(line.points)
    ]
    return pd.DataFrame(rows, columns=["line", "order", "x", "y"])


def _nodes(alt: Any, scene: Scene, place: dict[str, Any]) -> list[Any]:
    looks = {
        "member": {"color": INK, "filled": True, "size": 190},
        "other": {"fill": "#ffffff", "stroke": MUTED, "strokeWidth": 1.5, "size": 190},
        "held": {"fill": "#ffffff", "stroke": WARN, "strokeWidth": 2, "size": 560},
    }
    layers = []
    for look, mark in looks.items():
        nodes = [node for node in scene.nodes if node.look == look]
        if nodes:
            frame = pd.DataFrame([(node.x, node.y) for node in nodes], columns=["x", "y"])
            layers.append(alt.Chart(frame).mark_point(opacity=1, **mark).encode(**place))
    return layers


def _labels(alt: Any, scene: Scene, place: dict[str, Any]) -> list[Any]:
    """Write names under the nodes, numbers into rings, words on the lines, heads over the columns."""
    layers = []
    for texts, look in (
        (
            [(n.x, n.y + 19 + n.drop, n.name) for n in scene.nodes if n.name],
            {"fontSize": 11, "color": INK},
        ),
        (
            [(n.x, n.y + 32 + n.drop, n.token) for n in scene.nodes if n.token],
            {"fontSize": 10, "color": MUTED},
        ),
        ([(n.x, n.y, n.count) for n in scene.nodes if n.count], {"fontSize": 11, "color": WARN}),
        (list(scene.heads), {"fontSize": 10, "color": MUTED}),
    ):
        halo = {"stroke": "#ffffff", "strokeWidth": 3, "strokeJoin": "round"}
        layers += _text(alt, texts, place, **{**look, **halo, "color": "#ffffff"})
        layers += _text(alt, texts, place, **look)
    for refused, colour in ((False, INK), (True, WARN)):
        words = [
            (*line.at, line.label) for line in scene.lines if line.label and line.is_no == refused
        ]
        halo = {"stroke": "#ffffff", "strokeWidth": 4, "strokeJoin": "round", "color": "#ffffff"}
        layers += _text(alt, words, place, fontSize=10, **halo)
        layers += _text(alt, words, place, fontSize=10, color=colour)
    return layers


def _text(alt: Any, texts: list[Any], place: dict[str, Any], **look: Any) -> list[Any]:
    if not texts:
        return []
    frame = pd.DataFrame(texts, columns=["x", "y", "text"])
    mark = alt.Chart(frame).mark_text(**{"align": "center", "baseline": "middle", **look})
    return [mark.encode(text="text:N", **place)]


def _legend(alt: Any, scene: Scene, place: dict[str, Any], lang: str) -> list[Any]:
    """Show under the drawing how the lines look that are in it."""
    used = [style for style in (*_NAMED,) if any(line.style == style for line in scene.lines)]
    layers: list[Any] = []
    for number, style in enumerate(used):
        x = 4 + (scene.width / 2) * (number % 2)
        y = scene.legend_top + 18 * (number // 2)
        ends = pd.DataFrame({"x": [x, x + 26], "y": [y, y]})
        layers.append(alt.Chart(ends).mark_line(strokeCap="butt", **STYLES[style]).encode(**place))
        said = word(SENTENCES, _NAMED[style], lang)
        layers += _text(alt, [(x + 32, y, said)], place, align="left", fontSize=10, color=MUTED)
    return layers
