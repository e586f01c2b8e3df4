"""The stocking report: what it says, what it leaves out, made by the one engine."""

import hashlib
import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from liveattr import report
from liveattr.diagnosis import EVIDENCE
from liveattr.errors import MissingDataError
from liveattr.lake import Lake, open_lake
from liveattr.report.build import is_current, publish
from liveattr.report.facts_overrides import score_past
from liveattr.report.facts_stocking import STOCKING_TABLES
from liveattr.report.fan import fan_bands, fan_chart
from liveattr.report.manifest import read_manifest
from liveattr.report.tables_stocking import stocking_tables
from liveattr.report.words_reason import reasons_said
from liveattr.stocking.demand import PANEL_READS
from liveattr.stocking.order_reasons import REASON_CODES
from tests.report.test_sections import Text
from tests.report.world import AS_OF, EVIL, Rows, frame, order
from tests.report.world_stocking import make_stock

PIECES = (
    report.stocking_heading,
    report.stocking_headline,
    report.stocking_first,
    report.stocking_fans,
    report.stocking_shows,
    report.stocking_runs,
    report.stocking_causes,
    report.stocking_trust,
    report.stocking_overrides,
    report.stocking_footer,
)
QUANTILES = (0.05, *(at / 10 for at in range(1, 10)), 0.95, 0.99)
SHOW = AS_OF + timedelta(days=3)


def planned(sku: str, **known: Any) -> dict[str, Any]:
    return {
        "as_of": AS_OF, "merchant_sku": sku, "name": f"Cream {sku}", "on_hand": 90, "reserved": 0,
        "in_transit": 0, "returns_due": 0.0, "available": 90, "days": 14, "demand_mean": 140.0,
        "demand_p50": 138.0, "demand_p80": 160.0, "demand_p95": 190.0, "event_units": 30.0,
        "service_level": 0.9, "safety_stock": 40.0, "reorder_point": 100.0, "order_up_to": 180.0,
        "suggested_qty": 96, "unit_cost_fen": 1_250, "amount_fen": 120_000, "cover_days": 9.0,
        "unit_short_cost": 800.0, "unit_over_cost": 26.5,
        "stockout_on": AS_OF + timedelta(days=9), "abc": "A", "xyz": "X", "demand_class": "smooth",
        "model_used": "glm", "basis": "own history",
        "reasons": json.dumps([["no_such_code", 12, 0.25], [EVIL]]), **known,
    }  # fmt: skip


PLAN = [
    planned("SKU-2"),
    planned("SKU-1", name=EVIL, stockout_on=AS_OF + timedelta(days=2), cover_days=2.0),
    planned("SKU-3", name=None, unit_cost_fen=None, amount_fen=None),
    planned("SKU-4", stockout_on=AS_OF + timedelta(days=15), suggested_qty=0, amount_fen=0),
    planned("SKU-5", available=390, stockout_on=None, suggested_qty=0, amount_fen=0),
]


def days_of(sku: str) -> Rows:
    return [
        {"as_of": AS_OF, "merchant_sku": sku, "from_on": AS_OF + timedelta(days=day), "days": days}
        | {"quantile": q, "units": days * (10 + 10 * q + 6 * (day == 3) + day % 7)}
        | {"demand_class": "smooth", "model_used": "glm", "basis": "own history"}
        for days, last in ((1, 28), (14, 1))
        for day in range(1, last + 1)
        for q in QUANTILES
    ]


def scores() -> Rows:
    told = {"glm": (0.141, 0.91), "last_7": (0.265, 0.6), "last_30": (0.236, 0.7)}
    return [
        {"as_of": AS_OF, "model": model, "demand_class": kind, "metric": metric}
        | {"score": score, "n": 420, "champion": model == "glm"}
        for model, (loss, cover) in told.items()
        for kind in ("(all)", "smooth")
        for metric, score in (("pinball", loss), ("coverage_90", cover), ("bias", -0.03))
        if metric != "coverage_90" or not model.startswith("last_")
    ]


def cause(sku: str, name: str, strength: float | None) -> dict[str, Any]:
    counts = {"visitors": 3, "carts": 40, "buyers": 10, "paid": 9, "refunded": 1, "late": 0}
    evidence = json.dumps([["price_gap", 1.3]])
    return {"as_of": AS_OF, "broadcast_id": "live_1", "merchant_sku": sku, "cause": name} | {
        **counts, "heat": 1.8, "conversion": 0.4, "low": 0.2, "high": 0.7, "strength": strength,
        "evidence": evidence, "n": 3,
    }  # fmt: skip


def tables() -> dict[str, Rows]:
    decided = {"as_of": AS_OF, "file_name": "a.xlsx", "read_at": pd.Timestamp(AS_OF, tz="UTC")}
    show = {"broadcast_id": "next", "campaign_id": "next", "platform": "douyin"}
    at = pd.Timestamp(SHOW, tz="UTC")
    return {
        "order_plan": PLAN,
        "demand_forecast": [each for sku in ("SKU-1", "SKU-2") for each in days_of(sku)],
        "demand_backtest": scores(),
        "diagnosis": [
            cause("SKU-2", "page", 0.6),
            cause("SKU-1", "price", 0.93),
            cause("SKU-3", "not enough data", None),
            cause("SKU-4", "none", 0.1),
        ],
        "order_override": [
            decided | {"merchant_sku": "SKU-1", "suggested_qty": 96, "decision_qty": 200},
            decided | {"merchant_sku": "SKU-2", "suggested_qty": 96, "decision_qty": 96},
        ],
        "broadcast": [
            show | {"account_id": "a", "business_on": SHOW, "start_at": at, "end_at": at}
        ],
    }


def lake_of(folder: Path, only: tuple[str, ...] | None = None) -> Lake:
    lake = open_lake(folder, threads=1)
    for name, rows in tables().items():
        if only is None or name in only:
            lake.write(name, frame(name, rows))
    return lake


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return lake_of(tmp_path_factory.mktemp("stock") / "lake")


def said(blocks: list[report.Block | None]) -> str:
    made = Text("".join(block.html for block in blocks if block is not None))
    assert made.links == [] and "script" not in made.tags
    return " ".join(made.words)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_planners_see_what_to_order_first(stocked: Lake, lang: str) -> None:
    facts = report.stocking_facts(stocked, as_of=AS_OF)
    text = said([piece(facts, lang) for piece in PIECES])
    assert {"zh": "2,400 元", "en": "¥2,400"}[lang] in text, "SKU-3 has no cost"
    assert {"zh": "2,500 元", "en": "¥2,500"}[lang] in text, "200 beyond p95 at 12.50"
    assert "288" in text and EVIL in text and "no such code 12, 0.25" in text
    assert list(facts.running_out["merchant_sku"]) == ["SKU-1", "SKU-2", "SKU-3"], "SKU-4: day 15"
    first = said([report.stocking_first(facts, lang)])
    assert first.index("SKU-1") < first.index("SKU-2") < first.index("SKU-3")
    assert "SKU-4" not in first


def test_trust_stands_beside_the_merchants_rules(stocked: Lake) -> None:
    facts = report.stocking_facts(stocked, as_of=AS_OF)
    text = said([report.stocking_trust(facts, "en")])
    assert text.index("0.141") < text.index("0.236") < text.index("0.265")
    assert text.count("used") == 1 and "smooth: regression" in text and "−3%" in text
    changed = said([report.stocking_overrides(facts, "en")])
    assert "104" in changed and "¥1,300" in changed
    cold = said([report.stocking_causes(facts, "en")])
    assert cold.index("93%") < cold.index("60%") and "Not enough data: 1." in cold


def test_the_next_broadcasts_are_told_by_quantile(tmp_path: Path) -> None:
    facts = report.stocking_facts(make_stock(tmp_path / "lake"), as_of=AS_OF)
    text = said([report.stocking_shows(facts, "en")])
    short = facts.events.groupby("broadcast_id")["short_p80"].apply(lambda each: (each > 0).sum())
    assert f"Products: 7; short at P80: {short.iloc[0]}." in text
    assert text.index("2026-02-24 19:30 · 冬季修护专场 · 小鹿") < text.index("2026-03-02 19:30")
    assert "1 more are in the workbook" in text, "seven products, six shown"
    trust = report.stocking_trust(facts, "en")
    assert trust is not None and trust.html.count("<svg") == 2 and "@" not in said([trust])
    first = said([report.stocking_headline(facts, "zh")])
    gone = int(((facts.plan["available"] <= 0) & (facts.plan["demand_mean"] > 0)).sum())
    assert f"其中 {gone} 个已经断货" in first and "因缺货少赚" in first


def past_of(n: int, qty: int) -> pd.DataFrame:
    """Decisions of twenty days ago, each of `qty` where 100 were suggested; 100 were wanted."""
    on = pd.Timestamp(AS_OF) - pd.Timedelta(days=20)
    return pd.DataFrame(
        {"as_of": on, "sku_id": [f"S{at}" for at in range(n)], "suggested_qty": 100}
        | {"decision_qty": [qty + at for at in range(n)], "days": 10, "available": 0}
        | {"returns_due": 0.0, "unit_short_cost": 3_465.0, "unit_over_cost": 385.0}
    )


def came_of(past: pd.DataFrame) -> pd.DataFrame:
    days = pd.date_range(past["as_of"].iloc[0] + pd.Timedelta(days=1), periods=40)
    return pd.DataFrame(
        [{"sku_id": sku, "on": on, "units": 10.0} for sku in past["sku_id"] for on in days]
    )


def test_past_changes_are_told_in_money(stocked: Lake) -> None:
    facts = report.stocking_facts(stocked, as_of=AS_OF)
    worse = past_of(12, 150)
    score = score_past(worse, came_of(worse), AS_OF)
    assert score is not None and (score.scored, score.worse) == (12, 12)
    text = said([report.stocking_overrides(replace(facts, scores=score), "en")])
    assert (
        "Lost in all" in text
        and "Dearer than suggested 12" in text
        and "Lost, 90% interval: ¥" in text
    )
    few = past_of(3, 150)
    told = replace(facts, scores=score_past(few, came_of(few), AS_OF))
    assert "看不出是本事还是运气" in said([report.stocking_overrides(told, "zh")])
    assert score_past(worse.head(0), came_of(worse), AS_OF) is None
    early = AS_OF - timedelta(days=15)
    running = score_past(worse, came_of(worse), early)
    assert running is not None and running.scored == 0, "days after the day asked for do not count"


def test_past_changes_are_scored_by_the_orders_that_came(tmp_path: Path) -> None:
    then = AS_OF - timedelta(days=20)
    sold: dict[str, Rows] = {"order_header": [], "order_line": []}
    for day in range(1, 21):
        at = pd.Timestamp(then, tz="UTC").to_pydatetime() + timedelta(days=day, hours=2)
        order(sold, str(day), sku="SKU-2", at=at)
    past = planned("SKU-2", as_of=then, days=10, available=0, suggested_qty=96)
    decided = {"as_of": then, "merchant_sku": "SKU-2", "suggested_qty": 96, "decision_qty": 10}
    read = {"file_name": "a.xlsx", "read_at": pd.Timestamp(then, tz="UTC")}
    running = decided | {"as_of": AS_OF - timedelta(days=5), "decision_qty": 3}
    lake = open_lake(tmp_path / "lake", threads=1)
    open_plan = past | {"as_of": AS_OF - timedelta(days=5)}
    lake.write("order_plan", frame("order_plan", [planned("SKU-2"), past, open_plan]))
    lake.write("order_override", frame("order_override", [decided | read, running | read]))
    for name, rows in sold.items():
        lake.write(name, frame(name, rows))
    facts = report.stocking_facts(lake, as_of=AS_OF)
    assert set(PANEL_READS) <= set(STOCKING_TABLES), "pinned"
    assert facts.scores is not None
    assert facts.scores.skus[["decision_qty", "demand_units"]].to_numpy().tolist() == [[10, 10.0]]
    assert (facts.scores.changed, facts.scores.better, facts.scores.decided_cost_fen) == (1, 1, 0)
    text = said([report.stocking_overrides(facts, "zh")])
    assert "过去改的，值不值" in text and "合计省下" in text
    assert list(stocking_tables(facts)["override_score"]["verdict"]) == ["better"]


def test_absent_tables_leave_their_section_out(tmp_path: Path) -> None:
    facts = report.stocking_facts(lake_of(tmp_path / "lake", ("order_plan",)), as_of=AS_OF)
    shown = [piece(facts, "en") is not None for piece in PIECES]
    assert shown == [True, True, True, False, False, True, False, False, False, True]
    assert sorted(stocking_tables(facts)) == ["order_plan", "sources"]
    empty = lake_of(tmp_path / "none", ("broadcast",))
    with pytest.raises(MissingDataError, match="liveattr stocking plan"):
        report.stocking_facts(empty, as_of=AS_OF)
    assert report.known_subjects(empty, "stocking", AS_OF) == []


def test_what_has_no_forecast_is_not_judged(tmp_path: Path) -> None:
    lake = open_lake(tmp_path / "lake", threads=1)
    nothing = {"model_used": "none", "demand_mean": 0.0, "demand_p95": 0.0, "stockout_on": None}
    rows = [
        planned("A", **nothing),
        planned("B", available=0, **nothing),
        planned("C", available=300),
    ]
    lake.write("order_plan", frame("order_plan", rows))
    facts = report.stocking_facts(lake, as_of=AS_OF)
    states = dict(zip(facts.plan["merchant_sku"], facts.plan["state"], strict=True))
    assert states == {"A": "blind", "B": "blind", "C": "low"}, "C: runs out on a day that is told"
    assert facts.too_much["merchant_sku"].tolist() == ["C"]
    assert "算不出缺货少赚多少" not in said([report.stocking_headline(facts, "zh")])
    rows = [row | {"over_cost_fen": 5_000} for row in rows]
    lake.write("order_plan", frame("order_plan", rows))
    facts = report.stocking_facts(lake, as_of=AS_OF)
    assert "算不出缺货少赚多少" in said([report.stocking_headline(facts, "zh")])


def test_small_numbers_of_people_stay_out_of_the_tables(stocked: Lake) -> None:
    causes = stocking_tables(report.stocking_facts(stocked, as_of=AS_OF))["diagnosis"]
    assert (
        causes[["visitors", "refunded", "n"]].isna().all(axis=None)
        and (causes["carts"] == 40).all()
    )


def test_a_fan_takes_the_widest_bands_that_there_are() -> None:
    days = pd.DataFrame(days_of("A")).query("days == 1")
    assert fan_bands(days) == {
        "out_low": 0.05,
        "low": 0.1,
        "mid": 0.5,
        "high": 0.9,
        "out_high": 0.95,
    }
    narrow = days[days["quantile"].between(0.1, 0.9)]
    assert fan_bands(narrow) == {
        "out_low": 0.1,
        "low": 0.1,
        "mid": 0.5,
        "high": 0.9,
        "out_high": 0.9,
    }
    assert fan_bands(days[days["quantile"] >= 0.5]) is None and fan_bands(days.head(0)) is None
    plain, marked = (fan_chart(days, unit="n", events=on) for on in ((), (str(SHOW),)))
    assert marked.count("#f0f1f3") == plain.count("#f0f1f3") + 1
    assert fan_chart(days.sample(frac=1, random_state=1), unit="n") == plain


@pytest.mark.parametrize("text", [None, "", "[", "{}", "[[]]", "[1]", "3", float("nan")])
def test_odd_reasons_say_nothing(text: Any) -> None:
    assert reasons_said(text, "zh") == ""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_reason_has_words(lang: str) -> None:
    """Codes of orders and of causes, with as many numbers as they say they have."""
    for code, numbers in {**REASON_CODES, **dict.fromkeys(EVIDENCE, ("number",))}.items():
        given: list[Any] = ["price" if each == "cause" else 21 for each in numbers]
        text = reasons_said(json.dumps([[code, *given]]), lang)
        assert text and "_" not in text and text != code.replace("_", " "), code
        assert all(
            str(each) in text.replace(",", "")
            for each in given
            if isinstance(each, int) and "fen" not in numbers
        )
        bare = reasons_said(json.dumps([[code, *given, 77]]), lang)
        assert "77" in bare, "other numbers than expected are shown, not dropped"


def sorted_plan() -> Rows:
    return sorted(PLAN, key=lambda each: (str(each["stockout_on"]), each["merchant_sku"]))


def asked_of(known: dict[str, Any]) -> report.StockingParameters:
    given = {**known["parameters"], "versions": json.dumps(known["tables_read"]), "lang": "en"}
    return report.StockingParameters(**given, save=".")


def a_filled_in_workbook_is_kept(
    folder: Path, asked: report.StockingParameters, work: Path
) -> None:
    """What a planner typed into the published workbook survives a new report."""
    (folder / "stocking.en.xlsx").write_bytes(b"typed")
    for at in (1, 2):
        shutil.copytree(folder, work)
        (work / "stocking.en.xlsx").write_bytes(b"new")
        known = json.loads((work / "manifest.json").read_text("utf-8"))
        known["files"]["stocking.en.xlsx"] = hashlib.sha256(b"new").hexdigest()
        (work / "manifest.json").write_text(json.dumps(known))
        publish(asked, work, folder)
        shutil.rmtree(work)
        assert (folder / "stocking.en.kept-1.xlsx").read_bytes() == b"typed"
        assert (folder / "stocking.en.xlsx").read_bytes() == b"new"
        assert not (folder / f"stocking.en.kept-{at + 1}.xlsx").exists(), "unchanged: not kept"


def test_the_engine_makes_it_once(stocked: Lake, tmp_path: Path, warm_kernel: None) -> None:
    def make() -> report.ReportResult:
        options = {"as_of": AS_OF, "langs": ("en",), "out": tmp_path, "engine": "warm"}
        return report.make_kind_reports(stocked, "stocking", **options)[0]

    done = make()
    assert done.ok, done.error
    folder = tmp_path / "stocking" / "shop" / str(AS_OF)
    assert done.path == folder / "report.en.html" and not done.skipped
    known = read_manifest(folder)
    assert known is not None and "order_plan.csv" in known["tables"]
    assert {"stocking.en.xlsx", "tables/order_plan.parquet"} <= set(known["files"])
    for name, sha in known["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha
    plan = pd.read_parquet(folder / "tables" / "order_plan.parquet")
    assert plan["suggested_qty"].tolist() == [each["suggested_qty"] for each in sorted_plan()]
    assert make().skipped
    (folder / "stocking.en.xlsx").unlink()
    assert not is_current(folder, asked_of(known)), "made again with its workbook"
    a_filled_in_workbook_is_kept(folder, asked_of(known), tmp_path / "work")
    report.write_index(tmp_path)
    index = (tmp_path / "index.en.html").read_text("utf-8")
    assert "¥2,400 suggested, 3 SKUs" in index
    assert f'href="stocking/shop/{AS_OF}/stocking.en.xlsx"' in index
