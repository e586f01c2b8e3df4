"""The command line as people and cron use it: results on stdout, words on stderr, exit codes."""

import contextlib
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from liveattr.cli import main
from liveattr.console import plain_table
from liveattr.errors import ReportError
from liveattr.lake import open_lake
from liveattr.pipeline import STAGES
from liveattr.report import run as making
from liveattr.sources import datasets
from liveattr.sources.tokens import DEMO_KEY

KEY = "a-key-for-tests-that-is-long-enough-0123456789"
SAMPLE = Path(__file__).resolve().parents[1] / "data" / "raw" / "sample_broadcast"
FILES = (
    "broadcasts/broadcasts.csv",
    "doudian_orders/export_2026-02-21.jsonl",
    "doudian_settle_v3/bill_2026-02-01_06.json",
    "campaign_costs/costs.csv",
    "impact_assessments/samples.csv",
)
HEAD = "cost_id,campaign_id,line,amount,incurred_at\n"
MAIN, SECOND = "live_20260122_A", "spring_glow_2026"
WORK = [name for name in STAGES if name != "score_candidates"]


class Said(NamedTuple):
    code: int
    out: str
    err: str


def call(*arguments: str, folder: Path) -> Said:
    """Run the command in a folder, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as left,
    ):
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["liveattr", *arguments])
        main()
    return Said(int(left.value.code or 0), out.getvalue(), err.getvalue())


def start(*arguments: str, folder: Path) -> "subprocess.Popen[str]":
    """Start the command in a process of its own."""
    root = str(Path(__file__).resolve().parents[1])
    return subprocess.Popen(
        [sys.executable, "-m", "liveattr.cli", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": root},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wrong(said: Said, *fragments: str) -> None:
    """Exit code 2, nothing on stdout, one or two lines that name the place and the way out."""
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("liveattr: ") and said.err.count("\n") <= 2
    assert "Traceback" not in said.err
    for fragment in fragments:
        assert fragment in said.err


@pytest.fixture(scope="module", autouse=True)
def keys(warm_kernel: None) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVEATTR_TOKEN_KEY", KEY)
        patch.delenv("LIVEATTR_CONFIG", raising=False)
        patch.delenv("LIVEATTR_DATA", raising=False)
        yield


def own_files(folder: Path, names: Sequence[str] = FILES) -> Path:
    """A folder with `data/raw` as a merchant fills it."""
    for name in names:
        target = folder / "data" / "raw" / name
        target.parent.mkdir(parents=True)
        shutil.copy(SAMPLE / name, target)
    return folder


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A merchant's folder after `liveattr run` and its report; tests here do not change its lake."""
    folder = own_files(tmp_path_factory.mktemp("shop"))
    first = call("run", "--lang", "zh", "--jobs", "1", folder=folder)
    assert (first.code, first.err) == (0, "")
    (folder / "first.txt").write_text(first.out, encoding="utf-8")
    return folder


def test_help_lists_every_command(tmp_path: Path) -> None:
    said = call("--help", folder=tmp_path)
    assert said.code == 0
    for name in ("run", "report", "ingest", "demo", "doctor", "presets", "template", "quarantine"):
        assert f" {name} " in said.out
    assert " simulate " in said.out
    assert call("--version", folder=tmp_path).out == call("version", folder=tmp_path).out


def test_the_first_run_says_what_each_stage_did(shop: Path) -> None:
    lines = (shop / "first.txt").read_text(encoding="utf-8").splitlines()
    heads = [line.split(":")[0] for line in lines if not line.startswith(" ")]
    assert heads == [*WORK, heads[-1]]
    assert lines[-1].endswith("2 made, 0 up to date, 0 failed; reports/index.html")
    for name in (MAIN, SECOND):
        assert len(list((shop / "reports" / "campaign" / name).glob("*/report.zh.html"))) == 1


def test_the_second_run_has_nothing_to_do(shop: Path) -> None:
    before = open_lake(shop / "data" / "lake").versions()
    said = call("run", folder=shop)  # two jobs: no worker is started for nothing
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[:-1] == [f"{name}: up to date" for name in WORK]
    assert said.out.endswith("0 made, 2 up to date, 0 failed; reports/index.html\n")
    assert open_lake(shop / "data" / "lake").versions() == before


def test_a_report_prints_its_file_alone(shop: Path) -> None:
    said = call("report", "--campaign", MAIN, folder=shop)
    assert (said.code, said.err) == (0, "")
    assert (shop / said.out.strip()).is_file() and said.out.endswith("/report.zh.html\n")


def test_a_failed_report_is_exit_1_and_is_forgotten_when_it_works(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, build = tmp_path / "reports", making.build

    def fail(asked: object, work: Path, **options: object) -> None:
        raise ReportError("report_campaign.ipynb: first line\n\nValueError: no such thing\n")

    monkeypatch.setattr(making, "build", fail)
    for option in (("--campaign", MAIN), ("--all",)):
        said = call("report", *option, "--lang", "en", "--out", str(out), folder=shop)
        assert said.code == 1
        assert f"liveattr: the report of '{MAIN}' (en) failed: ValueError: no such thing; see " in (
            said.err
        )
        assert said.err.count("\n") == len([MAIN, SECOND][: said.err.count("liveattr:")])
    assert said.out.endswith(f"0 made, 0 up to date, 2 failed; {out}/index.html\n")
    kept = said.err.split("; see ")[1].splitlines()[0]
    assert "no such thing" in Path(kept).read_text(encoding="utf-8")
    earlier = out / "_failed" / f"{MAIN}-2026-01-30-en"
    later = out / "_failed" / f"{MAIN}-2027-01-30-en"
    earlier.mkdir()
    later.mkdir()
    monkeypatch.setattr(making, "build", build)
    said = call("report", "--campaign", MAIN, "--lang", "en", "--out", str(out), folder=shop)
    assert (said.code, said.err) == (0, "")
    assert [path.name.split("-2")[0] for path in (out / "_failed").iterdir() if path != later] == [
        SECOND
    ]


def test_a_corrupt_manifest_is_named(shop: Path, tmp_path: Path) -> None:
    html = shop / call("report", "--campaign", MAIN, folder=shop).out.strip()
    folder = tmp_path / "campaign" / MAIN / html.parent.name
    shutil.copytree(html.parent, folder)
    (folder / "manifest.json").write_text("x", encoding="utf-8")
    said = call("report", "--campaign", MAIN, "--out", str(tmp_path), folder=shop)
    assert said.code == 1 and "delete its folder" in said.err and str(folder) in said.err


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (("report",), ("--campaign ID, or --all",)),
        (("report", "--campaign", "x", "--all"), ("say which",)),
        (("report", "--campaign", "live_20260122"), ("did you mean 'live_20260122_A'?",)),
        (("report", "--campaign", "x"), ("known are: live_20260122_A, spring_glow_2026",)),
        (("report", "--all", "--as-of", "21.2.2026"), ("--as-of", "write it as 2026-02-21")),
        (("report", "--all", "--as-of", "2026-02-30"), ("--as-of '2026-02-30' is no date",)),
        (("report", "--all", "--as-of", "2999-01-01"), ("in the future",)),
        (("report", "--all", "--as-of", "2001-01-01"), ("the lake holds 20",)),
        (("report", "--all", "--lang", "fr"), ("zh, en or both",)),
        (("report", "--all", "--rule", "liner"), ("did you mean 'linear'?",)),
        (("report", "--all", "--lake", "nowhere"), ("no lake at nowhere", "`liveattr run`")),
        (("report", "--all", "--lake", "first.txt"), ("first.txt is a file",)),
        (("report", "--all", "--out", "first.txt"), ("first.txt", "a file stands where")),
        (("run", "--from", "setle"), ("did you mean 'settle'?",)),
        (("run", "--as-of", "yesterday"), ("is no date",)),
        (("run", "--raw", "nowhere"), ("nothing to read in nowhere", "--from resolve")),
        (("ingest", "nowhere"), ("nowhere does not exist", "data/raw/<preset>/")),
        (("ingest", "first.txt"), ("is no preset", "--preset")),
        (("ingest", "first.txt", "--preset", "product"), ("did you mean 'products'?",)),
        (("quarantine", "show", "0000"), ("ingest_id '0000'", "known are")),
        (("quarantine", "show", "--code", "ORPHANS"), ("did you mean 'ORPHAN'?",)),
        (("quarantine", "release", "--code", "TYPE_BAD"), ("no row is held back",)),
        (("quarantine", "list", "--lake", "nowhere"), ("no lake at nowhere",)),
        (("presets", "show", "doudian_order"), ("did you mean 'doudian_orders'?",)),
        (("presets", "--lang", "fr"), ("zh or en",)),
        (("template", "campaign_cost", "--out", "x.xlsx"), ("did you mean 'campaign_costs'?",)),
        (("template", "campaign_costs", "--out", "x.doc"), (".xlsx or a .csv",)),
        (("template", "campaign_costs", "--out", "first.txt/x.csv"), ("a file stands where",)),
        (("demo", "sample"), ("there is no demo 'sample'", "sample_broadcast")),
        (("demo", "--preset", "huge"), ("there is no preset 'huge'", "demo")),
        (("demo", "online_retail", "--broadcast", "x"), ("of the world: `liveattr demo world`",)),
        (("simulate", "--preset", "tinny"), ("did you mean 'tiny'?",)),
        (("simulate", "--set", "kappa"), ("--set 'kappa'", "block.parameter=value")),
        (("simulate", "--set", "exposure.kapa=1"), ("did you mean 'exposure.kappa'?",)),
        (("simulate", "--set", "exposure.kappa=9"), ("within 0 and 4", "source")),
        (("simulate", "--out", "data/raw"), ("data/raw holds files of something else",)),
        (("tables", "order_lin"), ("did you mean 'order_line'?",)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_wrong_input(shop: Path, arguments: tuple[str, ...], fragments: tuple[str, ...]) -> None:
    wrong(call(*arguments, folder=shop), *fragments)


def test_words_that_are_no_command_or_number(tmp_path: Path) -> None:
    said = call("reprot", folder=tmp_path)
    assert said.code == 2 and "Did you mean 'report'?" in said.err
    assert call("report", "--all", "--jobs", "0", folder=tmp_path).code == 2


def test_wrong_settings_are_named(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEATTR_CONFIG", str(shop / "nope.toml"))
    wrong(call("run", folder=shop), "there is no settings file", "nope.toml")
    bad = shop / "bad.toml"
    bad.write_text('zoen = "x"\n', encoding="utf-8")
    monkeypatch.setenv("LIVEATTR_CONFIG", str(bad))
    wrong(call("report", "--all", folder=shop), "bad.toml: unknown setting 'zoen'", "'zone'")


def test_a_missing_or_public_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = tmp_path / "data" / "raw" / "test_accounts"
    raw.mkdir(parents=True)
    shutil.copy(SAMPLE / "test_accounts" / "test_accounts.csv", raw)
    monkeypatch.delenv("LIVEATTR_TOKEN_KEY")
    wrong(call("run", folder=tmp_path), "LIVEATTR_TOKEN_KEY is not set", "secrets.token_hex(32)")
    monkeypatch.setenv("LIVEATTR_TOKEN_KEY", DEMO_KEY)
    wrong(call("ingest", folder=tmp_path), "public key", "secrets.token_hex(32)")


def test_an_empty_raw_folder_and_an_empty_lake(tmp_path: Path) -> None:
    (tmp_path / "data" / "raw").mkdir(parents=True)
    wrong(call("run", folder=tmp_path), "nothing to read in data/raw", "`liveattr presets`")
    wrong(call("run", "--from", "resolve", folder=tmp_path), "no orders and no events yet")
    wrong(call("report", "--all", folder=tmp_path), "no orders and no events yet")


@pytest.mark.parametrize(
    ("name", "content", "fragments"),
    [
        ("doudian/a.json", b"[]", ("'doudian' in raw is no preset", "preset.yaml")),
        ("a.csv", b"a,b\n", ("'a.csv' lies in data/raw", "data/raw/<preset>/")),
        ("products/a.xlsx", b"\x00\x01nonsense", ("a.xlsx is no Excel workbook",)),
        ("products/a.pdf", b"x", ("xlsx, csv, tsv",)),
        ("products/a.csv", b"a,b\n1,2\n", ("none of the fields of preset products",)),
        ("products/a.csv", b"\xff\xfe\xff", ("neither UTF-8 nor GB18030",)),
        ("doudian_orders/a.json", b'{"a":', ("a.json cannot be read as json",)),
    ],
)
def test_files_that_cannot_be_read(
    tmp_path: Path, name: str, content: bytes, fragments: tuple[str, ...]
) -> None:
    place = tmp_path / "data" / "raw" / name
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    wrong(call("ingest", folder=tmp_path), *fragments)


def test_a_file_with_too_many_bad_rows_fails_every_run_until_it_is_mended(tmp_path: Path) -> None:
    costs = tmp_path / "data" / "raw" / "campaign_costs" / "2026-01" / "costs.csv"
    costs.parent.mkdir(parents=True)
    costs.write_text(f"{HEAD}1,A,crew,many,2026-01-22\n2,A,crew,5,2026-01-22\n", encoding="utf-8")
    for _ in range(2):
        wrong(call("run", folder=tmp_path), "campaign_costs/2026-01/costs.csv: 1 of 2 rows")
    listed = call("quarantine", "list", folder=tmp_path)
    assert (listed.code, listed.err) == (0, "")
    assert "TYPE_BAD" in listed.out and listed.out.count("\n") == 2
    shown = call("quarantine", "show", "--code", "TYPE_BAD", folder=tmp_path)
    assert "amount" in shown.out and "many" in shown.out
    wrong(call("quarantine", "release", folder=tmp_path), "failed as a whole", "mend it")
    costs.write_text(f"{HEAD}1,A,crew,7,2026-01-22\n2,A,crew,5,2026-01-22\n", encoding="utf-8")
    said = call("ingest", folder=tmp_path)
    assert (said.code, said.err) == (0, "") and "campaign_cost" in said.out


def test_a_bad_file_does_not_hold_up_the_others(shop: Path, tmp_path: Path) -> None:
    for name in ("lake", "raw"):
        shutil.copytree(shop / "data" / name, tmp_path / "data" / name)
    bad = tmp_path / "data" / "raw" / "campaign_costs" / "more.csv"
    bad.write_text(f"{HEAD}1,A,crew,many,2026-01-22\n", encoding="utf-8")
    said = call("run", "--no-report", folder=tmp_path)
    assert said.code == 2 and "settle: " in said.out
    assert "campaign_costs/more.csv: 1 of 1 rows" in said.err and said.err.count("\n") == 1


def test_release_reads_again(shop: Path) -> None:
    held = call("quarantine", "show", "--code", "ORPHAN", folder=shop).out
    batch = held.splitlines()[1].split()[-1]
    said = call("quarantine", "release", batch, folder=shop)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[1].split() == [FILES[2], "1", "0", "1"]


def test_presets_and_templates(tmp_path: Path) -> None:
    said = call("presets", folder=tmp_path)
    lines = said.out.splitlines()
    assert said.code == 0 and len(lines) > 30
    assert all(line == line.rstrip() and "\x1b" not in line for line in lines)
    assert "抖店订单" in call("presets", "--lang", "zh", folder=tmp_path).out
    assert "order_id" in call("presets", "show", "doudian_orders", folder=tmp_path).out
    text = call("presets", "show", "doudian_orders", "--yaml", folder=tmp_path).out
    assert "preset: doudian_orders" in text
    made = call("template", "campaign_costs", "--out", "x.xlsx", folder=tmp_path)
    assert (made.code, made.out) == (0, "x.xlsx\n") and "data/raw/campaign_costs/" in made.err
    wrong(call("template", "campaign_costs", "--out", "x.xlsx", folder=tmp_path), "exists already")


def test_tables_and_data_sets(tmp_path: Path) -> None:
    assert "order_line" in call("tables", folder=tmp_path).out
    assert "paid_fen" in call("tables", "order_line", folder=tmp_path).out
    assert "complete_journey" in call("datasets", folder=tmp_path).out


def test_demo_runs_every_stage_and_says_what_next(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = []

    def load(name: str, root: Path, *, path: Path | None) -> None:
        order.append(name)
        shutil.copytree(shop / "data" / "lake", root / name / "lake", dirs_exist_ok=True)
        (root / name / "liveattr.toml").write_text("", encoding="utf-8")

    monkeypatch.setattr(datasets, "load", load)
    said = call("demo", "sample_broadcast", "complete_journey", folder=tmp_path)
    assert said.code == 0 and order == ["sample_broadcast", "complete_journey"]
    assert said.err == "sample_broadcast: loading\ncomplete_journey: loading\n"
    assert "liveattr report --all --lake data/demo/sample_broadcast/lake" in said.out
    shutil.copytree(shop / "reports", tmp_path / "reports")
    said = call("demo", "sample_broadcast", "--report", "--lang", "zh", folder=tmp_path)
    assert said.code == 0 and "sample_broadcast: settle: up to date" in said.out
    assert "2 up to date" in said.out and said.out.endswith("surface and true figures\n")


def test_doctor_exits_2_only_where_something_is_wrong(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("doctor", folder=tmp_path).code == 0
    well = call("doctor", folder=shop)
    assert well.code == 0 and " wrong " not in well.out
    monkeypatch.setenv("LIVEATTR_TOKEN_KEY", "short")
    ill = call("doctor", folder=shop)
    assert ill.code == 2 and "at least 32" in ill.out and ill.err == ""


def test_a_second_run_is_refused_or_waits(shop: Path) -> None:
    """Two are real processes; this one holds the lock."""
    with open_lake(shop / "data" / "lake").lock("run"):
        refused = start("report", "--all", "--wait", "0.2", folder=shop)
        waiting = start("run", "--no-report", "--wait", "60", folder=shop)
        said = [call(command, folder=shop) for command in ("run", "ingest")]
        out, err = refused.communicate(timeout=60)
        for each in (*said, Said(refused.returncode, out, err)):
            wrong(each, f"process {os.getpid()}", "Wait for it")
        assert waiting.poll() is None
    out, err = waiting.communicate(timeout=60)
    assert (waiting.returncode, err) == (0, "") and "settle: up to date" in out


def test_two_runs_at_once_do_the_work_once(tmp_path: Path) -> None:
    """Real processes that start together: one works, the other waits and finds it done."""
    folder = own_files(tmp_path, (*FILES[:2], FILES[-1]))
    both = [start("run", "--no-report", "--wait", "60", folder=folder) for _ in range(2)]
    said = [(*process.communicate(timeout=60), process.returncode) for process in both]
    assert [(err, code) for _, err, code in said] == [("", 0), ("", 0)]
    assert sorted(out.count("up to date") for out, _, _ in said) == [0, len(WORK)]
    stages = open_lake(folder / "data" / "lake").table("run").stage
    assert sorted(stages) == sorted([*WORK, "record_consents"])


def test_a_table_in_a_pipe_has_one_line_a_row() -> None:
    frame = pd.DataFrame({"名字": ["两\n行", None], "n": pd.array([1, None], dtype="Int64")})
    assert plain_table(frame).splitlines() == ["名字   n", "两 行  1"]
