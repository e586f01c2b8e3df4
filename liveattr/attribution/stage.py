"""The stage `attribute`: journeys and the money of order lines → `credit`, `credit_total`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.attribution import path_summary
from liveattr.attribution.credit_path import CreditPlan
from liveattr.attribution.intervals import check_level
from liveattr.attribution.model_fit import LakeFit
from liveattr.attribution.money import GRAINS, create_credit, credit_sql
from liveattr.attribution.totals import credit_totals
from liveattr.errors import ParameterError, did_you_mean
from liveattr.lake import Summary, run_stage
from liveattr.ledger import create_line_ledger
from liveattr.settings import Settings, load_settings
from liveattr.units import as_day

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.lake import Lake

__all__ = ["attribute", "attribute_options", "roll_up"]

READS = (
    "touch",
    "journey",
    "dimension",
    "order_header",
    "order_line",
    "refund",
    "refund_line",
    "account_ledger",
    "sku_map",
    "product",
    *path_summary.READS,
)
WRITES = ("credit", "credit_total", *path_summary.WRITES)

_COUNT = """
SELECT count(*), count(*) FILTER (WHERE line NOT IN (
    SELECT line FROM credit_part WHERE touch_id = -1 AND share = 1))
FROM credit_line"""


def attribute_options(
    as_of: date,
    settings: Settings,
    plan: CreditPlan | None = None,
    grain: Sequence[str] = GRAINS,
    interval: float | None = None,
) -> dict[str, object]:
    """Return what decides the result of `attribute`, beside the tables."""
    plan = plan or CreditPlan.of(settings, as_of=as_of)
    return {
        "as_of": as_of,
        "versions": [f"{model}: {version}" for model, version in plan.versions().items()],
        "zone": settings.zone,
        "refund_window_days": settings.refund_window_days,
        "grain": list(grain),
        "interval_level": settings.interval_level if interval is None else interval,
    }


def attribute(
    lake: Lake,
    *,
    as_of: date | str,
    models: Sequence[str] | None = None,
    model_key: str | None = None,
    sku_match: str | None = None,
    lookback_days: float | None = None,
    touch_windows: Mapping[str, float] | None = None,
    grain: Sequence[str] = GRAINS,
    interval: float | None = None,
    settings: Settings | None = None,
    force: bool = False,
) -> Summary:
    """Credit each order line's money to the touches before its order, by each model.

    Parameters
    ----------
    lake
        A lake after `build_journeys`.
    as_of
        Business date: lines created and money moved before its end count.
    models
        Which models: first, last, last_non_direct, linear, position, time_decay, markov (order 1),
        markov_2, markov_3, markov_4, shapley. By default those of the settings.
    model_key
        What chains and Shapley values take for one: channel, campaign, broadcast, host, sku or
        action. By default that of the settings.
    sku_match
        none, product or category: a touch that names an SKU counts only for order lines of the same
        one. By default that of the settings.
    lookback_days, touch_windows
        [days] Shorter windows than those that the journeys were made with (kinds of touch: view,
        click, live_watch). Longer ones need new journeys.
    grain
        Dimensions over which `credit_total` sums up: channel, campaign, broadcast, host, sku, action.
    interval
        Level of the intervals, by default that of the settings.
    settings
        Zone, refund window, parameters of the rules; by default those of `liveattr.toml`.
    force
        Run although nothing has changed.

    Returns
    -------
    Summary
        Rows in: order lines.

    Raises
    ------
    ParameterError
        If a model, window, grain or level is not possible.

    Notes
    -----
    `credit` is large and keeps the latest `as_of` only; `credit_total` keeps every one, of the models
    of its last run. The money of a line is what stayed as of the date (`liveattr.ledger`), so a later
    refund changes credit with its sign, and over all values of a grain the sum is that of the
    ledger, for every model.

    Markov chains are fitted on all journeys, of buyers and of others, with `model_key` for a state.
    A journey's money is then split over its own touches by their removal effects (allocation
    `local` of `markov`): credit goes to nobody whom the buyer did not meet.
    """
    as_of = as_day(as_of)
    known = settings or load_settings()
    check_level(interval)
    for name in grain:
        if name not in GRAINS:
            raise ParameterError(f"there is no grain {name!r}; {did_you_mean(name, GRAINS)}")
    plan = CreditPlan.of(
        known,
        as_of=as_of,
        models=models,
        model_key=model_key,
        sku_match=sku_match,
        lookback_days=lookback_days,
        touch_windows=touch_windows,
    )
    return run_stage(
        lake,
        "attribute",
        options=attribute_options(as_of, known, plan, grain, interval),
        reads=READS,
        writes=WRITES,
        body=partial(
            _body,
            as_of=as_of,
            plan=plan,
            settings=known,
            grain=tuple(grain),
            interval=known.interval_level if interval is None else interval,
        ),
        force=force,
    )


def _create(
    con: DuckDBPyConnection, as_of: date, plan: CreditPlan, settings: Settings
) -> dict[str, LakeFit]:
    create_line_ledger(
        con, as_of=as_of, zone=settings.zone, refund_window_days=settings.refund_window_days
    )
    return create_credit(con, plan)


def _body(
    lake: Lake,
    *,
    as_of: date,
    plan: CreditPlan,
    settings: Settings,
    grain: tuple[str, ...],
    interval: float,
) -> Summary:
    with lake.connect(READS) as con:
        fits = _create(con, as_of, plan, settings)
        lake.write("credit", con.sql(credit_sql(as_of)))
        totals = _totals(con, plan, fits, grain, as_of, interval)
        lake.write("credit_total", totals, mode="replace_where", where={"as_of": as_of})
        summaries = path_summary.write_path_summary(lake, con, as_of, journey="credit_journey")
        [(lines, touched)] = con.execute(_COUNT).fetchall()
        [(parts,)] = con.execute("SELECT count(*) FROM credit_part").fetchall()
    return Summary(
        rows_in=lines,
        outputs={"credit": parts, "credit_total": len(totals), **summaries},
        notes=(f"{touched:,} of {lines:,} lines have a touch before them",),
    )


def _totals(
    con: DuckDBPyConnection,
    plan: CreditPlan,
    fits: Mapping[str, LakeFit],
    grain: Sequence[str],
    as_of: date,
    interval: float | None,
) -> pd.DataFrame:
    parts = [
        credit_totals(con, plan, [name], fits=fits, interval=interval)
        .rename(columns={name: "value"})
        .assign(grain=name)
        for name in grain
    ]
    return pd.concat(parts, ignore_index=True).assign(as_of=as_of, level=interval)


def roll_up(
    lake: Lake,
    by: Sequence[str] = ("broadcast", "host", "sku"),
    *,
    as_of: date | str,
    models: Sequence[str] | None = None,
    model_key: str | None = None,
    sku_match: str | None = None,
    lookback_days: float | None = None,
    touch_windows: Mapping[str, float] | None = None,
    interval: float | None = None,
    settings: Settings | None = None,
) -> pd.DataFrame:
    """Sum credit up by several dimensions at once, with intervals.

    Parameters
    ----------
    lake
        A lake after `build_journeys`.
    by
        Dimensions of the touch: channel, campaign, broadcast, host, sku, action.
    as_of
        Business date.
    models, model_key, sku_match, lookback_days, touch_windows
        As for `attribute`.
    interval
        Level of the interval of `net_fen`, by default that of the settings.
    settings
        As for `attribute`.

    Returns
    -------
    pandas.DataFrame
        `model, version`, the dimensions, `orders` [orders], `net_fen` [fen], `low`, `high` [fen], `n`
        [lines]. Over all rows of a model `net_fen` sums to the ledger, to the fen; over the rows of
        one broadcast to what `credit_total` has for it.

    See Also
    --------
    attribute : writes the sums over single dimensions into the lake.
    """
    day = as_day(as_of)
    known = settings or load_settings()
    check_level(interval)
    plan = CreditPlan.of(
        known,
        as_of=day,
        models=models,
        model_key=model_key,
        sku_match=sku_match,
        lookback_days=lookback_days,
        touch_windows=touch_windows,
    )
    with lake.connect(READS) as con:
        fits = _create(con, day, plan, known)
        level = known.interval_level if interval is None else interval
        return credit_totals(con, plan, by, fits=fits, interval=level)
