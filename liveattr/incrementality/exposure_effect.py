"""What watching does to ordering, from people: their hazard of ordering, less what hidden intent adds.

Who wants something both watches and buys. His past tells a part of it, and that is held fixed. For the
rest there is a control outcome: visits that he made by himself earlier on the day of the broadcast. The
broadcast cannot have caused them. If those who will watch come more often than others with the same past,
that is intent, and as much of it is in their orders.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liveattr.incrementality.hazard import DayLogit, fit_day_logit
from liveattr.incrementality.memory import memory_of
from liveattr.incrementality.panel import PersonDays
from liveattr.incrementality.proxies import (
    early_visits,
    habit_columns,
    ordered,
    visit_columns,
    watched,
)
from liveattr.incrementality.series import OFTEN
from liveattr.incrementality.unseen import seen_shares, unseen_odds

__all__ = ["HazardFit", "fit_hazard"]

Floats = NDArray[np.float64]
Cells = NDArray[np.float32]

WARM_UP = 30
"""[days] At most; until then there is too little past to hold fixed."""
TRIED_KEEPS = 0.5
KEEPS = {"daily": 0.45, "show": 0.3}
KEEPS_SD = 0.12
"""Share of a memory that is left next day, before the data are seen: mean by kind of room, and sd."""
LATER, LATER_SD = 0.9, 0.3
"""Of the intent that is seen in visits on the day of watching, so much is in the days after. It cannot be
measured, as the broadcast itself brings visits then; set in the tuning worlds."""


@dataclass(frozen=True)
class HazardFit:
    """How watching and ordering hang together.

    Attributes
    ----------
    rooms
        Rooms whose viewers are seen.
    effect
        [log-odds of ordering] Shape (draws, rooms): of watching, on the day itself.
    keeps
        Shape (draws, rooms): share of it that is left on each next day.
    seen_share
        Shape (draws, rooms): share of the viewers whom the platform shows.
    plain, hidden
        [log-odds] Shape (rooms,): of watching before the correction, and the correction, which is what
        hidden intent adds.
    wish
        Log-odds of ordering for each log-odds of coming by oneself: 1 where both follow intent alike.
    chance
        Shape (orders of the panel,): chance of an order by this person on its day; 0 before `since`.
    since
        First day that was fitted.
    orders, visits
        The two models behind it.
    """

    rooms: tuple[str, ...]
    effect: Floats
    keeps: Floats
    seen_share: Floats
    plain: Floats
    hidden: Floats
    wish: float
    chance: Floats
    since: int
    orders: DayLogit
    visits: DayLogit

    @property
    def hazard_ratio(self) -> dict[str, float]:
        """Room → how many times likelier its viewers ordered on the day (odds)."""
        return dict(zip(self.rooms, np.exp(self.effect.mean(0)).tolist(), strict=True))


def fit_hazard(panel: PersonDays, *, draws: int = 1000, seed: int = 0) -> HazardFit:
    """Fit the hazard of ordering and take hidden intent off.

    Parameters
    ----------
    panel
        Linked people day by day; of at least one room viewers are seen.
    draws, seed
        Number of draws, and what decides them.

    Raises
    ------
    MissingDataError
        If nobody orders, or nobody ever comes by himself.

    Notes
    -----
    Orders: log-odds = day + Σ watching(today) + Σ memory + wish × index + supplies + habits. The index is
    what past visits say of a visit today: it is fitted on early visits, with the same other columns, on
    days without an order. Hidden intent of a room = wish × coefficient of watching today in the model of
    early visits. Assumes that intent moves visits and orders in one proportion, whether it is seen in the
    past or not; that early visits have no other tie to watching (a reminder in the app is one, and
    would be taken for intent: the effect is then too low); and that the platform's gaps are chance.
    """
    rng = np.random.default_rng(seed)
    since = min(WARM_UP, panel.days // 5)
    shares = seen_shares(panel, draws, rng)
    columns = _watching(panel) | habit_columns(panel)
    visits, wish = _visit_model(panel, columns, since)
    columns["wish"] = wish
    bought = ordered(panel)
    late = {name: column[since:] for name, column in columns.items()}
    orders = fit_day_logit(bought[since:], late)
    for _ in range(2):
        effect, keeps, _, _ = _effects(panel, orders, visits, draws, seed)
        unseen = unseen_odds(panel, effect.mean(0), keeps.mean(0), shares.mean(0))[since:]
        orders = fit_day_logit(bought[since:], late, offset=unseen, start=orders)
    effect, keeps, plain, hidden = _effects(panel, orders, visits, draws, seed)
    return HazardFit(
        rooms=panel.rooms,
        effect=effect,
        keeps=keeps,
        seen_share=shares,
        plain=plain,
        hidden=hidden,
        wish=float(orders.of(["wish"])[0][0]),
        chance=_chance(panel, orders, orders.index(late) + unseen, since),
        since=since,
        orders=orders,
        visits=visits,
    )


def _chance(panel: PersonDays, fit: DayLogit, odds: Cells, since: int) -> Floats:
    """Return the fitted chance of each order of the panel."""
    found = np.zeros(len(panel.order_key))
    late = panel.order_day >= since
    day = panel.order_day[late] - since
    found[late] = 1 / (1 + np.exp(-fit.days[day] - odds[day, panel.order_person[late]]))
    return found


def _watching(panel: PersonDays) -> dict[str, Cells]:
    """Return watching today and the memory of earlier days of each room."""
    found = {}
    for row, room in enumerate(panel.rooms):
        seen = watched(panel, row)
        memory = memory_of(seen.T.astype(float), TRIED_KEEPS).T
        found[f"today {room}"] = seen
        found[f"after {room}"] = (memory - seen).astype(np.float32)
    return found


def _visit_model(
    panel: PersonDays, columns: Mapping[str, Cells], since: int
) -> tuple[DayLogit, Cells]:
    """Fit early visits; return the model and what it makes of past visits, shape (days, people)."""
    past = visit_columns(panel)
    late = {name: column[since:] for name, column in (dict(columns) | past).items()}
    idle = 1 - ordered(panel)[since:]
    fit = fit_day_logit(early_visits(panel)[since:], late, keep=idle)
    index = fit.index(past)
    return fit, index - index.mean()


def _effects(
    panel: PersonDays, orders: DayLogit, visits: DayLogit, draws: int, seed: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Draw the effects and memories of rooms; also return the plain effects and hidden intent."""
    rng = np.random.default_rng([seed, 1])
    names = [f"{what} {room}" for room in panel.rooms for what in ("today", "after")]
    found = _drawn(orders, [*names, "wish"], draws, rng)
    came = _drawn(visits, names[::2], draws, rng)
    hidden = np.maximum(found[:, -1:], 0) * came
    later = (LATER + LATER_SD * rng.standard_normal((draws, 1))) * hidden
    both = np.stack([found[:, :-1:2] - hidden, found[:, 1:-1:2] - later], axis=-1)
    effect, keeps = np.empty_like(hidden), np.empty_like(hidden)
    for room, held in enumerate(panel.on_air):
        usual = KEEPS["daily" if held.mean() > OFTEN else "show"]
        effect[:, room], keeps[:, room] = _with_memory(both[:, room], usual, rng)
    return effect, keeps, orders.of(names[::2])[0], hidden.mean(0)


def _drawn(fit: DayLogit, names: list[str], draws: int, rng: np.random.Generator) -> Floats:
    mean, covariance = fit.of(names)
    root = np.linalg.cholesky(covariance)
    return np.asarray(mean + rng.standard_normal((draws, len(names))) @ root.T)


def _with_memory(both: Floats, usual: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Join the effects on the day and on the days after: one effect that fades by the same share.

    `both` has the columns today and after, the second for a memory of `TRIED_KEEPS`. A memory that keeps
    another share shows there in proportion to its overlap: keeps' / (1 - keeps' tried) ÷ the same of tried.
    """
    mean, inverse = both.mean(0), np.linalg.inv(np.cov(both, rowvar=False))
    keeps = np.linspace(0.1, 0.85, 76)
    overlap = keeps / (1 - keeps * TRIED_KEEPS) * (1 - TRIED_KEEPS**2) / TRIED_KEEPS
    shape = np.column_stack([np.ones_like(keeps), overlap])
    weight = shape @ inverse
    size = (weight * shape).sum(1)
    log = (weight @ mean) ** 2 / size / 2 - np.log(size) / 2
    log -= ((keeps - usual) / KEEPS_SD) ** 2 / 2
    chance = np.exp(log - log.max())
    picked = rng.choice(len(keeps), size=len(both), p=chance / chance.sum())
    effect = (weight[picked] * both).sum(1) / size[picked]
    return effect, keeps[picked]
