"""How an order is decided: service level, limits, money. One frozen set of numbers, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from types import MappingProxyType

from liveattr.errors import ParameterError

__all__ = ["ABC_TARGETS", "OrderPolicy"]

ABC_TARGETS: Mapping[str, float] = MappingProxyType({"A": 0.95, "B": 0.90, "C": 0.80})
"""Service level by class where no critical ratio can be told. A convention, not a measurement."""

_SERVICES = ("ratio", "class")


@dataclass(frozen=True)
class OrderPolicy:
    """The merchant's rules for `plan_orders`.

    Defaults for holding, ageing, lead time and limits are assumptions to be replaced by the merchant's
    own numbers; no result of this package rests on them being true.

    Parameters
    ----------
    service
        "ratio": the level that pays best, cost of one short / (cost of one short + cost of one over),
        by SKU; "class": the target of its ABC class. Where price or cost is not known the class decides.
    class_targets
        Level by ABC class, each in (0, 1).
    service_floor, service_ceiling
        The critical ratio is held between them: beyond, it rests on the far tail of the forecast.
    holding_per_year
        Capital, room and insurance, as a share of the cost of a piece in a year.
    ageing_per_year
        Value that a piece loses by lying for a year, as a share of its cost.
    kept_share
        Share of what is sold that is not refunded: only that part of the margin is lost by being out.
    order_at_loss
        Order what is sold at or below cost (to the class target) instead of nothing.
    returns_share
        Part of `returns_due` that is counted as supply; 0: count returns only once they are on hand.
    budget_fen
        Most money for all orders together; None: no limit.
    diagnosis_cap
        Order-up-to of a product that sells badly for a cause that stock does not mend: "mean", or a
        level of the forecast such as 0.5. None: no cap.
    diagnosis_strength
        Chance of the cause from which on the cap acts.
    lead_time_days, review_days
        Where the supply terms do not tell.
    shelf_life_share
        Part of the shelf life within which a piece must be sold.
    max_cover_days
        Least orders and supplier minima never lift an order beyond so many days of mean demand: what lies
        longer costs more than these rules count.
    horizon_days
        So far ahead the day is told on which stock runs out (or the window, if that is longer).

    Raises
    ------
    ParameterError
        A number out of its range; the message names it.

    Examples
    --------
    >>> OrderPolicy(budget_fen=500_000_00).service
    'ratio'
    """

    service: str = "ratio"
    class_targets: Mapping[str, float] = field(default_factory=lambda: dict(ABC_TARGETS))
    service_floor: float = 0.5
    service_ceiling: float = 0.98
    holding_per_year: float = 0.25
    ageing_per_year: float = 0.30
    kept_share: float = 1.0
    order_at_loss: bool = False
    returns_share: float = 1.0
    budget_fen: int | None = None
    diagnosis_cap: str | float | None = "mean"
    diagnosis_strength: float = 0.5
    lead_time_days: int = 14
    review_days: int = 7
    shelf_life_share: float = 0.5
    max_cover_days: int = 120
    horizon_days: int = 60

    def __post_init__(self) -> None:
        """Check every number."""
        if self.service not in _SERVICES:
            raise ParameterError(f"service {self.service!r} is unknown; choose ratio or class")
        self._check_levels()
        for name in ("holding_per_year", "ageing_per_year"):
            self._within(name, 0.0, 100.0)
        for name in ("kept_share", "returns_share", "diagnosis_strength", "shelf_life_share"):
            self._within(name, 0.0, 1.0)
        for name, least in (("lead_time_days", 0), ("review_days", 1), ("max_cover_days", 0)):
            self._within(name, least, 3650)
        self._within("horizon_days", 1, 730)
        if self.budget_fen is not None and not self.budget_fen >= 0:
            raise ParameterError(f"budget_fen must be 0 or more, not {self.budget_fen}")

    def _check_levels(self) -> None:
        lacking = [name for name in "ABC" if name not in self.class_targets]
        if lacking:
            raise ParameterError(f"class_targets lacks {', '.join(lacking)}")
        cap = self.diagnosis_cap
        if isinstance(cap, str) and cap != "mean":
            raise ParameterError(f"diagnosis_cap must be 'mean', a level or None, not {cap!r}")
        levels = {f"class_targets[{name!r}]": v for name, v in self.class_targets.items()}
        levels |= {"service_floor": self.service_floor, "service_ceiling": self.service_ceiling}
        if isinstance(cap, int | float):
            levels["diagnosis_cap"] = cap
        for name, level in levels.items():
            if not 0 < level < 1:
                raise ParameterError(f"{name} must lie between 0 and 1, not {level}")
        if self.service_floor > self.service_ceiling:
            raise ParameterError("service_floor is above service_ceiling")

    def _within(self, name: str, least: float, most: float) -> None:
        value = getattr(self, name)
        if not (isfinite(value) and least <= value <= most):
            raise ParameterError(f"{name} must lie within {least:g} and {most:g}, not {value}")
