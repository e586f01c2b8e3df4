"""All parameters of a world, and the sizes that have a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd

from liveattr.errors import ParameterError, did_you_mean
from liveattr.simulate.accounts import Accounts
from liveattr.simulate.ads import Ads
from liveattr.simulate.browsing import Browsing
from liveattr.simulate.brushing import Brushing
from liveattr.simulate.calendar import Calendar
from liveattr.simulate.catalogue import Goods
from liveattr.simulate.clicks import Clicks
from liveattr.simulate.consenting import Consents
from liveattr.simulate.costs import Costs
from liveattr.simulate.coupons import Money
from liveattr.simulate.exposure import Channel, Exposure, Mediation, Retargeting
from liveattr.simulate.fates import OrderLife
from liveattr.simulate.faults import Faults
from liveattr.simulate.jump import Jump
from liveattr.simulate.knobs import Block, choice, describe_blocks, knob, with_values
from liveattr.simulate.noise import Noise
from liveattr.simulate.people import People
from liveattr.simulate.placing import Navigation, Placing
from liveattr.simulate.planted import Planted
from liveattr.simulate.purchase import Intent, Purchase, Supply
from liveattr.simulate.stock import Stock
from liveattr.simulate.visibility import Visibility
from liveattr.simulate.watching import Watching
from liveattr.simulate.write.hooks import Hooks

__all__ = ["PRESETS", "Parameters", "Size", "describe_parameters", "parameters_of"]

START_ON = date(2026, 1, 2)
"""Day 0: with 30 days to warm up, the days that count begin on 1 February and end on 31 May."""


@dataclass(frozen=True)
class Size(Block):
    """How large the world is and how long it lives."""

    persons: int = knob(20_000, 2, 50_000_000, "real persons")
    days: int = knob(150, 3, 3650, "days that the files cover", unit="days")
    burn_in_days: int = knob(
        30, 0, 3649, "of them to warm up; truth counts from then on", unit="days"
    )
    after_days: int = knob(
        60, 0, 3650, "life goes on unseen, for the true next purchase", unit="days"
    )
    segment_days: int = knob(30, 1, 3650, "days in one file of a format", unit="days")
    broadcasts: int = knob(20, 0, 10_000, "single broadcasts whose true effect is told")
    file_format: str = choice("jsonl", ("jsonl", "parquet"), "files of events")
    truth: str = choice("full", ("none", "rooms", "full"), "how many effects are told")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.burn_in_days >= self.days:
            raise ParameterError(
                f"Size.burn_in_days = {self.burn_in_days}: it must be below Size.days = {self.days}"
            )

    @property
    def all_days(self) -> int:
        """Days that are lived through."""
        return self.days + self.after_days

    @property
    def start_on(self) -> date:
        """Business date of day 0."""
        return START_ON

    @property
    def start_us(self) -> int:
        """[µs, UTC] Midnight of day 0 in Asia/Shanghai (UTC+8, no summer time)."""
        midnight = datetime(START_ON.year, START_ON.month, START_ON.day, tzinfo=UTC)
        return round((midnight - timedelta(hours=8)).timestamp()) * 1_000_000


@dataclass(frozen=True)
class Parameters:
    """Every mechanism's block. Change values with `parameters_of(preset, {"kol.beta": 1.0})`."""

    size: Size = field(default_factory=Size)
    people: People = field(default_factory=People)
    goods: Goods = field(default_factory=Goods)
    calendar: Calendar = field(default_factory=Calendar)
    intent: Intent = field(default_factory=Intent)
    supply: Supply = field(default_factory=Supply)
    exposure: Exposure = field(default_factory=Exposure)
    own_room: Channel = field(default=Channel(alpha=-2.3, gamma=0.6, beta=0.8, rho=0.5))
    second_room: Channel = field(default=Channel(alpha=-2.5, gamma=0.6, beta=0.7, rho=0.5))
    kol: Channel = field(default=Channel(alpha=-1.7, gamma=0.4, beta=1.5, rho=0.4))
    search: Channel = field(default=Channel(alpha=-4.3, gamma=1.3, beta=0.15, rho=0.2))
    feed: Channel = field(default=Channel(alpha=-2.3, gamma=0.5, beta=0.25, rho=0.5))
    wecom: Channel = field(default=Channel(alpha=-0.4, gamma=0.0, beta=0.5, rho=0.4))
    short_video: Channel = field(default=Channel(alpha=-1.9, gamma=0.2, beta=0.30, rho=0.6))
    shelf: Channel = field(default=Channel(alpha=-3.0, gamma=1.1, beta=0.05, rho=0.0))
    mediation: Mediation = field(default_factory=Mediation)
    retargeting: Retargeting = field(default_factory=Retargeting)
    purchase: Purchase = field(default_factory=Purchase)
    navigation: Navigation = field(default_factory=Navigation)
    placing: Placing = field(default_factory=Placing)
    stock: Stock = field(default_factory=Stock)
    faults: Faults = field(default_factory=Faults)
    order_life: OrderLife = field(default_factory=OrderLife)
    money: Money = field(default_factory=Money)
    brushing: Brushing = field(default_factory=Brushing)
    ads: Ads = field(default_factory=Ads)
    hooks: Hooks = field(default_factory=Hooks)
    planted: Planted = field(default_factory=Planted)
    costs: Costs = field(default_factory=Costs)
    accounts: Accounts = field(default_factory=Accounts)
    consents: Consents = field(default_factory=Consents)
    watching: Watching = field(default_factory=Watching)
    clicks: Clicks = field(default_factory=Clicks)
    jump: Jump = field(default_factory=Jump)
    browsing: Browsing = field(default_factory=Browsing)
    noise: Noise = field(default_factory=Noise)
    visibility: Visibility = field(default_factory=Visibility)


PRESETS: dict[str, dict[str, Any]] = {
    "tiny": {
        "size.persons": 200,
        "size.days": 60,
        "size.after_days": 20,
        "size.segment_days": 60,
        "size.broadcasts": 2,
        "people.brushers": 0.01,
    },
    "demo": {},
    "medium": {
        "size.persons": 500_000,
        "size.segment_days": 7,
        "size.file_format": "parquet",
        "size.truth": "rooms",
    },
    "large": {
        "size.persons": 5_000_000,
        "size.after_days": 0,
        "size.segment_days": 1,
        "size.file_format": "parquet",
        "size.truth": "none",
    },
}
"""Sizes with a name: what differs from the defaults."""


def parameters_of(preset: str = "demo", values: Mapping[str, Any] | None = None) -> Parameters:
    """Return the parameters of a preset with some values changed.

    Parameters
    ----------
    preset
        `tiny` (200 persons, 60 days), `demo` (20,000, 150 days), `medium` (500,000), `large` (5 million).
    values
        `block.parameter` → value; `describe_parameters` lists them.

    Raises
    ------
    ParameterError
        If there is no such preset or parameter, or a value is outside its range.

    Examples
    --------
    >>> parameters_of("tiny", {"exposure.kappa": 0.0}).exposure.kappa
    0.0
    """
    if preset not in PRESETS:
        raise ParameterError(f"there is no preset {preset!r}; {did_you_mean(preset, PRESETS)}")
    return with_values(Parameters(), {**PRESETS[preset], **(values or {})})


def describe_parameters(preset: str = "demo") -> pd.DataFrame:
    """List every parameter of a preset with range, unit, meaning and source."""
    return describe_blocks(parameters_of(preset))
