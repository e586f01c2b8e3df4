"""What is asked for, checked as a whole before the first report runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from liveattr.errors import MissingDataError, ParameterError
from liveattr.profit.shares import UNATTRIBUTED
from liveattr.report.facts import TABLES_READ, known_campaigns, unknown_campaign
from liveattr.report.notebook import check_engine
from liveattr.report.parameters import CampaignParameters, ReportParameters, check_parameters
from liveattr.settings import FILE_NAME, Settings, load_settings

if TYPE_CHECKING:
    from liveattr.lake import Lake

__all__ = ["Job", "check_request", "settings_of"]


@dataclass(frozen=True)
class Job:
    """All languages of one report; one worker does them in turn."""

    asked: tuple[ReportParameters, ...]
    out: Path
    engine: str
    force: bool


def check_request(
    lake: Lake | str | Path,
    campaigns: Iterable[str] | None,
    as_of: date | str,
    langs: Sequence[str],
    rule: str | None,
    out: Path,
    engine: str | None,
    settings: Settings | None,
    force: bool,
) -> list[Job]:
    """Check a whole request before anything runs, and pin the tables that it reads.

    The arguments are those of `make_reports`.

    Raises
    ------
    ParameterError
        If a parameter or a campaign is wrong.
    MissingDataError
        If there is no statement for what is asked.
    """
    from liveattr.lake import Lake, open_lake

    opened = (lake if isinstance(lake, Lake) else open_lake(lake)).snapshot()
    known = settings or settings_of(opened)
    pins = {n: v for n, v in sorted(opened.versions().items()) if n in TABLES_READ}
    common = {
        "as_of": str(as_of),
        "rule": rule or known.share_rule,
        "zone": known.zone,
        "refund_window_days": known.refund_window_days,
        "lake": str(opened.path),
        "versions": json.dumps(pins),
        "save": ".",
    }
    if engine is not None:
        check_engine(engine)
    if isinstance(campaigns, str):
        raise ParameterError(f"campaigns = {campaigns!r}: give a list of campaigns")
    first = check_parameters({"campaign_id": UNATTRIBUTED, **common}, CampaignParameters)
    chosen = _chosen(opened, campaigns, date.fromisoformat(first.as_of))
    _check_rule(opened, first)
    kind = engine or ("warm" if len(chosen) * len(langs) > 1 else "fresh")
    return [
        Job(
            tuple(check_parameters({"campaign_id": c, "lang": lang, **common}) for lang in langs),
            out,
            kind,
            force,
        )
        for c in chosen
    ]


def settings_of(lake: Lake) -> Settings:
    """Return the settings beside the lake (a demo world has its own zone), else the usual ones."""
    beside = lake.path.parent / FILE_NAME
    return load_settings(beside if beside.exists() else None)


def _chosen(lake: Lake, campaigns: Iterable[str] | None, as_of: date) -> list[str]:
    settled = known_campaigns(lake, as_of)
    if campaigns is None:
        if settled or len(lake.sql("SELECT 1 FROM campaign LIMIT 1")) == 0:
            return settled or [UNATTRIBUTED]
        raise MissingDataError(f"no campaign has a statement as of {as_of}; run settle first")
    chosen = list(dict.fromkeys(campaigns))
    for name in chosen:
        if name not in settled and name != UNATTRIBUTED:
            raise unknown_campaign(lake, name, as_of)
    return chosen


def _check_rule(lake: Lake, asked: CampaignParameters) -> None:
    """Refuse a rule that the statement was not settled with."""
    runs = lake.sql("SELECT options FROM run WHERE stage = 'settle' ORDER BY started_at DESC")
    options = [json.loads(text) for text in runs["options"]]
    rules = [each["rule"] for each in options if each["as_of"] == asked.as_of]
    if rules and rules[0] != asked.rule:
        raise MissingDataError(
            f"the statement as of {asked.as_of} was settled with rule {rules[0]!r}, not "
            f"{asked.rule!r}; settle(lake, as_of=..., rule={asked.rule!r}) makes the other one"
        )
