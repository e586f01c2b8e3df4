"""A made world of clicks in live rooms and visits to a mall, with the truth of who is who.

Viewers click products in the room; those who have a mall visitor id too jump to the mall within
seconds. Devices repeat, carriers put a city behind four addresses, homes and one internet cafe share
one, and a part of everything is told wrongly.

The levels are those of the measured prototype (18,500 persons, six broadcasts of two hours, sixty
products of two minutes, 60 % of clicks in each product's burst). What the prototype does not say
(number of cities, share of mobile sessions, how often people come) was set so that the simple rules
score as they did there; `event_identity.py` prints them beside the anchors, so a world that became
easier shows. Errors of address, city, device and product are drawn once for each evening of a person, not for
each click: a second click of the same evening does not repair them, which is the harder reading.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

START = pd.Timestamp("2026-01-05T12:00:00Z")


@dataclass(frozen=True)
class Levels:
    """What the world is made of."""

    both: int = 4_000
    live_only: int = 12_000
    mall_only: int = 2_500
    tracked: float = 0.30
    broadcasts: int = 6
    products: int = 60
    popularity_sigma: float = 0.5
    on_air_s: float = 120.0
    burst: float = 0.60
    burst_s: float = 25.0
    comes: float = 0.37
    more_clicks: float = 0.85
    jumps: float = 0.76
    jumps_alike: float = 0.0  # 0: everybody alike; else the weight of the share, as of a Beta
    delay_median_s: float = 4.0
    delay_sigma: float = 1.2
    organic: float = 1.92
    organic_in_show: float = 0.5
    organic_on_air: float = 0.8
    changed_ip: float = 0.08
    wrong_city: float = 0.05
    hidden_ua: float = 0.03
    other_product: float = 0.08
    models: int = 60
    model_zipf: float = 1.2
    versions: int = 6
    cities: int = 15
    carrier_ips: int = 4
    mobile: float = 0.85
    cafe: float = 0.04


@dataclass(frozen=True)
class World:
    """Clicks, views and plan as the parties see them; truth as nobody does.

    `truth` is uid, visitor, tracked, linkable (one who jumped at least once), cafe.
    """

    clicks: pd.DataFrame
    views: pd.DataFrame
    on_air: pd.DataFrame
    truth: pd.DataFrame

    @property
    def tracked(self) -> pd.DataFrame:
        """Pairs that a tracked link tells."""
        return self.truth.loc[self.truth["tracked"], ["uid", "visitor"]].reset_index(drop=True)


class _People:
    """City, home, device and habits of everybody, and the address they have on an evening."""

    def __init__(self, lv: Levels, rng: np.random.Generator) -> None:
        n = lv.both + lv.live_only + lv.mall_only
        self.lv, self.rng, self.n = lv, rng, n
        weight = np.arange(1, lv.cities + 1) ** -0.5
        self.city = rng.choice(lv.cities, n, p=weight / weight.sum())
        self.cafe = rng.random(n) < lv.cafe
        self.city[self.cafe] = 0
        weight = np.arange(1, lv.models + 1) ** -lv.model_zipf
        model = rng.choice(lv.models, n, p=weight / weight.sum())
        self.ua = model * lv.versions + rng.integers(lv.versions, size=n)
        self.home = np.empty(n, dtype=np.int64)
        order = np.lexsort((rng.random(n), self.city))
        self.home[order] = np.arange(n) // 2  # two of one city share a home

    def address(self, person: np.ndarray, mobile: np.ndarray) -> np.ndarray:
        nat = self.city[person] * 100 + self.rng.integers(self.lv.carrier_ips, size=len(person))
        found = np.where(mobile, nat, 10_000 + self.home[person])
        return np.where(self.cafe[person], 9_999, found)

    def any_city(self, right: np.ndarray, wrong: np.ndarray) -> np.ndarray:
        return np.where(wrong, self.rng.integers(self.lv.cities, size=len(right)), right)


def make_world(seed: int, levels: Levels | None = None) -> World:
    """Make the world of a seed."""
    lv = levels or Levels()
    rng = np.random.default_rng([20_260_105, seed])
    people = _People(lv, rng)
    has_uid = np.arange(people.n) < lv.both + lv.live_only
    has_mall = (np.arange(people.n) < lv.both) | ~has_uid
    clicks, jumps = _evenings(lv, rng, people, np.flatnonzero(has_uid))
    views = pd.concat([jumps, _organic(lv, rng, people, np.flatnonzero(has_mall))])
    uid = _names(rng, people.n, "u")
    visitor = _names(rng, people.n, "v")
    truth = pd.DataFrame({"uid": uid[: lv.both], "visitor": visitor[: lv.both]})
    truth["tracked"] = rng.random(lv.both) < lv.tracked
    truth["linkable"] = np.isin(np.arange(lv.both), jumps["person"].to_numpy())
    truth["cafe"] = people.cafe[: lv.both]
    clicks["uid"], views["visitor"] = uid[clicks["person"]], visitor[views["person"]]
    keep = ["at", "product", "ip", "ua", "city"]
    return World(
        clicks=_shuffled(clicks[["uid", "broadcast", *keep]], rng),
        views=_shuffled(views[["visitor", *keep]], rng),
        on_air=_plan(lv),
        truth=truth,
    )


def _evenings(
    lv: Levels, rng: np.random.Generator, people: _People, who: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the clicks of everybody's evenings, and the jumps to the mall they became."""
    person, show = np.nonzero(rng.random((len(who), lv.broadcasts)) < lv.comes)
    person = who[person]
    mobile = rng.random(len(person)) < lv.mobile
    changed = rng.random(len(person)) < lv.changed_ip
    ip = people.address(person, mobile)
    mall_ip = np.where(changed, people.address(person, ~mobile), ip)
    mall_city = people.any_city(people.city[person], rng.random(len(person)) < lv.wrong_city)
    ua = np.where(rng.random(len(person)) < lv.hidden_ua, -1, people.ua[person])
    evening = np.repeat(np.arange(len(person)), 1 + rng.poisson(lv.more_clicks, len(person)))
    n = len(evening)
    popular = np.exp(lv.popularity_sigma * rng.standard_normal((lv.broadcasts, lv.products)))
    upto = np.cumsum(popular / popular.sum(axis=1, keepdims=True), axis=1)
    product = (rng.random(n)[:, None] > upto[show[evening]]).sum(axis=1).clip(max=lv.products - 1)
    burst = rng.random(n) < lv.burst
    into = np.where(burst, rng.random(n) * lv.burst_s, rng.random(n) * lv.on_air_s)
    second = show[evening] * 86_400.0 + product * lv.on_air_s + into
    clicks = _events(person[evening], second, product, ip[evening], ua[evening])
    clicks["broadcast"] = np.char.add("b", show[evening].astype(str))
    clicks["city"] = _label("c", people.city[person[evening]])
    prone = _propensity(lv, rng, people.n)
    jump = np.flatnonzero((rng.random(n) < prone[person[evening]]) & (person[evening] < lv.both))
    delay = lv.delay_median_s * np.exp(lv.delay_sigma * rng.standard_normal(len(jump)))
    there = evening[jump]
    other = rng.random(len(person)) < lv.other_product
    elsewhere = rng.integers(lv.products, size=len(jump))
    seen = np.where(other[there], elsewhere, product[jump])
    jumps = _events(
        person[there], second[jump] + delay, seen, mall_ip[there], people.ua[person[there]]
    )
    jumps["city"] = _label("c", mall_city[there])
    return clicks, jumps


def _propensity(lv: Levels, rng: np.random.Generator, n: int) -> np.ndarray:
    """How often each person's click becomes a jump."""
    if not lv.jumps_alike:
        return np.full(n, lv.jumps)
    return rng.beta(lv.jumps * lv.jumps_alike, (1 - lv.jumps) * lv.jumps_alike, n)


def _organic(
    lv: Levels, rng: np.random.Generator, people: _People, who: np.ndarray
) -> pd.DataFrame:
    """Visits to the mall that no broadcast brought, half of them while one is on air."""
    person = np.repeat(who, rng.poisson(lv.organic, len(who)))
    n = len(person)
    in_show = rng.random(n) < lv.organic_in_show
    into = rng.random(n) * np.where(in_show, lv.products * lv.on_air_s, 86_400.0)
    second = rng.integers(lv.broadcasts, size=n) * 86_400.0 + into
    shown = in_show & (rng.random(n) < lv.organic_on_air)  # the mall promotes what is on air
    product = np.where(shown, into // lv.on_air_s, rng.integers(lv.products, size=n)).astype(int)
    address = people.address(person, rng.random(n) < lv.mobile)
    views = _events(person, second, product, address, people.ua[person])
    wrong = rng.random(n) < lv.wrong_city
    views["city"] = _label("c", people.any_city(people.city[person], wrong))
    return views


def _events(
    person: np.ndarray, second: np.ndarray, product: np.ndarray, ip: np.ndarray, ua: np.ndarray
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "person": person,
            "at": START + pd.to_timedelta((second * 1000).astype(np.int64), unit="ms"),
            "product": _label("p", product),
            "ip": _label("i", ip),
            "ua": pd.Series(_label("a", ua), dtype=object).where(ua >= 0, None),
        }
    )


def _plan(lv: Levels) -> pd.DataFrame:
    show, product = np.divmod(np.arange(lv.broadcasts * lv.products), lv.products)
    start = START + pd.to_timedelta(show * 86_400.0 + product * lv.on_air_s, unit="s")
    return pd.DataFrame(
        {
            "broadcast": _label("b", show),
            "product": _label("p", product),
            "from_at": start,
            "to_at": start + pd.to_timedelta(lv.on_air_s, unit="s"),
        }
    )


def _label(letter: str, code: np.ndarray) -> np.ndarray:
    return np.char.add(letter, code.astype(str)).astype(object)


def _names(rng: np.random.Generator, n: int, letter: str) -> np.ndarray:
    return _label(letter, rng.permutation(n) + 100_000)


def _shuffled(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
