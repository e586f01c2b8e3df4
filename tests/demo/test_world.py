"""A world is made once, replaced as a whole, and never in the place of something else."""

import json
import os
from pathlib import Path

import pytest

from liveattr.demo import newest_campaigns, simulate_once, world_stages
from liveattr.demo.show import read_values
from liveattr.demo.world import empty_lake, is_made_from, mark, public_secrets
from liveattr.errors import ParameterError
from liveattr.lake import Summary, open_lake
from liveattr.pipeline import STAGES
from tests.demo.conftest import CAMPAIGNS, write_fake
from tests.report.world import frame

pytestmark = pytest.mark.usefixtures("fake")


def test_it_is_made_once_and_replaced_as_a_whole(tmp_path: Path) -> None:
    raw = tmp_path / "world" / "raw"
    assert simulate_once(raw, "tiny") == "tiny written"
    assert simulate_once(raw, "tiny") is None
    (raw / "old.csv").touch()
    assert simulate_once(raw, "tiny", values={"exposure.kappa": 2}) == "tiny written"
    assert not (raw / "old.csv").exists()
    said = json.loads((raw.parent / "made_from.json").read_text(encoding="utf-8"))
    assert said.items() >= {"preset": "tiny", "seed": 7, "values": {"exposure.kappa": 2}}.items()
    assert simulate_once(raw, "tiny", seed=8, values={"exposure.kappa": 2}) is not None


def test_an_unfinished_one_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(out: Path, *given: object, **options: object) -> None:
        write_fake(out)
        raise OSError(28, "No space left on device")

    raw = tmp_path / "raw"
    simulate_once(raw, "tiny")
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr("liveattr.simulate.simulate", half)
        simulate_once(raw, "tiny", seed=8)
    assert simulate_once(raw, "tiny", seed=8) == "tiny written"


def test_the_stages_run_and_the_second_time_there_is_nothing_to_do(
    made: tuple[Path, list[Summary]],
) -> None:
    folder, first = made
    names = [name for name in STAGES if name != "score_candidates"]
    assert [s.stage for s in first] == [*names, "known_truth"] and not any(s.skipped for s in first)
    before = open_lake(folder / "lake").versions()
    assert all(s.skipped for s in world_stages(folder))
    assert open_lake(folder / "lake").versions() == before


def test_another_world_takes_the_rows_away_but_versions_go_on(tmp_path: Path) -> None:
    lake = open_lake(tmp_path / "lake")
    assert not is_made_from(lake, "one")
    with lake.lock("run"):
        mark(lake, "one")
        lake.write("test_account", frame("test_account", [{"kind": "phone", "id_token": "x"}]))
        assert is_made_from(lake, "one") and not is_made_from(lake, "two")
        empty_lake(lake)
    assert not is_made_from(lake, "one")
    assert lake.versions() == {"test_account": 1} and lake.table("test_account").empty
    assert list(tmp_path.rglob("*.parquet")) == []


def test_the_newest_campaigns_come_first(made: tuple[Path, list[Summary]]) -> None:
    lake = open_lake(made[0] / "lake")
    assert newest_campaigns(lake) == list(reversed(CAMPAIGNS))
    assert newest_campaigns(lake, most=1) == [CAMPAIGNS[1]]


def test_values_are_written_as_block_parameter_value() -> None:
    assert read_values(["a.b = 1", "a.c=-.5", "a.d=OFF"]) == {"a.b": 1, "a.c": -0.5, "a.d": False}
    for wrong in ("kappa=1", "a.b", "a.b=", "=1"):
        with pytest.raises(ParameterError, match=r"block\.parameter=value"):
            read_values([wrong])


def test_the_users_secrets_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEATTR_YOUZAN_SECRET", "mine")
    monkeypatch.setenv("LIVEATTR_LINK_KEY", "my links")
    monkeypatch.delenv("LIVEATTR_DOUDIAN_SECRET", raising=False)
    with public_secrets():
        assert "public-demo" in os.environ["LIVEATTR_YOUZAN_SECRET"]
        assert "public-demo" in os.environ["LIVEATTR_DOUDIAN_SECRET"]
        assert "LIVEATTR_LINK_KEY" not in os.environ
    assert os.environ["LIVEATTR_YOUZAN_SECRET"] == "mine"
    assert os.environ["LIVEATTR_LINK_KEY"] == "my links"
    assert "LIVEATTR_DOUDIAN_SECRET" not in os.environ
