"""Orders that nobody placed, with all that would have led to them: broadcasts planted into a lake's copy.

Pure: frames in, rows to append out. What the stages make of them is compared with what was planted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.bench.trust_rules import Range, TrustRow, judge, not_run

__all__ = ["ACCOUNT", "GOOD_RATIO", "Planted", "judge_events", "plant_broadcasts"]

ACCOUNT = "liveattr_trust"
"""Account of the planted broadcasts: a room of its own, that no shop has."""
SOURCE = "trust"
GOOD_RATIO = Range(0.9, 1.1, 0.5, 1.5)
"""Found for planted: so near passes; half or half as much again is plainly wrong."""
GOOD_CREDIT = 0.8
"""Credit must find this part of the orders that were placed minutes after a click in the room."""

BEGIN_H, LAST_S = 20, 2 * 3600
"""[h, s] A planted broadcast begins at 20:00 and lasts two hours."""
CLICK_S, ORDER_S = 120, 420
"""[s] From the entry to the click, and at most from there to the order."""


@dataclass(frozen=True)
class Planted:
    """What was planted.

    Attributes
    ----------
    rows
        Table → rows to append: campaign, broadcast, event, order_header, order_line.
    orders : pandas.DataFrame
        `broadcast_id, platform, shop_id, order_id, later`: days after the broadcast.
    """

    rows: Mapping[str, pd.DataFrame]
    orders: pd.DataFrame

    @property
    def by_broadcast(self) -> pd.Series:
        """Orders of each planted broadcast."""
        return self.orders.groupby("broadcast_id").size()

    @property
    def in_room(self) -> int:
        """Orders placed in the room, minutes after the click."""
        return int((self.orders["later"] == 0).sum())


def plant_broadcasts(
    headers: pd.DataFrame,
    lines: pd.DataFrame,
    counts: Mapping[date, NDArray[np.int64]],
    *,
    zone: str,
    seed: int,
) -> Planted:
    """Make broadcasts with viewers, clicks and orders.

    Parameters
    ----------
    headers : pandas.DataFrame
        Rows of `order_header`, with `live_platform` (one for all) and `live_token`: who the buyer
        is in a live room. A planted order is one of them at another time: same person, same shop.
    lines : pandas.DataFrame
        Their rows of `order_line`: same goods, same money.
    counts
        Day of a broadcast → orders on that day, the next one, and so on.
    zone
        The shop's zone.
    seed
        Decides who orders and when.

    Returns
    -------
    Planted
        Every planted order has a path: its person enters the room and clicks on a product; who orders on
        the day itself does so minutes later, the others on a later day at the hour of the donor's order.
    """
    rng = np.random.default_rng(seed)
    headers = headers.sort_values(["platform", "shop_id", "order_id"]).reset_index(drop=True)
    shows = _shows(list(counts), str(headers["live_platform"].iloc[0]), zone)
    drawn = _drawn(headers, shows, counts, rng)
    made = _headers(headers, drawn)
    key = ["platform", "shop_id", "order_id"]
    rows = {
        "campaign": _campaigns(shows),
        "broadcast": shows.assign(source=SOURCE),
        "event": _events(drawn, shows),
        "order_header": made,
        "order_line": _lines(lines, drawn),
    }
    named = {name: _stamped(frame) for name, frame in rows.items()}
    return Planted(named, drawn[["broadcast_id", *key, "later"]])


def _shows(days: list[date], platform: str, zone: str) -> pd.DataFrame:
    names = [f"trust_{day:%Y%m%d}" for day in days]
    begin = pd.to_datetime(days) + pd.Timedelta(hours=BEGIN_H)
    start = begin.tz_localize(zone).tz_convert("UTC")
    return pd.DataFrame(
        {
            "broadcast_id": names,
            "campaign_id": names,
            "platform": platform,
            "platform_room_id": [f"room_{name}" for name in names],
            "host_id": ACCOUNT,
            "account_id": ACCOUNT,
            "start_at": start,
            "end_at": start + pd.Timedelta(seconds=LAST_S),
            "business_on": days,
        }
    )


def _drawn(
    headers: pd.DataFrame,
    shows: pd.DataFrame,
    counts: Mapping[date, NDArray[np.int64]],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Draw a donor for each planted order, and its moments."""
    each = [np.repeat(np.arange(len(n)), n) for n in counts.values()]
    show = np.repeat(np.arange(len(each)), [len(later) for later in each])
    later = np.concatenate(each)
    donor = rng.integers(0, len(headers), len(later))
    picked = headers.iloc[donor].reset_index(drop=True)
    starts = shows["start_at"].dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    start = starts[show]
    enter = start + _seconds(rng.integers(0, LAST_S - CLICK_S - ORDER_S, len(later)))
    click = enter + _seconds(rng.integers(10, CLICK_S, len(later)))
    order = click + _seconds(rng.integers(10, ORDER_S, len(later)))
    of_day = picked["created_at"].dt.floor("D")
    hour = (picked["created_at"] - of_day).to_numpy()
    next_ = starts.astype("datetime64[D]")[show] + hour
    made = np.where(later == 0, order, next_ + later.astype("timedelta64[D]"))
    number = [f"trust{seq:08d}d{after}" for seq, after in enumerate(later.tolist())]
    keys = {name: picked[name].to_numpy() for name in ("platform", "shop_id")}
    ids = {"broadcast_id": shows["broadcast_id"].to_numpy()[show], "order_id": number}
    moments = {"enter_at": enter, "click_at": click, "made_at": made}
    times = {name: pd.to_datetime(value, utc=True) for name, value in moments.items()}
    said = {name: picked[name].to_numpy() for name in ("live_platform", "live_token")}
    said |= {"donor": donor, "later": later}
    donated = {"donor_order_id": picked["order_id"].to_numpy()}
    room = {"room_id": shows["platform_room_id"].to_numpy()[show]}
    return pd.DataFrame({**ids, **keys, **times, **said, **donated, **room})


def _seconds(value: NDArray[np.int64]) -> NDArray[np.timedelta64]:
    return np.asarray(value.astype("timedelta64[s]"))


def _headers(headers: pd.DataFrame, drawn: pd.DataFrame) -> pd.DataFrame:
    """Return the donors' headers with other ids and moments."""
    picked = headers.iloc[drawn["donor"]].reset_index(drop=True)
    shift = drawn["made_at"] - picked["created_at"]
    moved = {name: picked[name] + shift for name in ("paid_at", "finished_at", "updated_at")}
    nothing = {"source_code": None, "link_id": None, "version": None}
    return picked.assign(
        order_id=drawn["order_id"], created_at=drawn["made_at"], **moved, **nothing
    ).drop(columns=["live_platform", "live_token"])


def _lines(lines: pd.DataFrame, drawn: pd.DataFrame) -> pd.DataFrame:
    """Return the donors' lines with other ids; orders in the room's own shop name the room."""
    key = ["platform", "shop_id", "donor_order_id"]
    told = (drawn["later"] == 0) & (drawn["platform"] == drawn["live_platform"])
    of_room = drawn.assign(of_room=drawn["room_id"].where(told))[[*key, "order_id", "of_room"]]
    joined = lines.rename(columns={"order_id": "donor_order_id"}).merge(of_room, on=key)
    joined = joined.sort_values(["order_id", "line_id"]).reset_index(drop=True)
    number = joined.groupby("order_id").cumcount().astype(str)
    return joined.assign(
        line_id=joined["order_id"] + "-" + number,
        room_id=joined["of_room"],
        host_id=None,
        video_id=None,
    )[[name for name in lines.columns]]


def _events(drawn: pd.DataFrame, shows: pd.DataFrame) -> pd.DataFrame:
    """Return an entry and a click for each planted order."""
    parts = [
        drawn.assign(name=name, event_at=drawn[moment], event_id=drawn["order_id"] + tail)
        for name, moment, tail in (
            ("live_enter", "enter_at", "-in"),
            ("live_product_click", "click_at", "-click"),
        )
    ]
    columns = ["platform", "event_id", "name", "event_at", "account_token", "room_id"]
    there = pd.concat(parts, ignore_index=True).drop(columns="platform")
    there = there.rename(columns={"live_platform": "platform", "live_token": "account_token"})
    found = there[[*columns, "broadcast_id"]]
    hosts = shows.set_index("broadcast_id")["host_id"]
    return found.assign(host_id=found["broadcast_id"].map(hosts))


def _campaigns(shows: pd.DataFrame) -> pd.DataFrame:
    times = shows[["campaign_id", "start_at", "end_at"]]
    return times.assign(kind="broadcast", title="planted", currency="CNY")


def _stamped(frame: pd.DataFrame) -> pd.DataFrame:
    """Say where the rows come from."""
    return frame.assign(source=SOURCE, ingest_id=SOURCE, source_row=np.arange(1, len(frame) + 1))


def judge_events(test: str, lifts: pd.DataFrame, planted: pd.Series, credited: float) -> TrustRow:
    """Compare what the whole pipeline says of planted broadcasts with what was planted.

    Parameters
    ----------
    test
        Its name.
    lifts : pandas.DataFrame
        `subject, gross, gross_low, gross_high, level`: rows of `lift` of planted broadcasts.
    planted : pandas.Series
        Orders by broadcast.
    credited
        Share of the orders placed in the room that credit gives to their broadcast.

    Returns
    -------
    TrustRow
        `found`: Σ gross / Σ planted over the broadcasts with a number. Credit that loses more than
        a fifth of the orders fails the test whatever the lift says.
    """
    from scipy.special import ndtri

    told = lifts.dropna(subset=["gross"]).set_index("subject")
    sown = planted.reindex(told.index).dropna()
    told = told.loc[sown.index]
    if told.empty:
        return not_run(
            test, "no planted broadcast got a number; longer data would help", unit="ratio"
        )
    z = ndtri(0.5 + told["level"].astype(float).to_numpy() / 2)
    sd = (told["gross_high"] - told["gross_low"]).to_numpy(dtype=float) / 2 / z
    whole = float(sown.sum())
    found = float(told["gross"].sum()) / whole
    half = float(ndtri(0.95) * np.sqrt((sd**2).sum())) / whole
    row = judge(
        test,
        (found, found - half, found + half),
        GOOD_RATIO,
        wanted=1.0,
        n=len(told),
        unit="ratio",
        note=f"{int(whole):,} orders planted; credit finds {credited:.0%} of those in the room",
    )
    return row if credited >= GOOD_CREDIT else replace(row, verdict="fail")
