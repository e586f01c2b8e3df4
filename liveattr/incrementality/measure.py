"""All that is measured as of one day, from one connection: frames of `lift`, `lift_day`, `lift_order`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.incrementality.bands import campaign_band, shape_of
from liveattr.incrementality.baseline import Baseline, fit_baseline
from liveattr.incrementality.net_share import NetShare, net_shares
from liveattr.incrementality.order_weights import KEYS, order_weights
from liveattr.incrementality.pooled import NOBODY, Rooms, Viewers, pooled_effects
from liveattr.incrementality.rows import Row, baseline_row, choose, lift_frame, pooled_row, with_net
from liveattr.incrementality.series import room_series
from liveattr.incrementality.shop_days import (
    ShopDays,
    create_room_day,
    create_shop_order,
    read_days,
)
from liveattr.incrementality.subjects import Subject, subjects_of
from liveattr.incrementality.viewers import read_people
from liveattr.tables import get_table

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.settings import Settings

__all__ = ["Lift", "measure"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Lift:
    """What was measured.

    Attributes
    ----------
    rows, days, orders
        The tables `lift`, `lift_day` and `lift_order`, without `as_of`.
    shop
        The days behind it.
    baseline
        The shop's ordinary course with its fakes.
    rooms
        The posterior of rooms; None where neither calendar nor viewers know any.
    """

    rows: pd.DataFrame
    days: pd.DataFrame
    orders: pd.DataFrame
    shop: ShopDays
    baseline: Baseline
    rooms: Rooms | None


@dataclass(frozen=True)
class _Told:
    """A subject with its rows, and the draws of the chosen one."""

    subject: Subject
    rows: list[Row]
    draws: Floats | None

    @property
    def method(self) -> str:
        """Method of the chosen row."""
        return str(next(row["method"] for row in self.rows if row["chosen"]))


def measure(
    con: DuckDBPyConnection,
    *,
    as_of: date,
    settings: Settings,
    since_on: date | None = None,
    placed: pd.DataFrame | None = None,
) -> Lift:
    """Measure every room, campaign and broadcast by every method that the data allow.

    Parameters
    ----------
    con
        Connection with the temporary tables `line_ledger` (`liveattr.ledger`), `member_code`, `order_code`,
        `test_person` (`liveattr.journeys.dimensions`), and `touch, dimension, broadcast, campaign`.
    as_of
        Business date: what counts was known at its end.
    settings
        Zone, festivals, level, window, fake broadcasts, spreads of the bias, seed.
    since_on
        Earlier broadcasts are history: they are in no lift.
    placed
        `platform, shop_id, order_id, broadcast_id`: orders tied to a broadcast by hard evidence.

    Returns
    -------
    Lift
        A subject that no method identifies has rows without a number and with the reason.

    Raises
    ------
    MissingDataError
        If there is no paid order.

    See Also
    --------
    liveattr.incrementality.series : rooms by their days on and off air.
    liveattr.incrementality.calibration : what viewers add.
    liveattr.incrementality.baseline : single broadcasts.
    """
    create_shop_order(con, settings.zone)
    create_room_day(con, as_of)
    days = read_days(con, as_of)
    since = 0 if since_on is None else max((since_on - days.first_on).days, 0)
    known = read_people(con, days, since=since, settings=settings) if days.rooms else None
    viewers = known.viewers if known is not None else NOBODY
    rooms = _rooms(days, viewers, since, settings)
    subjects = subjects_of(days, since)
    level, seed = settings.lift_level, settings.lift_seed
    shares = net_shares(known, rooms, subjects, level=level, seed=seed)
    base = _baseline(days, settings)
    campaign = dict(
        zip(days.broadcasts["broadcast_id"], days.broadcasts["campaign_id"], strict=True)
    )
    told = [
        _tell(each, days, rooms, base, shares.get(_share_of(each, campaign)), settings)
        for each in subjects
    ]
    campaigns = [
        each for each in told if each.subject.kind == "campaign" and each.draws is not None
    ]
    return Lift(
        rows=lift_frame([row for each in told for row in each.rows]),
        days=_bands(campaigns, days, rooms, base, settings),
        orders=_weights(con, campaigns, days, rooms, viewers, placed),
        shop=days,
        baseline=base,
        rooms=rooms,
    )


def _rooms(days: ShopDays, viewers: Viewers, since: int, settings: Settings) -> Rooms | None:
    """Return the posterior of rooms from their days on and off air, and from their viewers."""
    if not days.rooms:
        return None
    series = room_series(
        days.orders,
        days.on_air,
        days.rooms,
        weekend=days.weekend,
        festivals=days.marked(settings.festivals),
        seed=settings.lift_seed,
    )
    return pooled_effects(
        days,
        series,
        viewers,
        since=since,
        common=settings.viewer_bias,
        own=settings.room_bias,
        seed=settings.lift_seed,
    )


def _baseline(days: ShopDays, settings: Settings) -> Baseline:
    shop = pd.DataFrame(
        {"orders": days.orders, "festival": days.marked(settings.festivals)}, index=days.dates
    )
    shows = days.broadcasts.rename(columns={"broadcast_id": "subject"})
    return fit_baseline(
        shop,
        shows.assign(day_on=pd.to_datetime(shows["day_on"]))[["subject", "room", "day_on"]],
        level=settings.lift_level,
        window_days=settings.lift_window_days,
        fakes=settings.fake_broadcasts,
        seed=settings.lift_seed,
    )


def _share_of(subject: Subject, campaign: Mapping[str, str]) -> str:
    """Return whose net share a subject takes: a broadcast that of its campaign."""
    if subject.kind == "broadcast":
        return f"campaign {campaign[subject.name]}"
    return f"{subject.kind} {subject.name}"


def _tell(
    subject: Subject,
    days: ShopDays,
    rooms: Rooms | None,
    base: Baseline,
    share: NetShare | None,
    settings: Settings,
) -> _Told:
    """Return the rows of a subject by every method, and the draws of the one that counts."""
    level, seed = settings.lift_level, settings.lift_seed
    tried = [pooled_row(rooms, days, subject, level=level, seed=seed)]
    if subject.single:
        tried.append(baseline_row(base, days, subject))
    rng = np.random.default_rng([seed, 2, *subject.name.encode()])
    rows = choose([with_net(row, draws, _drawn(share, draws, rng), level) for row, draws in tried])
    draws = next(draws for row, (_, draws) in zip(rows, tried, strict=True) if row["chosen"])
    return _Told(subject, rows, draws)


def _drawn(share: NetShare | None, draws: Floats | None, rng: np.random.Generator) -> Floats | None:
    return None if share is None or draws is None else share.draws(len(draws), rng)


def _bands(
    campaigns: Iterable[_Told],
    days: ShopDays,
    rooms: Rooms | None,
    base: Baseline,
    settings: Settings,
) -> pd.DataFrame:
    """Return `lift_day`: the baseline's own band where the campaign stands on it."""
    frames = []
    for each in campaigns:
        one, draws = each.subject, each.draws
        assert draws is not None
        if each.method == "baseline":
            room = next(iter(one.held))
            frame = base.band(one.broadcasts[0], room, one.first, float(draws.mean()))
            day_on = pd.to_datetime(frame["day_on"]).dt.date
            frames.append(frame.assign(campaign_id=one.name, day_on=day_on))
        else:
            shape = shape_of(rooms, one)
            frames.append(campaign_band(days, one, draws, shape, settings.lift_level))
    return _joined(frames, "lift_day")


def _weights(
    con: DuckDBPyConnection,
    campaigns: Iterable[_Told],
    days: ShopDays,
    rooms: Rooms | None,
    viewers: Viewers,
    placed: pd.DataFrame | None,
) -> pd.DataFrame:
    orders = con.sql("FROM shop_order ORDER BY ALL").df()
    orders["day"] = (pd.to_datetime(orders["day_on"]) - pd.Timestamp(days.first_on)).dt.days
    hard = placed if placed is not None else pd.DataFrame(columns=[*KEYS, "broadcast_id"])
    frames = [
        order_weights(
            days, each.subject, viewers, hard, orders, shape_of(rooms, each.subject),
            float(each.draws.mean()),
        )
        for each in campaigns
        if each.draws is not None
    ]  # fmt: skip
    return _joined(frames, "lift_order")


def _joined(frames: list[pd.DataFrame], table: str) -> pd.DataFrame:
    names = [name for name in get_table(table).names if name != "as_of"]
    return pd.concat(frames, ignore_index=True)[names] if frames else pd.DataFrame(columns=names)
