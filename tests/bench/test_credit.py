"""What the first estimators say of five people, worked out by hand."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from liveattr.bench import Evidence, estimator, estimators, frame_of
from liveattr.bench.estimators import Estimator, chosen, estimate
from liveattr.errors import ParameterError, TableError
from tests.bench.world import KOL, OWN, SINCE_US, frames


@pytest.fixture(scope="module")
def evidence() -> Iterator[Evidence]:
    with Evidence(frames(), SINCE_US) as found:
        yield found


def told(evidence: Evidence, name: str, kind: str = "room") -> dict[str, float]:
    rows = estimate(estimators()[name], evidence, 1)
    rows = rows[(rows["subject_kind"] == kind) & (rows["estimate"] > 0)]
    return dict(zip(rows["subject"], rows["estimate"], strict=True))


@pytest.mark.parametrize(
    ("name", "rooms"),
    [
        ("first", {"own_room": 2.0}),
        ("last", {"own_room": 1.0, "kol": 1.0}),
        ("last_non_direct", {"own_room": 1.0, "kol": 1.0}),
        ("linear", {"own_room": 1.5, "kol": 0.5}),
        ("position", {"own_room": 1.5, "kol": 0.5}),
        ("shapley", {"own_room": 1.5, "kol": 0.5}),
        ("last_click_7d", {"kol": 1.0}),
        ("any_live_click_7d", {"kol": 1.0}),
        ("room_orders", {"kol": 1.0}),
    ],
)
def test_rooms(evidence: Evidence, name: str, rooms: dict[str, float]) -> None:
    assert told(evidence, name) == rooms


def test_other_channels_and_campaigns_of_rooms(evidence: Evidence) -> None:
    assert told(evidence, "last", "channel") == {"own_room": 1.0, "kol": 1.0, "search": 1.0}
    assert told(evidence, "last", "campaign") == {OWN: 1.0, KOL: 1.0}
    assert told(evidence, "room_orders", "campaign") == {KOL: 1.0}


def test_time_decay_halves_in_seven_days(evidence: Evidence) -> None:
    kol = 1 / (1 + 2 ** (-0.5 / 7))
    assert told(evidence, "time_decay") == pytest.approx({"own_room": 2 - kol, "kol": kol})


def test_silence_is_zero_and_every_channel_has_a_row(evidence: Evidence) -> None:
    rows = estimate(estimators()["last"], evidence, 1)
    assert rows.groupby("subject_kind").size().to_dict() == {"campaign": 3, "channel": 8, "room": 3}
    known = rows["estimate"] > 0
    assert rows.loc[known, "low"].notna().all() and rows.loc[~known, "low"].isna().all()


def test_moments_may_be_whole_microseconds() -> None:
    given = frames()
    for name, column in (("event", "event_at"), ("order_header", "created_at")):
        moment = given[name][column].dt.tz_convert("UTC").astype("datetime64[us, UTC]")
        given[name] = given[name].assign(**{column: moment.astype("int64")})
    with Evidence(given, SINCE_US) as found:
        assert told(found, "last") == {"own_room": 1.0, "kol": 1.0}


def test_a_column_that_no_table_has_is_refused() -> None:
    with pytest.raises(TableError, match="no column 'person'"):
        Evidence({"event": pd.DataFrame({"person": [1]})})


def test_names() -> None:
    assert [one.name for one in chosen(["last", "first", "last", "oracle"])] == ["last", "first"]
    assert len(chosen(None)) == len(estimators()) >= 14
    with pytest.raises(ParameterError, match="did you mean 'last_click_7d'"):
        chosen(["last_click_7"])
    with pytest.raises(ParameterError, match="an estimator 'last' already"):
        estimator("last", rows="room", says="")
    with pytest.raises(ParameterError, match="kind of subject 'rooms'"):
        estimator("mine", rows="rooms", says="")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"subject_kind": "channel"}, "kinds that it did not announce"),
        ({"estimate": np.inf}, "an estimate that is no number"),
        ({"low": 1.0}, "an interval with one end"),
        ({"low": 2.0, "high": 1.0}, "an interval upside down"),
        ({"subject": "kol"}, "a subject twice"),
    ],
)
def test_a_wrong_estimate_is_refused(
    evidence: Evidence, change: dict[str, object], fault: str
) -> None:
    rows = frame_of("room", pd.Series({"kol": 1.0, "own_room": 2.0})).assign(**change)
    wrong = Estimator("wrong", ("room",), "", lambda evidence, rng: rows)
    with pytest.raises(TableError, match=fault):
        estimate(wrong, evidence, 1)
