"""The statement of a campaign over the orders that would not have come without it.

The lines, what is *given* and the formula are those of `broadcast_statement`; only the orders are
others. R and V are taken over incremental orders, F is the fixed cost of the campaign's own statement.
true ROI = (R + V) / -F with signed amounts, break-even at 1.

Decisions where the definitions leave room
------------------------------------------
- gross: Σ weight × amount, brought to the number of orders that the lift gives (the weights sum to it,
  but for orders that were not paid yet). So what an incremental order is worth comes from the orders
  themselves: their pieces, prices, commissions and refunds.
- net: the gross money times net / gross. To take off the orders that were brought forward at the price
  of an ordinary order instead is no better on simulated worlds where the value of an incremental order
  is known well (1 point of margin), and much worse where it is not: a small difference of large sums.
- the ends: the same money times the lower and the upper number of orders. They say how sure the number
  of orders is; that orders differ in value is not in them. Where an order brings a loss, more orders
  are the lower end.
- given: as in `broadcast_statement`, over all lines that have a weight, however small. Otherwise
  contribution and true_roi are "at most".
- Each line is rounded once, half to even; totals are sums of rounded lines, so they add up.

Where it is wrong: orders that would have come anyway, but bigger or cheaper because of the campaign.
Only whole orders are counted, so a show that sells two pieces instead of one, also to those who would
have bought one, is worth more than is said here (on simulated worlds 5 % of its gross margin and a
fifth of its net margin, with the true numbers of orders).
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from liveattr.profit.statement import broadcast_statement
from liveattr.tables import get_table

__all__ = ["HORIZONS", "lift_statement"]

HORIZONS = ("gross", "net")

LOWEST = "D"
"""Grade of a number of which none is said."""

_ENDS = ("", "_low", "_high")
_SECTIONS = ("revenue", "variable", "fixed", "result")
_NO_LINE = ("break_even_roas", "surface_roi")
_KEYS = ["campaign_id", "horizon", "line"]
_PARTS = ("sum_fen", "parcel_fen")


def lift_statement(
    lifts: pd.DataFrame,
    money: pd.DataFrame,
    fixed: pd.DataFrame,
    facts: pd.DataFrame,
    *,
    as_of: date,
) -> pd.DataFrame:
    """Make the statement of each campaign over its incremental orders, gross and net.

    Parameters
    ----------
    lifts
        One row per campaign: `campaign_id, method, grade, net_grade`; `gross, gross_low, gross_high,
        net, net_low, net_high` [orders] (`gross` is there, the others may be null); `weight`, the sum of
        the weights behind `money` [orders]; `restated_on`.
    money
        `campaign_id, line`; `sum_fen`, Σ weight × signed amount; `parcel_fen`, what one order is charged
        of bills. Null: there is no such row.
    fixed
        `campaign_id, line, amount_fen`: fixed costs, negative.
    facts
        One row per campaign, as `broadcast_statement` takes it, without `variant` and `mature_fen`.
    as_of
        Business date, for the column of that name.

    Returns
    -------
    pandas.DataFrame
        Columns of table `lift_statement`, ordered by campaign_id, horizon, pos. A campaign without a net
        lift has no rows of the horizon net.

    Notes
    -----
    An amount is (Σ weight × amount / Σ weight + what bills charge a parcel) × orders, where orders are
    gross, net, or an end of theirs. The interval is that of the number of orders alone.

    Examples
    --------
    >>> lifts = pd.DataFrame([{"campaign_id": "A", "method": "baseline", "grade": "B", "net_grade": "D",
    ...     "gross": 10.0, "gross_low": 5.0, "gross_high": 15.0, "net": 4.0, "net_low": 2.0,
    ...     "net_high": 6.0, "weight": 10.0, "restated_on": None}])
    >>> money = pd.DataFrame([("A", "gmv_paid", 1000.0, None)],
    ...     columns=["campaign_id", "line", "sum_fen", "parcel_fen"])
    >>> fixed = pd.DataFrame([("A", "crew", -400)], columns=["campaign_id", "line", "amount_fen"])
    >>> counts = ["orders", "lines_open", "lines_settled", "lines_unsettled", "lines_goods"]
    >>> facts = pd.DataFrame([{"campaign_id": "A"}]).assign(
    ...     has_orders=True, has_refunds=False, has_cogs=False, has_settlement=False,
    ...     has_trade=False, lines_costed=0, **dict.fromkeys(counts, 1))
    >>> made = lift_statement(lifts, money, fixed, facts, as_of=date(2026, 2, 1))
    >>> made[made.line == "true_roi"].set_index("horizon")[["value_ppm", "low_ppm", "high_ppm"]]
             value_ppm  low_ppm  high_ppm
    horizon
    gross      2500000  1250000   3750000
    net        1000000   500000   1500000
    """
    names = list(get_table("lift_statement").names)
    sizes = _sizes(lifts)
    rows = pd.concat([_amounts(sizes, money), _with_fixed(sizes, fixed)], ignore_index=True)
    known = sizes[["campaign_id", "variant"]].merge(facts.assign(mature_fen=0), on="campaign_id")
    made = broadcast_statement(rows, known, as_of=as_of)
    made = made[made["section"].isin(_SECTIONS) & ~made["line"].isin(_NO_LINE)]
    end = made["variant"].str.extract(r"(_low|_high)$", expand=False).fillna("")
    made = made.assign(end=end, horizon=made["variant"].str.removesuffix("_low"))
    made["horizon"] = made["horizon"].str.removesuffix("_high")
    out = made[made["end"].eq("")].merge(_ends(made), on=_KEYS, how="left")
    out = out.merge(lifts[["campaign_id", "method", "grade", "net_grade", "restated_on"]])
    grade = out["grade"].where(out["horizon"].eq("gross"), out["net_grade"])
    out["grade"] = grade.astype("str").where(grade.notna(), LOWEST)
    return out.sort_values(["campaign_id", "horizon", "pos"], ignore_index=True)[names]


def _sizes(lifts: pd.DataFrame) -> pd.DataFrame:
    """Return how many orders each variant has: gross and net, and the ends of both."""
    variants = [horizon + end for horizon in HORIZONS for end in _ENDS]
    sizes = lifts.melt(["campaign_id", "weight"], variants, "variant", "orders")
    return sizes.astype({"orders": float}).dropna(subset="orders")


def _amounts(sizes: pd.DataFrame, money: pd.DataFrame) -> pd.DataFrame:
    """Return the amounts of each variant, rounded once."""
    each = money.astype(dict.fromkeys(_PARTS, float)).fillna(dict.fromkeys(_PARTS, 0.0))
    rows = sizes.merge(each, on="campaign_id")
    scale = np.where(rows["weight"] == 0, 0.0, rows["orders"] / rows["weight"].replace(0, 1))
    fen = rows["sum_fen"] * scale + rows["parcel_fen"] * rows["orders"]
    rows["amount_fen"] = np.rint(fen).astype("int64")
    return rows[["campaign_id", "variant", "line", "amount_fen"]]


def _with_fixed(sizes: pd.DataFrame, fixed: pd.DataFrame) -> pd.DataFrame:
    return sizes[["campaign_id", "variant"]].merge(fixed, on="campaign_id")


def _ends(made: pd.DataFrame) -> pd.DataFrame:
    """Return the least and the most of each result at the lift and its ends; null without both."""
    ends = made[made["section"].eq("result")]
    columns = {"amount_fen": ("low_fen", "high_fen"), "value_ppm": ("low_ppm", "high_ppm")}
    found = []
    for column, (low, high) in columns.items():
        both = ends.groupby(_KEYS)[column].agg(["min", "max", "count"])
        both = both.where(both["count"].eq(len(_ENDS)))
        found.append(both[["min", "max"]].rename(columns={"min": low, "max": high}))
    return pd.concat(found, axis=1).astype("Int64").reset_index()
