"""The statement of a campaign: revenue that stayed, variable costs, fixed costs, true ROI.

The formula is that of section 4 of the reference on platforms, line by line: R is what buyers and
subsidy givers paid and did not get back, V what each sold piece costs (negative), F what the
campaign costs anyway (negative). contribution = R + V + F; true ROI = (R + V) / -F, break-even
at 1. Amounts are signed: money in is positive, money out negative.

Decisions where the definitions leave room
------------------------------------------
- A line of the statement is *given* if a source row says something, or if the absence of rows is
  itself an answer: with orders in the lake, sales and subsidies of 0 are a fact; with any refund
  in the lake, refunds of 0; with any settlement row on a line of the campaign, reversals of 0.
  Anything else without a row is not given: its amount is null, never 0.
- revenue (R) and gsv are given with gmv_paid; variable_cost and fixed_cost sum what is given and
  are given if any part is.
- contribution and true_roi are computed with what is given, but are *given* only if refunds are,
  no line lacks its COGS, every line of a platform that settles is settled unless it was fully
  refunded, and some fixed cost is given. Otherwise they are "at most": what is missing can only
  lower them. break_even_roas likewise, without the fixed cost.
- true_roi is null without a fixed cost other than 0; break_even_roas where R + V is not positive
  (no spend would be earned back); surface_roi without ad spend other than 0.
- Fully refunded: money went back, and what buyers got back reaches what they paid. Such lines
  ask for no settlement; they ask for COGS only if pieces stayed with the buyer.
- coverage_ppm of commission, service_fee and channel_fee, and lines_settled_ppm: lines with a
  trade_type 0 row among paid lines that were not fully refunded, of platforms that settle (a mall
  does not, so its lines are left out); of cogs: lines with a known unit cost among paid lines
  whose money or pieces stayed. By number of lines, whatever their share.
- orders counts paid orders of which the campaign has a share. refund_maturity is the campaign's
  gmv_paid on mature lines over all its gmv_paid.
- gmv_paid_surface equals gmv_paid today; it stands apart because surface ROI is what platforms
  show. It has no rows of its own in `statement_row`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from liveattr.errors import ParameterError, did_you_mean
from liveattr.profit.roi import ratio_ppm, true_roi
from liveattr.tables import get_table

__all__ = ["LINES", "StatementLine", "broadcast_statement"]


@dataclass(frozen=True)
class StatementLine:
    """One line: its name, its section, the tables that feed it."""

    line: str
    section: str
    sources: str


_ORDER = "order_line,order_header"
_REFUND = "refund,refund_line"
_SETTLEMENT = "settlement_line"
_ACCOUNT = "account_ledger"
_COST = "campaign_cost"
_R = f"{_ORDER},{_REFUND},{_ACCOUNT}"
_V = f"{_ORDER},{_REFUND},sku_cogs,{_SETTLEMENT},{_ACCOUNT},{_COST}"
_F = f"{_COST},ad_spend"
_ALL = f"{_V},ad_spend"

LINES = (
    StatementLine("gmv_created", "memo", _ORDER),
    StatementLine("gmv_paid_surface", "memo", _ORDER),
    StatementLine("gmv_paid", "revenue", _ORDER),
    StatementLine("subsidy_platform", "revenue", _ORDER),
    StatementLine("subsidy_author", "revenue", _ORDER),
    StatementLine("refund_before_shipping", "revenue", _REFUND),
    StatementLine("refund_after_shipping", "revenue", _REFUND),
    StatementLine("subsidy_back", "revenue", f"{_REFUND},{_ACCOUNT}"),
    StatementLine("revenue", "revenue", _R),
    StatementLine("gsv", "memo", f"{_ORDER},{_REFUND}"),
    StatementLine("cogs", "variable", f"{_ORDER},{_REFUND},sku_cogs"),
    StatementLine("commission", "variable", _SETTLEMENT),
    StatementLine("service_fee", "variable", _SETTLEMENT),
    StatementLine("channel_fee", "variable", _SETTLEMENT),
    StatementLine("commission_back", "variable", f"{_SETTLEMENT},{_ACCOUNT}"),
    StatementLine("service_fee_back", "variable", f"{_SETTLEMENT},{_ACCOUNT}"),
    StatementLine("channel_fee_back", "variable", _SETTLEMENT),
    StatementLine("payment_fee", "variable", _COST),
    StatementLine("freight_out", "variable", _COST),
    StatementLine("packing", "variable", _COST),
    StatementLine("freight_insurance", "variable", f"{_COST},{_ACCOUNT}"),
    StatementLine("return_freight", "variable", _COST),
    StatementLine("write_off", "variable", _COST),
    StatementLine("compensation", "variable", f"{_COST},{_ACCOUNT}"),
    StatementLine("variable_cost", "variable", _V),
    StatementLine("slot_fee", "fixed", _COST),
    StatementLine("crew", "fixed", _COST),
    StatementLine("ads", "fixed", _F),
    StatementLine("samples", "fixed", _COST),
    StatementLine("gifts", "fixed", _COST),
    StatementLine("agency_fee", "fixed", _COST),
    StatementLine("plugin", "fixed", _COST),
    StatementLine("fixed_cost", "fixed", _F),
    StatementLine("contribution", "result", _ALL),
    StatementLine("true_roi", "result", _ALL),
    StatementLine("break_even_roas", "result", _V),
    StatementLine("surface_roi", "result", f"{_ORDER},{_F}"),
    StatementLine("orders", "memo", _ORDER),
    StatementLine("lines_settled_ppm", "memo", _SETTLEMENT),
    StatementLine("refund_maturity", "memo", _ORDER),
)
"""All lines of a statement, in order."""

_TOTALS = {
    "revenue": [
        "gmv_paid",
        "subsidy_platform",
        "subsidy_author",
        "refund_before_shipping",
        "refund_after_shipping",
        "subsidy_back",
    ],
    "gsv": ["gmv_paid", "refund_before_shipping", "refund_after_shipping"],
    "variable_cost": [
        s.line for s in LINES if s.section == "variable" and s.line != "variable_cost"
    ],
    "fixed_cost": [s.line for s in LINES if s.section == "fixed" and s.line != "fixed_cost"],
}
_WITH_SALES = ("revenue", "gsv")
_DERIVED = ("gmv_paid_surface", *_TOTALS, "contribution")
_RATIOS = ("true_roi", "break_even_roas", "surface_roi", "lines_settled_ppm", "refund_maturity")
_NO_AMOUNT = (*_RATIOS, "orders")
_SOURCED = [s.line for s in LINES if s.line not in (*_DERIVED, *_NO_AMOUNT)]

_ZERO_IS_A_FACT = {
    "has_orders": ["gmv_created", "gmv_paid", "subsidy_platform", "subsidy_author"],
    "has_refunds": ["refund_before_shipping", "refund_after_shipping", "subsidy_back"],
    "has_cogs": ["cogs"],
    "has_settlement": ["commission", "service_fee", "channel_fee"],
    "has_trade": ["commission_back", "service_fee_back", "channel_fee_back"],
}
"""Fact → lines of which an absent row means 0."""


def broadcast_statement(rows: pd.DataFrame, facts: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Make the statement of each campaign from its signed amounts.

    Parameters
    ----------
    rows
        `campaign_id, variant, line, amount_fen` and, where a row stands for several source rows,
        `n_rows` (else each row counts as one). `line` is a line that comes from sources, as
        gmv_paid, cogs or slot_fee; amounts are signed [fen]; equal lines are added up.
    facts
        One row per campaign and variant for which a statement is wanted: `campaign_id, variant`;
        `has_orders, has_refunds` (the lake holds any order line of the time, any refund);
        `has_cogs, has_settlement, has_trade` (any line of the campaign has a known unit cost, a
        trade_type 0 row, any settlement row); `orders` (paid orders with a share); counts of
        counted lines with a share: `lines_open` (paid, not fully refunded, of a
        platform that settles), `lines_settled` (of these, with a trade_type 0 row),
        `lines_unsettled` (of these, without one though the
        platform settles), `lines_goods` (paid, money or pieces stayed), `lines_costed` (of these,
        unit cost known); `mature_fen` (gmv_paid on lines past their refund window).
    as_of
        Business date, for the column of that name.

    Returns
    -------
    pandas.DataFrame
        Columns of table `statement`, ordered by campaign_id, variant, pos.

    Raises
    ------
    ParameterError
        If a line is unknown or is a total, or a row belongs to no campaign of `facts`.

    Notes
    -----
    contribution = R + V + F and true ROI = (R + V) / -F in ppm, half to even, where R, V, F are
    the signed totals revenue, variable_cost and fixed_cost. The statement says who was there when
    money came in (shares of lines), not what the campaign caused.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     [("b1", "base", "gmv_paid", 50_000), ("b1", "base", "slot_fee", -20_000)],
    ...     columns=["campaign_id", "variant", "line", "amount_fen"],
    ... )
    >>> counts = ["orders", "lines_open", "lines_settled", "lines_unsettled", "lines_goods"]
    >>> facts = pd.DataFrame([{"campaign_id": "b1", "variant": "base"}]).assign(
    ...     has_orders=True, has_refunds=False, has_cogs=False, has_settlement=False,
    ...     has_trade=False, lines_costed=0, mature_fen=0, **dict.fromkeys(counts, 1))
    >>> found = broadcast_statement(rows, facts, as_of=date(2026, 2, 1)).set_index("line")
    >>> found.loc[["revenue", "cogs", "contribution"], ["amount_fen", "given"]]
                  amount_fen  given
    line
    revenue            50000   True
    cogs                <NA>  False
    contribution       30000  False
    >>> int(found.value_ppm["true_roi"])
    2500000
    """
    _check(rows, facts)
    known = facts.sort_values(["campaign_id", "variant"]).set_index(["campaign_id", "variant"])
    fen, given, n_rows = _amounts(rows, known)
    _add_totals(fen, given, n_rows)
    amount = fen.astype("Int64").where(given)
    ratio, coverage = _ratios(fen, given, known), _coverage(known)
    _judge(given, n_rows, ratio, known)
    return _long(amount, given, n_rows, ratio, coverage, as_of)


def _check(rows: pd.DataFrame, facts: pd.DataFrame) -> None:
    unknown = sorted(set(rows["line"]) - set(_SOURCED))
    if unknown:
        raise ParameterError(
            f"column 'line': {unknown[0]!r} is no line that sources give; "
            f"{did_you_mean(unknown[0], _SOURCED)}"
        )
    keys = ["campaign_id", "variant"]
    lost = pd.MultiIndex.from_frame(rows[keys]).difference(pd.MultiIndex.from_frame(facts[keys]))
    if len(lost):
        raise ParameterError(f"rows of campaign and variant {lost[0]!r}, which `facts` has not")


def _amounts(
    rows: pd.DataFrame, known: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return amounts (0 where not given), which are given, and the rows behind them, wide."""
    counted = rows if "n_rows" in rows else rows.assign(n_rows=1)
    sums = counted.groupby(["campaign_id", "variant", "line"])[["amount_fen", "n_rows"]].sum()
    fen = sums["amount_fen"].astype("int64").unstack("line").reindex(known.index)
    rows_of = sums["n_rows"].astype("int64").unstack("line").reindex(known.index)
    fen, rows_of = fen.reindex(columns=_SOURCED), rows_of.reindex(columns=_SOURCED)
    given = fen.notna()
    for fact, lines in _ZERO_IS_A_FACT.items():
        given[lines] |= known[[fact]].to_numpy(dtype=bool)
    return fen.fillna(0).astype("int64"), given, rows_of.fillna(0).astype("int64")


def _add_totals(fen: pd.DataFrame, given: pd.DataFrame, n_rows: pd.DataFrame) -> None:
    for frame in (fen, given, n_rows):
        frame["gmv_paid_surface"] = frame["gmv_paid"]
    for total, parts in _TOTALS.items():
        fen[total] = fen[parts].sum(axis=1)
        n_rows[total] = n_rows[parts].sum(axis=1)
        given[total] = given["gmv_paid"] if total in _WITH_SALES else given[parts].any(axis=1)
    parts = ["revenue", "variable_cost", "fixed_cost"]
    fen["contribution"] = fen[parts].sum(axis=1)
    given["contribution"] = given["revenue"]
    n_rows["contribution"] = n_rows[parts].sum(axis=1)


def _ratios(fen: pd.DataFrame, given: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Return the ratio lines in ppm, null where they cannot be computed."""
    margin = fen["revenue"] + fen["variable_cost"]
    sales, out = given["revenue"], pd.DataFrame(index=fen.index)
    roi = true_roi(fen["revenue"], fen["variable_cost"], fen["fixed_cost"])
    out["true_roi"] = roi.where(sales & given["fixed_cost"])
    out["break_even_roas"] = ratio_ppm(fen["gsv"], margin).where(sales & (margin > 0))
    out["surface_roi"] = ratio_ppm(fen["gmv_paid_surface"], -fen["ads"]).where(sales & given["ads"])
    out["lines_settled_ppm"] = ratio_ppm(known["lines_settled"], known["lines_open"])
    out["refund_maturity"] = ratio_ppm(known["mature_fen"], fen["gmv_paid"]).where(sales)
    return out


def _coverage(known: pd.DataFrame) -> pd.DataFrame:
    settled = ratio_ppm(known["lines_settled"], known["lines_open"])
    costed = ratio_ppm(known["lines_costed"], known["lines_goods"])
    return pd.DataFrame(
        {"cogs": costed, "commission": settled, "service_fee": settled, "channel_fee": settled}
    )


def _judge(
    given: pd.DataFrame, n_rows: pd.DataFrame, ratio: pd.DataFrame, known: pd.DataFrame
) -> None:
    """Say which results are known for certain, and count the orders."""
    costed = known["lines_costed"] == known["lines_goods"]
    complete = known["has_refunds"] & costed & (known["lines_unsettled"] == 0)
    result = given["contribution"] & complete
    given["true_roi"] = result & given["fixed_cost"] & ratio["true_roi"].notna()
    given["break_even_roas"] = result & ratio["break_even_roas"].notna()
    given["contribution"] = result & given["fixed_cost"]
    for line in ("surface_roi", "lines_settled_ppm", "refund_maturity"):
        given[line] = ratio[line].notna()
    given["orders"] = known["has_orders"].astype(bool)
    n_rows["orders"] = known["orders"]
    counted = {"true_roi": "contribution", "break_even_roas": "contribution"}
    for line in _RATIOS:
        n_rows[line] = n_rows[counted.get(line, "gmv_paid")]


def _long(
    amount: pd.DataFrame,
    given: pd.DataFrame,
    n_rows: pd.DataFrame,
    ratio: pd.DataFrame,
    coverage: pd.DataFrame,
    as_of: date,
) -> pd.DataFrame:
    """Put the wide frames below each other, one row a line."""
    spec = pd.DataFrame(LINES).assign(pos=range(1, len(LINES) + 1))
    index = amount.index.repeat(len(LINES))
    out = spec.iloc[np.tile(spec.index, len(amount))].reset_index(drop=True)
    out = out.rename(columns={"sources": "source_tables"}).assign(
        campaign_id=index.get_level_values("campaign_id"),
        variant=index.get_level_values("variant"),
        as_of=as_of,
        amount_fen=_flat(amount),
        value_ppm=_flat(ratio),
        given=_flat(given).astype(bool),
        coverage_ppm=_flat(coverage),
        n_rows=_flat(n_rows).astype("int64"),
    )
    return out[list(get_table("statement").names)]


def _flat(wide: pd.DataFrame) -> pd.api.extensions.ExtensionArray:
    """Read a wide frame row by row over all lines; a line that it has not is null."""
    full = wide.astype("Int64").reindex(columns=[s.line for s in LINES])
    return pd.array(full.to_numpy(dtype=object).ravel(), dtype="Int64")
