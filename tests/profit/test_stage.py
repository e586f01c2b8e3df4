"""The stage: what it writes, that doing it twice does nothing, and that arrival does not matter."""

import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from liveattr.errors import MissingDataError
from liveattr.lake import Lake, Summary, open_lake
from liveattr.profit import settle
from liveattr.settings import Settings
from tests.profit.world import (
    FAR,
    World,
    account,
    at,
    cost,
    in_room,
    refunded,
    settled,
    show_world,
)

PLAIN = Settings()
WRITTEN = ("line_basis", "ad_credit", "line_share", "statement", "statement_row")


def busy_world() -> World:
    world = show_world().add("touch", touch_id=1).add("sku_cogs", cogs_fen=300)
    world.add("campaign", campaign_id="B")
    world.order("o1", in_room(paid_fen=1001, sub_platform_fen=7))
    world.order(
        "o2", in_room(line_id="a", paid_fen=500), {"line_id": "b", "paid_fen": 499, "host_id": "h1"}
    )
    world.order("m1", {"paid_fen": 100}, platform="mall", created_at=at("01-22 10:00"))
    for touch, campaign, share in ((1, "A", 1 / 3), (2, "B", 1 / 3), (-1, None, 1 / 3)):
        credit = {"platform": "mall", "line_id": "m1", "touch_id": touch, "share": share}
        world.add("credit", campaign_id=campaign, **credit)
    refunded(world, "o1", 1001, subsidy_back_fen=7)
    world.add("refund", refund_id="x", order_id="o2", refund_fen=333)
    settled(world, "o1", commission_fen=80)
    account(world, "o2", "compensation", 9, "out")
    cost(world, "slot_fee", 500)
    world.add("platform_ad_order", order_id="o1", pay_type="direct")
    world.add("platform_ad_order", order_id="a", pay_type="indirect")
    return world.add("ad_spend", broadcast_id="b1", spend_fen=77)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, Summary]:
    """The busy world, settled, and what was said of it; read only."""
    lake = busy_world().lake(tmp_path_factory.mktemp("busy") / "lake")
    return lake, settle(lake, as_of=FAR, settings=PLAIN)


@pytest.fixture
def own(busy: tuple[Lake, Summary], tmp_path: Path) -> Lake:
    """A copy of its lake of one's own."""
    return open_lake(shutil.copytree(busy[0].path, tmp_path / "own"), threads=1)


def test_a_settled_lake_holds_evidence_shares_statements_and_rows(
    busy: tuple[Lake, Summary],
) -> None:
    lake, summary = busy
    assert summary.rows_in == 4 and not summary.skipped and summary.notes == ()
    tables = {name: lake.table(name) for name in WRITTEN}
    assert {name: len(table) for name, table in tables.items()} == dict(summary.outputs)
    assert len(tables["statement"]) == 2 * 3 * 40
    money = tables["statement_row"]
    money = money[(money.variant == "base") & (money.line == "gmv_paid")]
    assert money.groupby("campaign_id").amount_fen.sum().to_dict() == {
        "A": 1001 + 500 + 34,
        "B": 33,
    }
    stated = tables["statement"].set_index(["campaign_id", "variant", "line"]).sort_index()
    for (campaign, line), rows in tables["statement_row"].groupby(["campaign_id", "line"]):
        for variant, part in rows.groupby("variant"):
            row = stated.loc[(campaign, variant, line)]
            assert (row.amount_fen, row.n_rows) == (part.amount_fen.sum(), len(part))


def test_settling_twice_changes_nothing(own: Lake) -> None:
    lake = own
    before = lake.versions()
    assert settle(lake, as_of=FAR, settings=PLAIN).skipped
    assert lake.versions() == before
    settle(lake, as_of=FAR, settings=PLAIN.model_copy(update={"window_hours": 25}))
    after = lake.versions()
    assert {n: v for n, v in after.items() if v != before[n]} == {"run": before["run"] + 1}


def test_another_date_keeps_the_first(own: Lake) -> None:
    lake, early = own, date(2026, 1, 23)
    first, late_credit = lake.table("statement"), lake.table("credit")
    lake.write("credit", late_credit.assign(as_of=early))
    settle(lake, as_of=early, settings=PLAIN)
    both = lake.table("statement")
    assert set(both.as_of) == {early, FAR}
    kept = both[both.as_of == FAR].reset_index(drop=True)
    pd.testing.assert_frame_equal(_sorted(kept), _sorted(first))
    version = lake.versions()["line_basis"]
    lake.write("credit", late_credit)
    settle(lake, as_of=FAR, settings=PLAIN)
    assert lake.versions()["line_basis"] == version
    pd.testing.assert_frame_equal(_sorted(lake.table("statement")), _sorted(both))


def test_the_order_of_arrival_changes_nothing(busy: tuple[Lake, Summary], tmp_path: Path) -> None:
    lake, world = busy[0], busy_world()
    for rows in world.rows.values():
        rows.reverse()
    other = world.lake(tmp_path / "two")
    settle(other, as_of=FAR, settings=PLAIN)
    for name in WRITTEN:
        pd.testing.assert_frame_equal(_sorted(lake.table(name)), _sorted(other.table(name)))


def test_the_rule_is_an_argument_or_the_setting(own: Lake) -> None:
    lake = own
    with pytest.raises(MissingDataError, match="'linear'"):
        settle(lake, as_of=FAR, rule="linear", settings=PLAIN)
    with pytest.raises(MissingDataError, match="'first'"):
        settle(lake, as_of=FAR, settings=PLAIN.model_copy(update={"share_rule": "first"}))


def test_costs_that_reach_no_statement_are_said(tmp_path: Path) -> None:
    world = show_world()
    cost(world, "slot_fee", 500, campaign_id="Z")
    world.add("ad_spend", ad_id="1", broadcast_id="b9").add("ad_spend", ad_id="2", room_id="r9")
    assert settle(world.lake(tmp_path), as_of=FAR, settings=PLAIN).notes == (
        "1 rows of campaign_cost name a campaign that is not known: Z",
        "1 rows of ad_spend name a broadcast that is not known: b9",
        "1 rows of ad_spend name neither a broadcast nor a known room: r9",
    )


def test_an_empty_lake_settles_to_nothing(tmp_path: Path) -> None:
    summary = settle(World().lake(tmp_path), as_of=FAR, settings=PLAIN)
    assert summary.rows_out == 0


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    keys = [c for c in frame.columns if c not in ("share", "amount_fen", "value_ppm")]
    return frame.sort_values(keys).reset_index(drop=True)


def test_a_platform_whose_bills_are_not_loaded_is_not_waited_for(tmp_path: Path) -> None:
    world = show_world().order("o1", in_room(paid_fen=1000)).order("o2", in_room(paid_fen=500))
    settled(world, "o1", commission_fen=80)
    world.add("sku_cogs", cogs_fen=300)
    lake = cost(world, "slot_fee", 500).lake(tmp_path)

    def share(**settings: object) -> tuple[float, bool]:
        settle(lake, as_of=FAR, settings=Settings.model_validate(settings))
        rows = lake.sql("SELECT * FROM statement WHERE variant = 'base' AND campaign_id = 'A'")
        line = rows.set_index("line").loc["lines_settled_ppm"]
        return line["value_ppm"], line["given"]

    assert share() == (500_000, True)
    assert share(billed_platforms=["kuaishou"]) == (1_000_000, True)
