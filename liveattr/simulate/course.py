"""One course of the world: the state of everybody, and what a day does to it."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from liveattr.simulate.exposure import exposed, searched_and_fed
from liveattr.simulate.placing import buyers_way, chosen_sku, chosen_time
from liveattr.simulate.purchase import need, push, score
from liveattr.simulate.stock import served
from liveattr.simulate.world import CHANNELS, DAY_US, KOL, LIVE, MALL, WECOM

if TYPE_CHECKING:
    from liveattr.simulate.plan import Draws, Plan

__all__ = ["Course", "Wishes"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

STOCK_OUT, DEAR, BROKEN = range(3)
"""Why a wish came to nothing."""
LOST, SUBSTITUTED, LATER = range(3)
"""What became of it."""


@dataclass
class Wishes:
    """The wishes of one day, one a person: aligned arrays."""

    person: Ints
    at_us: Ints
    way: Ints
    place: Ints
    broadcast: Ints
    sku: Ints
    qty: Ints
    sku2: Ints
    navigated: Bools
    first: Bools
    wished_sku: Ints
    ok: Bools
    why: Ints
    then: Ints


@dataclass
class Course:
    """State of every person and of the stock in one course of events.

    Attributes
    ----------
    asked
        Units ordered from the factory today.
    off_channels, off_broadcasts
        What is switched off in this course.
    supply
        Supply clock: 0 just bought, 1 used up.
    memory
        Adstock of each channel, shape (channels, persons).
    """

    plan: Plan
    off_channels: frozenset[int]
    off_broadcasts: frozenset[int]
    supply: Floats
    memory: Floats
    visited_day: NDArray[np.int16]
    ordered_day: NDArray[np.int16]
    back_day: NDArray[np.int16]
    on_hand: Ints
    due: NDArray[np.int64]
    met: Bools = field(init=False)
    intent: Floats = field(init=False)
    base: Floats = field(init=False)
    pushed: Floats = field(init=False)
    score: Floats = field(init=False)
    asked: Ints = field(init=False)

    @staticmethod
    def begin(plan: Plan) -> Course:
        """Return the first morning of the factual course."""
        n, days = plan.real, plan.days
        return Course(
            plan=plan,
            off_channels=frozenset(),
            off_broadcasts=frozenset(),
            supply=plan.first_supply.copy(),
            memory=np.zeros((len(CHANNELS), n), dtype=np.float32),
            visited_day=np.full(n, -999, dtype=np.int16),
            ordered_day=np.full(n, -999, dtype=np.int16),
            back_day=np.full(n, -1, dtype=np.int16),
            on_hand=plan.target.copy(),
            due=np.zeros((days + plan.stock.lead_days + 1, len(plan.target)), dtype=np.int64),
        )

    def branch(self, channels: frozenset[int], broadcasts: frozenset[int]) -> Course:
        """Return a copy that goes on without some channels and broadcasts."""
        twin = copy.copy(self)
        for name in (
            "supply",
            "memory",
            "visited_day",
            "ordered_day",
            "back_day",
            "on_hand",
            "due",
        ):
            setattr(twin, name, getattr(self, name).copy())
        twin.off_channels, twin.off_broadcasts = channels, broadcasts
        return twin

    def closed(self, day: int) -> frozenset[int]:
        """Return the channels that nobody can meet on a day."""
        plan = self.plan
        silent = {
            c for c in LIVE if plan.on_air[c][day] < 0 or plan.on_air[c][day] in self.off_broadcasts
        }
        if day % plan.wecom_every:
            silent.add(WECOM)
        return frozenset(silent) | self.off_channels | plan.closed

    def live(self, day: int, draws: Draws) -> Wishes:
        """Live through one day; returns the wishes and what became of each."""
        self._meet(day, draws)
        wishes = self._wish(day, draws)
        self._fill_shelves(day)
        self._serve(day, draws, wishes)
        self._remember(day, wishes)
        return wishes

    def _meet(self, day: int, draws: Draws) -> None:
        plan, closed = self.plan, self.closed(day)
        self.intent = plan.affinity + need(self.supply, plan.supply) + draws.mood
        rows = [c for c in plan.by_intent if c not in closed]
        self.met = exposed(draws.odds, plan.bias, plan.pull, self.intent, rows, plan.audience)
        if WECOM in rows:
            self.met[WECOM] &= self.ordered_day < day - plan.wecom_quiet
        searched_and_fed(
            self.met, draws.odds, plan.bias, plan.pull, self.intent, self.memory,
            self.visited_day, day, plan.parameters, sorted(closed),
        )  # fmt: skip
        self.memory *= plan.rho
        self.memory += self.met
        self.base = self.intent + draws.day_adds
        self.pushed = push(plan.beta, self.memory)
        self.score = score(self.base, self.pushed, plan.purchase)

    def _wish(self, day: int, draws: Draws) -> Wishes:
        plan, world = self.plan, self.plan.world
        wants = (draws.buy < self.score) | (self.back_day == day)
        person = np.flatnonzero(wants)
        u = draws.of(person)
        met = self.met[:, person]
        way, place, navigated = buyers_way(met, u["first"], u["second"], u["where"], world)
        broadcast = np.full(len(person), -1, dtype=np.int64)
        for channel in LIVE:
            broadcast[way == channel] = plan.on_air[channel][day]
        shelf = plan.shelf(day)
        home = plan.home[person]
        sku = chosen_sku(broadcast, home, u["sku"], u["stray"], shelf, plan.shown, world)
        two = np.where(met[KOL], plan.purchase.kol_two, plan.purchase.two)
        more = u["extra"] < world.parameters.goods.second_line
        other = np.searchsorted(
            shelf.everything,
            (u["extra"] / max(world.parameters.goods.second_line, 1e-9)).clip(0, 0.999)
            * shelf.everything[-1],
            side="right",
        )
        n = len(person)
        return Wishes(
            person=person,
            at_us=chosen_time(broadcast, plan.start_us + day * DAY_US, u["when"], world.calendar),
            way=way,
            place=place,
            broadcast=broadcast,
            sku=sku,
            qty=1 + (u["two"] < two).astype(np.int64),
            sku2=np.where(more & (other != sku), other.clip(0, len(world.goods) - 1), -1),
            navigated=navigated,
            first=self.ordered_day[person] < 0,
            wished_sku=sku.copy(),
            ok=np.ones(n, dtype=np.bool_),
            why=np.full(n, -1, dtype=np.int64),
            then=np.full(n, -1, dtype=np.int64),
        )

    def _fill_shelves(self, day: int) -> None:
        plan, block = self.plan, self.plan.stock
        self.asked = np.zeros_like(self.on_hand)
        if not block.on:
            return
        self.on_hand += self.due[day] + plan.extra[day]
        if day % block.review_days == 0:
            coming = self.due[day + 1 : day + block.lead_days + 1].sum(axis=0)
            lacking = plan.target - self.on_hand - coming
            self.asked = np.maximum(lacking, 0)
            self.due[day + block.lead_days] += self.asked

    def _serve(self, day: int, draws: Draws, wishes: Wishes) -> None:
        plan, w = self.plan, wishes
        if not len(w.person):
            return
        strength = plan.faulty(day)
        u = draws.of(w.person)
        in_mall = w.place == MALL
        for row, why in ((0, DEAR), (1, BROKEN)):
            gone = in_mall & (u["bounce"] < strength[row, w.sku]) & w.ok
            w.ok[gone], w.why[gone], w.then[gone] = False, why, LOST
        if not plan.stock.on:
            return
        shut = in_mall & (u["bounce"] < strength[3, w.sku]) & w.ok
        asks = w.ok & ~shut
        found = np.zeros(len(w.ok), dtype=np.bool_)
        found[asks] = served(w.sku[asks], w.qty[asks], w.at_us[asks], w.person[asks], self.on_hand)
        missed = w.ok & ~found
        w.why[missed] = STOCK_OUT
        w.ok &= found
        self._console(day, wishes, missed, u["fate"])
        second = w.ok & (w.sku2 >= 0)
        ones = np.ones(int(second.sum()), dtype=np.int64)
        got = served(w.sku2[second], ones, w.at_us[second], w.person[second], self.on_hand)
        w.sku2[np.flatnonzero(second)[~got]] = -1

    def _console(self, day: int, w: Wishes, missed: Bools, fate: Floats) -> None:
        """Those who found nothing take another SKU of the category, come back, or leave."""
        plan, block = self.plan, self.plan.stock
        w.then[missed] = LOST
        swap = missed & (fate < block.substitute)
        if swap.any():
            offered = plan.launched(day)
            best = np.array([
                int(np.argmax(np.where((plan.category == c) & offered, self.on_hand, -1)))
                for c in range(plan.category.max() + 1)
            ])  # fmt: skip
            other = best[plan.category[w.sku[swap]]]
            got = served(other, w.qty[swap], w.at_us[swap], w.person[swap], self.on_hand)
            lucky = np.flatnonzero(swap)[got]
            w.sku[lucky], w.ok[lucky], w.then[lucky] = other[got], True, SUBSTITUTED
        later = (
            missed & ~w.ok & (fate >= block.substitute) & (fate < block.substitute + block.later)
        )
        w.then[later] = LATER
        wait = 1 + ((fate[later] - block.substitute) / max(block.later, 1e-9) * 7).astype(np.int16)
        self.back_day[w.person[later]] = day + wait

    def _remember(self, day: int, wishes: Wishes) -> None:
        plan, w = self.plan, wishes
        self.supply += plan.pace
        who = w.person[w.ok]
        same = plan.category[w.sku[w.ok]] == plan.home[who]
        units = w.qty[w.ok] * np.where(same, 1.0, plan.supply.other_category)
        self.supply[who] = (1.0 - units).astype(np.float32)
        self.ordered_day[who] = day
