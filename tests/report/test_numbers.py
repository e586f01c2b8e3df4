"""Numbers lose at most what their rounding says, and never claim more than they know."""

from hypothesis import given
from hypothesis import strategies as st

from liveattr.report.numbers import MANY_FEN, count, money, percent, plain, ratio

FEN = st.integers(min_value=-(10**13), max_value=10**13)


def value(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


@given(FEN)
def test_plain_is_near_and_has_one_decimal_at_most(fen: int) -> None:
    text = plain(fen)
    assert abs(value(text) * 100 - fen) <= (50.01 if abs(fen) >= 100_000 else 5.01)
    assert len(text.partition(".")[2]) <= 1
    assert "-" not in text


@given(FEN)
def test_chinese_money_counts_in_wan_from_100_000(fen: int) -> None:
    number, unit = money(fen, "zh").split(" ")
    assert unit == ("万元" if abs(fen) >= MANY_FEN else "元")
    assert abs(value(number) * (1_000_000 if unit == "万元" else 100) - fen) <= 50_000


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_only_all_is_100_percent_and_only_nothing_is_0(part: int, whole: int) -> None:
    part = min(part, whole)
    text = percent(part, whole)
    assert (text == "100%") == (part == whole)
    assert (text == "0%") == (part == 0)


def test_negative_zero_is_zero() -> None:
    assert plain(-4) == "0" and ratio(-4) == "0.00" and count(-0.0) == "0"


def test_signs_and_currencies() -> None:
    assert money(-123_456, "en", "USD") == "−$1,235"
    assert money(-123_456, "en", "JPY") == "−JPY 1,235"
    assert money(50, "zh", "USD") == "0.5 美元"
    assert money(1_234_567_800, "zh", "USD") == "1,234.6 万美元"
