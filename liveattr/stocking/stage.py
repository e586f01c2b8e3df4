"""The stage `plan_stock`: orders, broadcasts, counts and terms → `demand_forecast`, `demand_backtest`, `order_plan`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.lake import Lake, Summary, run_stage
from liveattr.settings import Settings, load_settings
from liveattr.stocking.backtest import backtest_demand
from liveattr.stocking.demand import PANEL_READS, read_calendar, read_panel
from liveattr.stocking.for_orders import DAYS_AHEAD, order_forecast
from liveattr.stocking.goods import order_windows
from liveattr.stocking.order_lines import plan_orders
from liveattr.stocking.policy import OrderPolicy
from liveattr.stocking.supply import SUPPLY_READS, read_supply
from liveattr.tables import get_table
from liveattr.units import as_day

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["OPTIONS", "READS", "WRITES", "plan_choices", "plan_stock", "policy_of"]

READS = tuple(dict.fromkeys((*PANEL_READS, *SUPPLY_READS, "diagnosis")))
WRITES = ("demand_forecast", "demand_backtest", "order_plan")
OPTIONS = (
    "zone",
    "stock_service",
    "stock_holding_per_year",
    "stock_ageing_per_year",
    "stock_budget_fen",
    "stock_lead_days",
    "stock_review_days",
)
"""Settings that decide the result."""
FEWEST_DAYS = 28
"""[days] Of orders, before anything is planned."""
RECENT = 90
LEAST_KEPT = 0.3
TOLD_BY = "auto"
TRIED = (TOLD_BY, "empirical", "last_7", "last_30")
REVIEWS = 4
USUAL = ("live_minutes", "price_ratio")
"""Orders played in the backtest."""


_CAUSES = """
SELECT merchant_sku AS sku_id, cause, strength FROM diagnosis WHERE as_of = $as_of
ORDER BY merchant_sku, broadcast_id"""

_BEFORE = """
SELECT merchant_sku AS sku_id, suggested_qty, as_of FROM order_plan
WHERE as_of < CAST($as_of AS DATE) ORDER BY as_of, merchant_sku"""


def plan_choices(as_of: date, settings: Settings) -> dict[str, object]:
    """Return what decides the result of `plan_stock`, beside the tables."""
    return {"as_of": as_of, **{name: getattr(settings, name) for name in OPTIONS}}


def policy_of(settings: Settings, kept_share: float = 1.0) -> OrderPolicy:
    """Return the rules for orders that the settings tell."""
    return OrderPolicy(
        service=settings.stock_service,
        holding_per_year=settings.stock_holding_per_year,
        ageing_per_year=settings.stock_ageing_per_year,
        budget_fen=settings.stock_budget_fen,
        lead_time_days=settings.stock_lead_days,
        review_days=settings.stock_review_days,
        kept_share=kept_share,
    )


def plan_stock(
    lake: Lake, *, as_of: date | str, settings: Settings | None = None, force: bool = False
) -> Summary:
    """Forecast demand, say how well that would have gone, and what to order.

    Parameters
    ----------
    lake
        A lake with orders; broadcast plans, counts of stock, terms and purchase orders as far as there
        are any.
    as_of
        Business date: what was known at its end. Results of other dates stay.
    settings
        Zone and the settings `stock_…`; by default those of `liveattr.toml`.
    force
        Run although nothing has changed.

    Returns
    -------
    Summary
        Rows in: SKU × days. Notes say what is suggested and what was lacking, or why nothing was planned.

    Notes
    -----
    Writes the rows of `as_of` in `demand_forecast` (single days of the 2,000 SKUs that sell most, and the sums
    over lead time plus review and over the lead time of all), `demand_backtest` and `order_plan`.
    Deterministic: same tables, same bytes. No person is read. The suggestion of the time before stands
    beside the new one; it decides nothing. What is assumed, and where it fails: `docs/stocking.md`.
    """
    known, day = settings or load_settings(), as_day(as_of)
    return run_stage(
        lake,
        "plan_stock",
        options=plan_choices(day, known),
        reads=READS,
        writes=WRITES,
        body=lambda opened: _body(opened, day, known),
        force=force,
    )


def _body(lake: Lake, as_of: date, settings: Settings) -> Summary:
    with lake.connect(READS) as con:
        panel = read_panel(con, as_of, settings.zone)
        lacking = _lacking(panel)
        frames = {} if lacking else _planned(lake, con, as_of, panel, settings)
    for table in WRITES:
        frame = frames.get(table, _no_rows(table)).assign(as_of=as_of)
        lake.write(table, frame, mode="replace_where", where={"as_of": as_of})
    return Summary(
        rows_in=len(panel),
        outputs={table: len(frames.get(table, ())) for table in WRITES},
        notes=(lacking,) if lacking else _notes(frames["order_plan"]),
    )


def _planned(
    lake: Lake, con: DuckDBPyConnection, as_of: date, panel: pd.DataFrame, settings: Settings
) -> dict[str, pd.DataFrame]:
    """Return the rows of the tables that are written."""
    rules = policy_of(settings, _kept_share(panel, as_of))
    stock = read_supply(
        con,
        as_of,
        panel,
        settings.zone,
        default_lead_days=rules.lead_time_days,
        default_review_days=rules.review_days,
    )
    windows = order_windows(stock, rules).set_index("sku_id")
    ahead = max(DAYS_AHEAD, int(windows["window_days"].max()))
    calendar = as_usual(read_calendar(con, as_of, ahead, settings.zone), panel)
    causes = con.sql(_CAUSES, params={"as_of": as_of}).df()
    told = order_forecast(panel, calendar, stock, rules)
    plan = plan_orders(told, stock, rules, diagnosis=causes, previous=_previous(lake, as_of))
    tested = backtest_demand(
        panel,
        pd.DataFrame(),
        models=TRIED,
        lead_time_days=windows["lead_days"].to_dict(),
        review_days=rules.review_days,
        reviews=REVIEWS,
    )
    tested["champion"] = tested["model"] == TOLD_BY
    kept = told.drop(columns=["mean", "event_units"]).rename(columns={"sku_id": "merchant_sku"})
    orders = plan.drop(columns="as_of").rename(columns={"sku_id": "merchant_sku"})
    return {"demand_forecast": kept, "demand_backtest": tested, "order_plan": orders}


def as_usual(calendar: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
    """Return the calendar with the rooms' usual minutes on the days that no plan reaches.

    After the last day with a planned broadcast each SKU is taken to be on air, at the price, as on average in the last
    28 days: an unwritten plan is not a month off air. Shows are never assumed.
    """
    planned = calendar.loc[calendar["live_minutes"] > 0, "on"]
    later = calendar["on"] > (planned.max() if len(planned) else pd.Timestamp.min)
    recent = panel[panel["on"] > panel["on"].max() - pd.Timedelta(days=DAYS_AHEAD)]
    usual = recent.groupby("sku_id")[[*USUAL]].mean().reindex(calendar["sku_id"])
    filled = calendar.copy()
    for name in USUAL:
        value = usual[name].fillna(calendar[name].reset_index(drop=True).set_axis(usual.index))
        filled[name] = calendar[name].where(~later, value.to_numpy())
    return filled


def _lacking(panel: pd.DataFrame) -> str | None:
    """Say why nothing can be planned; None: it can."""
    days = panel["on"].nunique()
    if days == 0:
        return "no order of a product with a merchant's code: nothing to plan"
    if days < FEWEST_DAYS:
        return f"{days} days of orders; orders are planned from {FEWEST_DAYS} days on"
    return None


def _kept_share(panel: pd.DataFrame, as_of: date) -> float:
    """Return the share of pieces of the last 90 days that was not refunded so far."""
    recent = panel[panel["on"] > pd.Timestamp(as_of) - pd.Timedelta(days=RECENT)]
    sold = float(recent["units"].sum())
    kept = float(recent["net_units"].sum()) / sold if sold > 0 else 1.0
    return min(max(kept, LEAST_KEPT), 1.0)


def _previous(lake: Lake, as_of: date) -> pd.DataFrame | None:
    """Return what was suggested before; it is shown, it decides nothing."""
    if "order_plan" not in lake.versions():
        return None
    return lake.sql(_BEFORE, as_of=as_of.isoformat())


def _no_rows(table: str) -> pd.DataFrame:
    return pd.DataFrame({column.name: [] for column in get_table(table).columns}, dtype=object)


def _notes(plan: pd.DataFrame) -> tuple[str, ...]:
    wanted = plan[plan["suggested_qty"] > 0]
    notes = [f"{len(wanted):,} of {len(plan):,} SKUs to order"]
    lacking = {
        "without supply terms or cost": plan["unit_cost_fen"].isna(),
        "told by another model than asked for": plan["fallback_reason"].notna(),
        "capped, as more stock does not mend them": plan["diagnosis"].notna(),
    }
    return (*notes, *(f"{int(n.sum()):,} {what}" for what, n in lacking.items() if n.any()))
