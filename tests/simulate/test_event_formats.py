"""Files of events: what is written is read, to the letter, and only what is bad on purpose is held."""

import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from liveattr.consent import sample_assessments
from liveattr.identity import resolve
from liveattr.lake import Lake, open_lake
from liveattr.simulate.canonical_events import event_frames
from liveattr.simulate.planted_events import plant_events
from liveattr.simulate.write.events import write_segment
from liveattr.simulate.write.people import write_people
from liveattr.sources import ingest, show_quarantine
from liveattr.sources.tokens import DEMO_KEY
from liveattr.tables import get_table
from tests.simulate.event_worlds import Told, told

PROVENANCE = ["ingest_id", "source_row"]


@pytest.fixture(scope="module")
def seen() -> Told:
    return told(
        {
            "size.persons": 250,
            "size.days": 40,
            "size.segment_days": 40,
            "visibility.preset": "full",
        },
        seed=3,
    )


def write(world_told: Told, raw: Path, threads: int) -> None:
    with duckdb.connect() as con:
        con.execute(f"SET TimeZone = 'UTC'; SET threads = {threads}")
        for number, behaviour in enumerate(world_told.behaviours):
            write_segment(con, behaviour, world_told.world, raw, number)
        write_people(con, world_told.world, world_told.identifiers, raw)


@pytest.fixture(scope="module")
def raw(seen: Told, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("events") / "raw"
    write(seen, folder, 1)
    return folder


@pytest.fixture(scope="module")
def planted(seen: Told, raw: Path) -> pd.DataFrame:
    return plant_events(seen.world, raw)


@pytest.fixture(scope="module")
def lake(raw: Path, planted: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    found = open_lake(tmp_path_factory.mktemp("lake"), threads=1)
    ingest(found, raw, demo=True)
    return found


def test_quarantine_holds_what_was_planted_and_nothing_else(raw, planted, lake):
    wanted = set()
    for name, part in planted.groupby("file"):
        lines = (raw / str(name)).read_text(encoding="utf-8").splitlines()
        first = len(lines) - len(part) + 1
        assert lines[first - 1 :] == part["text"].to_list()
        first -= name.endswith(".csv")  # the head is no row
        wanted |= {(name, first + k, code) for k, code in enumerate(part["code"])}
    held = show_quarantine(lake)
    assert set(zip(held["path"], held["source_row"], held["reason_code"], strict=True)) == wanted
    assert len(set(planted["code"])) == 8


def keyed(text: object) -> object:
    """Return the token of "kind:value", null for null."""
    if pd.isna(text):
        return None
    return hmac.new(DEMO_KEY.encode(), str(text).encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    "table",
    ["event", "binding", "broadcast_metric", "tracked_link", "consent_act", "test_account"],
)
def test_canonical_frames_are_what_an_ingest_gives(table, seen, lake):
    parts = [event_frames(b, seen.world, seen.identifiers)[table] for b in seen.behaviours]
    whole = parts[0]  # the world is one segment
    for column in whole.columns:
        if column.endswith("_token"):
            whole[column] = whole[column].map(keyed)
    loaded = lake.table(table).drop(columns=PROVENANCE)
    assert list(loaded.columns) == list(whole.columns)
    assert len(loaded) == len(whole)
    key = list(get_table(table).key)
    loaded, whole = (f.sort_values(key, ignore_index=True) for f in (loaded, whole))
    for column in whole.columns:
        left, right = loaded[column], whole[column]
        assert (left.isna() == right.isna()).all(), column
        there = left.notna()
        assert (left[there].astype(right.dtype) == right[there]).all(), column


def test_each_source_has_its_platform_and_its_identifiers(lake):
    event = lake.table("event")
    push = event[event["source"] == "live_events"]
    assert set(push["platform"]) == {"douyin"}
    assert push["account_token"].notna().all()
    player = event[event["source"] == "generic_events"]
    assert player["openid_token"].notna().all()
    assert player["broadcast_id"].notna().all()
    mall = event[event["source"] == "mall_events"]
    assert mall["visitor_token"].notna().all()
    assert mall.loc[mall["name"] == "login", "account_token"].notna().all()
    assert (mall.loc[mall["name"] == "purchase", "value_fen"] > 0).all()


def test_identity_finds_members_and_never_mixes_two_persons(seen, lake):
    lake.write("impact_assessment", sample_assessments())
    resolve(lake)
    frame = lake.table("person_member")
    truth = {}
    ids = seen.identifiers
    for kind, column, start in (
        ("uid_douyin", "sec_open_id", ""),
        ("mall_account", "mall_user", "mall/"),
        ("visitor", "visitor", ""),
        ("unionid", "unionid", ""),
    ):
        for person, value in ids[column].dropna().items():
            truth[keyed(f"{kind}:{start}{value}")] = person
    known = frame.assign(person=frame["id"].map(truth)).dropna(subset="person")
    assert (known.groupby("person_id")["person"].nunique() < 2).all()
    found = known.groupby("person")["person_id"].nunique()
    who = found.index.astype(int)
    member = ids["linked_day"].to_numpy()[who] >= 0
    agreed = member & seen.world.people["profiling"].to_numpy()[who]
    stays = seen.world.people["withdrawn_day"].to_numpy()[who] < 0
    assert (found[agreed & stays] == 1).mean() > 0.7
    assert (found[~member] > 1).any()
    silent = known[known["person"].isin(who[member & ~agreed])]
    live = set(silent.loc[silent["kind"] == "uid_douyin", "person_id"])
    assert live.isdisjoint(silent.loc[silent["kind"] != "uid_douyin", "person_id"])
    assert silent["kind"].nunique() == 4


def records(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_what_is_dropped_at_the_door_stands_in_the_files_and_not_in_the_lake(raw, lake):
    lines = records(raw / "live_events/events_000.jsonl")
    comments = [x for x in lines if x.get("comment_length")]
    assert all(x["nickname"].startswith("茶友") and x["content"] for x in comments)
    assert comments
    assert not lake.sql("SELECT count(*) AS n FROM event WHERE props LIKE '%茶友%'")["n"][0]


def test_the_same_bytes_whatever_the_number_of_threads(seen, raw, planted, tmp_path):
    other = tmp_path / "raw"
    write(seen, other, 2)
    again = plant_events(seen.world, other)
    pd.testing.assert_frame_equal(again, planted)
    files = sorted(p.relative_to(raw) for p in raw.rglob("*") if p.is_file())
    assert len(files) == 9
    for file in files:
        assert (raw / file).read_bytes() == (other / file).read_bytes(), file


def test_parquet_says_the_same_as_json_lines(seen, raw, planted, tmp_path):
    parameters = seen.world.parameters
    size = _with(parameters.size, file_format="parquet")
    world = _with(seen.world, parameters=_with(parameters, size=size))
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        files = write_segment(con, seen.behaviours[0], world, tmp_path, 0)
        assert [f.suffix for f in files][:4] == [".parquet"] * 4
        for name in ("live_events/events_000", "mall_events/events_000", "bindings/bindings_000"):
            columns = f"SELECT columns(*)::VARCHAR FROM read_parquet('{tmp_path}/{name}.parquet')"
            flat = con.sql(columns).df()
            bad = (planted["file"] == f"{name}.jsonl").sum()
            lines = pd.DataFrame(records(raw / f"{name}.jsonl")[: -bad or None], dtype=object)
            assert len(flat) == len(lines)
            for column in lines.columns:
                there = lines[column].notna()
                assert (flat[column].notna() == there).all(), column
                if column not in ("value",):
                    assert (lines[column][there].map(_text) == flat[column][there]).all(), column
    assert plant_events(world, tmp_path).empty


def test_few_rows_bear_few_bad_ones(tmp_path):
    small = told({"size.persons": 12, "size.days": 31, "people.testers": 0})
    write(small, tmp_path, 1)
    planted = plant_events(small.world, tmp_path)
    lines = {
        str(f.relative_to(tmp_path)): len(f.read_bytes().splitlines())
        for f in tmp_path.rglob("*.*")
    }
    for name, count in planted["file"].value_counts().items():
        assert count <= 0.05 * lines[name]
    none = told({"size.persons": 12, "size.days": 31, "planted.on": False})
    assert plant_events(none.world, tmp_path).empty


def _with(value, **changes):

    return replace(value, **changes)


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) else str(value)
