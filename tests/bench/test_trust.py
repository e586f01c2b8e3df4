"""Tests of trust are tests themselves: each passes what is sound, and fails what is not."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc

from liveattr.bench.trust import TESTS, trust
from liveattr.bench.trust_copy import lake_copy, tell_of
from liveattr.bench.trust_events import judge_events, plant_broadcasts
from liveattr.bench.trust_goods import never_shown
from liveattr.bench.trust_halves import halves_of, split_halves
from liveattr.bench.trust_intent import hidden_intent
from liveattr.bench.trust_read import read_donors
from liveattr.bench.trust_rules import Range, judge, judge_share, share_interval
from liveattr.bench.trust_spike import judge_spikes, planted_orders, quiet_days, spikes_of
from liveattr.bench.trust_world import UserRates, judge_worlds, world_values
from liveattr.cli.trust import told
from liveattr.errors import ParameterError
from liveattr.identity import resolve
from liveattr.lake import open_lake
from liveattr.settings import Settings
from liveattr.tables import get_table
from tests.bench.trust_world import AS_OF, ROOM, full, moment, shop_lake

QUICK = ("never_shown", "aa_split", "hidden_intent", "world_coverage")
numbers = st.floats(-3, 3)


@given(numbers, st.floats(0, 2), st.floats(0, 2))
def test_a_pass_lies_between_the_ends_that_are_printed(
    found: float, down: float, up: float
) -> None:
    good = Range(-0.1, 0.1, -0.5, 0.5)
    row = judge("t", (found, found - down, found + up), good, wanted=0, n=9, unit="ratio", note="")
    touches = found - down <= good.high and found + up >= good.low
    clean = found - down > good.bad_low and found + up < good.bad_high
    assert row.verdict == ("fail" if not touches else "pass" if clean else "unsure")
    if row.low is not None and row.high is not None:
        assume(min(abs(found - row.low), abs(found - row.high)) > 1e-9)
        assert (row.verdict == "pass") == (row.low < found < row.high)
    else:
        assert row.verdict != "pass"


@pytest.mark.parametrize(
    ("hits", "n", "verdict"),
    [(0, 40, "pass"), (5, 40, "pass"), (9, 40, "unsure"), (12, 40, "fail"), (1, 9, "unsure")],
)
def test_shares_have_exact_intervals(hits: int, n: int, verdict: str) -> None:
    share, low, high = share_interval(hits, n)
    assert share == hits / n and bdtr(hits, n, high) == pytest.approx(0.05)
    assert hits == 0 == low or bdtrc(hits - 1, n, low) == pytest.approx(0.05)
    row = judge_share("t", hits, n, Range(0.07, 0.13, bad_high=0.3), wanted=0.1, note="")
    assert row.verdict == verdict
    inside = row.low is not None and row.high is not None and row.low <= hits / n <= row.high
    assert inside == (verdict == "pass")


def made_credit(repeats: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Three campaigns of 60 people with some lines each, and an interval drawn over lines or people."""
    rng = np.random.default_rng(1)
    rows = [
        (campaign, person, int(fen))
        for campaign in "ABC"
        for person in range(60)
        for fen in [rng.integers(100, 900)] * 4
    ]
    credit = pd.DataFrame(rows, columns=["campaign_id", "person", "net_fen"])
    unit = credit["person"] if repeats == 1 else credit.index % (60 * repeats)
    sums = credit.groupby([credit["campaign_id"], unit])["net_fen"].sum()
    whole = credit.groupby("campaign_id")["net_fen"].sum()
    half = 1.645 * np.sqrt((sums.astype(float) ** 2).groupby("campaign_id").sum())
    ends = pd.DataFrame({"low": whole - half, "high": whole + half, "level": 0.9}).reset_index()
    return credit, ends


def test_halves_agree_within_an_interval_over_people_and_not_within_one_over_lines() -> None:
    credit, ends = made_credit(1)
    right = split_halves(credit, ends, seed=1)
    assert (right.verdict, right.n) == ("pass", 60)
    shuffled = credit.sample(frac=1, random_state=4)
    assert split_halves(shuffled, ends.iloc[::-1], seed=1) == right
    assert split_halves(*made_credit(4), seed=1).verdict == "fail"
    assert split_halves(credit, ends.assign(low=None, high=None), seed=1).verdict == "not_run"
    both = halves_of(pd.Index(range(5000)), "salt")
    assert 0.45 < both.mean() < 0.55 and (both != halves_of(pd.Index(range(5000)), "other")).any()


def goods(on: float, off: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ten SKUs of which a room shows three on every fourth day; what it does to them and to the others."""
    rng = np.random.default_rng(2)
    live = range(10, 90, 4)
    shown = pd.DataFrame([(day, (day + k) % 10) for day in live for k in range(3)])
    shown.columns = pd.Index(["day", "sku"])
    listed = set(shown.itertuples(index=False, name=None))
    rows = [
        (day, sku, int(rng.poisson(40 * (1 + ((on if (day, sku) in listed else off) if day in live else 0)))))
        for day in range(100)
        for sku in range(10)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["day", "sku", "n"]), shown


def test_goods_off_the_list_tell_a_room_from_a_festival() -> None:
    room = never_shown(*goods(0.5, 0.0), room="r", seed=1)
    assert room.verdict == "pass" and room.found == pytest.approx(0, abs=0.1)
    assert never_shown(*goods(0.5, 0.5), room="r", seed=1).verdict != "pass"
    assert never_shown(*goods(0.3, 0.6), room="r", seed=1).verdict == "fail"
    assert never_shown(*goods(0.0, 0.0), room="r", seed=1).verdict == "unsure"
    sold, shown = goods(0.5, 0.0)
    assert never_shown(sold, shown.iloc[:0], room="r", seed=1).verdict == "not_run"
    again = never_shown(sold.sample(frac=1, random_state=1), shown.iloc[::-1], room="r", seed=1)
    assert again == room


def test_planted_orders_are_whole_and_away_from_shows() -> None:
    orders = np.full(120, 50)
    busy = np.zeros(120, bool)
    busy[[40, 80]] = True
    groups = quiet_days(busy, seed=5, most=12)
    days = np.concatenate(groups)
    assert len(set(days.tolist())) == 12 and (np.abs(days[:, None] - [40, 80]) > 3).all()
    spikes = planted_orders(orders, groups[0], 0.2)
    assert (spikes.added.sum(axis=1) == 30).all() and (np.diff(spikes.added) <= 0).all()
    assert spikes.into(orders).sum() - orders.sum() == spikes.added.sum()
    assert (orders == 50).all()


@pytest.mark.parametrize(
    ("share", "noise", "verdict"), [(1.0, 6, "pass"), (0.5, 6, "fail"), (1.0, 90, "unsure")]
)
def test_an_estimator_that_loses_planted_orders_fails(
    share: float, noise: float, verdict: str
) -> None:
    orders = np.full(200, 60, dtype=np.int64)
    rng = np.random.default_rng(8)

    def estimate(seen: NDArray[np.int64], days: NDArray[np.int64]) -> pd.DataFrame:
        added = (seen - orders)[days[:, None] + np.arange(7)].sum(axis=1)
        gross = share * added + noise * rng.standard_normal(len(days))
        return pd.DataFrame({"gross": gross, "low": gross - 2 * noise, "high": gross + 2 * noise})

    groups = quiet_days(np.zeros(200, bool), seed=1, most=25)
    found = spikes_of(orders, groups, 0.2, estimate)
    row = judge_spikes("spike_series_20", found)
    assert (row.verdict, row.n) == (verdict, 25)
    assert judge_spikes("spike_series_20", found.head(4)).verdict == "not_run"


def donors() -> tuple[pd.DataFrame, pd.DataFrame]:
    keys = [
        {"platform": platform, "shop_id": "s", "order_id": f"o{n}"}
        for n in range(20)
        for platform in ("douyin", "youzan")
    ]
    header = [
        {**key, "status": "paid", "currency": "CNY", "account_token": f"m{at}"}
        for at, key in enumerate(keys)
    ]
    line = [
        {**key, "line_id": f"{key['platform']}{key['order_id']}/{n}", "qty": 1, "paid_fen": 70}
        for key in keys
        for n in (1, 2)
    ]
    live = {"live_platform": "douyin", "live_token": [f"v{at}" for at in range(len(keys))]}
    times = {f"{k}_at": pd.Timestamp(moment(3, h)) for k, h in (("created", 9), ("paid", 9.5))}
    never = pd.Series(pd.NaT, range(len(keys)), dtype="datetime64[us, UTC]")
    none = {"finished_at": never, "updated_at": never}
    return full("order_header", header).assign(**live, **times, **none), full("order_line", line)


def test_a_planted_order_has_a_path_and_its_donors_money() -> None:
    counts = {date(2026, 1, 9): np.array([30, 9, 2]), date(2026, 1, 30): np.array([5, 0, 1])}
    headers, lines = donors()
    made = plant_broadcasts(headers, lines, counts, zone="Asia/Shanghai", seed=3)
    assert made.by_broadcast.to_dict() == {"trust_20260109": 41, "trust_20260130": 6}
    assert made.in_room == 35
    for name, rows in made.rows.items():
        table = get_table(name)
        assert set(rows.columns) <= set(table.names), name
        assert not rows.duplicated(list(table.key)).any(), name
    seen = made.rows["event"].assign(order_id=made.rows["event"]["event_id"].str.split("-").str[0])
    path = seen.pivot_table(index="order_id", columns="name", values="event_at", aggfunc="first")
    head = made.rows["order_header"].set_index("order_id")
    path = path.join(head[["created_at", "paid_at", "account_token"]])
    assert (path["live_enter"] < path["live_product_click"]).all()
    assert (path["live_product_click"] < path["created_at"]).all()
    assert (path["paid_at"] - path["created_at"] == pd.Timedelta(hours=0.5)).all()
    who = seen.set_index("order_id")["account_token"].str[1:].groupby(level=0).first()
    assert (who == path["account_token"].str[1:]).all()
    assert made.rows["order_line"]["paid_fen"].sum() == 47 * 2 * 70
    mixed = headers.sample(frac=1, random_state=1)
    again = plant_broadcasts(mixed, lines, counts, zone="Asia/Shanghai", seed=3)
    pd.testing.assert_frame_equal(again.orders, made.orders)


def test_a_pipeline_that_loses_touches_fails() -> None:
    planted = pd.Series({"b1": 100, "b2": 90})
    row = {"gross_low": 80.0, "gross_high": 115.0, "level": 0.9}
    each = [{"subject": "b1", "gross": 97.0, **row}, {"subject": "b2", "gross": 95.0, **row}]
    lifts = pd.DataFrame(each)
    assert judge_events("e", lifts, planted, 0.97).verdict == "pass"
    assert judge_events("e", lifts, planted, 0.5).verdict == "fail"
    assert judge_events("e", lifts.assign(gross=None), planted, 0.97).verdict == "not_run"
    wrong = lifts.assign(gross=lifts["gross"] / 3, gross_low=20.0, gross_high=45.0)
    assert judge_events("e", wrong, planted, 0.97).verdict == "fail"


def test_weak_intent_that_would_do_fails() -> None:
    rows = pd.DataFrame(
        [("r1", 2.5, 90, 200.0, 150.0, 250.0), ("r2", 1.1, 90, 20.0, 15.0, 25.0), ("r3", 2.5, None, 200.0, 1.0, 400.0)],
        columns=["subject", "hazard_ratio", "people", "gross", "gross_low", "gross_high"],
    )  # fmt: skip
    assert [row.verdict for row in hidden_intent(rows)] == ["pass", "fail", "unsure"]
    assert hidden_intent(rows.iloc[:0])[0].verdict == "not_run"


def test_worlds_take_the_rates_of_the_shop() -> None:
    from liveattr.simulate.parameters import parameters_of

    rates = UserRates(30_000, 120, 60_000, 0.9, 0.3, 11.0, 0.25)
    values = world_values(rates)
    made = parameters_of("demo", values)
    assert made.size.persons == 20_000 and made.calendar.own_share == 0.9
    assert made.order_life.refund_kol > 0.4 and made.calendar.kol_gap_low <= 11
    busier = world_values(UserRates(30_000, 120, 120_000))
    assert values["purchase.base"] + 1 < busier["purchase.base"] < values["purchase.base"] + 1.5
    with pytest.raises(ParameterError, match="need people"):
        world_values(UserRates(0, 120, 9))


def test_worlds_whose_intervals_miss_fail() -> None:
    rows = pd.DataFrame(
        {"world": range(60), "subject_kind": "room", "measure": "orders", "gross": 100.0}
    )
    rows = rows.assign(low=80.0, high=[120.0] * 54 + [90.0] * 6)
    values = world_values(UserRates(5_000, 120, 9_000))
    assert judge_worlds(rows, values).verdict == "pass"
    missing = rows.assign(high=[120.0] * 30 + [90.0] * 30)
    assert judge_worlds(missing, values).verdict == "fail"


def test_the_stage_writes_once_and_keeps_what_was_not_asked_for(tmp_path: Path) -> None:
    lake = shop_lake(tmp_path / "lake")
    first = trust(lake, as_of=AS_OF, tests=QUICK)
    rows = lake.table("trust").set_index(["test", "subject"])
    verdicts = rows["verdict"].droplevel("subject").to_dict()
    assert verdicts == {**dict.fromkeys(QUICK, "pass"), "world_coverage": "not_run"}
    assert rows.loc[("never_shown", ROOM), "n"] == 18 and not first.skipped
    assert trust(lake, as_of=AS_OF, tests=QUICK).skipped
    version = lake.versions()["trust"]
    one = trust(lake, as_of=AS_OF, tests=["aa_split"])
    assert not one.skipped and lake.versions()["trust"] == version
    for lang in ("zh", "en"):
        table = told(lake.table("trust"), lang)
        assert len(table) == 4 and not table.isna().any().any()
    with pytest.raises(ParameterError, match="never_shown"):
        trust(lake, as_of=AS_OF, tests=["never_shwn"])
    assert set(QUICK) < set(TESTS)


def test_a_copy_of_a_lake_leaves_the_lake_alone(tmp_path: Path) -> None:
    lake = shop_lake(tmp_path / "lake")
    before = {p: p.read_bytes() for p in lake.path.rglob("*") if p.is_file()}
    with lake_copy(lake) as copy:
        assert len(copy.table("order_line")) == len(lake.table("order_line")) > 0
        copy.write("campaign", full("campaign", [{"campaign_id": "new"}]), mode="append")
        copy.write("broadcast", copy.table("broadcast").head(1))
        assert set(copy.table("campaign")["campaign_id"]) == {"A", "new"}
        assert set(lake.table("campaign")["campaign_id"]) == {"A"}
        place = copy.path
    assert not place.exists()
    assert {p: p.read_bytes() for p in lake.path.rglob("*") if p.is_file()} == before


@pytest.mark.slow
def test_planted_orders_go_through_every_stage(tiny_demos: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_demos / "world_tiny", tmp_path / "world")
    lake = open_lake(tmp_path / "world" / "lake")
    resolve(lake)
    with lake.connect() as con:
        found = read_donors(con, moment(60))
    assert found is not None and set(found[0]["live_platform"]) == {"douyin"}
    days = [date(2026, 1, 24), date(2026, 2, 3), date(2026, 2, 13), date(2026, 2, 22)]
    counts = {day: np.array([30, 9, 3, 1]) for day in days}
    made = plant_broadcasts(*found, counts, zone="Asia/Shanghai", seed=1)
    with lake_copy(lake) as copy:
        said = tell_of(copy, made.rows, as_of=AS_OF, settings=Settings())
    assert said.credited / made.in_room > 0.9
    row = judge_events("e", said.lifts, made.by_broadcast, said.credited / made.in_room)
    assert row.n == 4 and row.found == pytest.approx(1, abs=0.2)
