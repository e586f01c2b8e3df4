"""What a broadcast brought, against what it is known to have brought."""

import numpy as np
import pandas as pd
import pytest

from liveattr.errors import ParameterError
from liveattr.stocking.events import event_uplift
from liveattr.stocking.pooling import pool_groups
from tests.stocking.shops import days_of

HOSTS = {"a": 1.8, "b": 4.0}


def shows(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A shop of 6 SKUs that err together from day to day, with 16 shows; and what each show brought."""
    rng = np.random.default_rng(seed)
    count = 200
    on = np.zeros(count, bool)
    on[12::12] = True
    host = np.where(on, rng.choice(list(HOSTS), count), None)
    lift = pd.Series(host).map(HOSTS).fillna(1.0).to_numpy() * np.exp(0.1 * rng.normal(size=count))
    swing = rng.gamma(50, 1 / 50, count)
    level = np.array([3.0, 5, 8, 2, 4, 10])[:, None] * swing
    plain = rng.poisson(level)
    extra = np.where(on, rng.poisson(level * np.maximum(lift - 1, 0)), 0)
    frames = [
        pd.DataFrame({"sku_id": f"S{i}", "on": days_of(count), "units": row.astype(float)})
        for i, row in enumerate(plain + extra)
    ]
    marks = {"live_show": np.tile(on * 1.0, 6), "host": np.tile(host, 6), "in_stock": True}
    truth = pd.DataFrame({"on": days_of(count), "extra": extra.sum(0)})[on]
    return pd.concat(frames, ignore_index=True).assign(**marks), truth


def test_intervals_hold_what_shows_brought() -> None:
    inside = []
    for seed in range(12):
        history, truth = shows(seed)
        told = event_uplift(history, event="live_show", group="host")
        assert list(told["on"]) == list(truth["on"]) and (told["skus"] == 6).all()
        assert (told["units"] - told["expected"] - told["brought"]).abs().max() < 1e-9
        extra = truth["extra"].to_numpy()
        inside += list((told["low"] <= extra) & (extra <= told["high"]))
        assert abs(told["brought"].sum() / extra.sum() - 1) < 0.12
    assert 0.84 < np.mean(inside) < 0.96


def test_hosts_are_told_apart_and_pooled() -> None:
    told = pd.concat(event_uplift(shows(seed)[0], group="host") for seed in range(4))
    usual = told.groupby("group")["pooled"].mean()
    assert usual["a"] == pytest.approx(1.8, rel=0.15) and usual["b"] == pytest.approx(4, rel=0.15)
    assert told["pooled"].std() < told["factor"].std(), "pooling draws single shows together"
    assert (told["pooled_low"] < told["pooled"]).all()


@pytest.mark.parametrize(("hosts", "shown"), [(3, 4), (5, 7)])
def test_interval_of_a_host_holds_what_the_host_brings_as_a_rule(hosts: int, shown: int) -> None:
    held = []
    for seed in range(30):
        rng = np.random.default_rng([41, seed])
        rule = 4.0 * np.exp(0.3 * rng.normal(size=hosts))
        on = rng.permutation(150)[: hosts * shown]
        host, factor = np.full(150, None, object), np.ones(150)
        host[on] = [f"h{k % hosts}" for k in range(len(on))]
        factor[on] = rule[np.arange(len(on)) % hosts] * np.exp(0.2 * rng.normal(size=len(on)))
        history = pd.DataFrame(
            {"sku_id": "S", "on": days_of(150), "units": rng.poisson(20 * factor)}
        )
        history = history.assign(in_stock=True, host=host, live_show=pd.notna(host) * 1.0)
        told = event_uplift(history, event="live_show", group="host")
        assert told.groupby("group")["usual"].nunique().eq(1).all()
        line = told.drop_duplicates("group").set_index("group").sort_index()
        held += list((line["usual_low"] <= rule) & (rule <= line["usual_high"]))
    assert 0.83 < np.mean(held) < 0.99


def test_pooling_knows_its_limits() -> None:
    value, codes = np.array([0.0, 0.2, 1.0, 1.2]), np.array([0, 0, 1, 1])
    sure = pool_groups(value, np.full(4, 1e-6), codes)
    assert sure.event == pytest.approx(value, abs=1e-3)
    unsure = pool_groups(value, np.full(4, 100.0), codes)
    assert unsure.event == pytest.approx(np.full(4, 0.6), abs=1e-6)
    assert unsure.between == 0 and (unsure.event_sd > 4.9).all(), "sd of the mean of 4"
    alone = pool_groups(np.array([0.5]), np.array([0.04]), np.array([0]))
    assert alone.event == pytest.approx([0.5]) and np.isfinite(alone.event_sd).all()


def test_nothing_to_tell_and_wrong_names() -> None:
    history, _ = shows(1)
    assert event_uplift(history.assign(live_show=0.0), event="live_show").empty
    assert event_uplift(history.head(0)).empty
    for wrong in ({"event": "x"}, {"group": "x"}, {"level": 1.0}):
        with pytest.raises(ParameterError):
            event_uplift(history, **wrong)
