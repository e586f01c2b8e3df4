"""The planners' page of the demo: the world has one, as of its last day; a world without a plan has none."""

from pathlib import Path

import pytest

from liveattr.demo import show
from liveattr.lake import open_lake
from tests.report.world import AS_OF
from tests.report.world_stocking import make_stock


@pytest.fixture(autouse=True)
def no_campaigns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the reports of campaigns: they are tested elsewhere."""
    monkeypatch.setattr(show, "refresh_reports", lambda *given, **known: [])
    monkeypatch.setattr(show, "newest_campaigns", lambda lake: [])
    monkeypatch.setattr(show, "last_day", lambda lake, zone: AS_OF)


def test_the_world_has_the_planners_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the page and the workbook hold is tested with the report; here that they are made, and for which day."""
    asked = []

    def made(lake, kind, **given):
        asked.append((str(lake.path), kind, given))
        return ["page"]

    monkeypatch.setattr("liveattr.report.make_kind_reports", made)
    open_lake(tmp_path / "world" / "lake", threads=1)
    found = show.report_demo("world", tmp_path / "world", langs=("zh",), jobs=1, out=tmp_path)
    [(lake, kind, given)] = asked
    assert found == ["page"] and kind == "stocking" and lake == str(tmp_path / "world" / "lake")
    assert given == {"as_of": AS_OF, "langs": ("zh",), "out": tmp_path}


def test_a_world_too_short_for_a_plan_has_none(tmp_path: Path) -> None:
    open_lake(tmp_path / "world" / "lake", threads=1)
    assert show.report_demo("world", tmp_path / "world", langs=("zh",), jobs=1, out=tmp_path) == []


def test_a_data_set_has_none(tmp_path: Path) -> None:
    make_stock(tmp_path / "set" / "lake")
    made = show.report_demo(
        "complete_journey", tmp_path / "set", langs=("zh",), jobs=1, out=tmp_path
    )
    assert made == []
