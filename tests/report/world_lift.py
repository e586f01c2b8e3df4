"""Lift over a lake that has none: a show with a number, a month without one, and tests."""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from liveattr.lake import Lake, open_lake
from tests.report.world import AS_OF, LIVE, SERIES, Rows, frame

SHOW_ON = date(2026, 1, 22)
EACH_FEN = (12_000, -5_000)
"""Kept sales and variable cost of one order that would not have come without the show."""
FIXED_FEN = 201_000
ROOM_ID = "douyin/acc-1"


def lift_row(subject: str, method: str, kind: str = "campaign", **known: Any) -> dict[str, Any]:
    return {
        "method": method,
        "subject_kind": kind,
        "subject": subject,
        "as_of": AS_OF,
        "since_on": SHOW_ON,
        "until_on": SHOW_ON + timedelta(days=2),
        "n": 210,
        "level": 0.9,
        "chosen": False,
        **known,
    }


def interval(name: str, value: float, low: float, high: float) -> dict[str, float]:
    return {name: value, f"{name}_low": low, f"{name}_high": high}


BASELINE = lift_row(
    LIVE,
    "baseline",
    chosen=True,
    **interval("gross", 29.6, 17.2, 42.5),
    **interval("net", 19.4, 10.1, 33.0),
    grade="B",
    net_grade="D",
    p_value=0.01,
    mde=18.3,
    placebo_rate=0.136,
    placebo_n=44,
    width_factor=1.22,
)
HAZARD = lift_row(
    LIVE, "hazard", **interval("gross", 35.1, 33.0, 37.4), grade="C", people=812, tipping=1.8
)
ROOM = lift_row(ROOM_ID, "baseline", "room", reason="overlapping")
MONTH = lift_row(SERIES, "pooled", chosen=True, reason="no_off_days", mde=61.0)


def statement(name: str = LIVE, fixed: int | None = -FIXED_FEN, lift: Any = BASELINE) -> Rows:
    """What `settle_lift` makes: lines and results over gross and net orders."""
    rows: Rows = []
    for horizon in ("gross", "net"):
        orders = [lift[horizon], lift[f"{horizon}_low"], lift[f"{horizon}_high"]]
        kept, cost = ([round(n * fen) for n in orders] for fen in EACH_FEN)
        gain = [k + c + (fixed or 0) for k, c in zip(kept, cost, strict=True)]
        key = {"campaign_id": name, "as_of": AS_OF, "horizon": horizon, "given": fixed is not None}
        key |= {"method": lift["method"], "grade": lift["grade"] if horizon == "gross" else "D"}
        key |= {"restated_on": date(2026, 1, 28), "section": "result"}
        rows += [
            key | {"line": "revenue", "pos": 1, "amount_fen": kept[0], "section": "revenue"},
            key | {"line": "variable_cost", "pos": 2, "amount_fen": cost[0], "section": "variable"},
            key | {"line": "fixed_cost", "pos": 3, "amount_fen": fixed, "section": "fixed"},
            key | {"line": "contribution", "pos": 4, "amount_fen": gain[0]}
            | {"low_fen": gain[1], "high_fen": gain[2]},
        ]  # fmt: skip
        if fixed:
            ppm = [round((k + c) / -fixed * 1e6) for k, c in zip(kept, cost, strict=True)]
            rows.append(
                key | {"line": "true_roi", "pos": 5, "value_ppm": ppm[0]}
                | {"low_ppm": ppm[1], "high_ppm": ppm[2]}
            )  # fmt: skip
    return rows


def days(name: str = LIVE) -> Rows:
    """Three weeks before the show to three weeks after: a peak, an echo, a dip."""
    rows: Rows = []
    for at in range(-21, 22):
        base = 60 + 8 * math.sin(at * 2 * math.pi / 7) + 0.1 * at
        added = {0: 19.0, 1: 7.5, 2: 3.1}.get(at, -14.0 if 3 < at < 9 else 2 * math.sin(at * 1.7))
        rows.append(
            {"campaign_id": name, "as_of": AS_OF, "day_on": SHOW_ON + timedelta(days=at)}
            | {"n_orders": round(base + added), "baseline": base, "low": base - 9, "high": base + 9}
            | {"held": 0 <= at <= 2, "level": 0.9}
        )
    return rows


def orders(lake: Lake, name: str = LIVE) -> Rows:
    """All orders of Douyin share the gross lift."""
    heads = lake.sql("SELECT platform, shop_id, order_id FROM order_header ORDER BY order_id")
    part = BASELINE["gross"] / len(heads)
    key = {"campaign_id": name, "as_of": AS_OF, "weight": part}
    return [key | {str(k): v for k, v in each.items()} for each in heads.to_dict("records")]


def tested(subject: str, test: str, verdict: str, **known: Any) -> dict[str, Any]:
    said = {"subject": subject, "test": test, "as_of": AS_OF, "verdict": verdict, "n": 0}
    return said | {"unit": "share", "note": "", **known}


TRUST = [
    tested("(all)", "fake_broadcasts", "unsure", found=0.3, n=9),
    tested(ROOM_ID, "fake_broadcasts", "pass", found=0.091, wanted=0.1, low=0.05, high=0.17,
           n=44, note="after the interval was made wider"),
    tested("(all)", "aa_split", "fail", found=-0.19, wanted=0.0, low=-0.11, high=0.11, n=1_311),
    tested("(all)", "spike_series_20", "pass", found=0.97, wanted=1.0, low=0.9, high=1.1,
           n=24, unit="ratio", as_of=AS_OF - timedelta(days=7)),
    tested("(all)", "hidden_intent", "unsure", found=1.8, low=1.5, n=1, unit="odds"),
    tested("(all)", "world_coverage", "not_run", note="liveattr trust --worlds 50"),
    tested("(all)", "<i>hers</i>", "pass", found=12.4, high=20.0, n=3, unit="orders"),
]  # fmt: skip


def add_lift(folder: Path) -> Lake:
    """Write lift, its statement, days, orders and tests into a lake."""
    lake = open_lake(folder, threads=1)
    shows = lake.sql("SELECT * FROM broadcast ORDER BY broadcast_id")
    lake.write("broadcast", shows.assign(account_id="acc-1"))
    for name, rows in {
        "lift": [BASELINE, HAZARD, ROOM, MONTH],
        "lift_statement": statement(),
        "lift_day": [*days(), *days(SERIES)],
        "lift_order": orders(lake),
        "trust": TRUST,
    }.items():
        lake.write(name, frame(name, rows))
    return lake
