from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveattr.units import SHANGHAI, business_on, day_end_at, fen_from_text, fen_to_text, ppm

FEN = st.integers(-(10**15), 10**15)
MOMENTS = st.datetimes(datetime(2015, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.sampled_from([SHANGHAI, "America/New_York", "Europe/London", "UTC"])


@given(FEN)
def test_fen_to_text_and_back(fen: int) -> None:
    assert fen_from_text(fen_to_text(fen)) == fen


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0", 0),
        ("19.9", 1990),
        ("19.900", 1990),
        ("0.29", 29),  # 28.999999999999996 as a float
        ("1,234,567.89", 123456789),
        ("¥ 12.30", 1230),
        ("￥12", 1200),
        ("-3.50", -350),
        (" 7 ", 700),
        ("1E+2", 10000),
    ],
)
def test_fen_from_text(text: str, fen: int) -> None:
    assert fen_from_text(text) == fen


@pytest.mark.parametrize("text", ["0.001", "12.345"])
def test_part_of_a_fen_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="has a part of a fen"):
        fen_from_text(text)


@pytest.mark.parametrize("text", ["", "-", "abc", "1.2.3", "十元", "NaN", "Infinity"])
def test_text_that_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="is not an amount of money"):
        fen_from_text(text)


@given(FEN, FEN.filter(bool))
def test_ppm_is_the_nearest_whole_number(part: int, whole: int) -> None:
    found = ppm(part, whole)
    assert found is not None
    exact = Fraction(part * 1_000_000, whole)
    # a quotient of 28 digits is exact enough to round any of these amounts
    assert abs(found - exact) <= Fraction(1, 2) + Fraction(1, 10**6)


def test_ppm_rounds_half_to_even_and_knows_no_ratio_to_nothing() -> None:
    assert ppm(1, 2_000_000) == 0
    assert ppm(3, 2_000_000) == 2
    assert ppm(5, 2_000_000) == 2
    assert ppm(1, -3) == -333333
    assert ppm(7, 0) is None


@given(MOMENTS, ZONES)
def test_moment_is_within_its_business_date(at: datetime, zone: str) -> None:
    on = business_on(at, zone)
    assert day_end_at(on - timedelta(days=1), zone) <= at < day_end_at(on, zone)


@pytest.mark.parametrize(
    ("zone", "on", "end"),
    [
        (SHANGHAI, date(2026, 1, 22), "2026-01-22T16:00:00+00:00"),
        ("UTC", date(2026, 1, 22), "2026-01-23T00:00:00+00:00"),
        ("America/New_York", date(2026, 3, 8), "2026-03-09T04:00:00+00:00"),  # the short day
    ],
)
def test_day_end_at(zone: str, on: date, end: str) -> None:
    assert day_end_at(on, zone).isoformat() == end


def test_midnight_belongs_to_the_new_day() -> None:
    assert business_on(datetime(2026, 1, 22, 16, tzinfo=UTC)) == date(2026, 1, 23)
    assert business_on(datetime(2026, 1, 22, 15, 59, 59, 999999, tzinfo=UTC)) == date(2026, 1, 22)
