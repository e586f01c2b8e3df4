"""Empty sheets that a merchant fills: broadcasts, costs, goods, stock, consents and the like.

A template is a preset of the family `template`. `write_template` makes its workbook: the first
sheet is the empty table (this is the one that `ingest` reads), the second says how to fill it, in
Chinese and English. Ids are text columns, since a spreadsheet destroys numbers of 16 or more digits.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from liveattr.errors import FormatError, ParameterError, did_you_mean
from liveattr.formats import Field, Spec, preset_names, read_preset

__all__ = ["template_names", "write_template"]

_REQUIRED_FILL = "#FFF6D6"
"""Pale yellow: a column that must be filled."""

_HEAD_FILL = "#EDF1F5"
_NUMBER_FORMATS = {
    "yuan": "#,##0.00",
    "int": "0",
    "number": "General",
    "date": "yyyy-mm-dd",
    "time_text": "yyyy-mm-dd hh:mm",
}
"""Kind → number format; every other kind is text."""

_LIST_CHARACTERS = 255
"""A spreadsheet allows no longer list of choices in one cell."""

_LAST_ROW = 10_000
"""Rows below the head that get a list of choices."""

_SHEET_NAME = 31
"""Longest name of a sheet [characters]."""

_MADE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
"""One moment for all workbooks: the same preset gives the same file."""

_GUIDE_HEADS = (
    ("字段 field", 20),
    ("中文名", 16),
    ("必填 required", 14),
    ("单位 unit", 12),
    ("怎么填", 56),
    ("meaning", 56),
    ("示例 example", 24),
    ("可填的词 words", 44),
)
"""Heads of the second sheet and their widths."""


def template_names() -> list[str]:
    """Return the names of all templates.

    Examples
    --------
    >>> "sku_cogs" in template_names(), "doudian_orders" in template_names()
    (True, False)
    """
    return [n for n in preset_names() if read_preset(n).family == "template"]


def write_template(name: str, out: str | Path) -> Path:
    """Write the empty sheet of one template.

    Parameters
    ----------
    name
        A template, e.g. `campaign_costs`; see `template_names`.
    out
        The file to make: `.xlsx` (with explanations), or `.csv` (the head alone). It must not
        exist: a sheet that somebody filled is never overwritten.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    FormatError
        If there is no such template.
    ParameterError
        If `out` exists, cannot be written, or ends in neither `.xlsx` nor `.csv`.
    """
    if name not in template_names():
        raise FormatError(f"there is no template {name!r}; {did_you_mean(name, template_names())}")
    path, spec = Path(out), read_preset(name)
    if path.suffix.lower() not in (".xlsx", ".csv"):
        raise ParameterError(f"{path.name}: a template is an .xlsx or a .csv file")
    if path.exists():
        raise ParameterError(f"{path} exists already; give another name, it may be filled")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() == ".csv":
        _write_csv(spec, path)
    else:
        try:
            _write_xlsx(spec, path)
        except FileCreateError as error:
            raise ParameterError(f"{path} cannot be written: {error}") from error
    return path


def _fields(spec: Spec) -> dict[str, Field]:
    return {n: f for n, f in spec.fields.items() if f.kind != "drop"}


def _words(field: Field) -> list[str]:
    """Return the words of an enum, the first spelling of each meaning."""
    first: dict[str, str] = {}
    for word, meaning in field.map.items():
        first.setdefault(meaning, word)
    return list(first.values()) or (["是", "否"] if field.kind in ("bool", "consent") else [])


def _write_csv(spec: Spec, path: Path) -> None:
    # With the mark in front, a Chinese spreadsheet opens the file as UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerow(_fields(spec))


def _write_xlsx(spec: Spec, path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"title": spec.title["zh"], "created": _MADE})
        _write_table(book, spec)
        _write_guide(book, spec)


def _write_table(book: Any, spec: Spec) -> None:
    sheet = book.add_worksheet(f"{spec.title['zh']} {spec.preset}"[:_SHEET_NAME])
    sheet.freeze_panes(1, 0)
    for column, (name, field) in enumerate(_fields(spec).items()):
        fill = {"bg_color": _REQUIRED_FILL} if field.required else {}
        cells = book.add_format({"num_format": _NUMBER_FORMATS.get(field.kind, "@"), **fill})
        head = {"bold": True, "bottom": 1, "bg_color": _HEAD_FILL, **fill}
        sheet.set_column(column, column, _width(name, field), cells)
        sheet.write_string(0, column, name, book.add_format(head))
        sheet.write_comment(0, column, _comment(field), {"x_scale": 2, "y_scale": 1.6})
        words = _words(field)
        if words and len(",".join(words)) <= _LIST_CHARACTERS:
            choice = {"validate": "list", "source": words, "error_type": "warning"}
            sheet.data_validation(1, column, _LAST_ROW, column, choice)


def _width(name: str, field: Field) -> int:
    return max(12, len(name) + 3, _cells_wide(field.example) + 2)


def _cells_wide(text: str) -> int:
    return sum(2 if ord(c) > 0x2E80 else 1 for c in text)


def _comment(field: Field) -> str:
    label = f"{field.aliases[0]}：" if field.aliases else ""
    unit = f"（{field.unit}）" if field.unit else ""
    must = "必填。" if field.required else "可不填。"
    lines = [f"{label}{field.zh}{unit}。{must}", field.en]
    return "\n".join([*lines, f"例 e.g. {field.example}"] if field.example else lines)


def _write_guide(book: Any, spec: Spec) -> None:
    sheet = book.add_worksheet("怎么填 How to fill")
    bold, wrap = (
        book.add_format({"bold": True}),
        book.add_format({"text_wrap": True, "valign": "top"}),
    )
    must = book.add_format({"text_wrap": True, "valign": "top", "bg_color": _REQUIRED_FILL})
    head = book.add_format({"bold": True, "bottom": 1, "bg_color": _HEAD_FILL})
    sheet.write_string(0, 0, f"{spec.title['zh']} · {spec.title['en']} ({spec.preset})", bold)
    for row, text in enumerate(_notes(spec), start=1):
        sheet.write_string(row, 0, text)
    top = len(_notes(spec)) + 2
    for column, (title, width) in enumerate(_GUIDE_HEADS):
        sheet.set_column(column, column, width)
        sheet.write_string(top, column, title, head)
    for row, (name, field) in enumerate(_fields(spec).items(), start=top + 1):
        for column, text in enumerate(_guide_row(name, field)):
            sheet.write_string(row, column, text, must if field.required else wrap)
    sheet.freeze_panes(top + 1, 1)


def _notes(spec: Spec) -> list[str]:
    own = spec.note if isinstance(spec.note, dict) else {"zh": spec.note}
    return [
        *(own[lang] for lang in ("zh", "en") if own.get(lang)),
        "浅黄色的列必须填。第一张表的表头不要改，列的顺序可以变；日期时间按北京时间填。",
        "Pale yellow columns must be filled. Keep the heads of the first sheet; columns may change "
        "places. Times are Beijing time.",
    ]


def _guide_row(name: str, field: Field) -> Iterable[str]:
    return (
        name,
        field.aliases[0] if field.aliases else "",
        "必填 yes" if field.required else "",
        field.unit,
        field.zh,
        field.en,
        field.example,
        "、".join(_words(field)),
    )
