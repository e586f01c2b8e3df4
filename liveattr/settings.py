"""Settings: `liveattr.toml` in the working folder; keys and secrets only from the environment.

Every default below is the value that is used where neither a file nor an argument says otherwise.
"""

from __future__ import annotations

import os
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from liveattr.errors import ConfigError, did_you_mean
from liveattr.units import SHANGHAI

__all__ = ["CONFIG_ENV", "FILE_NAME", "RuleParameters", "Settings", "TouchWindows", "load_settings"]

FILE_NAME = "liveattr.toml"
CONFIG_ENV = "LIVEATTR_CONFIG"
"""Environment variable with the path of the settings file."""

Days = Annotated[int, Field(ge=0, le=3650)]
Minutes = Annotated[int, Field(ge=0, le=7 * 24 * 60)]
Hours = Annotated[int, Field(ge=0, le=90 * 24)]
RULES = ("first", "last", "last_non_direct", "linear", "position", "time_decay")
MODELS = (*RULES, "markov", "markov_2", "markov_3", "markov_4", "shapley")
"""Models of credit by name: the rules, Markov chains of order 1 to 4, simplified Shapley values."""
MODEL_KEYS = ("channel", "campaign", "broadcast", "host", "sku", "action")
MATCHES = ("none", "product", "category")
SERVICES = ("ratio", "class")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TouchWindows(_Part):
    """How long before an order a touch of each kind counts [days]."""

    view: Days = 7
    click: Days = 30
    live_watch: Days = 30


class RuleParameters(_Part):
    """Parameters of the attribution rules."""

    skip: tuple[str, ...] = ("direct",)
    """Channels that last_non_direct passes over."""
    position_weights: tuple[float, float, float] = (0.4, 0.2, 0.4)
    """Weight of the first touch, of all in between together, of the last; they sum to 1."""
    half_life_days: Annotated[float, Field(gt=0)] = 7.0
    """[days] A touch that is so much older weighs half as much (time_decay)."""

    @field_validator("position_weights")
    @classmethod
    def _sum_to_one(cls, weights: tuple[float, float, float]) -> tuple[float, float, float]:
        if min(weights) < 0 or abs(sum(weights) - 1) > 1e-9:
            raise ValueError("the three weights are not negative and sum to 1")
        return weights


class Settings(_Part):
    """All settings; see each field. Frozen: `settings.model_copy(update={...})` makes another."""

    zone: str = SHANGHAI
    """The shop's zone: it decides what a business date is."""
    bad_share_limit: Annotated[float, Field(ge=0, le=1)] = 0.05
    """A batch with a larger share of bad rows fails as a whole."""
    memory_limit: Annotated[str, Field(pattern=r"^\d+(\.\d+)?\s*([KMGT]i?B)$")] = "1200MB"
    """What one SQL connection may use before it spills to disk."""
    threads: Annotated[int, Field(ge=1, le=1024)] = Field(
        default_factory=lambda: os.cpu_count() or 1
    )
    """Threads of SQL; by default the number of cores."""
    session_gap_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 30
    """[min] A longer pause begins a new session, hence a new touch."""
    lookback_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """[days] Touches that are older than that before an order do not count."""
    touch_windows: TouchWindows = TouchWindows()
    clock_offset_s: dict[str, float] = {}
    """[s] Source → how far its clock is ahead; taken off its event times."""
    billed_platforms: tuple[str, ...] = ("douyin", "kuaishou", "channels", "taobao")
    """Platforms that settle with a bill: a line of theirs waits for it. Leave out one whose bills you do
    not load because its fees stand on your own cost sheet."""
    refund_window_days: Days = 15
    """[days] After payment, until an order is mature (few refunds come later)."""
    tracked_link_hours: Hours = 24
    """[h] A tracked link ties an order to its broadcast for so long."""
    host_time_grace_minutes: Minutes = 60
    """[min] After the end of a broadcast in which an order with its host still counts."""
    window_hours: Hours = 24
    """[h] After the end of a broadcast in which an order may come from it at all."""
    blocked_identifiers: dict[str, tuple[str, ...]] = {}
    """Kind → identifiers that are nobody's, beside those that are blocked anyway: whole values, or
    patterns that begin with ^. They become no token."""
    fuzzy_match: bool = False
    """Whether viewers and visitors are compared by coincidence (tier C); needs people's own consent to
    it. Only then the whole address of an event is kept, as a token and for 7 days."""
    buckets: Annotated[int, Field(ge=1, le=1024)] = 16
    """People are split into so many buckets, so that memory stays bounded."""
    share_rule: str = "last_non_direct"
    """The attribution rule that shares out order lines without hard evidence."""
    rules: RuleParameters = RuleParameters()
    models: tuple[str, ...] = (*RULES, "markov", "shapley")
    """Which models give credit; the statement's `share_rule` is always one of them."""
    model_key: str = "channel"
    """What a Markov chain and Shapley values take for one state or player: a dimension of a touch."""
    sku_match: str = "none"
    """product, category: a touch that names an SKU counts only for lines of the same one."""
    interval_level: Annotated[float, Field(gt=0, lt=1)] = 0.95
    """Level of the intervals of credit."""
    festivals: tuple[date, ...] = ()
    """Days of the platforms' festivals (618, 双11, …): demand is higher without any broadcast."""
    off_day_plans: tuple[str, ...] = ()
    """Files of planned evenings off air, as `liveattr plan-off-days` wrote them: their rooms get grade A."""
    lift_level: Annotated[float, Field(gt=0, lt=1)] = 0.9
    """Level of the intervals of lift."""
    lift_window_days: Annotated[int, Field(ge=1, le=14)] = 3
    """[days] Of a single broadcast, in which the shop's sales are compared with the baseline."""
    fake_broadcasts: Annotated[int, Field(ge=0, le=365)] = 40
    """Dates without a broadcast on which the baseline is tried; under 30 the width is not corrected."""
    viewer_bias: Annotated[float, Field(ge=0, le=3)] = 0.25
    """Spread of the log bias that viewers have in all rooms alike, before days off air correct it."""
    room_bias: Annotated[float, Field(ge=0, le=3)] = 0.12
    """Spread of the log bias of each room beside it."""
    lift_seed: int = 7
    """Decides the draws behind intervals of lift: same seed, same bytes."""
    message_cost_fen: dict[str, Annotated[int, Field(ge=0)]] = {"sms": 5, "wecom": 0, "push": 0}
    """Channel → [fen] cost of one message; a channel that is not named costs nothing."""
    recall_cap_days: Days = 7
    """[days] Nobody is on two lists within so long, over all campaigns and channels; 0: no cap."""
    recall_holdout_share: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Share of a list that is held out, so that it can be told what the message brought."""
    recall_never_share: Annotated[float, Field(ge=0, lt=1)] = 0.01
    """Share of all people whom no list contacts."""
    stock_service: str = "ratio"
    """ratio: orders up to the chance that pays best, by margin and holding cost; class: .95, .90, .80 for A, B, C."""
    stock_holding_per_year: Annotated[float, Field(ge=0, le=100)] = 0.25
    """Capital, room and insurance, as a share of the cost of a piece in a year."""
    stock_ageing_per_year: Annotated[float, Field(ge=0, le=100)] = 0.3
    """Value that a piece loses by lying for a year, as a share of its cost."""
    stock_budget_fen: Annotated[int, Field(ge=0)] | None = None
    """[fen] Most money for the orders of one day; without it there is no limit."""
    stock_lead_days: Days = 14
    """[days] From order to receipt, where the supply terms do not tell."""
    stock_review_days: Annotated[int, Field(ge=1, le=3650)] = 7
    """[days] From one order to the next, where the supply terms do not tell."""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{zone!r} is no time zone; one is {SHANGHAI!r}") from None
        return zone

    @field_validator("share_rule")
    @classmethod
    def _known_rule(cls, rule: str) -> str:
        return _one_of(rule, RULES, "rule")

    @field_validator("models")
    @classmethod
    def _known_models(cls, models: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_one_of(model, MODELS, "model") for model in dict.fromkeys(models))

    @field_validator("model_key")
    @classmethod
    def _known_key(cls, key: str) -> str:
        return _one_of(key, MODEL_KEYS, "model_key")

    @field_validator("stock_service")
    @classmethod
    def _known_service(cls, service: str) -> str:
        return _one_of(service, SERVICES, "stock_service")

    @field_validator("sku_match")
    @classmethod
    def _known_match(cls, match: str) -> str:
        return _one_of(match, MATCHES, "sku_match")


def _one_of(value: str, known: tuple[str, ...], what: str) -> str:
    if value not in known:
        raise ValueError(f"there is no {what} {value!r}; {did_you_mean(value, known)}")
    return value


def load_settings(path: str | Path | None = None) -> Settings:
    """Read the settings.

    Parameters
    ----------
    path
        A TOML file. Without it: the file that `LIVEATTR_CONFIG` names, else `liveattr.toml` in the
        working folder, else the defaults.

    Raises
    ------
    ConfigError
        If a named file is missing, is no TOML, or has an unknown key or an impossible value.
    """
    named = path if path is not None else os.environ.get(CONFIG_ENV)
    file = Path(named) if named else Path(FILE_NAME)
    if not file.is_file():
        if named:
            raise ConfigError(f"there is no settings file {str(file)!r}")
        return Settings()
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file.name} is no TOML file: {error}") from error
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise ConfigError(f"{file.name}: {_say(error)}") from error


def _say(error: ValidationError) -> str:
    """Put the first thing that is wrong into one sentence."""
    first = error.errors()[0]
    place = [str(part) for part in first["loc"]]
    key = ".".join(place)
    if first["type"] != "extra_forbidden":
        return f"{key} = {first['input']!r}: {first['msg'].removeprefix('Value error, ')}"
    model: type[BaseModel] = Settings
    for part in place[:-1]:
        inner = model.model_fields[part].annotation
        assert isinstance(inner, type) and issubclass(inner, BaseModel)
        model = inner
    return f"unknown setting {key!r}; {did_you_mean(place[-1], model.model_fields)}"
