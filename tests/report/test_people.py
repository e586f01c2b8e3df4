"""The identity card: viewers by tier, reasons, and no small number of people."""

import dataclasses

import pandas as pd
import pytest

from liveattr import report
from liveattr.lake import Lake
from liveattr.report import CampaignFacts
from liveattr.report.csv_tables import report_tables
from tests.report.test_sections import Text, facts_of, said
from tests.report.world import LIVE, MAIL


def with_counts(facts: CampaignFacts, **n: int) -> CampaignFacts:
    counts = pd.DataFrame([*n.items()], columns=["measure", "n"])
    return dataclasses.replace(
        facts, identity=counts, versions={**facts.versions, "identity_count": 0}
    )


def test_no_card_without_people_or_without_a_room(lake: Lake) -> None:
    assert report.identity_card(facts_of(lake, LIVE), "zh") is None
    assert report.identity_card(with_counts(facts_of(lake, MAIL), viewers=9), "zh") is None


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_card_adds_up_and_says_why_not(lake: Lake, lang: str) -> None:
    facts = with_counts(facts_of(lake, LIVE), viewers=1000, linked=370, linked_A=350, linked_B=20,
                        refused_no_consent=120, refused_exclusive=7, withdrawn=31)  # fmt: skip
    block = report.identity_card(facts, lang)
    text = said(block)
    assert block is not None and Text(block.html).links == []
    for part in ("37%", "350", "20", "630", "120", "7", "31"):
        assert part in text.replace(",", "").split() or part in text, part
    assert {"zh": "没有授权记录", "en": "no consent on record"}[lang] in text


def test_small_numbers_of_people_are_hidden_and_cannot_be_subtracted_out(lake: Lake) -> None:
    facts = with_counts(facts_of(lake, LIVE), viewers=1000, linked=403, linked_A=400, linked_B=3,
                        refused_exclusive=2, refused_shared=50)  # fmt: skip
    text = said(report.identity_card(facts, "en"))
    assert "under 5" in text and "not shown" in text
    assert " 3 " not in text and " 400 " not in text and " 2 " not in text
    assert " 50 " in text, "reasons have no total to be subtracted from"
    saved = report_tables(facts)["identity"].set_index("measure")["n"]
    assert saved[["linked_A", "linked_B", "refused_exclusive"]].isna().all()
    assert saved[["viewers", "linked", "refused_shared"]].tolist() == [1000, 403, 50]


def test_a_room_whose_platform_names_nobody(lake: Lake) -> None:
    text = said(report.identity_card(with_counts(facts_of(lake, LIVE), withdrawn=0), "en"))
    assert "The platform names no viewer of these rooms" in text
