"""The six rules by hand, on known data, and the same over a path table as in SQL over journeys."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.attribution import RULES, Paths, RuleParameters, read_paths, rule_version, rules
from liveattr.attribution.model_shares import share_sql
from liveattr.attribution.rule_paths import rule_shares
from liveattr.errors import ParameterError, TableError
from tests.attribution.known import D2, agrees, d1, expected

DAY_S = 86_400


def shares(path: str, rule: str, days: list[float] | None = None, **options) -> list[float]:
    """Shares of the touches of one path, a day apart unless days before the order are given."""
    n = len(path.split(" > "))
    ages = [day * DAY_S for day in days or range(n - 1, -1, -1)]
    coded = read_paths(pd.DataFrame({"path": [path], "conversions": [1], "age_s": [ages]}))
    known = RuleParameters(**options)
    return rule_shares(
        coded,
        rule,
        skip=known.skip,
        position_weights=known.position_weights,
        half_life_days=known.half_life_days,
    ).tolist()


@pytest.mark.parametrize(
    ("path", "rule", "expected"),
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
def test_by_hand(path: str, rule: str, expected: list[float]) -> None:
    assert shares(path, rule) == pytest.approx(expected, rel=1e-12)


def test_parameters() -> None:
    assert shares("a > b > c", "last_non_direct", skip=("c", "b")) == [1, 0, 0]
    assert shares("a > b", "position", position_weights=(0.6, 0.2, 0.2)) == pytest.approx(
        [0.75, 0.25]
    )
    assert shares("a > b", "position", position_weights=(0.0, 1.0, 0.0)) == [0.5, 0.5]
    assert shares("a > b", "time_decay", [7, 0]) == pytest.approx([1 / 3, 2 / 3])
    assert shares("a > b", "time_decay", [3, 2], half_life_days=1) == pytest.approx([1 / 3, 2 / 3])
    assert shares("a > b", "time_decay", [4000, 0], half_life_days=1)[1] == 1


D1_RULES = {
    "first": "6308 4606 3164 2831 1606 902 99 27 74 165 1 2",
    "last": "8447 3355 4167 989 653 1207 531 107 230 92 5 2",
    "linear": """7574.7186 3857.0962 3539.9512 2083.5001 1022.8014 1035.2576 272.1704 136.5515
                 137.9641 121.0416 1.7250 2.2222""",
    "position": """7444.8238 3944.9482 3618.7961 1969.7662 1092.7445 1046.9039 301.0502 88.6229
                   147.4596 125.2409 2.5867 2.0571""",
}
D1_VALUES = {
    "first": """19121.2724 19597.2613 11909.4762 12235.5917 6652.3493 3735.6022 412.3012 103.0040
                305.7433 718.9780 6.1190 5.2730""",
    "last": """28414.2143 13487.9743 16754.2038 3850.0210 2799.0920 5249.9500 2202.6123 453.2608
               1069.3843 506.0140 10.9720 5.2730""",
    "linear": """24524.7096 15988.9890 13783.4971 8954.2667 4295.7436 4430.3162 1106.2701 539.5288
                 599.7478 569.4174 4.4041 6.0814""",
}


def test_d1_to_the_last_printed_digit() -> None:
    data = read_paths(d1())
    for rule, printed in D1_RULES.items():
        agrees(rules(data, rule).conversions, expected(printed))
    for rule, printed in D1_VALUES.items():
        agrees(rules(data, rule).value, expected(printed))


def test_d2() -> None:
    found = {rule: rules(D2, rule) for rule in ("first", "last", "linear", "position")}
    assert found["first"].conversions.tolist() == [6, 1, 2]
    assert found["last"].value.tolist() == [45, 20, 40]
    assert found["linear"].conversions.tolist() == pytest.approx([19 / 6, 13 / 6, 11 / 3])
    assert found["linear"].value.tolist() == pytest.approx([145 / 3, 70 / 3, 100 / 3])
    assert found["position"].conversions.tolist() == pytest.approx([3.7, 1.7, 3.6])


TOUCH = st.tuples(st.sampled_from(["live", "sms", "direct"]), st.integers(0, 40 * DAY_S))
PARAMETERS = st.builds(
    RuleParameters,
    skip=st.sampled_from([(), ("direct",), ("direct", "sms", "live")]),
    position_weights=st.sampled_from([(0.4, 0.2, 0.4), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0)]),
    half_life_days=st.sampled_from([0.01, 7.0, 1000.0]),
)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(TOUCH, min_size=1, max_size=6), min_size=1, max_size=5), PARAMETERS)
def test_a_path_table_and_sql_over_journeys_agree(journeys, parameters) -> None:
    journeys = [sorted(journey, key=lambda touch: -touch[1]) for journey in journeys]
    coded = read_paths(
        pd.DataFrame(
            {
                "path": [[name for name, _ in journey] for journey in journeys],
                "conversions": 1.0,
                "age_s": [[float(age) for _, age in journey] for journey in journeys],
            }
        )
    )
    rows = pd.DataFrame(
        [
            (key, pos, len(journey), name, -age * 1_000_000)
            for key, journey in enumerate(journeys)
            for pos, (name, age) in enumerate(journey, start=1)
        ],
        columns=["order_key", "pos", "n", "channel", "ts_us"],
    )
    with duckdb.connect(config={"threads": 1}) as con:
        con.register("given", rows)
        query = share_sql("given", RULES, parameters, keep=())
        found = con.sql(f"SELECT *, weight / total AS share FROM ({query})").df()
    for rule in RULES:
        mine = rule_shares(
            coded,
            rule,
            skip=parameters.skip,
            position_weights=parameters.position_weights,
            half_life_days=parameters.half_life_days,
        )
        sql = np.zeros(len(mine))
        part = found[found.model == rule]
        sql[coded.starts[part.order_key] + part.pos - 1] = part.share
        assert mine == pytest.approx(sql, abs=1e-9)
        assert np.add.reduceat(mine, coded.starts[:-1]) == pytest.approx(1)


def test_intervals_of_people_and_of_journeys() -> None:
    table = pd.DataFrame(
        {"path": ["a", "a", "b", "b"], "conversions": 1, "value": [10.0, 10, 30, 30]}
    ).assign(person_id=["x", "x", "y", "y"])
    alone = rules(table, "linear", interval=0.9)
    assert alone.conversions_se.tolist() == pytest.approx([(4 / 3) ** 0.5] * 2)
    people = rules(table, "linear", interval=0.9, cluster="person_id")
    assert people.conversions_se.tolist() == pytest.approx([2.0] * 2)
    assert people.value_se.tolist() == pytest.approx([20.0, 60.0])
    assert people.conversions_high["a"] == pytest.approx(2 + 2.0 * 1.6448536)
    once = table.groupby("path", as_index=False)[["conversions", "value"]].sum()
    pd.testing.assert_frame_equal(alone, rules(once, "linear", interval=0.9))


def test_what_is_not_possible_is_said() -> None:
    with pytest.raises(ParameterError, match="did you mean 'linear'"):
        rules(D2, "liner")
    with pytest.raises(TableError, match="column 'age_s' is missing"):
        rules(D2, "time_decay")
    with pytest.raises(ParameterError, match="sum to 1"):
        rules(D2, "position", position_weights=(1, 1, 1))
    assert rules(D2.head(0)).empty
    assert isinstance(read_paths(D2), Paths)


def test_versions_name_what_they_use() -> None:
    known = RuleParameters(skip=("sms", "direct"), position_weights=(0.3, 0.4, 0.3))
    assert [rule_version(rule, known) for rule in RULES] == [
        "first/1",
        "last/1",
        "last_non_direct/1 skip=direct,sms",
        "linear/1",
        "position/1 weights=0.3,0.4,0.3",
        "time_decay/1 half_life_days=7",
    ]
