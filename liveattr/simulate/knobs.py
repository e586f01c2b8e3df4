"""Parameters that say what they are: default, range, unit, meaning and source, checked when set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from liveattr.errors import ParameterError, did_you_mean

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = ["Block", "choice", "describe_blocks", "knob", "with_values"]

B = TypeVar("B", bound="DataclassInstance")


def knob(
    default: float, low: float, high: float, meaning: str, *, unit: str = "", source: str = "ours"
) -> Any:
    """Declare a number of a block: default, smallest and largest value, meaning, unit, source."""
    whole = isinstance(default, int)
    facts = {"low": low, "high": high, "whole": whole, "meaning": meaning, "unit": unit}
    facts["source"] = source
    return field(default=default, metadata=facts)


def choice(default: str, words: tuple[str, ...], meaning: str, *, source: str = "ours") -> Any:
    """Declare a parameter that is one of several words."""
    return field(default=default, metadata={"words": words, "meaning": meaning, "source": source})


@dataclass(frozen=True)
class Block:
    """Parameters of one mechanism. `on=False` switches the mechanism off.

    Raises
    ------
    ParameterError
        If a value is outside its range; the message names the parameter, the range and its source.
    """

    on: bool = field(
        default=True,
        kw_only=True,
        metadata={"meaning": "whether this is in the world", "source": "ours"},
    )

    def __post_init__(self) -> None:
        for one in fields(self):
            _check(type(self).__name__, one.name, getattr(self, one.name), one.metadata)


def _check(block: str, name: str, value: Any, facts: Mapping[str, Any]) -> None:
    place = f"{block}.{name}"
    if "words" in facts and value not in facts["words"]:
        raise ParameterError(
            f"{place} = {value!r}: it is one of {', '.join(facts['words'])} (source: {facts['source']})"
        )
    if "low" not in facts:
        return
    whole = facts["whole"]
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        raise ParameterError(f"{place} = {value!r}: a {'whole ' if whole else ''}number is wanted")
    if not facts["low"] <= value <= facts["high"]:
        raise ParameterError(
            f"{place} = {value!r}: it must be within {facts['low']} and {facts['high']} "
            f"({facts['meaning']}; source: {facts['source']})"
        )


def with_values(blocks: B, values: Mapping[str, Any]) -> B:
    """Return parameters with some values changed, named `block.parameter`.

    Raises
    ------
    ParameterError
        If there is no such parameter, or the value is outside its range.
    """
    known = {f"{b.name}.{f.name}" for b in fields(blocks) for f in fields(getattr(blocks, b.name))}
    changes: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        if name not in known:
            raise ParameterError(f"there is no parameter {name!r}; {did_you_mean(name, known)}")
        block, _, key = name.partition(".")
        changes.setdefault(block, {})[key] = value
    for block, change in changes.items():  # all of a block at once: it checks them together
        blocks = replace(blocks, **{block: replace(getattr(blocks, block), **change)})
    return blocks


def describe_blocks(blocks: Any) -> pd.DataFrame:
    """List every parameter.

    Returns
    -------
    pandas.DataFrame
        `parameter, value, low, high, unit, meaning, source`; for words `low` lists the choices.
    """
    rows = []
    for block in fields(blocks):
        for one in fields(getattr(blocks, block.name)):
            facts = one.metadata
            low = ", ".join(facts["words"]) if "words" in facts else facts.get("low", "")
            rows.append(
                (
                    f"{block.name}.{one.name}",
                    getattr(getattr(blocks, block.name), one.name),
                    low,
                    facts.get("high", ""),
                    facts.get("unit", ""),
                    facts.get("meaning", ""),
                    facts.get("source", ""),
                )
            )
    columns = ["parameter", "value", "low", "high", "unit", "meaning", "source"]
    return pd.DataFrame(rows, columns=columns)
