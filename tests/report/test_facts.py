"""What a report says adds up to the statement, to the fen."""

from pathlib import Path

import pandas as pd
import pytest

from liveattr import line_ledger
from liveattr.errors import MissingDataError, ParameterError
from liveattr.lake import Lake, open_lake
from liveattr.report import CampaignFacts, campaign_facts
from liveattr.report.csv_tables import csv_bytes, report_tables
from tests.report.world import AS_OF, HALF, LIVE, MAIL, QUIET

REFUNDS = ("refund_before_shipping", "refund_after_shipping")
REST = "(unattributed)"


def facts_of(lake: Lake, name: str) -> CampaignFacts:
    return campaign_facts(lake, name, as_of=AS_OF)


@pytest.mark.parametrize("name", [LIVE, MAIL, HALF, QUIET, REST])
def test_every_table_sums_to_the_statement(lake: Lake, name: str) -> None:
    facts = facts_of(lake, name)
    for frame in (facts.lines, facts.products, facts.categories, facts.daily):
        assert frame["paid_fen"].sum() == facts.total("gmv_paid")
        assert frame["refund_fen"].sum() == -facts.total(*REFUNDS)
        assert frame["kept_fen"].sum() == facts.total("revenue")
    assert facts.lines["paid_high_fen"].sum() == facts.total("gmv_paid", variant="high")


@pytest.mark.parametrize("name", [LIVE, MAIL, HALF, QUIET])
def test_tiers_sum_to_what_the_variants_say(lake: Lake, name: str) -> None:
    facts = facts_of(lake, name)
    by = facts.evidence.groupby("variant")["paid_fen"].sum()
    assert by.get("base", 0) == facts.total("gmv_paid")
    assert by.sum() == facts.total("gmv_paid", variant="high")


def test_campaigns_and_the_rest_are_the_ledger(lake: Lake) -> None:
    ledger = line_ledger(lake, as_of=AS_OF)
    found = [facts_of(lake, name) for name in (LIVE, MAIL, HALF, QUIET, REST)]
    for line, columns in {
        "gmv_paid": ["paid_fen"],
        "revenue": ["net_fen"],
        "subsidy_platform": ["sub_platform_fen"],
    }.items():
        for variant in ("low", "base", "high"):
            total = sum(facts.total(line, variant=variant) for facts in found)
            assert total == ledger[columns].sum().sum()


def test_orders_alone_are_a_report(orders_only: Lake) -> None:
    facts = campaign_facts(orders_only, REST, as_of=AS_OF)
    assert facts.total("gmv_paid") == 30 * 19_900
    assert facts.total("revenue") == 25 * 19_900
    assert facts.row("orders")["n_rows"] == 30
    assert facts.currency == "GBP"
    assert facts.evidence.empty and facts.rules.empty
    assert not facts.given("cogs") and facts.fen("cogs") is None
    assert facts.products["refunded_lines"].sum() == 5


def test_unknown_campaigns_get_a_suggestion(lake: Lake, orders_only: Lake) -> None:
    with pytest.raises(ParameterError, match="did you mean 'mail_17'"):
        facts_of(lake, "mail17")
    with pytest.raises(ParameterError, match="the lake has no campaigns"):
        facts_of(orders_only, "mail17")
    with pytest.raises(MissingDataError, match="there are: 2026-02-21"):
        campaign_facts(lake, MAIL, as_of="2026-02-20")


def test_an_empty_lake_says_so(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="no orders"):
        campaign_facts(open_lake(tmp_path / "lake"), REST, as_of=AS_OF)


def test_folder_lake_and_versions_read_the_same(lake: Lake) -> None:
    one = campaign_facts(lake, LIVE, as_of=AS_OF)
    two = campaign_facts(str(lake.path), LIVE, as_of="2026-02-21", versions=one.versions)
    for name, frame in report_tables(one).items():
        pd.testing.assert_frame_equal(frame, report_tables(two)[name])
        assert csv_bytes(frame) == csv_bytes(report_tables(two)[name])


def test_a_line_that_is_not_there_is_not_given(lake: Lake) -> None:
    facts = facts_of(lake, LIVE)
    assert facts.fen("no_such_line") is None and not facts.given("no_such_line")
    assert facts.total("no_such_line") == 0
