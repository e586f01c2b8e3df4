"""How much of each SKU to order: up to a quantile of the window, then what can really be bought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import TableError
from liveattr.stocking.goods import clean_stock
from liveattr.stocking.grades import abc_xyz
from liveattr.stocking.lots import Lots
from liveattr.stocking.newsvendor import (
    QuantileCurves,
    critical_ratio,
    expected_left,
    expected_short,
    quantile_at,
)
from liveattr.stocking.order_reasons import reasons_json
from liveattr.stocking.order_steps import Bought, buy
from liveattr.stocking.policy import OrderPolicy
from liveattr.stocking.windows import (
    ForecastRows,
    Window,
    daily_means,
    forecast_rows,
    window_demand,
)

__all__ = ["ORDER_COLUMNS", "plan_orders"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ORDER_COLUMNS = tuple(
    """as_of sku_id name category supplier_id on_hand reserved in_transit returns_due available mean_7 mean_30
    days demand_mean demand_p50 demand_p80 demand_p95 event_units service_level safety_stock reorder_point
    order_up_to suggested_qty unit_cost_fen unit_price_fen review_days amount_fen
    stockout_on cover_days short_cost_fen over_cost_fen unit_short_cost unit_over_cost abc xyz demand_class
    model_used fallback_reason basis reasons diagnosis previous_qty previous_on""".split()
)
CAUSES = ("price", "page", "logistics")
"""Causes that more stock does not mend."""
SHOWN = {"demand_p50": 0.5, "demand_p80": 0.8, "demand_p95": 0.95}
YEAR = 365.0
LEAST = 1e-9
"""A cost of a piece left over is never quite 0, so that a ratio exists."""
FELT = 0.5
"""[pieces] Fewer are no reason."""


@dataclass(frozen=True)
class _Worth:
    """What a piece short and a piece over cost [fen], and the level that follows."""

    short: Floats
    over: Floats
    level: Floats
    at_loss: Flags
    priced: Flags
    """Margin known, so the costs are those of the merchant, not implied by a target."""


def plan_orders(
    forecast: pd.DataFrame,
    stock: pd.DataFrame,
    policy: OrderPolicy | None = None,
    *,
    diagnosis: pd.DataFrame | None = None,
    previous: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Suggest an order for each SKU, and say why.

    Parameters
    ----------
    forecast
        sku_id, from_on, days, quantile, units [pieces, before refunds]; if there: mean, event_units,
        demand_class, model_used, fallback_reason, basis. As `forecast_demand` gives it for the two
        windows of `order_windows` (lead plus review, and lead alone); single days beside them make
        the day of the stock-out follow the planned broadcasts. SKUs without a row in `stock` are left
        out.
    stock
        One row a SKU: sku_id, on_hand [pieces]; if there: reserved, in_transit, returns_due [pieces],
        mean_7, mean_30 [pieces a day], weekly_cv, unit_cost_fen, unit_price_fen, lead_time_days,
        review_days, pack, moq [pieces], min_order_fen (the largest of a supplier counts),
        shelf_life_days, name, category, supplier_id.
    policy
        The merchant's rules; by default `OrderPolicy()`.
    diagnosis
        sku_id, cause, strength [chance]; several rows a SKU: the strongest counts. Causes price, page
        and logistics cap the order; stock, none and a strength that is not known do not.
    previous
        sku_id, suggested_qty, as_of of earlier plans; the newest counts.

    Returns
    -------
    pandas.DataFrame
        The columns of table `order_plan` with `sku_id` in place of `merchant_sku`, sorted by it.
        `suggested_qty` is 0 or whole packs, never below 0; `reasons` is JSON, codes in
        `liveattr.stocking.order_reasons.REASON_CODES`.

    Raises
    ------
    TableError
        A needed column is missing, a SKU stands twice in `stock`, or the forecast tells one quantile
        twice.

    Notes
    -----
    S = quantile of the window at the level cu / (cu + co); cu = kept margin of a piece, co = cost ×
    (holding + ageing) a year × review period. Need = S - (on hand - reserved + in transit +
    returns due, as far as they count). Then whole packs upwards, the least order, shelf life, the supplier's
    minimum and the budget, each with its reason. Where rounding up costs more in expectation than to
    order nothing, nothing is ordered and the reason ends in `too_much`.

    A diagnosed product is ordered up to `diagnosis_cap` at most. Shelf life: no more than is wanted,
    in the mean, within lead time and the usable part of the shelf life, whole packs downwards. Price
    not known: the class target decides, with the costs that it implies. Cost not known: the same, and
    the SKU stands outside budget and minimum, without amount.

    Wrong where what is short is not lost but bought later; where a piece left over does not sell
    within about a review (then co is too low; `max_cover_days` bounds what packs and minima add); for
    the last order of a product that goes out; and where suppliers do not keep their lead times: these
    are taken as sure. Returns are taken at their mean.
    """
    rules = policy or OrderPolicy()
    goods = clean_stock(stock, rules)
    skus = pd.Index(goods["sku_id"])
    lead = goods["lead"].to_numpy(np.int64)
    days = lead + goods["review"].to_numpy(np.int64)
    rows = forecast_rows(forecast, skus)
    window, ahead = window_demand(rows, days), window_demand(rows, lead).curves
    graded = _graded(goods, window, days)
    worth = _worth(goods, graded["abc"], rules)
    position = _position(goods)
    target, cause = _target(window, worth, skus, diagnosis, rules)
    lots = _lots(goods, window.curves, position, worth)
    bought = buy(lots, goods, window, worth.priced & ~worth.at_loss & (cause == ""), target, rules)
    plan = _stock_columns(goods).assign(days=days, demand_mean=window.mean)
    for name, level in SHOWN.items():
        plan[name] = quantile_at(window.curves, level)
    plan["event_units"], plan["service_level"] = window.event, worth.level
    plan["safety_stock"] = np.maximum(bought.target - window.mean, 0.0)
    plan["reorder_point"] = np.where(worth.at_loss, 0.0, quantile_at(ahead, worth.level))
    plan["order_up_to"], plan["suggested_qty"] = bought.target, bought.qty.astype(np.int64)
    plan["amount_fen"] = plan["unit_cost_fen"] * plan["suggested_qty"]
    end = _runs_out(rows, window, plan, rules)
    first = window.told["from_on"]
    plan["stockout_on"] = first + pd.to_timedelta(pd.Series(end.day), unit="D")
    plan["cover_days"] = end.cover
    plan = plan.assign(**_wrong_costs(lots, bought.qty, worth, goods))
    plan["abc"], plan["xyz"] = graded["abc"], graded["xyz"]
    for name in ("demand_class", "model_used", "fallback_reason", "basis"):
        plan[name] = window.told[name]
    plan["reasons"] = _reasons(goods, window, plan, bought, worth, cause, end, rules)
    plan["diagnosis"] = np.where(cause != "", cause, np.array(None, object))
    plan["as_of"] = first - pd.Timedelta(days=1)
    return plan.assign(**_previous(skus, previous))[list(ORDER_COLUMNS)]


def _graded(goods: pd.DataFrame, window: Window, days: NDArray[np.int64]) -> pd.DataFrame:
    each = goods["price"].fillna(goods["cost"]).to_numpy()
    value = window.mean / days * np.nan_to_num(each)
    return abc_xyz(goods[["sku_id", "weekly_cv"]].assign(value_fen=value))


def _worth(goods: pd.DataFrame, abc: pd.Series, rules: OrderPolicy) -> _Worth:
    """Costs by SKU: the merchant's where known, else those that the class target implies."""
    price, cost = goods["price"].to_numpy(), goods["cost"].to_numpy()
    margin = rules.kept_share * (price - cost)
    rate = (rules.holding_per_year + rules.ageing_per_year) / YEAR
    over = np.maximum(cost * rate * goods["review"].to_numpy(), LEAST)
    known = np.isfinite(margin)
    at_loss = known & ~(margin > 0) & (not rules.order_at_loss)
    target = abc.map(dict(rules.class_targets)).to_numpy(float)
    ratio = np.clip(critical_ratio(margin, over), rules.service_floor, rules.service_ceiling)
    own = known & (margin > 0)
    level = np.where(own & (rules.service == "ratio"), ratio, target)
    over = np.where(np.isfinite(over), over, 1.0 - target)
    short = np.where(own, margin, over * target / (1.0 - target))
    return _Worth(short, over, np.where(at_loss, 0.0, level), at_loss, known)


def _position(goods: pd.DataFrame) -> Floats:
    owned = goods["on_hand"] - goods["reserved"] + goods["in_transit"]
    return (owned + goods["returns_due"]).to_numpy()


def _target(
    window: Window,
    worth: _Worth,
    skus: pd.Index,
    diagnosis: pd.DataFrame | None,
    rules: OrderPolicy,
) -> tuple[Floats, NDArray[np.object_]]:
    """Return the order-up-to level, and the cause by which it is capped ('': not)."""
    target = np.where(worth.at_loss, 0.0, quantile_at(window.curves, worth.level))
    none = np.full(len(skus), "", dtype=object)
    if diagnosis is None or rules.diagnosis_cap is None:
        return target, none
    _need("diagnosis", diagnosis, ("sku_id", "cause", "strength"))
    acts = diagnosis[
        diagnosis["cause"].isin(CAUSES)
        & (pd.to_numeric(diagnosis["strength"], errors="coerce") >= rules.diagnosis_strength)
    ]
    strongest = acts.sort_values(["strength", "cause"], ascending=[False, True], kind="stable")
    cause = strongest.drop_duplicates("sku_id").set_index("sku_id")["cause"].reindex(skus)
    named = cause.notna().to_numpy()
    if isinstance(rules.diagnosis_cap, str):
        cap = window.mean
    else:
        cap = quantile_at(window.curves, rules.diagnosis_cap)
    binds = named & (target > cap)
    return np.where(binds, cap, target), np.where(binds, cause.to_numpy(object), "")


def _lots(goods: pd.DataFrame, curves: QuantileCurves, position: Floats, worth: _Worth) -> Lots:
    pack = goods["pack"].to_numpy()
    first = np.maximum(np.ceil(goods["moq"].to_numpy() / pack), 1.0) * pack
    cost = np.nan_to_num(goods["cost"].to_numpy())
    none = np.zeros(len(goods))
    return Lots(curves, position, worth.short, worth.over, cost, pack, first, none)


def _stock_columns(goods: pd.DataFrame) -> pd.DataFrame:
    names = ["sku_id", "name", "category", "supplier_id", "returns_due", "mean_7", "mean_30"]
    plan = goods[names].copy()
    for name in ("on_hand", "reserved", "in_transit"):
        plan[name] = goods[name].astype("int64")
    plan["available"] = plan["on_hand"] - plan["reserved"] + plan["in_transit"]
    plan["unit_cost_fen"] = goods["cost"].astype("Int64")
    plan["unit_price_fen"] = goods["price"].round().astype("Int64")
    plan["review_days"] = goods["review"]
    return plan


@dataclass(frozen=True)
class _End:
    """When what is available is gone at the mean."""

    day: Floats
    """[days] Whole days from the first day on; NaN: not within the horizon."""
    until: Floats
    """[days] The same with its part of the day, at least 1 where something is there; NaN as above."""
    cover: Floats
    """[days] At the mean of the window; NaN: nothing is wanted."""


def _runs_out(rows: ForecastRows, window: Window, plan: pd.DataFrame, rules: OrderPolicy) -> _End:
    days, mean = plan["days"].to_numpy(), window.mean
    there = np.maximum(plan["available"].to_numpy(float), 0.0)
    horizon = max(rules.horizon_days, int(days.max(initial=1)))
    rate = daily_means(rows, horizon)
    rate = np.where(np.isnan(rate), (mean / days)[:, None], rate)
    gone = np.cumsum(rate, axis=1)
    reached = (gone >= there[:, None]) & (gone > 0)
    ends, at = reached.any(axis=1), reached.argmax(axis=1)
    of_day = rate[np.arange(len(at)), at]
    left = there - (gone[np.arange(len(at)), at] - of_day)
    part = np.divide(left, of_day, out=np.zeros(len(at)), where=of_day > 0)
    until = np.where(there > 0, np.maximum(at + np.clip(part, 0.0, 1.0), 1.0), 0.0)
    cover = np.divide(there * days, mean, out=np.full(len(mean), np.nan), where=mean > 0)
    day = np.where(ends, at.astype(float), np.nan)
    return _End(day, np.where(ends, until, np.nan), cover)


def _wrong_costs(
    lots: Lots, qty: Floats, worth: _Worth, goods: pd.DataFrame
) -> dict[str, pd.Series]:
    """Return what it costs, in expectation, that the order turns out too small or too large; and by the piece."""
    after = lots.position + qty
    margin = np.where(worth.at_loss, 0.0, worth.short)
    short = pd.Series(margin * expected_short(lots.curves, after)).round()
    over = pd.Series(worth.over * expected_left(lots.curves, after)).round()
    known = goods["cost"].notna()
    return {
        "short_cost_fen": short.where(worth.priced).astype("Int64"),
        "over_cost_fen": over.where(known).astype("Int64"),
        "unit_short_cost": pd.Series(margin).where(known),
        "unit_over_cost": pd.Series(worth.over).where(known),
    }


def _reasons(
    goods: pd.DataFrame,
    window: Window,
    plan: pd.DataFrame,
    bought: Bought,
    worth: _Worth,
    cause: NDArray[np.object_],
    end: _End,
    rules: OrderPolicy,
) -> NDArray[np.object_]:
    days, cover = plan["days"].to_numpy(), np.nan_to_num(end.cover)
    nothing, wanted = bought.need <= 0, window.mean > 0
    back = goods["returns_due"].to_numpy()
    given = {
        "negative_margin": (worth.at_loss, ()),
        "diagnosis_cap": (cause != "", (cause,)),
        **bought.reasons,
        "stockout": (wanted & (end.until <= days), (np.nan_to_num(end.until),)),
        "enough": (nothing & wanted & ~worth.at_loss, (cover,)),
        "demand_window": (window.known, (days, window.mean)),
        "event": (window.event >= FELT, (window.event,)),
        "returns": (back >= FELT, (back,)),
        "new_sku": (window.known & (plan["demand_class"] == "new").to_numpy(), ()),
        "no_forecast": (~window.known, ()),
        "no_stock": (goods["no_stock"].to_numpy(), ()),
        "no_terms": (goods["no_terms"].to_numpy(), ()),
        "no_cost": (goods["cost"].isna().to_numpy(), ()),
        "no_price": (goods["price"].isna().to_numpy(), ()),
    }
    return reasons_json(given, len(plan))


def _need(name: str, frame: pd.DataFrame, columns: tuple[str, ...]) -> None:
    lacking = [column for column in columns if column not in frame]
    if lacking:
        raise TableError(f"{name} lacks the columns {', '.join(lacking)}")


def _previous(skus: pd.Index, previous: pd.DataFrame | None) -> dict[str, pd.Series]:
    if previous is None or not len(previous):
        none = pd.Series(pd.NA, index=range(len(skus)), dtype="Int64")
        return {"previous_qty": none, "previous_on": pd.Series(pd.NaT, index=none.index)}
    _need("previous", previous, ("sku_id", "suggested_qty", "as_of"))
    on = pd.to_datetime(previous["as_of"])
    newest = previous.assign(as_of=on).sort_values("as_of", kind="stable")
    last = newest.drop_duplicates("sku_id", keep="last").set_index("sku_id").reindex(skus)
    qty = pd.to_numeric(last["suggested_qty"]).round().astype("Int64").reset_index(drop=True)
    return {"previous_qty": qty, "previous_on": last["as_of"].reset_index(drop=True)}
