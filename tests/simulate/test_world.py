"""The whole tiny world: the same bytes everywhere, and every row of it arrives where it should.

The golden hashes are of the text files of `simulate("tiny")`. When the world is changed on purpose:
`python tests/simulate/test_world.py` writes them anew.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter, defaultdict
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from liveattr.demo import world_of
from liveattr.errors import ParameterError
from liveattr.lake import Lake, open_lake
from liveattr.simulate import live_through, make_world, plan, simulate
from liveattr.simulate.streams import BLOCK, dense
from liveattr.sources import show_quarantine
from liveattr.sources.tokens import DEMO_KEY
from liveattr.tables import get_table

GOLDEN = Path(__file__).parents[1] / "golden" / "world_tiny.json"
PROVENANCE = {"source", "ingest_id", "source_row"}


def hashes(raw: Path) -> dict[str, str]:
    files = sorted(p for p in raw.rglob("*") if p.is_file() and not p.name.startswith("."))
    return {
        p.relative_to(raw).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()[:16]
        for p in files
    }


@pytest.fixture(scope="module")
def raw(tiny_demos: Path) -> Path:
    return world_of(tiny_demos, "tiny") / "raw"


@pytest.fixture(scope="module")
def lake(raw: Path) -> Lake:
    return open_lake(raw.parent / "lake")


def test_every_file_is_as_it_was(raw):
    assert hashes(raw) == json.loads(GOLDEN.read_text())


def test_no_byte_depends_on_blocks_threads_or_the_platform(raw, tmp_path, monkeypatch):
    def backwards(self, purpose, day, how):
        numbers = range(-(-self.real // BLOCK))
        parts = {b: how(dense(self.seed, purpose, day, b)) for b in reversed(numbers)}
        return np.concatenate([parts[b] for b in numbers], axis=-1)[..., : self.real]

    connect = duckdb.connect
    monkeypatch.setattr(plan.Plan, "_whole", backwards)
    monkeypatch.setattr(duckdb, "connect", lambda: connect(config={"threads": 1}))
    simulate(tmp_path / "raw", "tiny")
    assert hashes(tmp_path / "raw") == hashes(raw)
    assert not any(b"\r" in p.read_bytes() for p in raw.rglob("*") if p.is_file())


def test_a_world_of_several_blocks_does_not_depend_on_their_order(monkeypatch):
    values = {
        "size.persons": 2 * BLOCK + 10,
        "size.days": 4,
        "size.burn_in_days": 1,
        "size.after_days": 0,
    }
    few = {**values, "size.persons": BLOCK, "stock.on": False}
    many = {**values, "stock.on": False}
    parts = [
        pd.concat([s.orders for s in live_through(make_world("demo", values=v), "none").segments])
        for v in (few, many)
    ]  # fmt: skip
    same = parts[1][parts[1]["person"] < BLOCK].drop(columns="order").reset_index(drop=True)
    alone = parts[0].drop(columns="order").reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, same)


def test_segments_hold_the_same_rows_whatever_their_length(tmp_path):
    rows = {}
    for days in (60, 17):
        values = {"size.segment_days": days, "planted.on": False}
        simulate(tmp_path / f"{days}" / "raw", "tiny", values=values, truth=False)
        rows[days] = defaultdict(Counter)
        for file in (tmp_path / f"{days}" / "raw").glob("*/*"):
            lines = file.read_text().splitlines()
            rows[days][file.parent.name].update(lines[file.suffix == ".csv" :])
    assert set(rows[60]) == set(rows[17])
    # a login says again in each segment which visitor is which member
    assert rows[60].pop("bindings") < rows[17].pop("bindings")
    assert rows[60] == rows[17]


def test_another_seed_is_another_world(raw, tmp_path):
    simulate(tmp_path / "raw", "tiny", seed=8, truth=False)
    mine, other = hashes(raw), hashes(tmp_path / "raw")
    same = {name for name in mine if mine[name] == other.get(name)}
    assert same <= {
        "products/products.csv",
        "sku_cogs/sku_cogs.csv",
        "supply_terms/supply_terms.csv",
    }


def test_quarantine_is_the_list_of_the_truth(raw, lake):
    planted = pd.read_csv(raw.parent / "truth" / "planted.csv", dtype=str)
    held = show_quarantine(lake)
    wanted = planted.groupby(["file", "code"]).size()
    found = held.groupby(["path", "reason_code"]).size()
    assert found.to_dict() == wanted.to_dict()
    assert planted["code"].nunique() > 6


def test_every_order_is_in_the_lake_once(raw, lake):
    truth = pd.read_parquet(raw.parent / "truth" / "orders.parquet")
    stored = lake.table("order_header")
    assert set(zip(truth["platform"], truth["order_id"], strict=True)) == set(
        zip(stored["platform"], stored["order_id"], strict=True)
    )
    assert len(truth) == len(stored)
    assert stored["is_test"].sum() == (truth["kind"] == "test").sum()


def test_frames_are_what_an_ingest_gives(lake):
    frames = live_through(make_world("tiny"), "none").frames()
    loaded = set(lake.versions()) - {
        "ingest_batch",
        "quarantine_row",
        "raw_message",
        "order_state_event",
        "impact_assessment",
        "run",
    }
    assert set(frames) == loaded
    for name, frame in frames.items():
        stored, key = lake.table(name), list(get_table(name).key)
        columns = [c for c in stored.columns if c not in PROVENANCE]
        left, right = (
            plain(f, columns).sort_values(key, ignore_index=True) for f in (frame, stored)
        )
        for column in columns:
            if column.endswith("_token"):
                left[column] = left[column].map(keyed)
        left = left.sort_values(key, ignore_index=True)
        pd.testing.assert_frame_equal(left, right, check_dtype=False, obj=name)


def plain(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Bring both sides to one form: objects, None for nothing, UTC moments."""
    out = pd.DataFrame({c: frame[c] if c in frame else None for c in columns})
    for column in columns:
        if isinstance(out[column].dtype, pd.DatetimeTZDtype):
            out[column] = out[column].astype("datetime64[us, UTC]")
        out[column] = out[column].astype(object).where(out[column].notna(), None)
    return out


def keyed(text: object) -> object:
    if text is None:
        return None
    return hmac.new(DEMO_KEY.encode(), str(text).encode(), hashlib.sha256).hexdigest()


def test_magnitudes_are_of_the_right_size():
    values = {"size.persons": 3000, "size.days": 90, "size.after_days": 0}
    truth = live_through(make_world("tiny", values=values), "rooms").truth
    effects = truth.effects.set_index(["subject", "horizon"])
    total = effects.loc[("all", "factual")]
    assert 0.4 < total["orders"] / 3000 * 2 < 3.0  # in 120 days, of 60 that were counted
    assert 0.5 < total["net_fen"] / total["gmv_fen"] < 0.95
    live = effects.loc[("own_room+second_room+kol", "net"), "orders"] / total["orders"]
    assert 0.05 < live < 0.3
    assert 0.2 < effects.loc[("kol", "net"), "orders"] / effects.loc[("kol", "gross"), "orders"] < 1


@pytest.mark.parametrize("name", ["raw/orders.csv", "truth/mine.csv", "raw"])
def test_what_no_simulation_wrote_stays(tmp_path, name):
    mine = tmp_path / name
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("keep")
    with pytest.raises(ParameterError, match="holds files of something else"):
        simulate(tmp_path / "raw", "tiny")
    assert mine.read_text() == "keep"
    with pytest.raises(ParameterError, match="the truth goes there"):
        simulate(tmp_path / "truth", "tiny")


def test_too_small_a_disk_is_said_before_anything_is_written(tmp_path, monkeypatch):
    usage = type("usage", (), {"free": 1000})
    monkeypatch.setattr("liveattr.simulate.run.shutil.disk_usage", lambda path: usage)
    with pytest.raises(ParameterError, match=r"takes about .* GB and 0\.0 GB are free"):
        simulate(tmp_path / "raw", "tiny")
    assert not list(tmp_path.iterdir())


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as work:
        simulate(Path(work) / "raw", "tiny")
        GOLDEN.write_text(json.dumps(hashes(Path(work) / "raw"), indent=1) + "\n")
