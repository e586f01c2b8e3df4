"""The stages in order: nothing twice, every day right whatever day was looked at before."""

import io
import shutil
import sys
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from liveattr import pipeline, progress, report
from liveattr.days import check_day, last_day, made_before, settled
from liveattr.errors import LockedError, MissingDataError, ParameterError, ReportError
from liveattr.lake import Lake, open_lake
from liveattr.pipeline import STAGES, refresh_reports, run, settings_for, stages, with_rule
from liveattr.profit import settle, settle_lift
from liveattr.profit.lift_stage import BOOKS, DATED, lift_options
from liveattr.progress import counter, track
from liveattr.settings import Settings
from tests.rows import Rows, at

EARLY, LATE = date(2026, 1, 23), date(2026, 2, 1)
ZONE = "Asia/Shanghai"


def sold(rows: Rows, number: str, fen: int, time: str = "01-22 21:00", room: str = "r1") -> Rows:
    """Add an order of one line; without a room only its buyer's touches say where it comes from."""
    order = {"platform": "douyin", "shop_id": "s", "order_id": number}
    moments = {"created_at": at(time), "paid_at": at(time)}
    rows.add("order_header", **order, **moments, account_token="a")
    return rows.add("order_line", **order, line_id=number, paid_fen=fen, room_id=room or None)


def shop() -> Rows:
    """One broadcast and four orders; one of them is paid back between the two days."""
    rows = Rows().add("campaign", campaign_id="A", currency="CNY")
    rows.add("broadcast", broadcast_id="a", host_id="h", platform_room_id="r1")
    for time, name in (("01-22 20:05", "live_enter"), ("01-22 20:55", "page_view")):
        rows.seen(
            time, platform="douyin", name=name, room_id="r1" if name == "live_enter" else None
        )
    for number in ("1", "2"):
        sold(rows, number, 1000)
    sold(sold(rows, "3", 600, room=""), "4", 500, time="02-01 09:00", room="")
    return rows.add(
        "refund", refund_id="x", platform="douyin", shop_id="s", order_id="1", type="refund_only",
        status="done", applied_at=at("01-26 10:00"), done_at=at("01-27 10:00"), refund_fen=1000,
    )  # fmt: skip


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return shop().lake(tmp_path / "lake")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a lake after `run`."""
    made = shop().lake(tmp_path_factory.mktemp("finished") / "lake")
    run(made)
    return made.path


@pytest.fixture
def done(finished: Path, tmp_path: Path) -> Lake:
    """A lake of one's own after `run`."""
    return open_lake(shutil.copytree(finished, tmp_path / "done" / "lake"), threads=1)


def statement(lake: Lake, day: date) -> pd.DataFrame:
    return lake.sql(
        "SELECT * FROM statement WHERE as_of = $day ORDER BY campaign_id, variant, line", day=day
    )


def did(lake: Lake, **options: object) -> dict[str, bool]:
    """Run the stages; stage → whether it worked."""
    return {each.stage: not each.skipped for each in stages(lake, **options)}  # type: ignore[arg-type]


AFTER = tuple(name for name in STAGES[1:] if name != "score_candidates")  # needs fuzzy_match
WORKED = dict.fromkeys(AFTER, True)
IDLE = dict.fromkeys(AFTER, False)


def test_all_stages_once(lake: Lake) -> None:
    assert {each.stage: not each.skipped for each in run(lake)} == WORKED
    versions = lake.versions()
    assert did(lake) == IDLE
    assert lake.versions() == versions
    assert statement(lake, LATE).line.nunique() > 30


def test_another_day_and_back(done: Lake, tmp_path: Path) -> None:
    late = statement(done, LATE)
    only_attribute = {**IDLE, "attribute": True}
    worked = dict.fromkeys(STAGES[STAGES.index("attribute") :], True)
    worked["refresh_audiences"] = False  # consent is that of today, whatever the day of the run
    assert did(done, as_of=EARLY, credit=False) == {**IDLE, **worked}
    early = statement(done, EARLY)
    assert did(done, as_of=LATE, credit=False) == IDLE
    assert did(done, as_of=EARLY, credit=False) == IDLE
    assert set(done.table("credit").as_of) == {EARLY}
    assert did(done) == only_attribute  # `run` leaves the credit of its own day
    assert set(done.table("credit").as_of) == {LATE}
    pd.testing.assert_frame_equal(statement(done, LATE), late)
    fresh = shop().lake(tmp_path / "fresh")
    run(fresh, as_of=str(EARLY))
    pd.testing.assert_frame_equal(statement(fresh, EARLY), early)
    kept = [
        each.query("line == 'revenue' and variant == 'low'").amount_fen.item()
        for each in (early, late)
    ]
    assert kept == [2000, 1000]


def test_statements_of_another_rule_are_not_taken_for_this_one(done: Lake) -> None:
    assert settled(done, LATE, Settings()) is not None
    settle(done, as_of=LATE, rule="linear")
    assert settled(done, LATE, Settings()) is None
    assert settled(done, LATE, with_rule(Settings(), "linear")) is not None
    assert did(done, credit=False)["settle"]
    assert settled(done, LATE, Settings()) is not None


def test_the_lift_of_a_day_stays_made_while_other_days_are_run(done: Lake) -> None:
    def is_made(settings: Settings | None = None) -> bool:
        options = lift_options(LATE, settings or Settings())
        return bool(made_before(done, "settle_lift", options, reads=BOOKS, dated=DATED))

    assert is_made() and not is_made(Settings(refund_window_days=7))
    lift = Rows().add(
        "lift", subject_kind="campaign", subject="A", method="baseline", as_of=LATE, gross=2.0,
        since_on=EARLY, until_on=LATE, chosen=True,
    )  # fmt: skip
    done.write("lift", lift.frame("lift"))
    assert not is_made()
    assert settle_lift(done, as_of=LATE).rows_out > 0 and is_made()
    assert did(done, as_of=EARLY, credit=False)["settle"] and is_made()
    done.write("lift", lift.frame("lift").assign(gross=3.0), mode="upsert")
    assert not is_made()
    assert done.sql("SELECT DISTINCT as_of FROM lift_statement").as_of.tolist() == [LATE]


@pytest.mark.parametrize(
    "other",
    [
        Settings.model_validate({"rules": {"half_life_days": 3.0}}),
        Settings(refund_window_days=7),
        Settings(window_hours=1),
    ],
    ids=["credit", "both", "evidence"],
)
def test_other_settings_settle_again(done: Lake, other: Settings) -> None:
    assert settled(done, LATE, other) is None
    assert did(done, settings=other, credit=False)["settle"]
    assert settled(done, LATE, other) is not None


def test_new_data_settles_again(done: Lake) -> None:
    late = sold(Rows(), "5", 700, "01-22 22:00")
    for name in ("order_header", "order_line"):
        done.write(name, late.frame(name), mode="upsert")
    assert settled(done, LATE, Settings()) is None
    assert did(done, credit=False)["settle"]
    paid = statement(done, LATE).query("line == 'gmv_created' and variant == 'low'")
    assert paid.amount_fen.item() == 2700


def test_days_that_can_be_asked_for(lake: Lake) -> None:
    assert check_day(lake, None, ZONE) == last_day(lake, ZONE) == LATE
    assert check_day(lake, "2026-01-25", ZONE) == date(2026, 1, 25)
    with pytest.raises(MissingDataError, match="the lake holds 2026-01-22 to 2026-02-01"):
        check_day(lake, date(2026, 1, 21), ZONE)
    with pytest.raises(ParameterError, match="is in the future"):
        check_day(lake, date(2999, 1, 1), ZONE)
    with pytest.raises(ParameterError, match="write it as 2026-02-21"):
        check_day(lake, "1.2.2026", ZONE)


def test_a_wrong_year_does_not_move_the_newest_day(lake: Lake) -> None:
    typo = datetime(2034, 12, 1, tzinfo=UTC)
    wrong = Rows().bought("01-22 22:00", "5", updated_at=typo)
    lake.write("order_header", wrong.frame("order_header"), mode="upsert")
    assert last_day(lake, ZONE) == LATE


def test_an_empty_lake_says_how_to_fill_it(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match=r"no orders and no events yet; put exports into"):
        run(open_lake(tmp_path / "lake"))


def test_begin_at_a_stage(done: Lake) -> None:
    after = STAGES[STAGES.index("attribute") :]
    assert tuple(each.stage for each in run(done, from_stage="attribute")) == after
    with pytest.raises(ParameterError, match="did you mean 'settle'"):
        run(done, from_stage="settel")


def test_nothing_to_read(lake: Lake, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    with pytest.raises(MissingDataError, match="`liveattr presets` lists them"):
        run(lake, raw=raw)
    (raw / "sample_broadcast" / "products").mkdir(parents=True)
    for place in (raw / "README.md", raw / "sample_broadcast" / "products" / "p.csv"):
        place.write_text("x", encoding="utf-8")
    with pytest.raises(MissingDataError, match="--from resolve` goes on with what the lake holds"):
        run(lake, raw=raw)
    with pytest.raises(MissingDataError, match="`liveattr demo` shows a simulated"):
        run(open_lake(tmp_path / "none"), raw=raw)


def test_one_run_at_a_time(lake: Lake) -> None:
    with lake.lock("run"), pytest.raises(LockedError, match="held by process"):
        run(lake)


def test_settings_beside_the_lake_count(done: Lake) -> None:
    assert settings_for(done).share_rule == "last_non_direct"
    (done.path.parent / "liveattr.toml").write_text('share_rule = "first"\n', encoding="utf-8")
    assert settings_for(done).share_rule == "first"
    assert did(done, credit=False)["settle"]
    assert settled(done, LATE, with_rule(Settings(), "first")) is not None


def test_an_unknown_campaign_runs_nothing(lake: Lake, tmp_path: Path) -> None:
    before = lake.versions()
    with pytest.raises(ParameterError, match="there is no campaign 'B'; known are: A"):
        refresh_reports(lake, ["A", "B"], out=tmp_path / "reports")
    assert lake.versions() == before and not (tmp_path / "reports").exists()


def test_a_killed_worker_is_an_error_with_a_way_out(
    done: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*args: object, **options: object) -> None:
        raise BrokenProcessPool("a process was terminated abruptly")

    monkeypatch.setattr(report, "make_reports", die)
    with pytest.raises(ReportError, match="--jobs 1"):
        refresh_reports(done, out=tmp_path / "reports", jobs=2)


def test_rules_are_checked() -> None:
    with pytest.raises(ParameterError, match="did you mean 'linear'"):
        with_rule(Settings(), "liner")
    assert with_rule(Settings(), None) == Settings()
    assert pipeline.STAGES[0] == "ingest"


class Terminal(io.StringIO):
    """Text that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_bars_are_for_people(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    for _ in track(["settle", "report"], "outer", label=str):
        for _ in track([1, 2], "inner"):
            sys.stdout.write("a result\n")
            progress._shown[0].refresh()
    shown = screen.getvalue()
    assert "outer" in shown and "inner" in shown and "settle" in shown
    assert "a result" not in shown and capsys.readouterr().out == "a result\n" * 4
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with counter("quiet", 1) as advance:
        advance("x", 1)
    assert sys.stderr.getvalue() == "" and screen.getvalue() == shown  # type: ignore[attr-defined]
