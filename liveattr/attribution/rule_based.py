"""The six rules: first, last, last non-direct, linear, position, time decay.

A rule gives each touch of a journey a whole-number weight; its share is the weight over the sum
of the weights. Weights are whole so that money can be cut exactly (see `money`).
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from liveattr.errors import ParameterError, did_you_mean
from liveattr.settings import RULES, RuleParameters

__all__ = [
    "RULES",
    "RuleParameters",
    "check_rule",
    "rule_parameters",
    "rule_version",
    "rule_weight_sql",
]

DEFINITION = 1
"""Version of the definitions below; it grows when a rule would give other shares than before."""

PPM = 1_000_000
DECAY_UNIT = 1_000_000_000_000
"""Weight of the newest touch under time decay: fine enough for an age of forty half-lives."""
DAY_US = 86_400_000_000

_WEIGHT = {
    "first": "CASE WHEN pos = 1 THEN 1 ELSE 0 END",
    "last": "CASE WHEN pos = n THEN 1 ELSE 0 END",
    "last_non_direct": "CASE WHEN pos = coalesce(last_kept, n) THEN 1 ELSE 0 END",
    "linear": "1",
    "position": (
        "CASE WHEN n = 1 THEN 1 WHEN n = 2 AND pos = 1 THEN {one} WHEN n = 2 THEN {two} "
        "WHEN pos = 1 THEN {first} * (n - 2) WHEN pos = n THEN {last} * (n - 2) ELSE {middle} END"
    ),
    "time_decay": (
        "CAST(round({unit} * power(2, CAST(ts_us - newest_us AS DOUBLE) / {half_life_us})) "
        "AS BIGINT)"
    ),
}


def check_rule(rule: str) -> None:
    """Refuse a rule that is none."""
    if rule not in RULES:
        raise ParameterError(f"there is no rule {rule!r}; {did_you_mean(rule, RULES)}")


def rule_version(rule: str, parameters: RuleParameters | None = None) -> str:
    """Return the version of a rule: its definition and the parameters that it uses.

    Examples
    --------
    >>> rule_version("linear"), rule_version("time_decay")
    ('linear/1', 'time_decay/1 half_life_days=7')
    >>> rule_version("last_non_direct", RuleParameters(skip=("sms", "direct")))
    'last_non_direct/1 skip=direct,sms'
    """
    check_rule(rule)
    known = parameters or RuleParameters()
    used = {
        "last_non_direct": "skip=" + ",".join(sorted(known.skip)),
        "position": "weights=" + ",".join(f"{w:.12g}" for w in known.position_weights),
        "time_decay": f"half_life_days={known.half_life_days:.12g}",
    }.get(rule, "")
    return f"{rule}/{DEFINITION} {used}".rstrip()


def rule_weight_sql(rule: str, parameters: RuleParameters | None = None) -> str:
    """Write SQL for the whole-number weight of a touch, from `pos, n, ts_us, last_kept, newest_us`.

    `last_kept` is the newest place whose channel is not skipped, `newest_us` the time of the newest
    touch of the journey.
    """
    check_rule(rule)
    known = parameters or RuleParameters()
    first, middle, last = (round(w * PPM) for w in known.position_weights)
    one, two = (first, last) if first + last > 0 else (1, 1)
    return _WEIGHT[rule].format(
        one=one,
        two=two,
        first=first,
        middle=middle,
        last=last,
        unit=DECAY_UNIT,
        half_life_us=known.half_life_days * DAY_US,
    )


def rule_parameters(
    skip: Sequence[str], position_weights: tuple[float, float, float], half_life_days: float
) -> RuleParameters:
    """Check the parameters of rules; see `RuleParameters`."""
    try:
        return RuleParameters(
            skip=tuple(skip), position_weights=position_weights, half_life_days=half_life_days
        )
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ParameterError(f"{name}: {first['msg']}; got {first['input']!r}") from error
