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
    "share_sql",
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


def share_sql(
    source: str,
    rules: Sequence[str] = RULES,
    parameters: RuleParameters | None = None,
    *,
    key: str = "order_key",
    keep: Sequence[str] = ("touch_id",),
) -> str:
    """Write SQL that shares each journey out among its touches, for several rules at once.

    Parameters
    ----------
    source
        Relation with `key`, `pos, n, channel, ts_us` and the columns `keep`.
    rules, parameters
        Which rules, and how.
    key
        Column that tells journeys apart.
    keep
        Columns that are handed through.

    Returns
    -------
    str
        A query with `rule, <key>, pos, <keep>, weight, total`; touches without a share are left
        out. `share` is weight / total.
    """
    known = parameters or RuleParameters()
    columns = ", ".join((key, "pos", *keep))
    skip = ", ".join("'" + channel.replace("'", "''") + "'" for channel in known.skip) or "NULL"
    kept = f"CASE WHEN channel IN ({skip}) THEN NULL ELSE pos END"
    weights = " UNION ALL ".join(
        f"SELECT '{rule}' AS rule, {columns}, CAST({_weight(rule, known)} AS BIGINT) AS weight "
        f"FROM marked"
        for rule in rules
    )
    return f"""
WITH marked AS (
    SELECT {columns}, n, ts_us, max({kept}) OVER journey AS last_kept,
           max(ts_us) OVER journey AS newest_us
    FROM {source} WINDOW journey AS (PARTITION BY {key})
)
SELECT rule, {columns}, weight,
       CAST(sum(weight) OVER (PARTITION BY rule, {key}) AS BIGINT) AS total
FROM ({weights})
WHERE weight > 0"""


def _weight(rule: str, parameters: RuleParameters) -> str:
    check_rule(rule)
    first, middle, last = (round(w * PPM) for w in parameters.position_weights)
    one, two = (first, last) if first + last > 0 else (1, 1)
    return _WEIGHT[rule].format(
        one=one,
        two=two,
        first=first,
        middle=middle,
        last=last,
        unit=DECAY_UNIT,
        half_life_us=parameters.half_life_days * DAY_US,
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
