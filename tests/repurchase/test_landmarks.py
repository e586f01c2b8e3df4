from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.errors import MissingDataError, ParameterError, TableError
from liveattr.repurchase.landmark_rows import COVARIATES, features_at, landmarks
from tests.repurchase.plain_landmarks import plain_category_gap, plain_landmarks, plain_row

START = date(2026, 1, 1)
AS_OF = START + timedelta(days=100)
BY = ("person_id", "category")


@st.composite
def shops(draw, most=25):
    """Orders of a few people, some refunded days later, some wholly, some after the end."""
    row = st.tuples(
        st.sampled_from("ab"), st.sampled_from(["egg", "tea"]), st.integers(0, 110), st.integers(0, 900),
        st.sampled_from([0.0, 0.0, 0.5, 1.0]), st.integers(0, 60), st.booleans(), st.booleans(),
    )  # fmt: skip
    rows = draw(st.lists(row, min_size=1, max_size=most))
    columns = ["person_id", "category", "day", "value_fen", "part", "wait", "with_coupon", "live"]
    frame = pd.DataFrame(rows, columns=columns)
    frame["on"] = [START + timedelta(days=int(d)) for d in frame["day"]]
    frame["refunded_on"] = [
        on + timedelta(days=int(w)) for on, w in zip(frame["on"], frame["wait"], strict=True)
    ]
    frame["order_id"] = frame.index.astype(str)
    frame["ordered_at"] = pd.to_datetime(frame["on"])
    frame["refunded_at"] = pd.to_datetime(frame["refunded_on"])
    frame["refunded_fen"] = (frame["value_fen"] * frame["part"]).astype(int)
    return frame


def events_of(rows, day="day"):
    frame = pd.DataFrame(rows, columns=["person_id", "day", "kind", "value"])
    frame["ts"] = pd.Timestamp(START) + pd.to_timedelta(frame["day"], unit="D")
    return frame


happenings = st.lists(
    st.tuples(
        st.sampled_from("abz"), st.integers(0, 110),
        st.sampled_from(["visit", "watch_minutes", "click", "cart", "jump", "other"]),
        st.sampled_from([None, 1.0, 2.5]),
    ), max_size=15,
)  # fmt: skip


@settings(max_examples=14, deadline=None)
@given(shops(), st.sampled_from([7, 28, 40]))
def test_rows_are_those_of_the_plain_way(orders, step):
    told = landmarks(orders, AS_OF, step_days=step)
    plain = plain_landmarks(orders, AS_OF, step)
    if plain.empty:
        assert told.empty
    else:
        pd.testing.assert_frame_equal(told[plain.columns], plain, check_exact=False, rtol=1e-12)


@settings(max_examples=7, deadline=None)
@given(shops(), happenings, st.sampled_from([("person_id",), BY]), st.randoms())
def test_what_comes_later_changes_nothing_known_before(orders, rows, by, random):
    day = random.randint(30, 90)
    cut = START + timedelta(days=day)
    events = events_of(rows)
    if orders["day"].min() > day:
        with pytest.raises(MissingDataError, match="nobody had ordered"):
            features_at(orders, cut, events=events, by=by)
        return
    now = features_at(orders, cut, events=events, by=by)
    before = orders[orders["day"] <= day].copy()
    late = before["refunded_on"] > cut
    before.loc[late, ["refunded_fen", "refunded_at"]] = [0, pd.NaT]
    past = features_at(before, cut, events=events[events["day"] <= day], by=by)
    names = [c for c in past if not c.startswith("category_") or c in now]
    pd.testing.assert_frame_equal(now[names], past[names])


@settings(max_examples=5, deadline=None)
@given(shops(), happenings, st.randoms(use_true_random=False))
def test_features_are_those_of_a_landmark_of_the_same_day_in_any_order(orders, rows, random):
    events, end = events_of(rows), START + timedelta(days=90)
    mixed = orders.sample(frac=1, random_state=random.randint(0, 99))
    told = landmarks(orders, end + timedelta(days=7), step_days=7, events=events, by=BY)
    again = landmarks(mixed, end + timedelta(days=7), step_days=7, events=events[::-1], by=BY)
    pd.testing.assert_frame_equal(told, again)
    newest = told[told["snapshot_on"] == pd.Timestamp(end)].reset_index(drop=True)
    if len(newest):
        now = features_at(orders, end, events=events, by=BY)
        pd.testing.assert_frame_equal(newest[list(now)], now)


@settings(max_examples=5, deadline=None)
@given(shops())
def test_categories_have_the_rhythm_known_then(orders):
    snapshot = START + timedelta(days=72)
    told = landmarks(orders, AS_OF, by=BY)
    told = told[told["snapshot_on"] == pd.Timestamp(snapshot)]
    for row in told.itertuples():
        own = orders[orders["category"] == row.category]
        gap = plain_category_gap(orders, row.category, snapshot)
        known = plain_row(own, row.person_id, snapshot)
        assert row.log_frequency == pytest.approx(known["log_frequency"])
        if gap is not None:
            assert row.category_gap == pytest.approx(np.log1p(gap))
            recency = np.expm1(known["log_recency"])
            assert row.category_recency_gap == pytest.approx(np.log1p(recency / gap))


def test_a_category_without_a_gap_has_the_gap_of_all():
    orders = shop([("a", 0), ("a", 10), ("b", 5)]).assign(category=["egg", "egg", "tea"])
    told = features_at(orders, START + timedelta(days=20), by=BY).set_index("category")
    assert told.loc["tea", "category_gap"] == pytest.approx(np.log1p(10))
    assert told.loc["tea", ["category_egg", "category_tea"]].tolist() == [0.0, 1.0]
    alone = features_at(orders[2:], START + timedelta(days=20), by=BY)
    assert alone["category_gap"].tolist() == pytest.approx([np.log1p(30)])


def test_the_most_common_categories_get_a_column(monkeypatch):
    monkeypatch.setattr("liveattr.repurchase.landmark_rows.MOST_CATEGORIES", 1)
    orders = shop([("a", 0), ("b", 0), ("b", 1)]).assign(category=["tea", "egg", "tea"])
    told = landmarks(orders, START + timedelta(days=40), step_days=10, by=BY)
    assert told.columns[-1] == "category_tea" and "category_egg" not in told
    assert "category_egg" in features_at(orders, START + timedelta(days=40), by=BY)


def shop(rows):
    frame = pd.DataFrame(rows, columns=["person_id", "day"])
    frame["ordered_at"] = pd.Timestamp(START) + pd.to_timedelta(frame["day"], unit="D")
    return frame.assign(order_id=frame.index.astype(str), value_fen=1000, refunded_fen=0)


def test_what_people_did_live_counts_for_thirty_days():
    end = START + timedelta(days=60)
    events = events_of(
        [
            ("a", 60, "click", None), ("a", 31, "click", 2), ("a", 30, "click", 5),  # the last too old
            ("a", 55, "watch_minutes", 12.25), ("a", 50, "visit", None), ("a", 61, "cart", 1),
            ("b", 20, "visit", None), ("c", 60, "jump", None), ("a", 60, "page", 9),
        ]
    )  # fmt: skip
    told = features_at(shop([("a", 3), ("b", 4), ("d", 5)]), end, events=events)
    live = np.expm1(told.set_index("person_id").filter(like="live_"))
    assert live.loc["a"].round(9).to_dict() == {
        "live_visits": 1, "live_watch": 12.25, "live_clicks": 3, "live_carts": 0, "live_jumps": 0,
        "live_silence": 5,
    }  # fmt: skip
    assert live.loc["b"].round(9).to_dict() == dict.fromkeys(live, 0) | {"live_silence": 40}
    assert live["live_silence"].round(9)["d"] == 365 and list(live.index) == ["a", "b", "d"]


def test_coupons_and_broadcasts_of_orders_are_shares_of_days():
    orders = shop([("a", 0), ("a", 0), ("a", 9), ("a", 10), ("a", 30)])
    orders = orders.assign(
        with_coupon=[True, False, False, None, True], live=[False, True, False, False, False]
    )
    [row] = features_at(orders, START + timedelta(days=20)).to_dict("records")
    assert row["coupon_share"] == row["live_share"] == pytest.approx(1 / 3)
    assert row["acquired_live"] == 1.0
    assert not {"coupon_share", "live_share"} & set(features_at(shop([("a", 0)]), AS_OF))


def test_moments_are_days_of_the_shop():
    late = pd.DatetimeIndex(
        [datetime(2026, 1, 1, 15, 59, tzinfo=UTC), datetime(2026, 1, 1, 16, 0, tzinfo=UTC)]
    )
    orders = shop([("a", 0), ("a", 0)]).assign(ordered_at=late)
    assert features_at(orders, "2026-01-31")["frequency"].tolist() == [1]
    assert features_at(orders, "2026-01-31", zone="UTC")["frequency"].tolist() == [0]


def test_a_refund_without_a_date_was_known_at_once():
    orders = shop([("a", 0), ("a", 40)]).assign(refunded_fen=[0, 1000], refunded_at=pd.NaT)
    [row] = landmarks(orders, START + timedelta(days=60), step_days=30).to_dict("records")
    assert (row["event"], row["duration_days"]) == (False, 30)


def test_all_covariates_are_numbers_without_holes():
    told = landmarks(shop([("a", 0), ("a", 9), ("b", 50)]), AS_OF)
    assert np.isfinite(told[list(COVARIATES)].to_numpy()).all()
    assert (told["duration_days"] > 0).all()


def test_too_short_a_history_has_no_landmarks():
    told = landmarks(shop([("a", 0)]), START + timedelta(days=50))
    assert told.empty and set(COVARIATES) < set(told.columns)


@pytest.mark.parametrize(
    ("change", "options", "error", "words"),
    [
        ({}, {"by": ("category",)}, ParameterError, "by is"),
        ({}, {"by": BY}, TableError, "'category' is missing"),
        ({}, {"step_days": 0}, ParameterError, "step_days is 0"),
        ({"person_id": None}, {}, TableError, "person_id is null"),
        ({"ordered_at": pd.NaT}, {}, TableError, "ordered_at is null"),
        ({}, {"events": pd.DataFrame({"person_id": ["a"]})}, TableError, "'ts' is missing"),
    ],
)
def test_what_does_not_fit_is_told(change, options, error, words):
    with pytest.raises(error, match=words):
        landmarks(shop([("a", 0), ("a", 9)]).assign(**change), AS_OF, **options)


def test_a_day_must_be_one():
    with pytest.raises(ParameterError, match="as_of"):
        landmarks(shop([("a", 0)]), "yesterday")
