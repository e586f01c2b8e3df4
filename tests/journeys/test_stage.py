"""The stage `journeys` on a lake: repeats and late rows change nothing that they should not."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from liveattr.identity import resolve
from liveattr.journeys import build_journeys
from liveattr.lake import Lake, open_lake
from liveattr.settings import Settings
from tests.rows import Rows


def world() -> Rows:
    made = Rows().bought("01-22 20:00")
    for time in ("01-22 18:00", "01-22 19:00", "01-22 19:20"):
        made.seen(time, channel="sms")
    return made.seen("01-22 17:00", account_token="b")


def run(lake: Lake) -> Lake:
    resolve(lake)
    build_journeys(lake, settings=Settings(buckets=3))
    return lake


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The world after both stages; read only."""
    return run(world().lake(tmp_path_factory.mktemp("whole") / "lake"))


@pytest.fixture
def lake(whole: Lake, tmp_path: Path) -> Lake:
    """A copy of it of one's own."""
    return open_lake(shutil.copytree(whole.path, tmp_path / "lake"), threads=1)


def test_counts_and_notes(tmp_path: Path) -> None:
    lake = world().lake(tmp_path)
    resolve(lake)
    done = build_journeys(lake, settings=Settings())
    assert done.rows_in == 4
    assert (done.outputs["touch"], done.outputs["journey"]) == (3, 3)
    assert "1 of 1 orders have a touch" in done.notes[0]
    assert not any((lake.path / "_tmp").glob("*"))


def test_second_run_writes_nothing(lake: Lake) -> None:
    before = lake.versions()
    assert build_journeys(lake, settings=Settings(buckets=3)).skipped
    build_journeys(lake, settings=Settings(buckets=3), force=True)
    books = {"run": 0, "audit": 0}  # they say that it ran
    assert lake.versions() | books == before | books


def test_late_and_shuffled_events_end_in_the_same_tables(whole: Lake, tmp_path: Path) -> None:
    late = world()
    events = late.frame("event").iloc[::-1]
    late.rows["event"] = events.iloc[:2].to_dict("records")
    lake = run(late.lake(tmp_path / "late"))
    lake.write("event", events.iloc[2:], mode="append")
    run(lake)
    for name in ("touch", "journey", "dimension"):
        order = list(whole.table(name).columns[:4])
        pd.testing.assert_frame_equal(
            lake.table(name).sort_values(order, ignore_index=True),
            whole.table(name).sort_values(order, ignore_index=True),
        )


def test_an_option_of_journeys_is_an_option_of_the_run(lake: Lake) -> None:
    other = Settings(buckets=3, touch_windows={"view": 0})
    assert not build_journeys(lake, settings=other).skipped
    assert lake.table("journey").empty


def test_empty_lake(tmp_path: Path) -> None:
    lake = run(Rows().lake(tmp_path))
    assert lake.table("touch").empty
    assert lake.table("journey").empty


def test_viewers_are_whom_the_broadcasts_own_platform_names(tmp_path: Path) -> None:
    """Who comes to a Channels room is known from Douyin here: no viewer of that room is named."""
    rows = Rows()
    for name, platform in (("D", "douyin"), ("C", "channels")):
        rows.add("broadcast", broadcast_id=name, campaign_id=name, platform=platform)
        rows.add("campaign", campaign_id=name)
    rows.bound("uid_douyin:d", "mall_account:a", "login")
    rows.rows["binding"][0]["consented"] = True
    for name, platform, token in (("D", "douyin", "d"), ("D", "douyin", "e"), ("C", "mall", "a")):
        rows.seen("01-22 20:10", platform=platform, account_token=token, name="live_enter",
                  broadcast_id=name)  # fmt: skip
    lake = run(rows.lake(tmp_path))
    found = lake.sql("SELECT value, measure, n FROM identity_count WHERE grain = 'campaign' "
                     "ORDER BY measure")  # fmt: skip
    assert found.to_numpy().tolist() == [
        ["D", "linked", 1],
        ["D", "linked_A", 1],
        ["D", "viewers", 2],
    ]
