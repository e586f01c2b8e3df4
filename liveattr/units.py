"""Units: fen, ppm, time zones and business dates, in and out of text.

Money is whole fen (1/100 of the currency) from the door to the report; it never passes
through a float. Ratios are whole ppm. Moments are UTC; a business date is the shop's own day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from zoneinfo import ZoneInfo

__all__ = [
    "SHANGHAI",
    "as_day",
    "business_on",
    "day_end_at",
    "fen_from_text",
    "fen_to_text",
    "ppm",
    "time_us_sql",
]

SHANGHAI = "Asia/Shanghai"


def fen_from_text(text: str) -> int:
    """Turn an amount in yuan, written as text, into whole fen.

    Raises
    ------
    ValueError
        If the text is no amount, or has a part of a fen.

    Examples
    --------
    >>> fen_from_text("1,299.00")
    129900
    >>> fen_from_text("¥0.29")
    29
    """
    clean = text.strip().replace(",", "").removeprefix("¥").removeprefix("￥")
    try:
        amount = Decimal(clean) * 100
    except InvalidOperation:
        raise ValueError(f"{text!r} is not an amount of money in yuan") from None
    if not amount.is_finite():
        raise ValueError(f"{text!r} is not an amount of money in yuan")
    whole = amount.to_integral_value()
    if whole != amount:
        raise ValueError(f"{text!r} has a part of a fen")
    return int(whole)


def fen_to_text(fen: int) -> str:
    """Write whole fen as yuan with two decimals and thousands separators.

    Examples
    --------
    >>> fen_to_text(-129905)
    '-1,299.05'
    """
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def ppm(part: int, whole: int) -> int | None:
    """Return `part / whole` in whole parts per million, half to even; None where whole is 0.

    Examples
    --------
    >>> ppm(1, 3)
    333333
    """
    if whole == 0:
        return None
    ratio = Decimal(part) * 1_000_000 / Decimal(whole)
    return int(ratio.to_integral_value(rounding=ROUND_HALF_EVEN))


def as_day(on: date | str) -> date:
    """Return a business date that was given as a date or as text.

    Raises
    ------
    ValueError
        If the text is no date.

    Examples
    --------
    >>> as_day("2026-02-21")
    datetime.date(2026, 2, 21)
    """
    if isinstance(on, datetime):
        raise ValueError(f"{on!r} is a moment; a business date is wanted, such as 2026-02-21")
    if isinstance(on, date):
        return on
    try:
        return date.fromisoformat(on)
    except (TypeError, ValueError):
        raise ValueError(f"{on!r} is no business date; write it as 2026-02-21") from None


def business_on(at: datetime, zone: str = SHANGHAI) -> date:
    """Return the business date of a moment in the shop's zone.

    Examples
    --------
    >>> business_on(datetime(2026, 1, 22, 17, 0, tzinfo=UTC))
    datetime.date(2026, 1, 23)
    """
    return at.astimezone(ZoneInfo(zone)).date()


def day_end_at(on: date, zone: str = SHANGHAI) -> datetime:
    """Return the first UTC moment after a business date: what counts is strictly before it.

    Examples
    --------
    >>> day_end_at(date(2026, 1, 22)).isoformat()
    '2026-01-22T16:00:00+00:00'
    """
    return datetime.combine(on + timedelta(days=1), time.min, ZoneInfo(zone)).astimezone(UTC)


def time_us_sql(column: str, source: str, clock_offset_s: Mapping[str, float]) -> str:
    """Write a moment as µs since 1970, with the offset of its source's clock taken off.

    Examples
    --------
    >>> time_us_sql("event_at", "source", {})
    'epoch_us(event_at)'
    >>> time_us_sql("event_at", "source", {"mall_events": 2.5})
    "(epoch_us(event_at) - CASE source WHEN 'mall_events' THEN 2500000 ELSE 0 END)"
    """
    moment = f"epoch_us({column})"  # the one name here that other engines spell differently
    if not clock_offset_s:
        return moment
    whens = " ".join(
        "WHEN '{}' THEN {}".format(name.replace("'", "''"), round(seconds * 1_000_000))
        for name, seconds in sorted(clock_offset_s.items())
    )
    return f"({moment} - CASE {source} {whens} ELSE 0 END)"
