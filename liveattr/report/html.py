"""Small pieces of HTML: the object that a notebook and a report both show, and plain tables.

Everything that a user wrote goes through `esc` here; no other module writes a `<` around it.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Block", "Cell", "css", "esc", "head_row", "para", "row", "section", "style", "table"]

FONTS = '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","WenQuanYi Micro Hei",sans-serif'
"""The reader's own fonts: none is sent along."""


@dataclass(frozen=True)
class Block:
    """A piece of a report: shows as HTML in Jupyter and stands unchanged in the report.

    Attributes
    ----------
    name
        What it is, e.g. `headline`; the text that a terminal shows.
    html
        The HTML, user text escaped.
    """

    name: str
    html: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"<{self.name}>"


@dataclass(frozen=True)
class Cell:
    """One table cell: HTML that is safe already, numbers to the right, muted or not."""

    html: str
    number: bool = False
    muted: bool = False


def esc(text: object) -> str:
    """Escape text for HTML, quotes too.

    Examples
    --------
    >>> esc('<b>"Tom" & 猫</b>')
    '&lt;b&gt;&quot;Tom&quot; &amp; 猫&lt;/b&gt;'
    """
    return html.escape(str(text), quote=True)


@cache
def css() -> str:
    """Return the style sheet of all pages."""
    return (Path(__file__).parent / "page.css").read_text(encoding="utf-8").replace("FONTS", FONTS)


def style() -> Block:
    """Return the style sheet as a notebook output, so that blocks look there as in the report."""
    return Block("style", f"<style>{css()}</style>")


def section(name: str, title: str, lead: str, *parts: str) -> Block:
    """Return one section: heading, one sentence (both plain text), then HTML parts."""
    said = f'<p class="lead">{esc(lead)}</p>' if lead else ""
    body = "".join(parts)
    return Block(name, f'<section class="la {name}"><h2>{esc(title)}</h2>{said}{body}</section>')


def para(text: str, kind: str = "note") -> str:
    """Return a paragraph of plain text."""
    return f'<p class="{kind}">{esc(text)}</p>'


def _cell(cell: Cell, tag: str) -> str:
    kinds = [name for name, on in (("n", cell.number), ("m", cell.muted)) if on]
    mark = f' class="{" ".join(kinds)}"' if kinds else ""
    return f"<{tag}{mark}>{cell.html}</{tag}>"


def row(cells: Iterable[Cell], kind: str = "") -> str:
    """Return one table row; `kind` is its class."""
    mark = f' class="{kind}"' if kind else ""
    return f"<tr{mark}>{''.join(_cell(cell, 'td') for cell in cells)}</tr>"


def head_row(heads: Sequence[tuple[str, bool]]) -> str:
    """Return the head of a table from (plain text, is a number) pairs."""
    cells = "".join(_cell(Cell(esc(text), number), "th") for text, number in heads)
    return f"<thead><tr>{cells}</tr></thead>"


def table(heads: Sequence[tuple[str, bool]], rows: Iterable[str], kind: str = "") -> str:
    """Return a table in a box of its own, in which it scrolls where the page is narrow."""
    mark = f' class="{kind}"' if kind else ""
    return f'<div class="wrap"><table{mark}>{head_row(heads)}<tbody>{"".join(rows)}</tbody></table></div>'
