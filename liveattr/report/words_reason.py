"""Reasons of an order and evidence of a cause in words; a code without words shows itself. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from liveattr.report.numbers import count, money, percent
from liveattr.report.words import LANGS, WORDS, word

__all__ = ["fallback_said", "order_said", "reasons_said"]

SHOWN = 3
"""Reasons on the page; the table in the folder has all."""
_ONE, _TIMES = 1, 2
"""From twice on a ratio is told in times, below in percent."""


def reasons_said(text: Any, lang: str, n: int = SHOWN, currency: str = "CNY") -> str:
    """Return the first reasons of a JSON list of [code, number …], plain text.

    Words are those under `reason.` and the code, with their numbers; a code without words, or with
    other numbers than its words take, is shown as it is. What is no such list is shown as nothing.

    Examples
    --------
    >>> reasons_said('[["demand_window", 14, 140.4], ["pack", 12], ["some_code", 0.5]]', "en")
    '140 wanted in 14 days; whole packs of 12; some code 0.5'
    >>> reasons_said('[["heat", 2.31], ["conversion", 0.4], ["late_share", 0.25]]', "zh")
    '直播间点击是同类的 2.3 倍；商城转化是同类的 40%；25% 的订单发货晚或有投诉'
    """
    try:
        found = json.loads(text) if isinstance(text, str) else []
    except json.JSONDecodeError:
        return ""
    listed = found if isinstance(found, list) else []
    told = [_said(each, lang, currency) for each in listed if isinstance(each, list) and each]
    return ("；", "; ")[LANGS.index(lang)].join(told[:n])


def order_said(line: Mapping[Any, Any], lang: str, n: int = SHOWN, currency: str = "CNY") -> str:
    """Return the reasons of a line of `order_plan`, and up to what is ordered where it reaches that.

    An order that a budget, a cause or a shelf life keeps below its target has only its reasons.

    Examples
    --------
    >>> line = {"reasons": '[["demand_window", 14, 178]]', "suggested_qty": 38, "available": 201}
    >>> order_said(line | {"returns_due": 0.9, "order_up_to": 239.8, "service_level": 0.98}, "en")
    '178 wanted in 14 days; stock up to 240, enough in 98% of cases'
    """
    said = reasons_said(line["reasons"], lang, n, currency)
    told = (line["available"], line["returns_due"], line["order_up_to"], line["service_level"])
    if not line["suggested_qty"] > 0 or not all(_is_number(each) for each in told):
        return said
    available, back, target, level = (float(each) for each in told)
    if available + back + int(line["suggested_qty"]) < target - _ONE:
        return said
    aim = word("order.up_to", lang, n=count(round(target)), level=percent(level, 1))
    return ("；", "; ")[LANGS.index(lang)].join(each for each in (said, aim) if each)


def _said(reason: list[Any], lang: str, currency: str) -> str:
    code, given = str(reason[0]), [each for each in reason[1:] if each is not None]
    if code == "stockout" and given and _is_number(given[0]) and given[0] < _ONE:
        return word("reason.stockout_now", lang)
    kinds = _KINDS.get(code)
    key = f"reason.{code}"
    if kinds is None or key not in WORDS or not _fit(given, kinds):
        numbers = ", ".join(_bare(each) for each in given)
        return f"{code.replace('_', ' ')} {numbers}".strip()
    told = [_WRITE[kind](each, lang, currency) for kind, each in zip(kinds, given, strict=True)]
    return word(key, lang, **dict(zip("ab", told, strict=False)))


def _fit(given: list[Any], kinds: tuple[str, ...]) -> bool:
    return len(given) == len(kinds) and all(
        isinstance(each, str) if kind == "cause" else _is_number(each)
        for kind, each in zip(kinds, given, strict=True)
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _bare(value: Any) -> str:
    if not _is_number(value):
        return str(value)
    return f"{value:.2g}".replace("-", "−") if 0 < abs(value) < 1 else count(round(value, 1))


def _pieces(value: Any, lang: str, currency: str) -> str:
    return count(round(value, 1 if abs(value) < 10 else 0))


def _fen(value: Any, lang: str, currency: str) -> str:
    return money(round(value), lang, currency)


def _share(value: Any, lang: str, currency: str) -> str:
    return percent(value, 1)


def _ratio(value: Any, lang: str, currency: str) -> str:
    if value >= _TIMES:
        return word("reason.ratio", lang, n=count(round(value, 1)))
    return word("reason.percent", lang, n=percent(round(value, 2), 1))


def _cause(value: Any, lang: str, currency: str) -> str:
    key = f"order.cause_{value}"
    return word(key, lang) if key in WORDS else str(value)


_WRITE: dict[str, Callable[[Any, str, str], str]] = {
    "pieces": _pieces, "days": _pieces, "fen": _fen, "share": _share, "ratio": _ratio,
    "cause": _cause,
}  # fmt: skip

_KINDS: dict[str, tuple[str, ...]] = {
    "demand_window": ("days", "pieces"),
    "event": ("pieces",),
    "stockout": ("days",),
    "enough": ("days",),
    "pack": ("pieces",),
    "moq": ("pieces",),
    "min_order": ("fen",),
    "pack_too_much": ("pieces",),
    "moq_too_much": ("pieces",),
    "min_order_too_much": ("fen",),
    "shelf_life": ("days",),
    "budget": ("pieces",),
    "diagnosis_cap": ("cause",),
    "new_sku": (),
    "no_terms": (),
    "no_cost": (),
    "no_price": (),
    "no_stock": (),
    "no_forecast": (),
    "returns": ("pieces",),
    "negative_margin": (),
    "price_gap": ("ratio",),
    "view_to_cart": ("ratio",),
    "cart_to_order": ("ratio",),
    "bounce": ("ratio",),
    "refund_rate": ("ratio",),
    "late_share": ("share",),
    "days_to_ship": ("days",),
    "out_share": ("share",),
    "heat": ("ratio",),
    "conversion": ("ratio",),
}
"""Code → how each number after it is written."""


def fallback_said(code: str, lang: str) -> str:
    """Return in words why a SKU is not told by the usual model.

    Examples
    --------
    >>> fallback_said("the history has no host Anna", "zh")
    '历史里没有 host Anna'
    """
    if f"fallback.{code}" in WORDS:
        return word(f"fallback.{code}", lang)
    heads = (key for key in WORDS if key.startswith("fallback."))
    for head in (key.removeprefix("fallback.") for key in heads):
        if code.startswith(f"{head} "):
            return word(f"fallback.{head}", lang, x=code.removeprefix(f"{head} "))
    return code
