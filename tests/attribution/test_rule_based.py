"""The six rules by hand, and the tiny conformance set with its known sums."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.attribution import RULES, RuleParameters, credit_journeys, rule_version
from liveattr.errors import ParameterError, TableError

DAY_US = 86_400_000_000
D2 = [
    ("A > B > C", 3, 30),
    ("A > B", 1, 20),
    ("C", 2, 10),
    ("B > B > A", 1, 5),
    ("A > C > A", 2, 40),
]
"""Path, conversions, value of all of them (rows that did not convert give rules nothing)."""


def journey(channels: str, days: list[float] | None = None, order_id: str = "o") -> pd.DataFrame:
    """One journey, channels parted by ` > `; touches a day apart unless days are given."""
    names = channels.split(" > ")
    when = days or list(range(len(names)))
    return pd.DataFrame(
        {
            "order_id": order_id,
            "pos": range(1, len(names) + 1),
            "n": len(names),
            "channel": names,
            "ts_us": [round(day * DAY_US) for day in when],
        }
    )


def shares(channels: str, rule: str, days: list[float] | None = None, **options) -> list[float]:
    return credit_journeys(journey(channels, days), rule=rule, **options).share.tolist()


@pytest.mark.parametrize(
    ("channels", "rule", "expected"),
    [
        ("a > b > c", "first", [1, 0, 0]),
        ("a > b > c", "last", [0, 0, 1]),
        ("a > b > direct", "last_non_direct", [0, 1, 0]),
        ("direct > b > direct", "last_non_direct", [0, 1, 0]),
        ("direct > direct", "last_non_direct", [0, 1]),
        ("a > indirect", "last_non_direct", [0, 1]),
        ("a > b > c > d", "linear", [0.25] * 4),
        ("a", "position", [1]),
        ("a > b", "position", [0.5, 0.5]),
        ("a > b > c", "position", [0.4, 0.2, 0.4]),
        ("a > b > c > d > e > f", "position", [0.4, 0.05, 0.05, 0.05, 0.05, 0.4]),
        ("a", "time_decay", [1]),
    ],
)
def test_by_hand(channels: str, rule: str, expected: list[float]) -> None:
    assert shares(channels, rule) == pytest.approx(expected, rel=1e-12)


def test_skip_list_is_a_parameter() -> None:
    assert shares("a > sms > direct", "last_non_direct", skip=("direct", "sms")) == [1, 0, 0]
    assert shares("a > sms > direct", "last_non_direct", skip=()) == [0, 0, 1]
    assert shares("a > it's", "last_non_direct", skip=("it's",)) == [1, 0]


def test_position_weights_are_a_parameter() -> None:
    weights = (0.5, 0.25, 0.25)
    assert shares("a > b > c > d", "position", position_weights=weights) == [
        0.5,
        0.125,
        0.125,
        0.25,
    ]
    assert shares("a > b", "position", position_weights=weights) == pytest.approx([2 / 3, 1 / 3])
    middle = (0.0, 1.0, 0.0)
    assert shares("a > b > c", "position", position_weights=middle) == [0, 1, 0]
    assert shares("a > b", "position", position_weights=middle) == [0.5, 0.5]


def test_half_life_uses_real_times() -> None:
    assert shares("a > b", "time_decay", [0, 7]) == pytest.approx([1 / 3, 2 / 3], rel=1e-9)
    assert shares("a > b", "time_decay", [0, 1], half_life_days=1) == pytest.approx([1 / 3, 2 / 3])
    three = shares("a > b > c", "time_decay", [0, 3.5, 7])
    weights = [0.5, 2**-0.5, 1]
    assert three == pytest.approx([w / sum(weights) for w in weights], rel=1e-9)
    assert shares("a > b", "time_decay", [0, 3000]) == [0, 1]


@pytest.mark.parametrize(
    ("rule", "counts", "values"),
    [
        ("first", (6, 1, 2), (90, 5, 10)),
        ("last", (3, 1, 5), (45, 20, 40)),
        ("linear", (19 / 6, 13 / 6, 22 / 6), (145 / 3, 70 / 3, 100 / 3)),
        ("position", (3.7, 1.7, 3.6), None),
    ],
)
def test_tiny_conformance_set(
    rule: str, counts: tuple[float, ...], values: tuple[float, ...] | None
) -> None:
    """Known sums of the tiny set: 9 conversions, value 105, over channels A, B, C."""
    frames = [
        journey(path, order_id=f"{path} {i}").assign(value=value / conversions)
        for path, conversions, value in D2
        for i in range(conversions)
    ]
    credit = credit_journeys(pd.concat(frames), rule=rule)
    by_channel = credit.groupby("channel").share.sum()
    assert by_channel.tolist() == pytest.approx(counts, abs=1e-6)
    if values is not None:
        money = (credit.share * credit.value).groupby(credit.channel).sum()
        assert money.tolist() == pytest.approx(values, abs=1e-6)


CHANNELS = st.lists(st.sampled_from(["live", "sms", "direct", "ad"]), min_size=1, max_size=12)


@settings(deadline=None, max_examples=15)
@given(st.lists(CHANNELS, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_shares_sum_to_one_and_rows_may_come_in_any_order(paths, random) -> None:
    frame = pd.concat(
        [journey(" > ".join(path), order_id=str(i)) for i, path in enumerate(paths)],
        ignore_index=True,
    )
    order = list(range(len(frame)))
    random.shuffle(order)
    for rule in RULES:
        credit = credit_journeys(frame, rule=rule)
        assert credit.groupby("order_id").share.sum().tolist() == pytest.approx([1.0] * len(paths))
        assert (credit.share >= 0).all()
        mixed = credit_journeys(frame.iloc[order], rule=rule)
        assert mixed.share.tolist() == credit.share.iloc[order].tolist()


def test_other_columns_are_kept_and_the_input_is_not_changed() -> None:
    frame = journey("a > b").assign(host=["x", "y"]).set_index(pd.Index([7, 3]))
    before = frame.copy()
    credit = credit_journeys(frame, rule="last")
    assert credit.columns.tolist() == [*before.columns, "share"]
    assert credit.host.tolist() == ["x", "y"]
    pd.testing.assert_frame_equal(frame, before)


def test_no_journeys() -> None:
    assert credit_journeys(journey("a").iloc[:0], rule="linear").share.empty


def test_what_is_refused() -> None:
    with pytest.raises(ParameterError, match="did you mean 'last_non_direct'"):
        credit_journeys(journey("a"), rule="last_non_direkt")
    with pytest.raises(ParameterError, match="position_weights"):
        credit_journeys(journey("a"), rule="position", position_weights=(0.5, 0.5, 0.5))
    with pytest.raises(ParameterError, match="half_life_days"):
        credit_journeys(journey("a"), rule="time_decay", half_life_days=0)
    with pytest.raises(TableError, match="ts_us"):
        credit_journeys(journey("a").drop(columns="ts_us"), rule="first")


def test_version_names_definition_and_used_parameters() -> None:
    known = RuleParameters(skip=("sms",), position_weights=(0.5, 0.25, 0.25), half_life_days=3.5)
    assert [rule_version(rule, known) for rule in RULES] == [
        "first/1",
        "last/1",
        "last_non_direct/1 skip=sms",
        "linear/1",
        "position/1 weights=0.5,0.25,0.25",
        "time_decay/1 half_life_days=3.5",
    ]
