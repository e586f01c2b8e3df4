"""The statement of a campaign over the orders that would not have come without it.

The lines, what is *given* and the formula are those of `broadcast_statement`; only the orders are
others. R and V are taken over incremental orders, F is the fixed cost of the campaign's own statement.
true ROI = (R + V) / -F with signed amounts, break-even at 1.

Decisions where the definitions leave room
------------------------------------------
- gross: Σ weight × amount, brought to the number of orders that the lift gives (the weights sum to it,
  but for orders that were not paid yet). So what an incremental order is worth comes from the orders
  themselves: more pieces, lower prices, other commissions, refunds.
- net: the gross money less that of the orders that were only brought forward. Those would have been
  ordinary orders, so each takes away the mean of an ordinary order of these weeks. To scale the gross
  money by net / gross instead is 4 to 9 % farther off on simulated worlds: a show sells two pieces at a
  discount, and what it takes from the weeks after is one piece at the ordinary price.
- the ends: the same sums with gross and net both at their lower, or both at their upper end. They say
  how sure the number of orders is; that orders differ in value is not in them. Where an order brings a
  loss, more orders are the lower end.
- given: as in `broadcast_statement`, over all lines that have a weight, however small. Otherwise
  contribution and true_roi are "at most". A line that the incremental orders do not have is not given,
  though ordinary orders have it.
- Each line is rounded once, half to even; totals are sums of rounded lines, so they add up.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from liveattr.profit.statement import ZERO_IS_A_FACT, broadcast_statement
from liveattr.tables import get_table

__all__ = ["HORIZONS", "lift_statement"]

HORIZONS = ("gross", "net")

LOWEST = "D"
"""Grade of a number of which none is said."""

_ENDS = ("", "_low", "_high")
_SECTIONS = ("revenue", "variable", "fixed", "result")
_NO_LINE = ("break_even_roas", "surface_roi")
_KEYS = ["campaign_id", "horizon", "line"]
_PARTS = ("sum_fen", "ordinary_fen", "parcel_fen")


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
        `campaign_id, line`; `sum_fen`, Σ weight × signed amount; `ordinary_fen`, mean of an ordinary
        order; `parcel_fen`, what one order is charged of bills. Null: there is no such row.
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
    With g gross orders, n net ones, S = Σ weight × amount and ā the mean of an ordinary order:
    gross = S × g / Σ weight; net = gross - (g - n) × ā; each plus what bills charge a parcel, times g or
    n. The interval is that of the number of orders alone.

    Examples
    --------
    >>> lifts = pd.DataFrame([{"campaign_id": "A", "method": "baseline", "grade": "B", "net_grade": "D",
    ...     "gross": 10.0, "gross_low": 5.0, "gross_high": 15.0, "net": 4.0, "net_low": 2.0,
    ...     "net_high": 6.0, "weight": 10.0, "restated_on": None}])
    >>> money = pd.DataFrame([("A", "gmv_paid", 1000.0, 90.0, None)],
    ...     columns=["campaign_id", "line", "sum_fen", "ordinary_fen", "parcel_fen"])
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
    net        1150000   575000   1725000
    """
    names = list(get_table("lift_statement").names)
    sizes = _sizes(lifts)
    rows = pd.concat([_amounts(sizes, money, facts), _with_fixed(sizes, fixed)], ignore_index=True)
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
    """Return one row per campaign and variant: how many orders, and how many brought forward."""
    parts = []
    for end in _ENDS:
        gross = lifts[f"gross{end}"].astype(float)
        net = lifts[f"net{end}"].astype(float)
        for horizon, orders in (("gross", gross), ("net", net)):
            part = lifts[["campaign_id", "weight"]].assign(
                variant=horizon + end, horizon=horizon, gross=gross, orders=orders
            )
            parts.append(part[gross.notna() & orders.notna()])
    sizes = pd.concat(parts, ignore_index=True)
    return sizes.assign(forward=sizes["gross"] - sizes["orders"])


def _amounts(sizes: pd.DataFrame, money: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """Return the amounts of each variant, rounded once."""
    each = money.astype(dict.fromkeys(_PARTS, float)).merge(_answers(facts), how="left")
    there = each["sum_fen"].notna() | each["parcel_fen"].notna() | each["zero"].eq(True)
    rows = sizes.merge(each[there].fillna(dict.fromkeys(_PARTS, 0.0)), on="campaign_id")
    scale = np.where(rows["weight"] == 0, 0.0, rows["gross"] / rows["weight"].replace(0, 1))
    fen = rows["sum_fen"] * scale - rows["ordinary_fen"] * rows["forward"]
    fen += rows["parcel_fen"] * rows["orders"]
    rows["amount_fen"] = np.rint(fen).astype("int64")
    return rows[["campaign_id", "variant", "line", "amount_fen"]]


def _answers(facts: pd.DataFrame) -> pd.DataFrame:
    """Say of which lines no row means 0: `campaign_id, line, zero`."""
    lines = [(fact, line) for fact, lines in ZERO_IS_A_FACT.items() for line in lines]
    known = facts.melt("campaign_id", list(ZERO_IS_A_FACT), "fact", "zero")
    answers = known.merge(pd.DataFrame(lines, columns=["fact", "line"]), on="fact")
    return answers[["campaign_id", "line", "zero"]]


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
