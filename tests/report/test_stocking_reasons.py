"""Why so much: the reason names the stock that is aimed at where the order reaches it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveattr import report
from liveattr.lake import Lake
from liveattr.report.book_orders import order_rows
from liveattr.report.words_reason import fallback_said, order_said, reasons_said
from tests.report.world import AS_OF
from tests.report.world_stocking import make_stock

PIECES_ = st.integers(0, 500)


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return make_stock(tmp_path_factory.mktemp("reasons") / "lake")


@given(PIECES_, PIECES_, st.floats(0, 900), st.floats(0, 50))
def test_the_aim_is_told_only_of_orders_that_reach_it(
    qty: int, available: int, target: float, back: float
) -> None:
    line = {
        "reasons": json.dumps([["demand_window", 14, 120]]), "suggested_qty": qty,
        "available": available, "returns_due": back, "order_up_to": target, "service_level": 0.98,
    }  # fmt: skip
    said = order_said(line, "en")
    reached = qty > 0 and available + back + qty >= target - 1
    assert said.startswith("120 wanted in 14 days")
    assert ("enough in 98% of cases" in said) == reached
    for name in ("order_up_to", "service_level", "returns_due"):
        assert order_said(line | {name: None}, "en") == "120 wanted in 14 days"


def test_page_and_workbook_give_the_same_reason(stocked: Lake) -> None:
    facts = report.stocking_facts(stocked, as_of=AS_OF)
    cells = order_rows(facts, "zh")["reason"]
    aimed = cells.str.contains("目标库存")
    assert aimed.sum() == (facts.plan["suggested_qty"] > 0).sum() > 10
    assert not aimed[(facts.plan["suggested_qty"] == 0).to_numpy()].any()
    plain = facts.plan["reasons"].map(lambda text: reasons_said(text, "zh", 6))
    assert all(cell.startswith(text) for cell, text in zip(cells, plain, strict=True))
    assert "目标库存" in report.stocking_first(facts, "zh").html


def test_enough_of_all_is_said_in_one_sentence(stocked: Lake) -> None:
    facts = report.stocking_facts(stocked, as_of=AS_OF)
    plenty = facts.events.assign(short_p80=0.0, p80=facts.events["p80"].fillna(1.0))
    object.__setattr__(facts, "events", plenty)
    text = report.stocking_shows(facts, "en").html
    assert "at P80 there is enough of all" in text and "short at P80: " not in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_fallback_has_words_in_both_languages(lang: str) -> None:
    """Those of `forecast_demand` and `plan_orders`, names and numbers kept."""
    for code, kept in {
        "the calendar does not tell host, promo": "host, promo",
        "the history has no host Anna": "Anna",
        "only the calendar names this SKU": "",
        "no forecast of 14 days: scaled from 7": "14 days",
        "fewer than 14 steps in which it could be bought": "14",
    }.items():
        said = fallback_said(code, lang)
        assert kept in said and (lang == "en" or said != code)
    assert fallback_said("something else", lang) == "something else"
