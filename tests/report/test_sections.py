"""What the pieces of a report say, and what they must not say."""

import dataclasses
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from liveattr import report
from liveattr.lake import Lake
from liveattr.report import Block, CampaignFacts, campaign_facts
from liveattr.report.words import word
from tests.report.world import AS_OF, EVIL, HALF, LIVE, MAIL, QUIET

PIECES = (
    report.heading,
    report.headline,
    report.key_figures,
    report.money_chart,
    report.evidence_bar,
    report.range_table,
    report.rules_table,
    report.path_flow,
    report.paths_table,
    report.delay_chart,
    report.products_table,
    report.daily_chart,
    report.statement_table,
    report.footer,
)
REST = "(unattributed)"


class Text(HTMLParser):
    """Text, tags and links of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        assert self.open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in ("br", "meta", "link"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def facts_of(lake: Lake, name: str) -> CampaignFacts:
    return campaign_facts(lake, name, as_of=AS_OF)


def said(block: Block | None) -> str:
    assert block is not None
    return Text(block._repr_html_()).text


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", [LIVE, MAIL, HALF, QUIET, REST])
def test_every_piece_is_sound_html(lake: Lake, name: str, lang: str) -> None:
    facts = facts_of(lake, name)
    for piece in PIECES:
        block = piece(facts, lang)
        if block is None:
            continue
        found = Text(block.html)
        assert found.tags.isdisjoint({"script", "img", "iframe", "object", "link"})
        assert found.links == []
        assert "None" not in found.text and "NaN" not in found.text and "<NA>" not in found.text


def test_user_text_is_escaped(lake: Lake) -> None:
    facts = facts_of(lake, LIVE)
    head = report.heading(facts, "zh")
    assert "<script" not in head.html and EVIL in said(head)
    assert "示例主播 & <Co>" in said(head)
    goods = report.products_table(facts, "zh")
    assert goods is not None and "<b>" not in goods.html
    assert '<b>"防晒乳"</b> SPF50' in said(goods)


def test_first_screen_with_every_cost(lake: Lake) -> None:
    facts = facts_of(lake, LIVE)
    zh, en = said(report.headline(facts, "zh")), said(report.headline(facts, "en"))
    assert "真实 ROI（扣除退款与全部成本）" in zh and "最多" not in zh
    assert "True ROI (after refunds and every cost)" in en
    # paid 40 × 199 + 1000 × Σ(i mod 7) fen; 14 of 40 lines refunded; costs as conftest says
    paid = 40 * 19_900 + 1000 * sum(at % 7 for at in range(40))
    back = sum(19_900 + 1000 * (at % 7) for at in range(0, 40, 3))
    kept = paid + 40 * 500 - back
    variable = 26 * 4_000 + 40 * (1_200 + 3_000) + 32_000
    fixed = 100_000 + 40_000 + 61_000
    assert facts.fen("contribution") == kept - variable - fixed
    assert f"{(kept - variable) / fixed:.2f}" in zh
    assert f"{paid / 61_000:.1f}" in zh, "surface ROI"
    assert "赚了 1,054 元。" in zh and "It earned ¥1,054." in en
    assert "退款（占支付的 35%）" in zh and "refunds (35% of what was paid)" in en


def test_first_screen_without_costs_says_what_to_fill_in(lake: Lake) -> None:
    facts = facts_of(lake, MAIL)
    en, zh = said(report.headline(facts, "en")), said(report.headline(facts, "zh"))
    assert "ROI (after" not in en and "True ROI at most" not in en
    assert "$10,808" in en and "template sku_cogs" in en and "template campaign_costs" in en
    assert "10,808 美元" in zh and "货品成本（模板 sku_cogs）" in zh
    assert "settlement" not in en, "a mailing has no platform that settles"
    assert "refunded $0 (0%)" in en, "the shop has refunds, this campaign none"
    figures = said(report.key_figures(facts, "en"))
    assert "Hard evidence 0%" in figures


def test_data_without_refunds_has_no_refund_rate(lake: Lake) -> None:
    facts = facts_of(lake, MAIL)
    table = facts.statement.copy()
    back = table["line"].isin(["refund_before_shipping", "refund_after_shipping", "subsidy_back"])
    table.loc[back, ["given", "amount_fen"]] = [False, pd.NA]
    facts = dataclasses.replace(facts, statement=table)
    assert "数据里没有退款记录" in said(report.headline(facts, "zh"))
    assert "退款率（按金额） 未提供" in said(report.key_figures(facts, "zh"))
    assert "退款率" not in said(report.products_table(facts, "zh"))
    assert "退掉的" not in said(report.daily_chart(facts, "zh"))
    assert "未提供：发货前退款、发货后退款、退回的补贴" in said(report.statement_table(facts, "zh"))


def test_an_incomplete_roi_is_at_most(lake: Lake) -> None:
    facts = facts_of(lake, HALF)
    zh, en = said(report.headline(facts, "zh")), said(report.headline(facts, "en"))
    assert "最多" in zh and "至少亏" in zh and "平台结算单（已结算 0% 的订单行）" in zh
    assert "at most" in en and "It lost" in en and "at least" in en
    table = said(report.statement_table(facts, "zh"))
    assert "最多 0.75" in table
    chart = report.money_chart(facts, "zh")
    assert "没有提供，所以图里没有" in said(chart)


def test_only_time_ties_orders_to_it(lake: Lake) -> None:
    facts = facts_of(lake, QUIET)
    zh = said(report.headline(facts, "zh"))
    assert "没有硬证据" in zh and "最多 995 元" in zh
    assert report.money_chart(facts, "zh") is None
    assert report.products_table(facts, "zh") is None
    assert report.rules_table(facts, "zh") is None
    assert "时间窗（推断）" in said(report.evidence_bar(facts, "zh"))


def test_what_campaigns_leave(lake: Lake) -> None:
    head = said(report.heading(facts_of(lake, REST), "en"))
    assert "Orders of no campaign" in head


def test_orders_only(orders_only: Lake) -> None:
    facts = campaign_facts(orders_only, REST, as_of=AS_OF)
    zh = said(report.headline(facts, "zh"))
    assert "4,975 英镑" in zh and "要知道哪一场带来了这些订单" in zh and "模板 broadcasts" in zh
    assert "全店订单 2026-01-22 – 2026-02-05" in said(report.heading(facts, "zh"))
    assert "硬证据" not in zh + said(report.key_figures(facts, "zh"))
    for absent in (report.evidence_bar, report.rules_table, report.range_table):
        assert absent(facts, "zh") is None
    assert report.daily_chart(facts, "zh") is not None
    assert report.products_table(facts, "zh") is not None


@pytest.mark.parametrize("name", [LIVE, MAIL, HALF, QUIET, REST])
def test_what_is_not_given_is_never_0(lake: Lake, name: str) -> None:
    facts = facts_of(lake, name)
    html = report.statement_table(facts, "zh").html
    base = facts.statement[facts.statement["variant"] == "base"]
    unknown = ~base["given"] & base["amount_fen"].isna() & base["value_ppm"].isna()
    for line in base.loc[unknown, "line"]:
        label = word(f"line.{line}", "zh")
        row = re.search(rf"<tr[^>]*><td>{re.escape(label)}</td>.*?</tr>", html)
        assert row is None, f"{line} has no row of its own"


def test_statement_shows_coverage_and_source_rows(lake: Lake) -> None:
    html = report.statement_table(facts_of(lake, LIVE), "en").html
    row = re.search(r"<tr><td>Cost of goods</td>.*?</tr>", html)
    assert row is not None and "100%" in row[0] and "−1,040" in row[0] and ">26<" in row[0]
    assert "Source rows" in html and "Coverage" in html


def test_credit_is_grey_and_called_credit(lake: Lake) -> None:
    block = report.rules_table(facts_of(lake, LIVE), "zh")
    assert block is not None
    assert "不回答「没有它会不会发生」" in said(block)
    assert "#0f766e" not in block.html and 'class="true' not in block.html
    for rule in ("首次触点", "末次触点", "末次非直接触点", "平均分", "首尾加权", "越近越多"):
        assert rule in said(block)


def test_blocks_show_in_a_terminal_too(lake: Lake) -> None:
    assert repr(report.headline(facts_of(lake, LIVE), "zh")) == "<headline>"
    assert "48 order lines" in repr(facts_of(lake, LIVE))
