"""A world that takes a second: files of the sample broadcast, and a truth made up for it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from liveattr.demo import world_stages
from liveattr.demo.world import simulate_once
from liveattr.lake import Summary

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "raw" / "sample_broadcast"
SHOW, SECOND = "live_20260122_A", "live_20260124_B"
CAMPAIGNS = (SHOW, "spring_glow_2026")
FORMATS = ("broadcasts", "doudian_orders", "live_events", "bindings", "campaign_costs", "sku_map")
"""Enough for touches, orders and costs of both campaigns."""


def effects() -> pd.DataFrame:
    """Effects as a world writes them: of channels, of both campaigns, of one broadcast."""
    rows = [
        ("all", "all", "factual", 99, 990_000, 700_000, 400_000),
        ("channel", "own_room", "net", 9, 90_000, 70_000, 40_000),
        ("campaign", SHOW, "gross", 12, 120_000, 90_000, 50_000),
        ("campaign", SHOW, "net", 9, 90_000, 70_000, 30_000),
        ("campaign", CAMPAIGNS[1], "net", -1, -9_000, -9_000, -4_000),
        ("campaign", "kol_2099", "net", 5, 5, 5, 5),
        ("broadcast", SECOND, "net", 2, 20_000, 15_000, 8_000),
    ]
    names = ["subject_kind", "subject", "horizon", "orders", "gmv_fen", "net_fen", "margin_fen"]
    return pd.DataFrame(rows, columns=names)


def write_fake(out: Path, preset: str = "demo", **options: Any) -> str:
    """Stand in for `simulate`."""
    for old in (out, out.parent / "truth"):
        shutil.rmtree(old, ignore_errors=True)
    for name in FORMATS:
        shutil.copytree(SAMPLE / name, out / name)
    (out / ".world.json").write_text("{}", encoding="utf-8")
    (out.parent / "truth").mkdir()
    effects().to_parquet(out.parent / "truth" / "effects.parquet")
    return f"{preset} written"


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files of the sample broadcast in place of a simulation."""
    monkeypatch.setattr("liveattr.simulate.simulate", write_fake)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Summary]]:
    """The folder of a fake world after its stages, and what they said; read only."""
    folder = tmp_path_factory.mktemp("demos") / "world"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("liveattr.simulate.simulate", write_fake)
        simulate_once(folder / "raw")
    return folder, list(world_stages(folder))
