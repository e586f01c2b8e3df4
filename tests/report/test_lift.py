"""The page where lift was looked for: cause first, credit second, reasons where there is no number."""

import dataclasses
import re
from typing import Any

import pandas as pd
import pytest

from liveattr import report
from liveattr.incrementality.tipping import tipping_factor
from liveattr.lake import Lake
from liveattr.report import CampaignFacts, csv_tables
from liveattr.report.csv_tables import report_tables
from liveattr.report.facts_lift import LiftFacts
from liveattr.report.words import WORDS
from tests.report.test_sections import Text, facts_of, said
from tests.report.world import LIVE, SERIES
from tests.report.world_lift import BASELINE, FIXED_FEN, HAZARD, statement

LIFTED = (
    report.heading,
    report.headline,
    report.key_figures,
    report.without_it,
    report.known_truth,
    report.money_chart,
    report.lift_table,
    report.lift_methods,
    report.trust_cards,
    report.range_table,
    report.rules_table,
    report.statement_table,
)
"""What changes where lift was looked for, in the order of the page."""
CODES = (
    "few_days",
    "no_off_days",
    "poor_fit",
    "on_festival",
    "not_seen",
    "no_orders",
    "overlapping",
    "few_broadcasts",
    "no_days",
    "not_kept",
)


def changed(facts: CampaignFacts, **frames: pd.DataFrame) -> CampaignFacts:
    """The same campaign with another lift."""
    return dataclasses.replace(facts, lift=dataclasses.replace(facts.lift, **frames))


def with_lift(facts: CampaignFacts, **cells: Any) -> CampaignFacts:
    """The campaign with other cells in its only lift."""
    lifts = facts.lift.lifts.head(1).copy()
    for name, value in cells.items():
        lifts[name] = [value]
    return changed(facts, lifts=lifts)


def with_statement(facts: CampaignFacts, rows: list[dict[str, Any]]) -> CampaignFacts:
    columns = facts.lift.statement.columns
    return changed(facts, statement=pd.DataFrame(rows, columns=columns).astype(object))


def roi(factor: float) -> dict[str, Any]:
    """A lift so many times as large."""
    names = [f"{n}{end}" for n in ("gross", "net") for end in ("", "_low", "_high")]
    return {**BASELINE, **{name: factor * BASELINE[name] for name in names}}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", [LIVE, SERIES])
def test_every_piece_is_sound_html(lifted: Lake, name: str, lang: str) -> None:
    facts = facts_of(lifted, name)
    for piece in LIFTED:
        block = piece(facts, lang)
        if block is not None:
            found = Text(block.html)
            assert found.tags.isdisjoint({"script", "img", "b>", "i>hers"}) and found.links == []
            assert not re.search(r"None|NaN|<NA>|nan\b", found.text), piece


def test_without_lift_the_page_is_one_of_credit(simulated: Lake) -> None:
    facts = facts_of(simulated, LIVE)
    assert not facts.lift.known and facts.lift.state == ""
    for piece in (report.without_it, report.lift_table, report.lift_methods, report.trust_cards):
        assert piece(facts, "zh") is None
    assert not {"lift", "lift_statement", "lift_days", "trust"} & {*report_tables(facts)}
    assert "lift" not in csv_tables.summary(facts)
    assert "归功，不是因果" not in said(report.headline(facts, "zh"))
    assert "Net orders" not in said(report.key_figures(facts, "en"))


def test_cause_comes_first_credit_second(lifted: Lake) -> None:
    facts = facts_of(lifted, LIVE)
    assert facts.lift.best is not None and facts.lift.best["method"] == "baseline"
    en = said(report.headline(facts, "en"))
    net, gross = (round(BASELINE[n] * 7_000 / FIXED_FEN, 2) for n in ("net", "gross"))
    places = [en.index(part) for part in (f"{net:.2f} B", "14.9", "credit, not cause 1.52")]
    assert places == sorted(places)
    low, high = (BASELINE[f"net_{end}"] * 7_000 / FIXED_FEN for end in ("low", "high"))
    assert f"90% interval {low:.2f} – {high:.2f} · ROI on gross {gross:.2f}" in en
    assert "under about 18 orders" in en and "false alarm in 14% (about 10% is right)" in en
    assert "1.2 times as wide" in en and "Refunds up to 2026-01-28" in en
    assert "factor from a model (grade D)" in en and "30 orders, 10 of them" not in en
    assert "It brought 30 orders, 11 of them only bought ahead: 19 net." in en
    figures = said(report.key_figures(facts, "en"))
    assert "Net orders 19 10 – 33 · gross 30" in figures and "on gross ¥62" in figures


@pytest.mark.parametrize(
    ("factor", "strong", "turn"),
    [
        (1, "Won or lost is open: ¥652 lost", "a narrower interval (it spans 1)"),
        (0.4, "It lost ¥1,467.", "hidden intent. It would have to multiply"),
        (1.5, "Won or lost is open: ¥27 earned", "a narrower interval (it spans 1)"),
        (4, "It earned ¥3,422.", "hidden intent. It would have to multiply"),
    ],
)
def test_the_verdict_follows_the_interval(
    lifted: Lake, factor: float, strong: str, turn: str
) -> None:
    facts = with_lift(facts_of(lifted, LIVE), tipping=1.8)
    facts = with_statement(facts, statement(lift=roi(factor)))
    head = report.headline(facts, "en")
    assert strong in said(head) and f"What would change the answer: {turn}" in said(head)
    assert ("card true low" in head.html) == (factor == 0.4), "red only where it surely lost"


def test_hidden_intent_is_measured_at_break_even(lifted: Lake) -> None:
    facts = with_lift(facts_of(lifted, LIVE), tipping=3.4, hazard_ratio=2.0)
    sure = with_statement(facts, statement(lift=roi(4)))
    net = sure.lift.ppm()
    assert net is not None and net > 1_000_000
    times = tipping_factor(2.0, left=1_000_000 / net)
    assert times < 3.4
    wanted = (
        f"If it made both watching and buying {times:.1f} times likelier, the true ROI would fall"
    )
    assert wanted in said(report.headline(sure, "en"))
    assert f"多到 {times:.1f} 倍时，真实 ROI 就跌破 1" in said(report.headline(sure, "zh"))
    lost = with_statement(facts, statement(lift=roi(0.4)))
    assert "take all of the gross lift away" in said(report.headline(lost, "en"))


def test_what_would_change_the_answer(lifted: Lake) -> None:
    facts = facts_of(lifted, LIVE)
    sure = with_statement(facts, statement(lift=roi(4)))
    weak = said(report.headline(with_lift(sure, reason="no_off_days"), "zh"))
    assert "什么会改变答案：天天都播，没有停播的日子可比。排几天随机的停播日" in weak
    assert weak.count("天天都播") == 1
    drawn = with_lift(facts, method="off_days")
    assert "the draw is random already" in said(report.headline(drawn, "en")).lower()
    ahead = {**roi(1), "net": 19.4, "net_low": 18.0, "net_high": 20.0}
    turned = with_statement(facts, statement(lift=ahead))
    assert "On gross the ROI is 1.03" in said(report.headline(turned, "en"))
    open_cost = facts.lift.statement.assign(given=facts.lift.statement["line"] != "true_roi")
    at_most = said(report.headline(changed(facts, statement=open_cost), "zh"))
    assert "真实 ROI 的上限" in at_most and "最多 0.68" in at_most and "至少亏 652 元" in at_most
    assert "部分订单的货品成本或平台结算" in at_most


def test_without_a_net_factor_gross_is_an_upper_end(lifted: Lake) -> None:
    facts = facts_of(lifted, LIVE)
    gross = facts.lift.statement[facts.lift.statement["horizon"] == "gross"]
    facts = with_lift(changed(facts, statement=gross), net=None, net_low=None, net_high=None)
    zh = said(report.headline(facts, "zh"))
    assert "真实 ROI 的上限（提前购买还没扣）" in zh and "最多 1.03" in zh
    assert "「提前购买」要扣多少，这份数据识别不出" in zh and "最多赚 62 元" in zh
    assert "净增量" not in said(report.money_chart(facts, "zh"))


def test_lift_without_costs_or_without_a_statement(lifted: Lake) -> None:
    facts = facts_of(lifted, LIVE)
    free = with_statement(facts, statement(fixed=None))
    en = said(report.headline(free, "en"))
    assert free.lift.state == "kept" and "Kept sales that would not exist without it ¥2,328" in en
    bare = changed(facts, statement=facts.lift.statement.head(0))
    en = said(report.headline(bare, "en"))
    assert bare.lift.state == "orders" and "Orders that would not exist without it 19 B" in en
    assert report.lift_table(bare, "en") is None and report.without_it(bare, "en") is not None


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("code", CODES)
def test_every_reason_is_said_in_words(lifted: Lake, code: str, lang: str) -> None:
    facts = facts_of(lifted, SERIES)
    text = said(report.headline(with_lift(facts, reason=code), lang))
    both = [WORDS[f"{kind}.{code}"][lang == "en"] for kind in ("reason", "todo")]
    assert all(part in text for part in both) and code not in text


def test_a_month_without_a_number_says_why(lifted: Lake) -> None:
    facts = facts_of(lifted, SERIES)
    zh = said(report.headline(facts, "zh"))
    assert "这份数据识别不出" in zh and "没有停播的日子可比" in zh and "停播日" in zh
    assert "归功 ROI" in zh and report.without_it(facts, "zh") is None
    assert "61 单才查得出" in zh and report.lift_table(facts, "zh") is None
    odd = with_lift(facts, reason="<b>moon</b>; few_days")
    assert "<b>moon</b>、可比的日子太少" in said(report.headline(odd, "zh"))
    none = with_lift(facts, reason=None)
    assert "没有记下原因" in said(report.headline(none, "zh"))
    assert "no off days" in said(report.lift_methods(facts, "en"))


def test_the_chosen_lift_is_the_one_of_the_page(lifted: Lake) -> None:
    facts = facts_of(lifted, LIVE)
    other = facts.lift.lifts.assign(chosen=facts.lift.lifts["method"] == "hazard")
    best = LiftFacts(
        other, *(getattr(facts.lift, n) for n in ("statement", "days", "orders", "trust"))
    ).best
    assert best is not None and best["method"] == "hazard"
    nobody = changed(facts, lifts=facts.lift.lifts.assign(chosen=False)).lift.best
    assert nobody is not None and nobody["method"] == "baseline", "the harder evidence"


def test_the_picture_shows_both_courses_and_the_dip(lifted: Lake) -> None:
    facts = facts_of(lifted, LIVE)
    block = report.without_it(facts, "zh")
    assert block is not None and block.html.count("<svg") == 2
    text = said(block)
    for part in ("实际 79", "没有它 60", "直播 01-22", "付款订单（笔 / 天）", "（90%）"):
        assert part in text
    days = facts.lift.days
    late = days[~days["held"] & (days["day_on"] > facts.as_of.replace(month=1, day=24))]
    missing = round(float((late["baseline"] - late["n_orders"]).sum()))
    assert f"其后 {len(late)} 天比预期合计少 {missing} 单" in text
    calm = days.assign(n_orders=days["n_orders"].where(days["held"], days["baseline"].round()))
    assert "没有明显低于预期" in said(report.without_it(changed(facts, days=calm), "zh"))
    flat = days.assign(low=days["baseline"], high=days["baseline"])
    assert "其后" not in said(report.without_it(changed(facts, days=flat), "zh")), "nothing is told"


def test_many_broadcasts_are_marked_without_words(lifted: Lake) -> None:
    facts = facts_of(lifted, LIVE)
    one = facts.broadcasts
    many = pd.concat([one.assign(business_on=day) for day in facts.lift.days["day_on"][:9]])
    text = said(report.without_it(dataclasses.replace(facts, broadcasts=many), "en"))
    assert "marks days on air" in text and "live 01-22" not in text
    assert "actual" not in text, "words would stand on other broadcasts' days"


def test_cause_is_green_and_credit_is_grey(lifted: Lake) -> None:
    facts = facts_of(lifted, LIVE)
    table = report.rules_table(facts, "en")
    text = said(table)
    assert table is not None and "Who says what" in text and table.html.count("#0f766e") >= 3
    net, gross = round(BASELINE["net"] * 120), round(BASELINE["gross"] * 120)
    assert f"Net lift D against the shop's own sales without it ¥{net:,}" in text
    assert f"¥{gross:,}" in text and f"¥{round(HAZARD['gross'] * 120):,}" in text
    beside = said(report.lift_table(facts, "en"))
    assert "True ROI 0.68 0.35 – 1.15 1.03 0.60 – 1.48 1.52" in beside
    assert "Credited ROI" in said(report.statement_table(facts, "en"))
    assert "True ROI" not in said(report.statement_table(facts, "en"))


def test_money_goes_from_credit_to_cause(lifted: Lake) -> None:
    text = said(report.money_chart(facts_of(lifted, LIVE), "zh"))
    for part in ("没有它也会来", "只是提前买", "净增留存", "净增贡献利润", "−652"):
        assert part in text


def test_tests_are_cards_and_what_was_not_run_is_named(lifted: Lake) -> None:
    facts = facts_of(lifted, LIVE)
    text = said(report.trust_cards(facts, "en"))
    assert "9.1% ✓ pass should be 10%; passes from 5% to 17% n = 44 · douyin/acc-1" in text
    assert "30%" not in text, "the room's own test stands for it"
    assert "−19% ✗ fail" in text and "1.8× ? unsure: too few cases passes from 1.5× up" in text
    assert "0.97" in text and "tested 2026-02-14" in text and "<i>hers</i> 12.4 orders" in text
    idle = text.split("Not run: ")[1]
    assert "worlds like yours" in idle and "+10% planted" in idle and "+20%" not in idle
    untested = changed(facts, trust=facts.lift.trust.head(0))
    assert "liveattr trust" in said(report.trust_cards(untested, "zh"))


def test_the_estimate_is_held_against_the_known_truth(lifted: Lake) -> None:
    facts = facts_of(lifted, LIVE)
    text = said(report.known_truth(facts, "en"))
    assert "(this page) 0.68 90% interval 0.35 – 1.15" in text and "(the truth) 0.64" in text
    assert "The truth, 0.64, lies inside the interval" in text
    assert "Estimate: gross 30 17 – 42" in text and "Estimate: net 19 10 – 33" in text
    far = dataclasses.replace(facts, truth=facts.truth.assign(true_roi=3.0))
    assert "lies outside the interval" in said(report.known_truth(far, "en"))
    month = said(report.known_truth(facts_of(lifted, SERIES), "en"))
    assert "(this page) – not identified from this data" in month


def test_the_tables_come_along(lifted: Lake) -> None:
    facts = facts_of(lifted, LIVE)
    found = report_tables(facts)
    assert found["lift"]["subject"].tolist() == [LIVE, LIVE, "douyin/acc-1"]
    assert len(found["lift_statement"]) == 10 and len(found["lift_days"]) == 43
    assert found["lift_orders"]["weight"].sum() == pytest.approx(BASELINE["gross"])
    assert found["trust"].groupby("test").size()["fake_broadcasts"] == 2
    told = csv_tables.summary(facts)["lift"]
    assert (told["state"], told["grade"], told["complete"]) == ("roi", "B", True)
    assert told["contribution_fen"] == facts.lift.fen("contribution") == -65_200
    assert csv_tables.summary(facts_of(lifted, SERIES))["lift"]["state"] == "none"
