"""A world made ready to be lived through: arrays in place of frames, and the draws of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.simulate.exposure import audience, reach
from liveattr.simulate.faults import fault_strength
from liveattr.simulate.parameters import Parameters
from liveattr.simulate.placing import Shelf
from liveattr.simulate.purchase import Purchase, Supply, demand_of_day, threshold
from liveattr.simulate.stock import Stock, arrivals, planned_units
from liveattr.simulate.streams import BLOCK, cells, dense
from liveattr.simulate.world import CHANNELS, FEED, KOL, SEARCH, World

__all__ = ["Draws", "Plan"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
_BUYER = ("first", "second", "where", "sku", "stray", "when", "two", "extra", "fate", "bounce")


@dataclass(frozen=True)
class Draws:
    """Everything that chance decides on a day; the same in every course of the world."""

    odds: Floats
    buy: Floats
    mood: Floats
    day_adds: Floats
    uniform: Floats

    def of(self, person: Ints) -> dict[str, Floats]:
        """Return the buyers' uniforms by name."""
        return dict(zip(_BUYER, self.uniform[:, person], strict=True))


class Plan:
    """Constants of a world as arrays, and its draws day by day.

    Parameters
    ----------
    world
        The world.
    draws_seed
        Seed of what chance decides while it is lived through; by default the world's own. Another
        one gives another life to the same people: for measuring what paired streams are worth.
    """

    def __init__(self, world: World, draws_seed: int | None = None) -> None:
        p: Parameters = world.parameters
        self.world, self.parameters, self.seed = (
            world,
            p,
            world.seed if draws_seed is None else draws_seed,
        )
        self.days, self.real, self.start_us = p.size.all_days, world.real, world.start_us
        people = world.people.iloc[: self.real]
        blocks = [getattr(p, name) for name in CHANNELS]
        self.bias, self.audience = reach(p), audience(people)
        self.pull = np.array([[p.exposure.kappa * b.gamma] for b in blocks], dtype=np.float32)
        self.beta = np.array([b.beta for b in blocks], dtype=np.float32)
        self.rho = np.array([[b.rho] for b in blocks], dtype=np.float32)
        self.closed = frozenset(c for c, b in enumerate(blocks) if not b.on)
        self.by_intent = tuple(c for c in range(len(CHANNELS)) if c not in (SEARCH, FEED))
        self.affinity = (p.intent.affinity * people["affinity"]).to_numpy(
            dtype=np.float32
        ) * p.intent.on
        self.sensitivity = people["price_sensitivity"].to_numpy()
        self.pace = (1 / people["cycle_days"]).to_numpy(dtype=np.float32)
        self.home = people["home_category"].to_numpy()
        self.category = world.goods["category_code"].to_numpy()
        self.supply: Supply = p.supply
        self.purchase: Purchase = p.purchase
        self.stock: Stock = p.stock
        self.wecom_every, self.wecom_quiet = p.exposure.wecom_every, p.exposure.wecom_quiet
        self.on_air = self._on_air()
        self.target = np.ceil(
            planned_units(world.goods, p, world.seed) * p.stock.cover_days
        ).astype(np.int64)
        self._mood = np.zeros(self.real, dtype=np.float32)
        self._day: tuple[int, Shelf, NDArray[np.float64]] | None = None
        self._messages = self._effects()

    def _on_air(self) -> Ints:
        found = np.full((len(CHANNELS), self.days), -1, dtype=np.int64)
        calendar = self.world.calendar
        found[calendar["channel"].to_numpy(), calendar["day"].to_numpy()] = calendar.index
        return found

    def _effects(self) -> dict[int, tuple[Ints, Floats]]:
        given = self.world.interventions.messages
        if given is None:
            return {}
        day = (
            given["at"].astype("datetime64[ns]") - np.datetime64(self.parameters.size.start_on)
        ).dt.days
        for column, values, top in (("person", given["person"], self.real), ("at", day, self.days)):
            if len(values) and not (0 <= values.min() and values.max() < top):
                raise ParameterError(
                    f"messages: {column} must be within the world (0 to {top - 1})"
                )
        return {
            int(d): (one["person"].to_numpy(), one["effect"].to_numpy(dtype=np.float32))
            for d, one in given.groupby(day)
        }

    @cached_property
    def first_supply(self) -> Floats:
        """Supply clocks on the first morning: anywhere in a cycle, or long used up."""
        return 1.3 * self._whole("first supply", 0, lambda g: g.random(BLOCK, dtype=np.float32))

    @cached_property
    def extra(self) -> Ints:
        """Units brought in for shows, shape (days, SKUs)."""
        share = arrivals(self.world.calendar, self.world.slots, self.parameters)
        full = np.zeros((self.days, len(self.target)))
        full[:, : share.shape[1]] = share
        return np.ceil(full * self.real).astype(np.int64)

    @cached_property
    def shown(self) -> dict[int, tuple[Ints, NDArray[np.float64]]]:
        """Broadcast → SKUs and their summed weights; in a KOL show all sell alike."""
        slots, found = self.world.slots, {}
        weight = self.world.goods["popularity"].to_numpy()
        show = set(self.world.calendar.index[self.world.calendar["channel"] == KOL])
        every, broadcast = slots["sku"].to_numpy(), slots["broadcast"].to_numpy()
        for code in np.unique(broadcast).tolist():
            sku = every[broadcast == code]
            found[code] = (sku, np.cumsum(np.ones(len(sku)) if code in show else weight[sku]))
        return found

    def shelf(self, day: int) -> Shelf:
        """Return what is on the shelf on a day."""
        return self._of_day(day)[1]

    def faulty(self, day: int) -> NDArray[np.float64]:
        """Return the strength of each kind of fault on a day, shape (kinds, SKUs)."""
        return self._of_day(day)[2]

    def _of_day(self, day: int) -> tuple[int, Shelf, NDArray[np.float64]]:
        """Make what all courses need on a day once."""
        if self._day is None or self._day[0] != day:
            goods, faults = self.world.goods, self.world.faults
            self._day = (day, Shelf.of_day(goods, day), fault_strength(faults, len(goods), day))
        return self._day

    def launched(self, day: int) -> NDArray[np.bool_]:
        """Return which SKUs are on sale on a day."""
        return self.world.goods["launched_day"].to_numpy() <= day

    def festival(self, day: int) -> bool:
        """Return whether the platforms hold a festival on a day."""
        return bool(cells(self.seed, "festival", np.array([day]))[0, 0] < self.purchase.festivals)

    def draw(self, day: int) -> Draws:
        """Draw a day; days must be drawn in their order, since the mood goes on."""
        intent = self.parameters.intent
        fresh = self._whole("mood", day, lambda g: g.standard_normal(BLOCK, dtype=np.float32))
        self._mood = np.float32(intent.carry) * self._mood + np.float32(intent.noise) * fresh
        with np.errstate(divide="ignore"):
            odds = self._whole(
                "meet", day, lambda g: _logit(g.random((len(CHANNELS), BLOCK), dtype=np.float32))
            )
        chance = self._whole("buy", day, lambda g: g.random(BLOCK, dtype=np.float32))
        on = self.parameters.size.start_on + timedelta(days=day)
        adds, promotion = demand_of_day(day, on.weekday(), self.festival(day), self.purchase)
        day_adds = (adds + promotion * self.sensitivity).astype(np.float32)
        if day in self._messages:
            who, effect = self._messages[day]
            np.add.at(day_adds, who, effect)
        return Draws(
            odds=odds,
            buy=threshold(chance, self.purchase),
            mood=self._mood if intent.on else np.zeros_like(self._mood),
            day_adds=day_adds,
            uniform=self._whole(
                "buyer", day, lambda g: g.random((len(_BUYER), BLOCK), dtype=np.float32)
            ),
        )

    def _whole(self, purpose: str, day: int, how) -> Floats:  # type: ignore[no-untyped-def]
        """Draw all blocks of persons and put them side by side."""
        first = how(dense(self.seed, purpose, day, 0))
        whole: Floats = np.empty((*first.shape[:-1], self.real), dtype=first.dtype)
        for start in range(0, self.real, BLOCK):
            here = how(dense(self.seed, purpose, day, start // BLOCK)) if start else first
            whole[..., start : start + BLOCK] = here[..., : self.real - start]
        return whole


def _logit(u: Floats) -> Floats:
    """Return log(u / (1 - u)), block by block: in the processor's cache."""
    found: Floats = np.log(u)
    found -= np.log1p(np.negative(u, out=u), out=u)
    return found
