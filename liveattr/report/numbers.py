"""How reports write numbers: whole fen and ppm in, short text out.

One decimal at most (two for a ROI under 10, because break-even is 1); 万元 from 100,000 yuan up
in Chinese, thousands separators in English; a minus sign, never a hyphen. None is the caller's
business: what is not given has words, not a number.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from liveattr.report.words import WORDS, word

__all__ = ["MANY_FEN", "count", "currency_name", "day_of", "money", "percent", "plain", "ratio"]

MANY_FEN = 10_000_000
"""From 100,000 of the currency up, Chinese text counts in 万: the way operators speak."""

_SYMBOLS = {"CNY": "¥", "USD": "$", "GBP": "£", "EUR": "€"}
_SMALL_FEN = 100_000
_PPM = Decimal(1_000_000)
_WAN_FEN = Decimal(1_000_000)


def _round(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _text(value: Decimal, places: int) -> str:
    """Thousands separators, at most `places` decimals, no `.0`, no negative zero."""
    rounded = _round(value, places)
    text = f"{abs(rounded):,.{places}f}"
    if places:
        text = text.rstrip("0").rstrip(".")
    return f"−{text}" if rounded < 0 else text


def plain(fen: int) -> str:
    """Write money as a bare number in the currency: whole from 1,000 up, else one decimal.

    Examples
    --------
    >>> plain(-129950), plain(8950), plain(0)
    ('−1,300', '89.5', '0')
    """
    return _text(Decimal(int(fen)) / 100, 0 if abs(fen) >= _SMALL_FEN else 1)


def currency_name(currency: str, lang: str) -> str:
    """Return the name of a currency; one without words keeps its ISO code.

    Examples
    --------
    >>> currency_name("CNY", "zh"), currency_name("JPY", "zh")
    ('元', 'JPY')
    """
    key = f"currency.{currency}"
    return word(key, lang) if key in WORDS else currency


def money(fen: int, lang: str, currency: str = "CNY") -> str:
    """Write money with its unit.

    Parameters
    ----------
    fen
        Whole 1/100 of the currency, signed.
    lang
        `zh` or `en`.
    currency
        ISO 4217.

    Examples
    --------
    >>> money(486_200_00, "zh"), money(-12_345_00, "zh"), money(486_200_00, "en", "USD")
    ('48.6 万元', '−12,345 元', '$486,200')
    >>> money(-486_200_00, "zh", "USD")
    '−48.6 万美元'
    """
    fen = int(fen)
    if lang == "zh":
        name = currency_name(currency, lang)
        if abs(fen) >= MANY_FEN:
            return f"{_text(fen / _WAN_FEN, 1)} 万{name}"
        return f"{plain(fen)} {name}"
    sign = "−" if fen < 0 else ""
    symbol = _SYMBOLS.get(currency, f"{currency} ")
    return f"{sign}{symbol}{plain(abs(fen))}"


def ratio(ppm: int) -> str:
    """Write a ratio: two decimals under 10, else one.

    Examples
    --------
    >>> ratio(990_000), ratio(12_640_000), ratio(-50_000)
    ('0.99', '12.6', '−0.05')
    """
    value = Decimal(int(ppm)) / _PPM
    places = 2 if abs(value) < 10 else 1
    rounded = _round(value, places)
    sign = "−" if rounded < 0 else ""
    return f"{sign}{abs(rounded):,.{places}f}"


def percent(part: int | float, whole: int | float) -> str:
    """Write a share in percent; only all is 100%, only nothing is 0%.

    Examples
    --------
    >>> percent(348, 1000), percent(12, 1000), percent(9999, 10000), percent(1, 10**6)
    ('35%', '1.2%', '99.9%', '<0.1%')
    """
    share = Decimal(str(part)) / Decimal(str(whole)) * 100
    if 0 < share < Decimal("0.05"):
        return "<0.1%"
    if Decimal("99.5") <= share < 100:
        return f"{min(_round(share, 1), Decimal('99.9'))}%"
    return f"{_text(share, 0 if abs(share) >= 10 else 1)}%"


def count(number: int | float) -> str:
    """Write a count with thousands separators; a sum of shares keeps one decimal.

    Examples
    --------
    >>> count(1120), count(30.25), count(0.96)
    ('1,120', '30.3', '1')
    """
    return _text(Decimal(str(number)), 1)


def day_of(start: date, as_of: date) -> int:
    """Return how many days after its first day a campaign is looked at.

    Examples
    --------
    >>> day_of(date(2026, 1, 22), date(2026, 2, 21))
    30
    """
    return (as_of - start).days
