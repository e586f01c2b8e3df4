"""The truth of a world as tables: effects, Shapley values, demand, next purchases, intent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.simulate.course import Course, Wishes
from liveattr.simulate.effects import HORIZONS, Gross, Subject, Without
from liveattr.simulate.money import order_money
from liveattr.simulate.world import CHANNELS, LIVE, World

if TYPE_CHECKING:
    from liveattr.simulate.plan import Draws

__all__ = [
    "Diary",
    "Truth",
    "dated_money",
    "day_sums",
    "effects_table",
    "oracle_table",
    "room_shapley",
]

_SUMS = {"orders": "paid", "gmv_fen": "gross_fen", "net_fen": "net_fen", "margin_fen": "margin_fen"}
"""Column of a truth table → column of `order_money`; orders are paid orders."""

_INTENT_OF = 200_000
"""[persons] No more have their intent told."""
_NEVER_US = -1


@dataclass(frozen=True)
class Truth:
    """What nobody knows of a real shop.

    Attributes
    ----------
    effects
        `subject_kind (all, channel, coalition, campaign, broadcast), subject, horizon, orders, gmv_fen,
        net_fen, margin_fen`. `all` is the factual total since the warm-up (horizon `factual`).
        Horizons: `gross`, `net` (to the last day), and for single shows and broadcasts `net_3`,
        `net_14`, `net_60` [days]. Orders are paid orders; `gmv_fen` is paid money with the subsidies of
        others, `net_fen` after refunds, `margin_fen` after goods, commissions, fees and freight.
    oracle
        `subject_kind, subject, orders`: the world's own p(buy | on) - p(buy | off) summed over persons
        and days, times the share that is served and paid.
    shapley
        `subject, orders, gmv_fen, net_fen, margin_fen`: Shapley values of the rooms' on/off
        coalitions (net).
    demand
        `merchant_sku, on, wished, served, lost, substituted, later`: units; `wished` is demand that no
        stock-out cut off.
    next_purchase
        `person, last_order_at, next_order_at`: as of the end of the files; no next within
        `size.after_days` is empty.
    intent
        `person, on, intent`: each seventh day, of everybody; of more than 200,000 persons only of
        every second, third, … so that no more than 200,000 are told.
    """

    effects: pd.DataFrame
    oracle: pd.DataFrame
    shapley: pd.DataFrame
    demand: pd.DataFrame
    next_purchase: pd.DataFrame
    intent: pd.DataFrame


@dataclass
class Diary:
    """Looks on and writes down what only the world knows."""

    world: World
    demand: list[pd.DataFrame] = field(default_factory=list)
    intent: list[pd.DataFrame] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Nobody has bought yet."""
        self.last_us = np.full(self.world.real, _NEVER_US)
        self.next_us = np.full(self.world.real, _NEVER_US)

    def before(self, day: int, course: Course) -> None:
        """Nothing to see in the morning."""

    def after(self, day: int, course: Course, draws: Draws, wishes: Wishes) -> None:
        """Write down wishes, purchases, and each seventh day what everybody wants."""
        w, size = wishes, self.world.parameters.size
        self._note(w.person[w.ok], w.at_us[w.ok])
        if day >= size.days:
            return
        units = [w.qty * (w.then == how) for how in range(3)]
        frame = pd.DataFrame(
            {
                "sku": w.wished_sku,
                "wished": w.qty,
                "served": w.qty * (w.ok & (w.then < 0)),
                "lost": units[0],
                "substituted": units[1],
                "later": units[2],
            }
        )
        self.demand.append(frame.groupby("sku", as_index=False).sum().assign(day=day))
        if day % 7 == 0:
            told = np.arange(0, self.world.real, -(-self.world.real // _INTENT_OF))
            columns = {"person": told, "day": day, "intent": course.intent[told]}
            self.intent.append(pd.DataFrame(columns))

    def _note(self, person: NDArray[np.int64], at_us: NDArray[np.int64]) -> None:
        """Note purchases of a day, one a person: the last before the end, the first after it."""
        over = at_us >= self.world.end_us
        before, after = person[~over], person[over]
        self.last_us[before] = np.maximum(self.last_us[before], at_us[~over])
        known = self.next_us[after]
        self.next_us[after] = np.where(known < 0, at_us[over], np.minimum(known, at_us[over]))

    def on(self, day: pd.Series) -> pd.Series:
        """Return business dates of days."""
        first = pd.Timestamp(self.world.parameters.size.start_on)
        return (first + pd.to_timedelta(day, unit="D")).dt.date

    def demand_table(self) -> pd.DataFrame:
        """Return wishes and what became of them, per SKU and day."""
        frame = pd.concat(self.demand, ignore_index=True)
        code = self.world.goods["merchant_sku"].to_numpy()
        frame.insert(0, "merchant_sku", code[frame.pop("sku").to_numpy()])
        frame.insert(1, "on", self.on(frame.pop("day")))
        return frame

    def next_table(self) -> pd.DataFrame:
        """Return each buyer's last purchase before the end of the files and the next one."""
        person = np.flatnonzero(self.last_us >= 0)
        found = pd.DataFrame({"person": person})
        for column, at_us in (("last_order_at", self.last_us), ("next_order_at", self.next_us)):
            when = pd.Series(at_us[person])
            moment = pd.to_datetime(when.where(when >= 0).astype("Int64"), unit="us", utc=True)
            found[column] = moment
        return found

    def intent_table(self) -> pd.DataFrame:
        """Return the intent of everybody on each seventh day."""
        frame = pd.concat(self.intent, ignore_index=True)
        frame.insert(1, "on", self.on(frame.pop("day")))
        return frame


def dated_money(orders: pd.DataFrame, world: World) -> pd.DataFrame:
    """Return `person, day` of orders and their money, as far as the truth tells of it."""
    money = order_money(orders, world)[[*_SUMS.values()]]
    return money.assign(person=orders["person"].to_numpy(), day=orders["day"].to_numpy())


def day_sums(money: pd.DataFrame) -> pd.DataFrame:
    """Return the sums of each day: all that is needed where no effect is told."""
    return money.groupby("day", as_index=False)[[*_SUMS.values()]].sum()


def effects_table(
    world: World, money: pd.DataFrame, gross: Sequence[Gross], net: Sequence[Without]
) -> pd.DataFrame:
    """Return `Truth.effects` from the money of the factual orders, as `dated_money` gives it.

    Without subjects the `day_sums` of it do as well. Every course is judged by the same money rules;
    only orders of the days that the files cover count.
    """
    start, days = world.parameters.size.burn_in_days, world.parameters.size.all_days
    rows = [("all", "all", "factual", *_total(money, start))]
    for one in gross:
        gone = money[one.vanished(money, days)]
        rows.append(
            (one.subject.kind, one.subject.name, "gross", *_total(gone, one.subject.from_day))
        )
    for other in net:
        subject = other.subject
        off = dated_money(other.orders(), world)
        for horizon, last in _horizons(subject):
            here = _total(money, subject.from_day, last)
            there = _total(off, subject.from_day, last)
            rows.append(
                (
                    subject.kind,
                    subject.name,
                    horizon,
                    *(a - b for a, b in zip(here, there, strict=True)),
                )
            )
    return pd.DataFrame(rows, columns=["subject_kind", "subject", "horizon", *_SUMS])


def _horizons(subject: Subject) -> list[tuple[str, int | None]]:
    cut = [(f"net_{h}", subject.from_day + h) for h in HORIZONS] if subject.horizons else []
    return [*cut, ("net", None)]


def _total(money: pd.DataFrame, first: int, last: int | None = None) -> tuple[int, ...]:
    mine = money[(money["day"] >= first) & ((money["day"] < last) if last is not None else True)]
    return tuple(int(mine[column].sum()) for column in _SUMS.values())


def oracle_table(world: World, money: pd.DataFrame, gross: Sequence[Gross]) -> pd.DataFrame:
    """Return `Truth.oracle` from the money of the factual orders, as `dated_money` gives it."""
    counted = money[money["day"] >= world.parameters.size.burn_in_days]
    paid = float(counted["paid"].mean()) if len(counted) else 0.0
    rows = [(g.subject.kind, g.subject.name, g.expected * paid) for g in gross]
    return pd.DataFrame(rows, columns=["subject_kind", "subject", "orders"])


def room_shapley(effects: pd.DataFrame) -> pd.DataFrame:
    """Return Shapley values of the live rooms from the net effects of switching off each set of them.

    The value of a coalition is what is lost when all rooms are off, less what is lost when only the
    others are; a room's Shapley value is its mean marginal value over all orders of joining.
    """
    rooms = [CHANNELS[c] for c in LIVE]
    net = effects[
        effects["horizon"].eq("net") & effects["subject_kind"].isin(["channel", "coalition"])
    ]
    lost = {
        frozenset(str(r.subject).split("+")): np.array([getattr(r, c) for c in _SUMS], dtype=float)
        for r in net.itertuples()
    }
    lost[frozenset()] = np.zeros(len(_SUMS))
    if frozenset(rooms) not in lost:
        return pd.DataFrame(columns=["subject", *_SUMS])
    value = dict.fromkeys(rooms, np.zeros(len(_SUMS)))
    orders = list(permutations(rooms))
    for order in orders:
        off = frozenset(rooms)
        for room in order:
            value[room] = value[room] + (lost[off] - lost[off - {room}]) / len(orders)
            off -= {room}
    return pd.DataFrame([(room, *value[room]) for room in rooms], columns=["subject", *_SUMS])
