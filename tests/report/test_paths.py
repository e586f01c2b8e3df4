"""Models side by side, the ad platform's count, and the sections on paths."""

import dataclasses
import re
from collections import Counter
from itertools import pairwise
from xml.etree import ElementTree

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr import report
from liveattr.lake import Lake
from liveattr.report import CampaignFacts, campaign_facts
from liveattr.report.csv_tables import csv_bytes, report_tables
from liveattr.report.dots import axis_of
from liveattr.report.flow import flow, merge_small
from tests.report.test_sections import Text, facts_of, said
from tests.report.world import AS_OF, DELAYS, LIVE, MAIL, STEPS

SVG = "{http://www.w3.org/2000/svg}"
COLUMNS = ["pos", "from_channel", "to_channel", "n_orders"]
FRAME = pd.DataFrame(STEPS, columns=COLUMNS)
SECTIONS = (report.path_flow, report.paths_table, report.delay_chart)
NEW_TABLES = {"paths", "path_steps", "order_delays", "ad_credit"}


def drawn(steps: pd.DataFrame, **more: int) -> ElementTree.Element:
    heads = ["order", "1", "2", "3", "4"]
    svg = flow(steps, name=str, heads=heads, number=str, title="t & <t>", **more)
    assert ElementTree.fromstring(svg).get("aria-label") == "t & <t>"
    return ElementTree.fromstring(svg)


def of_paths(paths: list[tuple[str, ...]]) -> pd.DataFrame:
    """Steps of whole paths: the definition of the table `path_step`, path by path."""
    steps: Counter[tuple[int, str, str]] = Counter()
    for path in paths:
        chain = ["(start)", *path, "(order)"]
        for pos in range(1, min(len(path) + 1, 4) + 1):
            a, b = chain[-1 - pos], chain[-pos]
            steps[pos, "(earlier)" if pos == 4 and len(path) > 4 else a, b] += 1
    return pd.DataFrame([(*key, n) for key, n in steps.items()], columns=COLUMNS)


PATHS = st.lists(
    st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=6).map(tuple), min_size=1
)


@settings(max_examples=40)
@given(PATHS, st.integers(1, 8), st.randoms(use_true_random=False))
def test_merging_loses_no_order_and_no_row_order_matters(paths, most, mixed) -> None:  # type: ignore[no-untyped-def]
    steps = of_paths(paths)
    links = merge_small(steps, most)
    shown = {a for _, a, _, _ in links} - {"(start)", "(earlier)"}
    assert len(shown) <= most + 1
    for pos, orders in steps.groupby("pos")["n_orders"].sum().items():
        assert sum(n for at, _, _, n in links if at == pos) == orders
    turned = list(range(len(steps)))
    mixed.shuffle(turned)
    assert merge_small(steps.iloc[turned], most) == links


@settings(max_examples=30)
@given(PATHS)
def test_bands_fill_the_boxes_that_they_join(paths) -> None:  # type: ignore[no-untyped-def]
    root = drawn(of_paths(paths))
    scale = 210 / len(paths)
    bands = [node.findtext(f"{SVG}title", "") for node in root.iter(f"{SVG}path")]
    into_order = [int(text.split(": ")[1]) for text in bands if "→ (order)" in text]
    assert sum(into_order) == len(paths)
    tall = [float(node.get("height", "")) for node in root.iter(f"{SVG}rect")]
    assert max(tall) == pytest.approx(len(paths) * scale, abs=0.1), "the order holds all"
    wide = [float(re.findall(r"v([\d.]+)C", node.get("d", ""))[0]) for node in root.iter(f"{SVG}path")]  # fmt: skip
    counts = [int(text.split(": ")[1]) for text in bands]
    assert wide == pytest.approx([n * scale for n in counts], abs=0.01)


def test_flow_is_text_and_needs_orders() -> None:
    root = drawn(FRAME)
    texts = ["".join(node.itertext()) for node in root.iter(f"{SVG}text")]
    assert "<i>tv</i> 2" in texts and "(order) 30" in texts and "(earlier) 1" in texts
    assert not any("(start)" in text for text in texts), "a path begins where no band comes in"
    assert {node.tag for node in root.iter()}.isdisjoint({f"{SVG}script", f"{SVG}i"})
    style = root.findtext(f"{SVG}style", "")
    assert all(rule.startswith(".flow ") for rule in re.findall(r"[^{},]+(?=[,{])", style) if rule), style  # fmt: skip
    assert "(other) 4" in ["".join(n.itertext()) for n in drawn(FRAME, most=1).iter(f"{SVG}text")]
    with pytest.raises(ValueError, match="needs orders"):
        drawn(FRAME.head(0))


def test_page_sections_of_paths(lake: Lake) -> None:
    facts = facts_of(lake, LIVE)
    zh, en = ([said(piece(facts, lang)) for piece in SECTIONS] for lang in ("zh", "en"))
    assert "30 笔订单之前" in zh[0] and "短信 15" in zh[0] and "更早的触点 <5" in zh[0]
    assert "A touch of this campaign precedes 30 orders" in en[0] and "earlier touches <5" in en[0]
    assert "短信 → 直播 9 30% 9 1,080 元 每单 120 元" in zh[1]
    assert "Other paths 4 13% <5 ¥480 ¥120 per order" in en[1], "three people are not told"
    assert "70% 在 1 小时以内" in zh[2] and "70% within 1 h" in en[2]
    assert "6 h – 1 day 6 20%" in en[2] and "1 day – 3 days 0 0%" in en[2]
    late = facts.delays.assign(n_orders=[1, 1, 1, 30])
    text = said(report.delay_chart(dataclasses.replace(facts, delays=late), "en"))
    assert "91% more than 14 days later" in text


def test_the_ninth_path_is_among_the_others(lake: Lake) -> None:
    many = [(f"a{at} > <b>", 30 - at, 9, 1000) for at in range(9)] + [("(other)", 50, 40, 500)]
    paths = pd.DataFrame(many, columns=["path", "n_orders", "people", "net_fen"])
    block = report.paths_table(dataclasses.replace(facts_of(lake, LIVE), paths=paths), "en")
    text = said(block)
    assert "a7 → <b> 23" in text and "a8" not in text and block is not None
    assert "b" not in Text(block.html).tags
    assert "Other paths 72 25% ¥15" in text, "22 + 50 of 284; people may be on both"
    assert "40" not in text.split("Other paths")[1]


def test_models_side_by_side(lake: Lake) -> None:
    block = report.rules_table(facts_of(lake, LIVE), "zh")
    text = said(block)
    assert block is not None and "b" not in Text(block.html).tags and "<b>mine</b>" in text
    names = ["越近越多", "马尔可夫（一阶）", "马尔可夫（二阶）", "<b>mine</b>", "夏普利"]
    assert [text.index(name) for name in names] == sorted(text.index(name) for name in names)
    assert "2,980 元 2,460 元 – 3,500 元" in text and "95% 区间" in text
    assert block.html.count("<circle") == 10 and block.html.count('y1="9"') == 3
    assert re.search(r'<tr class="used"><td>末次非直接触点', block.html)


def test_ad_platform_is_amber_and_beside_the_models(lake: Lake) -> None:
    facts = facts_of(lake, LIVE)
    block = report.rules_table(facts, "en")
    text = said(block)
    assert block is not None and block.html.count('fill="#b7791f"') == 1
    assert (
        "counts 26 orders (direct 17, indirect 9), ¥5,200 paid, of which ¥3,900 stayed; in 22 of"
        in text
    )
    alone = dataclasses.replace(facts, rules=facts.rules.head(0))
    assert "投流平台自己怎么数 投流平台自己数到 26 笔" in said(report.rules_table(alone, "zh"))
    without = dataclasses.replace(facts, ads=facts.ads.head(0))
    assert "platform" not in said(report.rules_table(without, "en"))


def test_no_interval_is_no_line_and_no_words(lake: Lake) -> None:
    facts = facts_of(lake, LIVE)
    rules = facts.rules.assign(low=float("nan"), high=float("nan"), level=float("nan"))
    block = report.rules_table(dataclasses.replace(facts, rules=rules), "en")
    assert block is not None and 'y1="9"' not in block.html and "nan" not in block.html
    assert "interval" not in said(block)


def test_two_versions_of_a_model_are_told_apart(lake: Lake) -> None:
    facts = facts_of(lake, LIVE)
    rules = pd.concat([facts.rules, facts.rules.tail(1).assign(version="shapley/1 match=product")])
    text = said(report.rules_table(dataclasses.replace(facts, rules=rules), "en"))
    assert text.count("Shapley") == 2 and "match=product" in text


def test_a_lake_without_these_tables(orders_only: Lake, lake: Lake) -> None:
    other = campaign_facts(orders_only, "(unattributed)", as_of=AS_OF)
    assert "path_total" not in other.versions
    for facts in (other, facts_of(lake, MAIL)):
        assert [piece(facts, "zh") for piece in SECTIONS] == [None, None, None]
        assert not NEW_TABLES & set(report_tables(facts))


def test_tables_beside_the_report(lake: Lake) -> None:
    facts: CampaignFacts = facts_of(lake, LIVE)
    saved = report_tables(facts)
    assert set(saved) >= NEW_TABLES
    assert saved["paths"]["people"].isna().tolist() == [False, False, False, True]
    assert saved["path_steps"]["n_orders"].min() == 5, "fewer are blank"
    assert saved["order_delays"]["n_orders"].tolist() == [n for *_, n in DELAYS]
    risky = facts.paths.assign(path="=1 > live")
    assert b'"\'=1 > live"' in csv_bytes(risky)


@given(st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), min_size=1))
def test_an_axis_holds_zero_and_all_values(values: list[float]) -> None:
    axis = axis_of(values)
    edge = 1e-8 * max(1.0, *map(abs, values))
    assert 2 <= len(axis.ticks) <= 7 and 0.0 in axis.ticks
    assert all(a < b for a, b in pairwise(axis.ticks))
    assert axis.ticks[0] <= min(values) + edge and axis.ticks[-1] >= max(values) - edge
