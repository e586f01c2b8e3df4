"""The ledger of the stage: made once, and the same that each reader would make for itself."""

from typing import Any

import pandas as pd
import pytest

from liveattr.lake import Lake, open_lake
from liveattr.stocking import demand
from liveattr.stocking.demand import demand_calendar, demand_panel
from liveattr.stocking.stage import plan_stock
from tests.stocking.test_stage import AS_OF, SETTINGS, shop


@pytest.fixture
def lake(tmp_path) -> Lake:
    made = open_lake(tmp_path / "lake", threads=1)
    shop(made)
    return made


def test_the_stage_makes_the_ledger_once(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    create = demand.create_line_ledger
    monkeypatch.setattr(
        demand,
        "create_line_ledger",
        lambda con, **known: made.append(known) or create(con, **known),
    )
    plan_stock(lake, as_of=AS_OF, settings=SETTINGS)
    assert [known["as_of"] for known in made] == [AS_OF]


def test_the_calendar_alone_is_the_one_after_a_panel(lake: Lake) -> None:
    alone = demand_calendar(lake, as_of=AS_OF, days=7)
    with lake.connect(demand.PANEL_READS) as con:
        panel = demand.read_panel(con, AS_OF)
        pd.testing.assert_frame_equal(demand.read_calendar(con, AS_OF, 7), alone)
    pd.testing.assert_frame_equal(demand_panel(lake, as_of=AS_OF), panel)
    assert set(alone["sku_id"]) == set(panel["sku_id"])
