"""The planners' workbook: complete, to the fen, the same bytes, and nobody's text runs in it."""

import io
import re
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape
from openpyxl.worksheet.worksheet import Worksheet

from liveattr.errors import ParameterError
from liveattr.lake import Lake
from liveattr.report import StockingFacts, stocking_facts, write_stocking_workbook
from liveattr.report.book_about import KEY_SHEET
from liveattr.report.book_orders import ORDER_COLUMNS, order_rows
from liveattr.report.book_sheets import FIRST_ROW, HEAD_ROW
from liveattr.report.book_trust import event_rows, trust_rows
from liveattr.report.frontier import frontier_points
from tests.report.world import AS_OF, frame
from tests.report.world_stocking import make_stock, plan_rows

HEAD, FIRST = HEAD_ROW + 1, FIRST_ROW + 1


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return make_stock(tmp_path_factory.mktemp("book") / "lake")


@pytest.fixture(scope="module")
def facts(lake: Lake) -> StockingFacts:
    return stocking_facts(lake, as_of=AS_OF)


def written(facts: StockingFacts, lang: str = "zh") -> bytes:
    out = io.BytesIO()
    write_stocking_workbook(facts, out, lang)
    return out.getvalue()


def opened(facts: StockingFacts, lang: str = "zh", *, results: bool = True) -> Any:
    return load_workbook(io.BytesIO(written(facts, lang)), data_only=results)


def table(sheet: Worksheet) -> pd.DataFrame:
    """Rows by machine name, without those that are empty."""
    names = [cell.value for cell in sheet[1]]
    rows = list(sheet.iter_rows(min_row=FIRST, max_col=len(names), values_only=True))
    return pd.DataFrame(rows, columns=names)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_sheet_and_column_is_there_in_one_language(facts: StockingFacts, lang: str) -> None:
    book = opened(facts, lang)
    assert book.sheetnames == {
        "zh": ["订货清单", "断货与压货", "直播备货", "预测检验", "满足率与库存", "参数与数据截止", "怎么看", KEY_SHEET],
        "en": ["Orders", "Risk", "Broadcasts", "Backtest", "Fill rate and stock", "Parameters",
               "How to read", KEY_SHEET],
    }[lang]  # fmt: skip
    assert book[KEY_SHEET].sheet_state == "veryHidden"
    orders = book.worksheets[0]
    assert [cell.value for cell in orders[1]] == [column.name for column in ORDER_COLUMNS]
    assert orders.row_dimensions[1].hidden and orders.freeze_panes == f"C{FIRST}"
    heads = [cell.value for cell in orders[HEAD]]
    assert len(set(heads)) >= len(heads) - 1 and all(heads), "only 'Suggested (pcs)' comes twice"
    han = [re.search(r"[\u3400-\u9fff]", head) is not None for head in heads]
    assert sum(han) == (len(heads) - 2 if lang == "zh" else 0), "ABC and XYZ are words of both"
    assert orders.auto_filter.ref.startswith(f"A{HEAD}:")
    assert orders.page_setup.orientation == "landscape" and orders.sheet_properties.pageSetUpPr
    decision = heads.index({"zh": "计划员决定\n（件）", "en": "Decision\n(pcs)"}[lang])
    assert not orders.cell(FIRST, decision + 1).protection.locked
    assert orders.cell(FIRST, decision + 1).fill.fgColor.rgb == "FFFFF6D6"
    assert orders.cell(FIRST, 1).protection.locked
    (rule,) = orders.data_validations.dataValidation
    assert (rule.type, rule.operator, rule.formula1) == ("whole", "greaterThanOrEqual", "0")
    assert orders.cell(FIRST, decision + 1).coordinate in rule.sqref


def test_the_order_list_is_the_plan(facts: StockingFacts) -> None:
    shown, plan = table(opened(facts).worksheets[0]), facts.plan
    assert shown["merchant_sku"].tolist() == plan["merchant_sku"].tolist()
    for name in ("on_hand", "reserved", "in_transit", "available", "suggested_qty", "days"):
        assert shown[name].tolist() == plan[name].tolist(), name
    for name in ("demand_mean", "demand_p50", "demand_p80", "demand_p95", "safety_stock"):
        assert shown[name].tolist() == pytest.approx(plan[name].tolist()), name
    fen = [round(each * 100) for each in shown["amount"].dropna()]
    assert sum(fen) == int(plan["amount_fen"].sum()), "to the fen"
    assert shown["amount"].isna().tolist() == plan["amount_fen"].isna().tolist()
    gaps = plan["suggested_qty"] - plan["previous_qty"]
    assert shown["previous_gap"].dropna().tolist() == gaps.dropna().tolist()
    days = [str(pd.Timestamp(on))[:10] for on in shown["stockout_on"]]
    assert days == [str(pd.Timestamp(on))[:10] for on in plan["stockout_on"]] and "NaT" in days
    assert shown["reason"].notna().all() and not shown["reason"].str.contains("demand_window").any()


def test_totals_follow_the_filter_and_the_decision(facts: StockingFacts) -> None:
    decided = pd.DataFrame(
        {"as_of": AS_OF, "merchant_sku": facts.plan["merchant_sku"].iloc[0], "decision_qty": 5}
        | {"suggested_qty": 1, "note": "先少订", "unit_cost_fen": 1},
        index=[0],
    )
    with_one = replace(facts, overrides=decided)
    sheet = opened(with_one, results=False).worksheets[0]
    names = [cell.value for cell in sheet[1]]
    cell = sheet.cell(2, names.index("amount") + 1)
    last = FIRST + len(facts.plan) - 1
    assert cell.value == f"=SUBTOTAL(109,K{FIRST}:K{last})"
    formula = sheet.cell(FIRST, names.index("decided_amount") + 1).value
    assert formula.startswith(
        f"=IF(ISNUMBER($AD{FIRST}),IF(ISNUMBER($I{FIRST}),$I{FIRST},$H{FIRST})"
    )
    shown = table(opened(with_one).worksheets[0])
    assert shown["decision_qty"].dropna().tolist() == [5] and shown["note"][0] == "先少订"
    cost = facts.plan["unit_cost_fen"].iloc[0]
    assert shown["decided_amount"][0] == pytest.approx(5 * cost / 100)
    rest = shown.iloc[1:].dropna(subset=["amount"])
    assert rest["decided_amount"].tolist() == rest["amount"].tolist() and len(rest) == 38
    total = opened(facts).worksheets[0].cell(2, names.index("amount") + 1).value
    assert round(total * 100) == int(facts.plan["amount_fen"].sum())


TEXTS = ("=1+1", "+86 138", "-5", "@SUM(A1)", '=HYPERLINK("http://x")', "http://x.cn", "_x0041_")


def test_text_stays_text(facts: StockingFacts) -> None:
    plan = facts.plan.assign(name=[TEXTS[at % len(TEXTS)] for at in range(len(facts.plan))])
    names = ("supplier_id", "category", "fallback_reason")
    risky = plan.assign(**{name: plan["name"] for name in names})
    shown = replace(facts, plan=risky, events=facts.events.assign(title="=1+1", host_id="@x"))
    data = written(shown)
    book = load_workbook(io.BytesIO(data))
    orders = table(book.worksheets[0])
    for name in ("name", *names):
        assert [unescape(each) for each in orders[name]] == plan["name"].tolist()
    assert set(table(book["直播备货"])["title"]) == {"=1+1"}
    with zipfile.ZipFile(io.BytesIO(data)) as files:
        sheets = [n for n in files.namelist() if n.startswith("xl/worksheets/sheet")]
        formulas = [each for n in sheets for each in formulas_of(files.read(n).decode())]
        assert not any(
            "hyperlink" in files.read(name).decode().lower()
            for name in files.namelist()
            if name.endswith(".rels")
        )
    assert all(each.startswith(("SUBTOTAL(109,", "IF(ISNUMBER(")) for each in formulas)
    assert len(formulas) > len(facts.plan)


def formulas_of(xml: str) -> Iterator[str]:
    return (found[1] for found in re.finditer(r"<f>(.*?)</f>", xml))


def test_the_same_facts_give_the_same_bytes(facts: StockingFacts, lake: Lake) -> None:
    again = stocking_facts(lake, as_of=AS_OF)
    assert written(facts) == written(again) != written(facts, "en")
    made = load_workbook(io.BytesIO(written(facts))).properties.created
    assert made.date() == AS_OF


def test_risks_run_from_the_empty_shelf_to_the_dead_stock(facts: StockingFacts) -> None:
    shown, plan = table(opened(facts, "en")["Risk"]), facts.plan.set_index("merchant_sku")
    states = shown["state"].tolist()
    assert states == sorted(states, key=["out of stock", "runs out", "too much"].index)
    assert len(set(states)) == 3
    assert set(shown["merchant_sku"]) == set(plan.index[plan["state"] != "fine"])
    over = shown[shown["state"] == "too much"]
    tied = over["tied"].fillna(0).tolist()
    assert tied == sorted(tied, reverse=True)
    out = shown[shown["state"] == "out of stock"]["merchant_sku"]
    assert (plan.loc[out, "available"] <= 0).all()


def test_a_broadcast_is_told_by_quantile(facts: StockingFacts) -> None:
    rows = event_rows(facts, "en").set_index(["broadcast_id", "merchant_sku"])
    assert len(rows) == 13 and rows.index.is_unique
    assert (rows["p50"] < rows["p80"]).all() and (rows["p80"] < rows["p95"]).all()
    assert (rows["p50"] > 2 * rows["ordinary"]).all(), "the broadcast triples the day"
    each = rows.iloc[0]
    days = facts.forecast[facts.forecast["merchant_sku"] == rows.index[0][1]]
    before = days[days["from_on"] < each["business_on"]]
    middle = before[before["quantile"].between(0.09, 0.91)].groupby("from_on")["units"].mean().sum()
    have = facts.plan.set_index("merchant_sku").loc[rows.index[0][1], "available"]
    assert each["left_units"] == pytest.approx(max(have - middle, 0))
    assert each["short_p80"] == pytest.approx(max(each["p80"] - each["left_units"], 0))
    assert ((rows["short_p80"] > 0) == (rows["ready"] == "short")).all()
    assert str(each["start_at"]) == "2026-02-24 19:30:00", "in the shop's zone"


def test_the_frontier_is_drawn_from_its_cells(facts: StockingFacts) -> None:
    points = frontier_points(facts.backtest)
    assert points.groupby("model").size().tolist() == [4, 4, 4]
    assert points["level"].notna().all()
    card = trust_rows(facts, "en")
    assert not card["model"].str.contains("@").any()
    assert card["used"].iloc[0] == "used" and card["demand_class"].iloc[0] == "all"
    (chart,) = load_workbook(io.BytesIO(written(facts)))["满足率与库存"]._charts
    assert len(chart.series) == 3
    place = chart.series[0].xVal.numRef.f
    assert place == f"满足率与库存!$C${FIRST}:$C${FIRST + 3}"


def test_without_backtest_broadcasts_and_risks_it_says_so(facts: StockingFacts) -> None:
    fine = facts.plan.assign(state="fine")
    bare = replace(facts, plan=fine, backtest=facts.backtest.head(0), events=facts.events.head(0))
    book = opened(bare, "en")
    assert "Fill rate and stock" not in book.sheetnames
    said = [book[name].cell(FIRST, 1).value for name in ("Risk", "Broadcasts", "Backtest")]
    assert said[0].startswith("Nothing runs out") and said[1].startswith("No planned broadcast")
    assert said[2].startswith("Not tried yet")


def test_other_money_and_wrong_languages(facts: StockingFacts) -> None:
    heads = [
        cell.value for cell in opened(replace(facts, currency="JPY"), "en").worksheets[0][HEAD]
    ]
    assert "Decided\n(JPY)" in heads
    with pytest.raises(ParameterError, match="language"):
        written(facts, "fr")


def test_many_products_take_little_memory(facts: StockingFacts) -> None:
    """One row is kept: ten times the products, hardly more memory than the frame itself."""
    many = pd.concat([facts.plan] * 8, ignore_index=True)
    many["merchant_sku"] = [f"HM{at:08d}" for at in range(len(many))]
    peaks = []
    for rows in (len(many) // 4, len(many)):
        big = replace(facts, plan=many.head(rows))
        held = order_rows(big, "zh").memory_usage(deep=True).sum()
        tracemalloc.start()
        written(big)
        peaks.append((tracemalloc.get_traced_memory()[1], held))
        tracemalloc.stop()
    grown = peaks[1][0] - peaks[0][0]
    assert grown < 4 * (peaks[1][1] - peaks[0][1]), "rows of the frame, not cells of a sheet"


def test_the_made_up_plan_is_sound() -> None:
    assert len(frame("order_plan", plan_rows())) == 40
