"""The box of a simulated world: what it says, and that a real shop's page has none."""

import dataclasses
from datetime import timedelta

import pytest

from liveattr import report
from liveattr.lake import Lake
from liveattr.report import CampaignFacts
from liveattr.report.csv_tables import report_tables, summary
from tests.report.test_sections import Text, facts_of, said
from tests.report.world import LIVE, SERIES


def with_orders(facts: CampaignFacts, factor: float, roi: float | None = None) -> CampaignFacts:
    """The same campaign in a world where all of its effects are so many times as large."""
    changed = facts.truth.assign(orders=facts.truth["orders"] * factor)
    if roi is not None:
        changed["true_roi"] = roi
    return dataclasses.replace(facts, truth=changed)


def test_a_real_shop_has_no_box(lake: Lake) -> None:
    facts = facts_of(lake, LIVE)
    assert report.known_truth(facts, "zh") is None
    assert summary(facts)["truth"] is None
    assert not [name for name in report_tables(facts) if "truth" in name]
    assert "not identified from this data." in said(report.headline(facts, "en"))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", [LIVE, SERIES])
def test_the_box_is_sound_html_and_marked(simulated: Lake, name: str, lang: str) -> None:
    block = report.known_truth(facts_of(simulated, name), lang)
    assert block is not None and Text(block.html).links == []
    mark = {"zh": "仅因为这是模拟世界才知道", "en": "known only because this world is simulated"}
    assert mark[lang] in block.html and "demo, seed 7" in block.html


def test_three_figures_and_what_the_difference_means(simulated: Lake) -> None:
    facts = facts_of(simulated, LIVE)
    text = said(report.known_truth(facts, "en"))
    for part in ("the platform shows 14.9", "above) 1.52", "Incremental ROI (the truth) 0.64"):
        assert part in text
    assert "40 orders are credited to it, but only 18 exist because of it, 54% fewer" in text
    assert "At once it set off 31 orders; 41% of them were missing again" in text
    assert "By credit it earned its costs back; in truth it did not." in text
    assert "is below" in said(report.headline(facts, "en"))


@pytest.mark.parametrize(
    ("factor", "roi", "part"),
    [
        (40 / 18.4, 1.4, "less than a tenth apart"),
        (3, 3.0, "more than the 40 credited to it"),
        (0, 0.0, "would have sold no less"),
        (-1, -0.6, "would have sold no less"),
    ],
)
def test_the_sentence_follows_the_figures(
    simulated: Lake, factor: float, roi: float, part: str
) -> None:
    facts = with_orders(facts_of(simulated, LIVE), factor, roi)
    assert part in said(report.known_truth(facts, "en"))


def test_a_loss_by_credit_that_paid_off_is_said(simulated: Lake) -> None:
    facts = facts_of(simulated, LIVE)
    low = facts.statement.assign(
        value_ppm=facts.statement["value_ppm"].mask(facts.statement["line"] == "true_roi", 900_000)
    )
    facts = dataclasses.replace(with_orders(facts, 1, 1.2), statement=low)
    assert "按真相赚回了" in said(report.known_truth(facts, "zh"))


def test_a_month_shows_its_sampled_broadcasts_and_an_upper_bound(simulated: Lake) -> None:
    facts = facts_of(simulated, SERIES)
    assert facts.truth_broadcasts[["broadcast_id", "credited", "gross", "net"]].values.tolist() == [
        ["own_20260122", 12, 15.2, 14.1],
        ["own_20260124", 10, 9.9, 0.2],
    ]
    text = said(report.known_truth(facts, "en"))
    assert "own_20260124 2026-01-24 20:30 10 10 0" in text
    assert "at most 4.37" in text and "no ad spend" in text
    assert "own_20260122" not in said(report.known_truth(facts_of(simulated, LIVE), "en"))


def test_what_lies_ahead_is_not_shown(simulated: Lake) -> None:
    facts = facts_of(simulated, LIVE)  # it ended 30 days before
    text = said(report.known_truth(facts, "en"))
    assert "after 14 days" in text and "after 60 days" not in text
    assert "It is not long ago" in text
    late = dataclasses.replace(facts, as_of=facts.as_of + timedelta(days=60))
    text = said(report.known_truth(late, "en"))
    assert "after 60 days" in text and "not long ago" not in text


def test_its_tables_and_the_summary_come_along(simulated: Lake) -> None:
    facts = facts_of(simulated, SERIES)
    assert len(report_tables(facts)["known_truth"]) == 5
    assert len(report_tables(facts)["known_truth_broadcasts"]) == 2
    found = summary(facts)["truth"]
    assert (found["orders"], found["true_roi_ppm"]) == (43, 2_508_333)
    assert found["broadcasts"][1:] == [
        ["own_20260123", "2026-01-23 20:30", False],
        ["own_20260124", "2026-01-24 20:30", True],
    ]
