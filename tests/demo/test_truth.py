"""The known truth comes from the world's files alone, and only into the table of that name."""

from pathlib import Path

import pandas as pd
import pytest

from liveattr import cli
from liveattr.attribution.stage import READS as CREDIT_READS
from liveattr.demo import known_truth, report_broadcasts, write_known_truth
from liveattr.demo.singles import check_broadcasts, single_stages, singles_of
from liveattr.errors import MissingDataError, ParameterError
from liveattr.lake import Summary, open_lake
from liveattr.pipeline import STAGES
from liveattr.profit.stage import READS
from liveattr.units import ppm
from tests.demo.conftest import CAMPAIGNS, SECOND, SHOW, effects

Made = tuple[Path, list[Summary]]


def test_it_says_what_each_campaign_added(made: Made) -> None:
    lake = open_lake(made[0] / "lake")
    found = lake.table("known_truth").set_index(["campaign_id", "broadcast_id", "horizon"])
    assert len(found) == 4, "no channel, no campaign that the lake does not know"
    show = found.loc[(SHOW, "", "net")]
    cost = lake.sql(
        "SELECT -amount_fen AS fen FROM statement WHERE campaign_id = $c AND variant = 'base' "
        "AND line = 'fixed_cost'",
        c=SHOW,
    ).fen.item()
    assert (show.orders, show.net_fen, show.fixed_cost_fen) == (9, 70_000, cost)
    assert show.true_roi == ppm(30_000, cost) / 1_000_000
    assert show.world == "demo, seed 7"
    single = found.loc[(CAMPAIGNS[1], SECOND, "net")]
    assert single.orders == 2 and pd.isna(single.true_roi) and pd.isna(single.fixed_cost_fen)


def test_no_fixed_cost_no_roi() -> None:
    shows = pd.DataFrame({"broadcast_id": [SHOW, SECOND], "campaign_id": CAMPAIGNS})
    costs = pd.DataFrame({"campaign_id": [SHOW], "fixed_cost_fen": [0]})
    found = known_truth(effects(), shows, costs, world="x")
    assert found["true_roi"].isna().all()
    assert found.groupby("campaign_id")["fixed_cost_fen"].max().isna().tolist() == [False, True]


def test_no_stage_reads_it_and_run_does_not_write_it() -> None:
    assert "known_truth" not in {*STAGES, *READS, *CREDIT_READS}


def test_a_real_shop_has_none(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="has no truth"):
        write_known_truth(open_lake(tmp_path / "lake"), tmp_path)


def test_a_single_broadcast_is_a_campaign_of_its_own_in_a_second_lake(made: Made) -> None:
    folder, _ = made
    main = open_lake(folder / "lake")
    before = main.versions()
    done = list(single_stages(folder))
    stages = [name for name in STAGES[1:] if name != "score_candidates"]
    assert [s.stage for s in done] == [*stages, "known_truth"]
    single = singles_of(folder)
    rows = single.sql("SELECT DISTINCT campaign_id FROM statement ORDER BY campaign_id")
    assert list(rows.campaign_id) == [SHOW, SECOND]
    truth = single.sql("SELECT campaign_id, orders FROM known_truth WHERE broadcast_id = ''")
    assert dict(truth.itertuples(index=False)) == {SHOW: 9, SECOND: 2}
    assert single.sql("SELECT kind FROM campaign").kind.tolist() == ["broadcast"] * 2
    costs = "SELECT sum(amount_fen) AS fen FROM campaign_cost WHERE campaign_id = $c"
    assert single.sql(costs, c=SHOW).fen.item() == main.sql(costs, c=SHOW).fen.item()
    assert all(s.skipped for s in single_stages(folder)) and main.versions() == before


def test_an_unknown_broadcast_is_named(made: Made, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="did you mean 'live_20260122_A'"):
        report_broadcasts(made[0], ["live_20260122"], langs=("zh",), out=tmp_path)
    with pytest.raises(MissingDataError, match="no demo world yet"):
        check_broadcasts(open_lake(tmp_path / "lake"), ["x"])


def test_the_command_says_what_it_did(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["liveattr", "demo", "--no-report", "--root", str(made[0].parent)]
    monkeypatch.setattr("sys.argv", [*asked, "--out", str(tmp_path)])
    with pytest.raises(SystemExit) as left:
        cli.main()
    said = capsys.readouterr()
    assert not left.value.code and said.err == "world: loading\n"
    assert (
        said.out.count("up to date") == len(STAGES) + 1
        and "world: known_truth: up to date" in said.out
    )
    assert "liveattr report --all --lake" in said.out
    monkeypatch.setattr("sys.argv", ["liveattr", "simulate", "--out", str(made[0] / "raw")])
    with pytest.raises(SystemExit) as left:
        cli.main()
    said = capsys.readouterr()
    assert not left.value.code and said.out.endswith("raw: up to date\n")
    assert said.err == f"the truth is in {made[0] / 'truth'}; no stage reads it\n"
