"""Goods without a past of their own: their like, and what all goods have in common."""

import numpy as np
import pandas as pd
import pytest

from liveattr.errors import ParameterError
from liveattr.stocking.exposure import exposure_of
from liveattr.stocking.forecast import forecast_demand
from liveattr.stocking.members import fit_global
from liveattr.stocking.panel import demand_matrices
from tests.stocking.shops import days_of, plan, promo, series

DAYS, OLD, NEW = 200, 40, 30


def shop_with_new(own: int, spread: float = 0.0) -> tuple[pd.DataFrame, np.ndarray]:
    """Goods of one level whose promotions bring five times as much, the last `NEW` known for `own` days."""
    rng = np.random.default_rng(31)
    lift = 5.0 * np.exp(rng.normal(0.0, spread, OLD + NEW))[:, None]
    on = promo(DAYS + 28) > 0
    mean = np.exp(rng.normal(1.5, 0.3, OLD + NEW))[:, None] * np.where(on, lift, 1.0)
    units = rng.poisson(mean)
    frames = [series(f"S{i:02d}", row[:DAYS]) for i, row in enumerate(units)]
    frames = [f if i < OLD else f.tail(own) for i, f in enumerate(frames)]
    return pd.concat(frames, ignore_index=True), mean[:, DAYS:]


def calendar() -> pd.DataFrame:
    ahead = plan(DAYS)
    return pd.concat([ahead.assign(sku_id=f"S{i:02d}") for i in range(OLD + NEW)])


def of_new(told: pd.DataFrame, column: str) -> np.ndarray:
    mine = told[(told["sku_id"] >= f"S{OLD}") & (told["quantile"] == 0.5)]
    return mine.pivot(index="sku_id", columns="from_on", values=column).to_numpy()


@pytest.mark.parametrize("own", [0, 5, 12])
def test_promotions_move_new_goods_too(own: int) -> None:
    history, truth = shop_with_new(own)
    on, mine = promo(28, DAYS) > 0, truth[OLD:]
    told = forecast_demand(history, calendar())
    mean = of_new(told, "mean")
    assert mean.shape == mine.shape, "a SKU that only the calendar names has its rows"
    assert abs(mean[:, on].sum() / mine[:, on].sum() - 1) < 0.1
    assert abs(mean[:, ~on].sum() / mine[:, ~on].sum() - 1) < 0.1
    extra = of_new(told, "event_units").sum() / (mine[:, on].sum() * 0.8)
    assert abs(extra - 1) < 0.12, "four fifths of a promotion's pieces would not come without it"
    sums = forecast_demand(history, calendar(), sum_over_days=14)
    assert of_new(sums, "mean")[:, 0] == pytest.approx(mean[:, :14].sum(1))
    assert of_new(sums, "event_units").sum() > 0


def test_own_days_of_a_promotion_do_not_raise_the_level() -> None:
    history, truth = shop_with_new(12)
    shown = history[(history["sku_id"] < f"S{OLD}") | (history["promo"] > 0)]
    mean = of_new(forecast_demand(shown, calendar()), "mean")
    assert abs(mean.sum() / truth[OLD:].sum() - 1) < 0.1


def test_interval_knows_that_goods_differ_in_what_a_promotion_brings() -> None:
    history, _ = shop_with_new(0, spread=0.5)
    panel = demand_matrices(history, calendar(), 28)
    fitted = fit_global(panel, 28)
    calm, with_event = exposure_of(panel, fitted, [0]).stray[0]
    assert with_event > 3 * max(calm, 0.01)
    alike, _ = shop_with_new(0)
    same = exposure_of(demand_matrices(alike, calendar(), 28), fitted, [0, 14])
    assert same.stray[0][1] < 0.05 and same.stray[14].shape == (1,)
    wide, narrow = (
        forecast_demand(h, calendar(), quantiles=(0.1, 0.5, 0.9)) for h in (history, alike)
    )
    on = promo(28, DAYS) > 0

    def width(told: pd.DataFrame) -> float:
        ends = told[told["sku_id"] >= f"S{OLD}"].pivot_table(
            index="from_on", columns="quantile", values="units"
        )
        return float(((ends[0.9] - ends[0.1]) / ends[0.5])[on].mean())

    assert width(wide) > 1.3 * width(narrow)


def test_what_only_the_calendar_names_takes_its_category_from_there() -> None:
    rng = np.random.default_rng(32)
    parts = [
        series(f"{kind}{i}", rng.poisson(level, 120)).assign(category=kind, price_band="?")
        for kind, level in (("cheap", 20.0), ("dear", 2.0))
        for i in range(6)
    ]
    history = pd.concat(parts)
    names = history["sku_id"].unique()
    ahead = pd.concat(
        [plan(120).assign(sku_id=s, category=s[:-1]) for s in names]
        + [plan(120).assign(sku_id="first show", category="dear")]
    )
    told = forecast_demand(history, ahead, sum_over_days=10)
    mine = told[told["sku_id"] == "first show"]
    assert mine["mean"].iloc[0] == pytest.approx(20.0, rel=0.15)
    assert set(mine["fallback_reason"]) == {"only the calendar names this SKU"}
    assert set(mine["basis"]) == {"analogue"} and set(mine["demand_class"]) == {"new"}
    some = forecast_demand(history, ahead, sum_over_days=dict.fromkeys(names, 10))
    pd.testing.assert_frame_equal(some, told[told["sku_id"] != "first show"].reset_index(drop=True))
    past = ahead[ahead["sku_id"] != "first show"]
    gone = pd.DataFrame({"sku_id": ["gone"], "on": days_of(1, 50), "promo": [1.0]})
    assert "gone" not in set(
        forecast_demand(history, pd.concat([past, gone]), sum_over_days=10)["sku_id"]
    )
    with pytest.raises(ParameterError, match="make both text"):
        forecast_demand(history, ahead.assign(sku_id=7), sum_over_days=10)
