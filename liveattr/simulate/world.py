"""What a simulated world consists of: the frames that the mechanisms hand to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from liveattr.simulate.parameters import Parameters

__all__ = [
    "BOT",
    "BRUSH",
    "BRUSHED",
    "CHANNELS",
    "DAY_US",
    "DIRECT",
    "FEED",
    "INJECTED",
    "KOL",
    "LIVE",
    "NORMAL",
    "OWN",
    "PLACES",
    "REAL",
    "SEARCH",
    "SECOND",
    "SHELF",
    "SHOP_OF",
    "SHORT_VIDEO",
    "TEST",
    "TESTED",
    "WECOM",
    "Interventions",
    "Segment",
    "World",
]

CHANNELS = ("own_room", "second_room", "kol", "search", "feed", "wecom", "short_video", "shelf")
"""Channels in the order of their codes; the first three are the live rooms."""
OWN, SECOND, KOL, SEARCH, FEED, WECOM, SHORT_VIDEO, SHELF = range(8)
DIRECT = 8
"""Code of a buyer who came by no channel."""
LIVE = (OWN, SECOND, KOL)

PLACES = ("douyin", "channels", "youzan")
"""Shops in the order of their codes; the last one is the brand's own mall."""
SHOP_OF = {OWN: 0, SECOND: 1, KOL: 0}
"""Room → the shop that it sells from."""
MALL = 2

REAL, BRUSH, BOT, TEST = range(4)
"""Kinds of persons."""
NORMAL, BRUSHED, TESTED, INJECTED = range(4)
"""Kinds of orders."""

DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Interventions:
    """What somebody does to the world; each is an input and is written into the truth.

    Attributes
    ----------
    calendar
        `channel, start_at, minutes`: broadcasts in place of the drawn ones; `channel` is
        `own_room`, `second_room` or `kol`, `start_at` local time of the shop.
    messages
        `person, at, effect`: messages and what each adds to the log-odds of buying that day.
    orders
        `person, at, place, sku, path`: orders put in from outside; `path` is a list of
        (channel, minutes before the order), earliest first. They change no one's wishes.
    faults
        `sku, kind, from_on, to_on, strength`: `kind` is price, page, logistics or stock; `sku` is
        the merchant's code; strength 0 to 1.
    """

    calendar: pd.DataFrame | None = None
    messages: pd.DataFrame | None = None
    orders: pd.DataFrame | None = None
    faults: pd.DataFrame | None = None


@dataclass(frozen=True)
class Segment:
    """Some days of the factual world, all persons, in codes and numbers.

    Attributes
    ----------
    number
        Counts from 0.
    exposures
        `person int32, day int16, channel int8, broadcast int16 (-1: none), order int64 (-1: none)`:
        who met which channel on which day. A visit that a buyer makes without any exposure has
        its row too (`channel` search, shelf or DIRECT, `navigated` true). `order` is the order that
        was placed through it. Sorted by person, day, channel.
    orders
        `order int64, person int32, day int16, created_us int64, path int8 (channel or DIRECT),
        place int8, broadcast int16, sku int16, qty int16, sku2 int16 (-1: none), qty2 int16,
        units float32, first bool, kind int8`: orders that were placed; sorted by order.
    lost
        `person, day, created_us, path, place, broadcast, sku, qty, why`: wishes that came to
        nothing; `why` is stock, price or page; `then` is lost, substituted or later.
    """

    number: int
    first_day: int
    last_day: int
    exposures: pd.DataFrame
    orders: pd.DataFrame
    lost: pd.DataFrame


@dataclass(frozen=True)
class World:
    """A drawn world before its first day.

    Attributes
    ----------
    parameters
        All blocks.
    start_us
        [µs, UTC] Midnight of day 0 in Asia/Shanghai.
    calendar
        `broadcast` (code, the index), `broadcast_id, channel, day, start_us, end_us, campaign_id,
        campaign_kind, title, platform, platform_room_id, host_id, account_id, source_code`.
    slots
        `broadcast, sku, slot, start_us, minutes, price_fen`: what a broadcast shows and when.
    goods
        `sku` (code, the index), `merchant_sku, name, spec, category, brand, cycle_days, price_fen,
        cogs_fen, popularity, launched_day`, and for each place p `product_<p>, sku_<p>`.
    prices
        [fen] Price of one piece, shape (places, SKUs, days): the shelf price of that day.
    people
        One row a person, bots, brushers and testers included: `person` (index), `kind, affinity,
        price_sensitivity, cycle_days, home_category, follows_own, follows_second, wecom_member,
        household, city, linked, profiling, sms, fuzzy, withdrawn_day (-1: never)`.
    faults
        `merchant_sku, sku, kind, from_day, to_day (not included), strength`: dated faults of SKUs.
    interventions
        What was put in from outside.
    """

    parameters: Parameters
    seed: int
    start_us: int
    calendar: pd.DataFrame
    slots: pd.DataFrame
    goods: pd.DataFrame
    prices: NDArray[np.int64]
    people: pd.DataFrame
    faults: pd.DataFrame
    interventions: Interventions = field(default_factory=Interventions)

    @property
    def end_us(self) -> int:
        """[µs] Midnight after the last day: nothing later is in any file."""
        return self.start_us + self.parameters.size.days * DAY_US

    @property
    def real(self) -> int:
        """Number of real persons; they have the codes 0 to real - 1."""
        return self.parameters.size.persons

    def counts(self) -> Mapping[str, int]:
        """Return how many persons of each kind there are."""
        names = ("real", "brush", "bot", "test")
        found = np.bincount(self.people["kind"], minlength=4)
        return dict(zip(names, found.tolist(), strict=True))
