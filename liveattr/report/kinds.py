"""The kinds of reports: notebook, parameters, and what each reads; one engine makes them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from liveattr.errors import ParameterError, did_you_mean
from liveattr.report.csv_tables import report_tables
from liveattr.report.facts import TABLES_READ, campaign_facts
from liveattr.report.facts_recall import RECALL_TABLES, recall_facts
from liveattr.report.facts_repurchase import REPURCHASE_TABLES, repurchase_facts
from liveattr.report.facts_stocking import STOCKING_TABLES, stocking_facts
from liveattr.report.notebook import REPORT_NOTEBOOK
from liveattr.report.parameters import (
    CampaignParameters,
    RecallParameters,
    ReportParameters,
    RepurchaseParameters,
    StockingParameters,
)
from liveattr.report.tables_recall import recall_tables, repurchase_tables
from liveattr.report.tables_stocking import stocking_tables

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KINDS", "Kind", "get_kind", "kind_of"]


@dataclass(frozen=True)
class Kind:
    """One kind of report.

    Attributes
    ----------
    notebook
        Name of the notebook that makes it.
    parameters
        Model of what the notebook takes.
    reads
        Tables of the lake; a manifest pins their versions.
    page_title
        Key of the words in the page's title.
    tables
        Parameters → the report's tables, file name without `.csv` → frame.
    """

    notebook: str
    parameters: type[ReportParameters]
    reads: tuple[str, ...]
    page_title: str
    tables: Callable[[Any], dict[str, pd.DataFrame]]


def _campaign(asked: CampaignParameters) -> dict[str, pd.DataFrame]:
    facts = campaign_facts(
        asked.lake,
        asked.campaign_id,
        as_of=asked.as_of,
        rule=asked.rule,
        zone=asked.zone,
        refund_window_days=asked.refund_window_days,
        versions=asked.versions,
    )
    return report_tables(facts)


def _recall(asked: RecallParameters) -> dict[str, pd.DataFrame]:
    return recall_tables(
        recall_facts(
            asked.lake, asked.about, as_of=asked.as_of, zone=asked.zone, versions=asked.versions
        )
    )


def _repurchase(asked: RepurchaseParameters) -> dict[str, pd.DataFrame]:
    return repurchase_tables(
        repurchase_facts(asked.lake, as_of=asked.as_of, versions=asked.versions)
    )


def _stocking(asked: StockingParameters) -> dict[str, pd.DataFrame]:
    return stocking_tables(
        stocking_facts(asked.lake, as_of=asked.as_of, versions=asked.versions, zone=asked.zone)
    )


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "campaign": Kind(REPORT_NOTEBOOK, CampaignParameters, TABLES_READ, "head.page", _campaign),
        "recall": Kind(
            "report_recall.ipynb", RecallParameters, RECALL_TABLES, "recall.page", _recall
        ),
        "repurchase": Kind(
            "report_repurchase.ipynb",
            RepurchaseParameters,
            REPURCHASE_TABLES,
            "again.page",
            _repurchase,
        ),
        "stocking": Kind(
            "report_stocking.ipynb", StockingParameters, STOCKING_TABLES, "order.page", _stocking
        ),
    }
)
"""Name → kind."""


def get_kind(name: str) -> Kind:
    """Return a kind by its name.

    Raises
    ------
    ParameterError
        If there is none; a right one is suggested.
    """
    if name not in KINDS:
        raise ParameterError(f"there is no kind of report {name!r}; {did_you_mean(name, KINDS)}")
    return KINDS[name]


def kind_of(asked: ReportParameters) -> Kind:
    """Return the kind that parameters belong to."""
    return get_kind(asked.kind)
