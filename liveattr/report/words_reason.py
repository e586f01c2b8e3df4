"""Reasons of an order and evidence of a cause in words; a code without words shows itself. Pure."""

from __future__ import annotations

import json
from typing import Any

from liveattr.report.numbers import count
from liveattr.report.words import LANGS, WORDS, word

__all__ = ["reasons_said"]

SHOWN = 3
"""Reasons on the page; the table in the folder has all."""


def reasons_said(text: Any, lang: str, n: int = SHOWN) -> str:
    """Return the first reasons of a JSON list of [code, number …], plain text.

    Words are those under `reason.` and the code, where there are any; else the code with its
    numbers. What is no such list is shown as nothing.

    Examples
    --------
    >>> reasons_said('[["some_code", 12, 0.5]]', "en")
    'some code 12, 0.5'
    """
    try:
        found = json.loads(text) if isinstance(text, str) else []
    except json.JSONDecodeError:
        return ""
    listed = found if isinstance(found, list) else []
    told = [_said(each, lang) for each in listed if isinstance(each, list) and each]
    return ("；", "; ")[LANGS.index(lang)].join(told[:n])


def _said(reason: list[Any], lang: str) -> str:
    code = str(reason[0])
    key = f"reason.{code}"
    name = word(key, lang) if key in WORDS and "{" not in WORDS[key][0] else code.replace("_", " ")
    numbers = [_number(each) for each in reason[1:] if each is not None]
    return f"{name} {', '.join(numbers)}" if numbers else name


def _number(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:.2g}".replace("-", "−") if 0 < abs(value) < 1 else count(round(value, 1))
