"""Recall and repurchase reports: what they say, whom they never show, made by the one engine."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from liveattr import report
from liveattr.errors import MissingDataError, ParameterError
from liveattr.lake import Lake
from liveattr.report.sections_recall_result import verdict_of
from liveattr.report.tables_recall import recall_tables, repurchase_tables
from liveattr.report.words import word
from tests.report.test_sections import Text
from tests.report.world import AS_OF
from tests.report.world_recall import NAMES, SHOW, recall_lake, repurchase_lake

RECALL = (
    report.recall_heading,
    report.recall_headline,
    report.recall_brought,
    report.recall_lists,
    report.recall_why,
    report.recall_expected,
    report.recall_definition,
    report.recall_footer,
)
AGAIN = (
    report.repurchase_heading,
    report.repurchase_headline,
    report.repurchase_weeks,
    report.repurchase_week_table,
    report.repurchase_people,
    report.repurchase_trust,
    report.repurchase_footer,
)
SECRET = re.compile(r"secret-person|[0-9a-f]{64}")


@pytest.fixture(scope="module")
def recalled(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return recall_lake(tmp_path_factory.mktemp("recall") / "lake")


@pytest.fixture(scope="module")
def foretold(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return repurchase_lake(tmp_path_factory.mktemp("again") / "lake")


def said(blocks: list[report.Block | None]) -> str:
    made = Text("".join(block.html for block in blocks if block is not None))
    assert made.links == [] and "script" not in made.tags
    return " ".join(made.words)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_lists_count_people_and_show_none(recalled: Lake, lang: str) -> None:
    facts = report.recall_facts(recalled, SHOW, as_of=AS_OF)
    text = said([piece(facts, lang) for piece in RECALL])
    assert not SECRET.search(text)
    assert "1,000" in text and "670" in text and "carts >= 1" in text
    assert word("recall.channel_push", lang) not in text, "a list frozen later is not known yet"
    few = {"zh": "少于 5", "en": "under 5"}[lang]
    assert few in text and "150" in text
    assert word("people.kept", lang) in text, "with the total, the small cell alone were plain"


def test_small_counts_stay_out_of_the_tables(recalled: Lake) -> None:
    tables = recall_tables(report.recall_facts(recalled, SHOW, as_of=AS_OF))
    for frame in tables.values():
        for column in frame.columns.intersection(["people", "n_capped", "n_contact", "n_holdout"]):
            shown = pd.to_numeric(frame[column]).dropna()
            assert ((shown == 0) | (shown >= 5)).all(), column
        assert not SECRET.search(frame.drop(columns="definition_sha256", errors="ignore").to_csv())
    results = tables["recall_result"]
    tiny = results[results["audience_id"] == NAMES[1]].iloc[0]
    assert pd.isna(tiny["n_holdout"]) and not pd.isna(tiny["contact"])


def test_the_newest_result_is_shown(recalled: Lake) -> None:
    facts = report.recall_facts(recalled, SHOW, as_of=AS_OF)
    assert set(facts.of(facts.results, NAMES[0])["as_of"].astype(str)) == {str(AS_OF)}
    early = report.recall_facts(recalled, SHOW, as_of="2026-02-12")
    assert "no result yet" in said([piece(early, "en") for piece in RECALL]).lower()
    one = report.recall_headline(facts, "en").html
    assert "¥3,417" in one and "33.5" in one, "670 people times the difference"


@pytest.mark.parametrize(
    ("low", "high", "detectable", "verdict"),
    [
        (0.01, 0.02, True, "gain"),
        (-0.2, -0.1, True, "loss"),
        (-0.1, 0.1, False, "undetectable"),
        (-0.1, 0.1, True, "none"),
        (-0.1, 0.1, None, "undetectable"),
    ],
)
def test_a_verdict_is_the_interval(
    low: float, high: float, detectable: bool | None, verdict: str
) -> None:
    row = {"difference": (low + high) / 2, "low": low, "high": high, "detectable": detectable}
    assert verdict_of(row) == verdict
    assert verdict_of({**row, "difference": None, "reason": "few_people"}) == "few_people"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_planners_see_weeks_and_no_person(foretold: Lake, lang: str) -> None:
    facts = report.repurchase_facts(foretold, as_of=AS_OF)
    text = said([piece(facts, lang) for piece in AGAIN])
    assert not SECRET.search(text) and "110" in text, "29 + 28 + 27 + 26, whole weeks only"
    assert "面膜" in text and "0.2200" in text and "600" in text
    bands = repurchase_tables(facts)["repurchase_bands"]
    hidden = bands[bands["people"].isna()]
    assert len(hidden) == 2, "three people, and the next band that would give them away"
    assert hidden[["buyers_30", "orders_90", "value_90_fen"]].isna().all(axis=None)


def test_a_refusal_is_said(tmp_path: Path) -> None:
    lake = repurchase_lake(tmp_path / "lake", "few_buyers")
    facts = report.repurchase_facts(lake, as_of=AS_OF)
    text = said([piece(facts, "en") for piece in AGAIN])
    assert "fewer than 500" in text and "no model" in text
    with pytest.raises(MissingDataError, match="there are: 2026-02-21"):
        report.repurchase_facts(lake, as_of="2026-02-20")


def test_wrong_subjects_are_named(recalled: Lake, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=SHOW):
        report.recall_facts(recalled, "own_20260211", as_of=AS_OF)
    with pytest.raises(MissingDataError, match="no recall list up to"):
        report.recall_facts(recalled, SHOW, as_of="2026-01-01")
    with pytest.raises(ParameterError, match="did you mean 'recall'"):
        report.make_kind_reports(recalled, "recal", as_of=AS_OF, out=tmp_path)
    assert report.make_kind_reports(recalled, "repurchase", as_of=AS_OF, out=tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_the_engine_makes_them_once(recalled: Lake, tmp_path: Path, warm_kernel: None) -> None:
    def make() -> report.ReportResult:
        options = {"as_of": AS_OF, "langs": ("en",), "out": tmp_path, "engine": "warm"}
        return report.make_kind_reports(recalled, "recall", **options)[0]

    done = make()
    assert done.ok, done.error
    folder = tmp_path / "recall" / SHOW / str(AS_OF)
    assert done.path == folder / "report.en.html" and not done.skipped and done.kind == "recall"
    found = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert found["report"] == "recall" and {"audience", "recall_result"} <= set(
        found["tables_read"]
    )
    for path in folder.rglob("*.csv"):
        assert "secret-person" not in path.read_text("utf-8")
    assert not SECRET.search(done.path.read_text("utf-8"))
    assert make().skipped
    report.write_index(tmp_path)
    index = (tmp_path / "index.en.html").read_text("utf-8")
    assert f"recall/{SHOW}/{AS_OF}/report.en.html" in index and "¥3,417" in index
