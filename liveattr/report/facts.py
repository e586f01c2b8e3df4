"""All that one campaign's report says, read once from finished tables: `campaign_facts`.

The only file of this room that reads the lake. Nothing is estimated here: rows of finished tables
are picked, joined to names and summed by line, product and day.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from liveattr import units
from liveattr.errors import LiveattrError, MissingDataError, ParameterError, did_you_mean
from liveattr.profit.shares import UNATTRIBUTED
from liveattr.profit.statement import broadcast_statement
from liveattr.report import facts_sql as sql
from liveattr.report.facts_lift import LIFT_TABLES, LiftFacts, none_of, read_lift

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from liveattr.lake import Lake

__all__ = ["TABLES_READ", "CampaignFacts", "campaign_facts", "known_campaigns", "unknown_campaign"]

TABLES_READ = (
    "account_ledger",
    "ad_credit",
    "broadcast",
    "campaign",
    "credit_total",
    "identity_count",
    "ingest_batch",
    "known_truth",
    "line_share",
    "order_delay",
    "order_header",
    "order_line",
    "path_step",
    "path_total",
    "product",
    "quarantine_row",
    "refund",
    "refund_line",
    "sku_map",
    "statement",
    "statement_row",
    *LIFT_TABLES,
)
"""The tables that a campaign's report reads; a manifest pins their versions."""


@dataclass(frozen=True)
class CampaignFacts:
    """What is known of one campaign as of one day; made by `campaign_facts`.

    Attributes
    ----------
    campaign_id, as_of, rule, zone
        What was asked for.
    title, kind, currency
        Of the campaign; the title is empty where nobody gave one.
    campaigns
        How many campaigns have a statement as of that day.
    held, waiting
        Raw rows of the whole lake that are held back: as wrong, and until their order comes.
    campaign, broadcasts
        Rows of these tables.
    statement
        Rows of `statement`, all three variants.
    rules
        One row a model: `model, version, orders, net_fen, n, shop_fen, low, high, level`; money in
        fen that the model credits to this campaign, and to everything (the whole shop), with the
        interval of the first (null: not asked for).
    paths, steps, delays, ads
        Rows of `path_total` (most orders first), `path_step`, `order_delay` and `ad_credit` of this
        campaign; empty where the stage `attribute` has not made them.
    evidence
        One row a tier: `tier, variant, lines, paid_fen`; `variant` is base for what the figures
        count, high for what time alone would add.
    products, categories
        `paid_fen, refund_fen, kept_fen, lines, refunded_lines` by product and by category.
    daily
        `paid_on, paid_fen, refund_fen, kept_fen, lines` by business date of payment.
    lines
        One row an order line with a share in any variant: the way down to the orders.
    identity
        `measure, n`: how well the viewers of its rooms are known (see the table `identity_count`).
    truth, truth_broadcasts
        Of a simulated world only, else empty: what the campaign truly added (rows of `known_truth`
        by horizon), and `broadcast_id, start_at, credited, gross, net` [orders] of its broadcasts
        that were lived through without it.
    lift
        What would not have happened without it: rows of `lift`, `lift_statement`, `lift_day`,
        `lift_order` and `trust`; empty where the stage has not run.
    lake, versions
        Where it was read, and at which table versions.
    """

    campaign_id: str
    as_of: date
    rule: str
    zone: str
    title: str
    kind: str
    currency: str
    campaigns: int
    held: int
    waiting: int
    campaign: pd.DataFrame
    broadcasts: pd.DataFrame
    statement: pd.DataFrame
    rules: pd.DataFrame
    paths: pd.DataFrame
    steps: pd.DataFrame
    delays: pd.DataFrame
    ads: pd.DataFrame
    evidence: pd.DataFrame
    products: pd.DataFrame
    categories: pd.DataFrame
    daily: pd.DataFrame
    lines: pd.DataFrame
    identity: pd.DataFrame
    truth: pd.DataFrame
    truth_broadcasts: pd.DataFrame
    lift: LiftFacts
    lake: str
    versions: Mapping[str, int]

    def __repr__(self) -> str:
        return f"<facts of {self.campaign_id!r} as of {self.as_of}: {len(self.lines)} order lines>"

    def row(self, line: str, variant: str = "base") -> Mapping[str, Any]:
        """Return one statement row as a mapping; a line that is not there has nothing given."""
        found = self.statement[
            (self.statement["line"] == line) & (self.statement["variant"] == variant)
        ]
        if found.empty:
            return {"given": False, "amount_fen": None, "value_ppm": None, "n_rows": 0}
        return {str(name): none_of(value) for name, value in found.iloc[0].items()}

    def given(self, line: str, variant: str = "base") -> bool:
        """Say whether a source gives this line (a result: whether all that it needs is given)."""
        return bool(self.row(line, variant)["given"])

    def fen(self, line: str, variant: str = "base") -> int | None:
        """Return the amount of a line in fen; None where it is not given and cannot be computed."""
        value = self.row(line, variant)["amount_fen"]
        return None if value is None else int(value)

    def ppm(self, line: str, variant: str = "base") -> int | None:
        """Return the value of a ratio line in ppm, or None."""
        value = self.row(line, variant)["value_ppm"]
        return None if value is None else int(value)

    def total(self, *lines: str, variant: str = "base") -> int:
        """Return the sum of lines in fen; what is not given adds nothing."""
        return sum(self.fen(line, variant) or 0 for line in lines)


def known_campaigns(lake: Lake, as_of: date) -> list[str]:
    """Return the campaigns that have a statement as of a day, in order of their ids."""
    found = lake.sql(
        "SELECT DISTINCT campaign_id FROM statement WHERE as_of = $as_of ORDER BY campaign_id",
        as_of=as_of,
    )
    return [name for name in found["campaign_id"] if name != UNATTRIBUTED]


def campaign_facts(
    lake: Lake | str | Path,
    campaign_id: str,
    *,
    as_of: date | str,
    rule: str = "last_non_direct",
    zone: str = units.SHANGHAI,
    refund_window_days: int = 15,
    versions: Mapping[str, int] | str = "",
) -> CampaignFacts:
    """Read all that the report of one campaign says.

    Parameters
    ----------
    lake
        A lake, or the folder of one.
    campaign_id
        Campaign; `(unattributed)` is what no campaign can claim: in a lake without campaigns, the
        whole shop.
    as_of
        Business date that the statement was settled for.
    rule
        The rule that shared out lines without hard evidence.
    zone
        Zone in which a payment's business date is taken.
    refund_window_days
        [days] When an order is mature; read for `(unattributed)` only, a statement has its own.
    versions
        Table → version to read, or the same as JSON text (the way a notebook parameter carries
        it); empty reads the newest.

    Returns
    -------
    CampaignFacts
        Frames of `statement`, rules, evidence, products, days and order lines.

    Raises
    ------
    ParameterError
        If nobody knows the campaign; the message suggests one.
    MissingDataError
        If the campaign has no statement as of that day, or the lake no orders.
    """
    from liveattr.lake import Lake, open_lake

    day = date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
    pins = json.loads(versions or "{}") if isinstance(versions, str) else dict(versions)
    if isinstance(lake, Lake):
        opened = open_lake(lake.path, versions=pins) if pins else lake.snapshot()
    else:
        opened = open_lake(lake, versions=pins or None).snapshot()
    read = {name: v for name, v in sorted(opened.versions().items()) if name in TABLES_READ}
    asked = _Asked(campaign_id, day, rule, zone, refund_window_days)
    return _read(str(opened.path), tuple(read.items()), asked)


class _Asked(NamedTuple):
    campaign_id: str
    as_of: date
    rule: str
    zone: str
    refund_window_days: int


@lru_cache(maxsize=1)  # two languages of one campaign read the same rows; versions never change
def _read(path: str, versions: tuple[tuple[str, int], ...], asked: _Asked) -> CampaignFacts:
    from liveattr.lake import open_lake

    lake = open_lake(path, versions=dict(versions))
    with lake.connect(TABLES_READ) as con:
        campaign = _frame(con, sql.CAMPAIGN, campaign_id=asked.campaign_id)
        if asked.campaign_id == UNATTRIBUTED:
            statement = _rest(con, asked)
        else:
            statement = _frame(con, sql.STATEMENT, campaign_id=asked.campaign_id, as_of=asked.as_of)
            if statement.empty:
                raise unknown_campaign(lake, asked.campaign_id, asked.as_of)
            sql.create_lines(con, asked.campaign_id, asked.as_of, asked.zone)
        of_day = {"campaign_id": asked.campaign_id, "as_of": asked.as_of}
        head = dict(campaign.iloc[0]) if len(campaign) else {}
        seen = con.execute(sql.CURRENCY).fetchall()
        [(held, waiting)] = con.execute(sql.HELD_BACK).fetchall()
        return CampaignFacts(
            campaign_id=asked.campaign_id,
            as_of=asked.as_of,
            rule=asked.rule,
            zone=asked.zone,
            title=none_of(head.get("title")) or "",
            kind=none_of(head.get("kind")) or "other",
            currency=none_of(head.get("currency")) or (seen[0][0] if seen else "CNY"),
            campaigns=int(con.execute(sql.CAMPAIGNS, {"as_of": asked.as_of}).fetchall()[0][0]),
            held=held,
            waiting=waiting,
            campaign=campaign,
            broadcasts=_frame(con, sql.BROADCASTS, campaign_id=asked.campaign_id),
            statement=statement,
            rules=_rules(con, asked),
            paths=_frame(con, sql.PATHS, **of_day),
            steps=_frame(con, sql.STEPS, **of_day),
            delays=_frame(con, sql.DELAYS, **of_day),
            ads=_frame(con, sql.ADS, **of_day),
            evidence=_frame(con, sql.EVIDENCE),
            products=_frame(con, sql.PRODUCTS),
            categories=_frame(con, sql.CATEGORIES),
            daily=_frame(con, sql.DAILY),
            lines=_frame(con, "FROM line ORDER BY platform, line_id"),
            identity=_frame(con, sql.IDENTITY, campaign_id=asked.campaign_id),
            truth=_frame(con, sql.TRUTH, campaign_id=asked.campaign_id),
            truth_broadcasts=_frame(con, sql.TRUTH_BROADCASTS, **of_day),
            lift=read_lift(partial(_frame, con), **of_day),
            lake=path,
            versions=dict(versions),
        )


def _frame(con: DuckDBPyConnection, text: str, **asked: Any) -> pd.DataFrame:
    """Run a query; whole numbers stay whole next to a null."""
    found: pa.Table = con.sql(text, params=asked or None).to_arrow_table()
    frame: pd.DataFrame = found.to_pandas(types_mapper=sql.NULLABLE.get)
    return frame


def _rest(con: DuckDBPyConnection, asked: _Asked) -> pd.DataFrame:
    """Make the statement of what no campaign can claim: sales and refunds, no costs."""
    sql.create_rest_lines(con, asked.as_of, asked.zone, asked.refund_window_days)
    facts = _frame(con, sql.REST_FACTS)
    if facts.empty:
        raise MissingDataError(f"the lake has no orders up to {asked.as_of} that no campaign has")
    rows = _frame(con, sql.REST_ROWS, as_of=asked.as_of)
    made = broadcast_statement(rows, facts, as_of=asked.as_of)
    return made[[name for name in made.columns if name not in ("campaign_id", "as_of")]]


def _rules(con: DuckDBPyConnection, asked: _Asked) -> pd.DataFrame:
    """Read what each rule credits to the campaign; what belongs to none was touched by none."""
    rules = _frame(con, sql.RULES, campaign_id=asked.campaign_id, as_of=asked.as_of)
    return rules.head(0) if asked.campaign_id == UNATTRIBUTED else rules


def unknown_campaign(lake: Lake, campaign_id: str, as_of: date) -> LiveattrError:
    """Return the error that says why a campaign has no report as of a day."""
    others = lake.sql(
        "SELECT DISTINCT as_of FROM statement WHERE campaign_id = $c ORDER BY as_of", c=campaign_id
    )["as_of"]
    names = list(lake.sql("SELECT campaign_id FROM campaign ORDER BY campaign_id")["campaign_id"])
    if campaign_id not in names and others.empty:
        hint = did_you_mean(campaign_id, names) if names else "the lake has no campaigns"
        return ParameterError(f"there is no campaign {campaign_id!r}; {hint}")
    days = ", ".join(str(day) for day in others) or "none"
    return MissingDataError(
        f"campaign {campaign_id!r} has no statement as of {as_of} (there are: {days}); "
        f"settle(lake, as_of=date.fromisoformat({as_of.isoformat()!r})) makes it"
    )
