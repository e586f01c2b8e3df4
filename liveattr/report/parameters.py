"""The parameters of the reports: one pydantic model a kind, checked before anything runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Literal, TypeVar, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from liveattr.errors import ParameterError, did_you_mean
from liveattr.tables import TABLES
from liveattr.units import SHANGHAI

__all__ = [
    "CampaignParameters",
    "RecallParameters",
    "ReportParameters",
    "RepurchaseParameters",
    "StockingParameters",
    "check_parameters",
]

Lang = Literal["zh", "en"]
Rule = Literal["first", "last", "last_non_direct", "linear", "position", "time_decay"]


RUN_ONLY = ("lang", "lake", "versions", "save")
"""Fields that say how a report is made and not which one it is."""


class ReportParameters(BaseModel):
    """What every report's notebook takes; a kind adds its own fields, field for field its first cell.

    Dates are text, the way they stand in the notebook; `check_parameters` makes a sentence of what
    is wrong.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    kind: ClassVar[str] = ""
    as_of: str
    lang: Lang = "zh"
    zone: str = SHANGHAI
    lake: str = Field(default="data/lake", min_length=1)
    versions: str = ""
    save: str = ""

    @property
    def subject(self) -> str:
        """What the report is about; its folder bears this name."""
        raise NotImplementedError

    @classmethod
    def asked(cls) -> tuple[str, ...]:
        """Return the fields that say which report it is."""
        return tuple(name for name in cls.model_fields if name not in RUN_ONLY)

    @field_validator("as_of")
    @classmethod
    def _is_a_day(cls, text: str) -> str:
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise ValueError(f"{text!r} is no date; write it as 2026-02-21") from None

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, text: str) -> str:
        try:
            ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{text!r} is no time zone; one is {SHANGHAI!r}") from None
        return text

    @field_validator("versions")
    @classmethod
    def _pins_tables(cls, text: str) -> str:
        if not text:
            return text
        try:
            pins = json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueError(f"it is no JSON: {error}") from None
        if not isinstance(pins, dict) or not all(isinstance(v, int) for v in pins.values()):
            raise ValueError('write it as {"statement": 3}')
        for name in pins:
            if name not in TABLES:
                raise ValueError(f"there is no table {name!r}; {did_you_mean(name, TABLES)}")
        return text


class CampaignParameters(ReportParameters):
    """What `notebooks/report_campaign.ipynb` takes."""

    kind: ClassVar[str] = "campaign"
    campaign_id: str = Field(min_length=1)
    rule: Rule = "last_non_direct"
    refund_window_days: int = Field(default=15, ge=0)

    @property
    def subject(self) -> str:
        """The campaign."""
        return self.campaign_id


class RecallParameters(ReportParameters):
    """What `notebooks/report_recall.ipynb` takes: a broadcast, or a list that is about none."""

    kind: ClassVar[str] = "recall"
    about: str = Field(min_length=1)

    @property
    def subject(self) -> str:
        """The broadcast or list."""
        return self.about


class RepurchaseParameters(ReportParameters):
    """What `notebooks/report_repurchase.ipynb` takes; it is about the whole shop."""

    kind: ClassVar[str] = "repurchase"

    @property
    def subject(self) -> str:
        """The shop."""
        return "shop"


class StockingParameters(ReportParameters):
    """What `notebooks/report_stocking.ipynb` takes; it is about the whole shop."""

    kind: ClassVar[str] = "stocking"

    @property
    def subject(self) -> str:
        """The shop."""
        return "shop"


Asked = TypeVar("Asked", bound=ReportParameters)


def check_parameters(
    values: Mapping[str, Any],
    model: type[Asked] = CampaignParameters,  # type: ignore[assignment]
) -> Asked:
    """Check the parameters of a report.

    Parameters
    ----------
    values
        Name → value.
    model
        Of the kind of report.

    Raises
    ------
    ParameterError
        If a name is unknown or missing, or a value is impossible; it names the parameter and
        suggests a right one.

    Examples
    --------
    >>> check_parameters({"campaign_id": "live_1", "as_of": "2026-02-21"}).lang
    'zh'
    >>> check_parameters({"campaign_id": "live_1", "as_off": "2026-02-21"})
    Traceback (most recent call last):
    liveattr.errors.ParameterError: there is no parameter 'as_off'; did you mean 'as_of'?
    """
    for name in values:
        if name not in model.model_fields:
            hint = did_you_mean(name, model.model_fields)
            raise ParameterError(f"there is no parameter {name!r}; {hint}")
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise ParameterError(_say(error, model)) from error


def _say(error: ValidationError, model: type[ReportParameters]) -> str:
    """Put the first thing that is wrong into one sentence."""
    first = error.errors()[0]
    name = str(first["loc"][0])
    if first["type"] == "missing":
        return f"parameter {name!r} is missing"
    if first["type"] == "literal_error":
        choices = get_args(model.model_fields[name].annotation)
        return (
            f"parameter {name} = {first['input']!r}: {did_you_mean(str(first['input']), choices)}"
        )
    said = first["msg"].removeprefix("Value error, ")
    return f"parameter {name} = {first['input']!r}: {said}"
