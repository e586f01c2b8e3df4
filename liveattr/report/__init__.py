"""Reports: one offline HTML page a campaign, recall or shop, in Chinese and English, from finished tables.

`make_report` runs `notebooks/report_campaign.ipynb`; the functions that its cells call are public
here, so the same tables and charts can be had in any notebook:

    facts = campaign_facts(lake, "live_20260122_A", as_of="2026-02-21")
    headline(facts, "zh")

Everything is loaded on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_PUBLIC = {
    "Block": "html",
    "CampaignFacts": "facts",
    "CampaignParameters": "parameters",
    "RecallFacts": "facts_recall",
    "RecallParameters": "parameters",
    "ReportResult": "run",
    "RepurchaseFacts": "facts_repurchase",
    "RepurchaseParameters": "parameters",
    "StockingFacts": "facts_stocking",
    "StockingParameters": "parameters",
    "campaign_facts": "facts",
    "check_overrides": "stocking_back",
    "check_parameters": "parameters",
    "daily_chart": "sections_goods",
    "delay_chart": "sections_paths",
    "evidence_bar": "sections_evidence",
    "footer": "sections_goods",
    "heading": "page_head",
    "headline": "first_screen",
    "identity_card": "sections_people",
    "keep_overrides": "stocking_keep",
    "key_figures": "first_screen",
    "known_subjects": "more_reports",
    "known_truth": "sections_truth",
    "lift_methods": "sections_lift",
    "lift_table": "sections_lift",
    "make_kind_reports": "more_reports",
    "make_report": "run",
    "make_reports": "run",
    "money_chart": "sections",
    "path_flow": "sections_paths",
    "paths_table": "sections_paths",
    "products_table": "sections_goods",
    "range_table": "sections_evidence",
    "read_overrides": "stocking_back",
    "reasons_said": "words_reason",
    "recall_brought": "sections_recall_result",
    "recall_definition": "sections_recall",
    "recall_expected": "sections_recall",
    "recall_facts": "facts_recall",
    "recall_footer": "sections_recall",
    "recall_heading": "head_recall",
    "recall_headline": "sections_recall_result",
    "recall_lists": "sections_recall",
    "recall_why": "sections_recall",
    "replay": "again",
    "repurchase_facts": "facts_repurchase",
    "repurchase_footer": "sections_repurchase",
    "repurchase_heading": "head_recall",
    "repurchase_headline": "sections_repurchase",
    "repurchase_people": "sections_repurchase",
    "repurchase_trust": "sections_repurchase",
    "repurchase_week_table": "sections_repurchase",
    "repurchase_weeks": "sections_repurchase",
    "rules_table": "sections_models",
    "run_notebook": "notebook",
    "save_recall": "tables_recall",
    "save_repurchase": "tables_recall",
    "save_stocking": "tables_stocking",
    "save_tables": "csv_tables",
    "statement_table": "sections",
    "stocking_causes": "sections_stocking_trust",
    "stocking_facts": "facts_stocking",
    "stocking_fans": "sections_stocking",
    "stocking_first": "sections_stocking",
    "stocking_footer": "sections_stocking",
    "stocking_heading": "head_recall",
    "stocking_headline": "sections_stocking",
    "stocking_overrides": "sections_stocking_trust",
    "stocking_runs": "sections_stocking",
    "stocking_shows": "sections_stocking_shows",
    "stocking_trust": "sections_stocking_trust",
    "style": "html",
    "trust_cards": "sections_trust",
    "without_it": "sections_lift",
    "write_index": "index",
    "write_stocking_workbook": "stocking_book",
}

__all__ = [*_PUBLIC]

if TYPE_CHECKING:
    from liveattr.report.again import replay as replay
    from liveattr.report.csv_tables import save_tables as save_tables
    from liveattr.report.facts import CampaignFacts as CampaignFacts
    from liveattr.report.facts import campaign_facts as campaign_facts
    from liveattr.report.facts_recall import RecallFacts as RecallFacts
    from liveattr.report.facts_recall import recall_facts as recall_facts
    from liveattr.report.facts_repurchase import RepurchaseFacts as RepurchaseFacts
    from liveattr.report.facts_repurchase import repurchase_facts as repurchase_facts
    from liveattr.report.facts_stocking import StockingFacts as StockingFacts
    from liveattr.report.facts_stocking import stocking_facts as stocking_facts
    from liveattr.report.first_screen import headline as headline
    from liveattr.report.first_screen import key_figures as key_figures
    from liveattr.report.head_recall import recall_heading as recall_heading
    from liveattr.report.head_recall import repurchase_heading as repurchase_heading
    from liveattr.report.head_recall import stocking_heading as stocking_heading
    from liveattr.report.html import Block as Block
    from liveattr.report.html import style as style
    from liveattr.report.index import write_index as write_index
    from liveattr.report.more_reports import known_subjects as known_subjects
    from liveattr.report.more_reports import make_kind_reports as make_kind_reports
    from liveattr.report.notebook import run_notebook as run_notebook
    from liveattr.report.page_head import heading as heading
    from liveattr.report.parameters import CampaignParameters as CampaignParameters
    from liveattr.report.parameters import RecallParameters as RecallParameters
    from liveattr.report.parameters import RepurchaseParameters as RepurchaseParameters
    from liveattr.report.parameters import StockingParameters as StockingParameters
    from liveattr.report.parameters import check_parameters as check_parameters
    from liveattr.report.run import ReportResult as ReportResult
    from liveattr.report.run import make_report as make_report
    from liveattr.report.run import make_reports as make_reports
    from liveattr.report.sections import money_chart as money_chart
    from liveattr.report.sections import statement_table as statement_table
    from liveattr.report.sections_evidence import evidence_bar as evidence_bar
    from liveattr.report.sections_evidence import range_table as range_table
    from liveattr.report.sections_goods import daily_chart as daily_chart
    from liveattr.report.sections_goods import footer as footer
    from liveattr.report.sections_goods import products_table as products_table
    from liveattr.report.sections_lift import lift_methods as lift_methods
    from liveattr.report.sections_lift import lift_table as lift_table
    from liveattr.report.sections_lift import without_it as without_it
    from liveattr.report.sections_models import rules_table as rules_table
    from liveattr.report.sections_paths import delay_chart as delay_chart
    from liveattr.report.sections_paths import path_flow as path_flow
    from liveattr.report.sections_paths import paths_table as paths_table
    from liveattr.report.sections_people import identity_card as identity_card
    from liveattr.report.sections_recall import recall_definition as recall_definition
    from liveattr.report.sections_recall import recall_expected as recall_expected
    from liveattr.report.sections_recall import recall_footer as recall_footer
    from liveattr.report.sections_recall import recall_lists as recall_lists
    from liveattr.report.sections_recall import recall_why as recall_why
    from liveattr.report.sections_recall_result import recall_brought as recall_brought
    from liveattr.report.sections_recall_result import recall_headline as recall_headline
    from liveattr.report.sections_repurchase import repurchase_footer as repurchase_footer
    from liveattr.report.sections_repurchase import repurchase_headline as repurchase_headline
    from liveattr.report.sections_repurchase import repurchase_people as repurchase_people
    from liveattr.report.sections_repurchase import repurchase_trust as repurchase_trust
    from liveattr.report.sections_repurchase import repurchase_week_table as repurchase_week_table
    from liveattr.report.sections_repurchase import repurchase_weeks as repurchase_weeks
    from liveattr.report.sections_stocking import stocking_fans as stocking_fans
    from liveattr.report.sections_stocking import stocking_first as stocking_first
    from liveattr.report.sections_stocking import stocking_footer as stocking_footer
    from liveattr.report.sections_stocking import stocking_headline as stocking_headline
    from liveattr.report.sections_stocking import stocking_runs as stocking_runs
    from liveattr.report.sections_stocking_shows import stocking_shows as stocking_shows
    from liveattr.report.sections_stocking_trust import stocking_causes as stocking_causes
    from liveattr.report.sections_stocking_trust import stocking_overrides as stocking_overrides
    from liveattr.report.sections_stocking_trust import stocking_trust as stocking_trust
    from liveattr.report.sections_trust import trust_cards as trust_cards
    from liveattr.report.sections_truth import known_truth as known_truth
    from liveattr.report.stocking_back import check_overrides as check_overrides
    from liveattr.report.stocking_back import read_overrides as read_overrides
    from liveattr.report.stocking_book import write_stocking_workbook as write_stocking_workbook
    from liveattr.report.stocking_keep import keep_overrides as keep_overrides
    from liveattr.report.tables_recall import save_recall as save_recall
    from liveattr.report.tables_recall import save_repurchase as save_repurchase
    from liveattr.report.tables_stocking import save_stocking as save_stocking


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'liveattr.report' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"liveattr.report.{_PUBLIC[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
