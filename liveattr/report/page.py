"""One offline HTML page around the outputs of an executed notebook.

nbconvert's `basic` template gives the outputs; the page adds head, style sheet and nothing else:
no script, no font, no picture from anywhere. Code, prompts, Markdown and what cells print stay
in the notebook.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

from liveattr.report.html import css, esc

__all__ = ["NOTEBOOK_ONLY", "notebook_page", "page"]

NOTEBOOK_ONLY = "notebook-only"
"""Tag of cells whose output is for a notebook and not for the page."""

_LANG = {"zh": "zh-CN", "en": "en"}

_PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="liveattr">
<title>{title}</title>
<style>
@page {{ size: A4; margin: 14mm 12mm; }}
html {{ -webkit-text-size-adjust: 100%; }}
body {{ margin: 0; background: #fff; }}
main {{ max-width: 960px; margin: 0 auto; padding: 28px 22px 60px; }}
@media (max-width: 680px) {{ main {{ padding: 18px 14px 40px; }} }}
@media print {{ main {{ max-width: none; padding: 0; }} }}
{css}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def page(body: str, *, title: str, lang: str) -> str:
    """Put a head and the style sheet around HTML that is safe already.

    Parameters
    ----------
    body
        HTML, user text escaped.
    title
        Plain text.
    lang
        `zh` or `en`.
    """
    return _PAGE.format(lang=_LANG[lang], title=esc(title), css=css(), body=body)


def notebook_page(notebook: Any, *, title: str, lang: str) -> str:
    """Turn an executed notebook into a page: its HTML outputs, in order.

    Parameters
    ----------
    notebook
        An executed `nbformat` notebook (version 4).
    title
        Plain text.
    lang
        `zh` or `en`.
    """
    body, _ = _exporter().from_notebook_node(_shown(notebook))
    return page(body, title=title, lang=lang)


@cache  # its templates are compiled once
def _exporter() -> Any:
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    options = Config()
    options.HTMLExporter.exclude_input = True
    options.HTMLExporter.exclude_input_prompt = True
    options.HTMLExporter.exclude_output_prompt = True
    options.HTMLExporter.exclude_markdown = True
    return HTMLExporter(template_name="basic", config=options)


def _shown(notebook: Any) -> Any:
    """Return a copy with only the cells and outputs that belong on a page."""
    shown = copy.deepcopy(notebook)
    shown.cells = [
        cell
        for cell in shown.cells
        if cell.cell_type == "code" and NOTEBOOK_ONLY not in cell.metadata.get("tags", [])
    ]
    for cell in shown.cells:
        cell.outputs = [out for out in cell.outputs if "text/html" in out.get("data", {})]
    shown.cells = [cell for cell in shown.cells if cell.outputs]
    return shown
