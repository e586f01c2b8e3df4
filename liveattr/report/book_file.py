"""The planners' workbook as a file: an open one with its words and formats; colours of the house."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from liveattr.report.numbers import currency_name
from liveattr.report.words import word

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format

__all__ = ["INPUTS", "TEXTS", "WRAPPED", "Book", "open_book"]

INK, MUTED, LINE = "#1D2530", "#69727F", "#E4E7EB"
HEAD_FILL, BAND_FILL = "#EDF1F5", "#DFE6EC"
INPUT_FILL, INPUT_HEAD = "#FFF6D6", "#FFE9A8"
_FONTS = {"zh": "Microsoft YaHei", "en": "Calibri"}
NUMBERS = {
    "count": "#,##0",
    "pieces": "#,##0.0",
    "yuan": "#,##0.00;−#,##0.00;–",
    "day": "yyyy-mm-dd",
    "moment": "mm-dd hh:mm",
    "share": "0%",
    "share_1": "0.0%",
    "score": "0.000",
    "level": "General",
    "change": "+#,##0;−#,##0;0",
    "text": "@",
    "long": "@",
    "decision": "#,##0",
    "note": "@",
}
"""Kind of a column → number format."""
TEXTS = ("text", "long", "note")
INPUTS = ("decision", "note")
WRAPPED = ("long", "note")


@dataclass(frozen=True)
class Book:
    """An open workbook with its formats."""

    file: Workbook
    lang: str
    currency: str
    formats: Mapping[str, Format]

    def say(self, key: str, **values: object) -> str:
        """Return a word of the workbook; `{unit}` is its currency."""
        unit = currency_name(self.currency, self.lang)
        return word(f"book.{key}", self.lang, unit=unit, **values)


def open_book(file: Any, lang: str, currency: str, as_of: dt.date) -> Book:
    """Open a workbook that keeps one row in memory; the same rows give the same bytes.

    Parameters
    ----------
    file
        Path, or a binary stream.
    lang
        `zh` or `en`.
    currency
        ISO 4217.
    as_of
        Stands in its properties as the day it was made.
    """
    from xlsxwriter import Workbook

    font = {"font_name": _FONTS[lang], "font_size": 10, "font_color": INK, "valign": "vcenter"}
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": font,
    }
    made = Workbook(file, options)
    made.set_properties(
        {"title": word("order.title", lang), "created": dt.datetime.combine(as_of, dt.time())}
    )
    made.set_calc_mode("auto")
    return Book(made, lang, currency, _formats(made))


def _formats(made: Workbook) -> dict[str, Format]:
    """Return the formats: kinds of cells, heads, titles, and marks for conditional formats."""
    found = {
        kind: made.add_format(
            {"num_format": number, "align": "left" if kind in TEXTS else "right"}
            | {"bottom": 1, "bottom_color": LINE}
            | ({"text_wrap": True} if kind in WRAPPED else {})
            | ({"indent": 1} if kind in TEXTS else {})
            | ({"bg_color": INPUT_FILL, "locked": False} if kind in INPUTS else {})
        )
        for kind, number in NUMBERS.items()
    }
    head = {"bold": True, "bg_color": HEAD_FILL, "text_wrap": True, "bottom": 1}
    found["head_text"] = made.add_format({**head, "align": "left", "indent": 1})
    found["head_number"] = made.add_format({**head, "align": "right"})
    found["head_decision"] = made.add_format({**head, "bg_color": INPUT_HEAD, "align": "right"})
    found["head_note"] = made.add_format({**head, "bg_color": INPUT_HEAD, "indent": 1})
    found["band"] = made.add_format({"bg_color": BAND_FILL, "font_color": MUTED, "indent": 1})
    found["title"] = made.add_format({"bold": True, "font_size": 14, "indent": 1})
    found["label"] = made.add_format({"font_color": MUTED, "align": "right"})
    found["total"] = made.add_format({"bold": True, "num_format": "#,##0", "align": "right"})
    found["total_yuan"] = made.add_format(
        {"bold": True, "num_format": "#,##0.00", "align": "right"}
    )
    found["value"] = made.add_format({"align": "right", "bottom": 1, "bottom_color": LINE})
    found["muted"] = made.add_format({"font_color": MUTED, "text_wrap": True, "valign": "top"})
    found["said"] = made.add_format({"text_wrap": True, "valign": "top"})
    return found
