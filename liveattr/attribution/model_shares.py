"""SQL that shares journeys out among their touches, by several models at once.

A model gives each touch of a journey a whole-number weight; its share is the weight over the sum of the
weights. Weights are whole so that money can be cut exactly (see `money`).
"""

from __future__ import annotations

from collections.abc import Sequence

from liveattr.attribution.rule_based import rule_version, rule_weight_sql
from liveattr.errors import ParameterError, did_you_mean
from liveattr.settings import MODELS, RULES, RuleParameters

__all__ = [
    "MODEL_WEIGHT",
    "WEIGHT_UNIT",
    "check_models",
    "markov_order",
    "model_version",
    "share_sql",
]

MODEL_WEIGHT = "model_weight"
"""Relation `model, key, weight` (whole numbers) with the removal effects of fitted chains."""

WEIGHT_UNIT = 1_000_000_000_000
"""Weight of a removal effect of 1, and of one channel under Shapley."""

_VERSIONS = {"markov": "markov/1 order={order}", "shapley": "shapley/1 simplified"}


def check_models(models: Sequence[str]) -> tuple[str, ...]:
    """Return the models without repeats.

    Raises
    ------
    ParameterError
        If one is unknown, or there is none.
    """
    for model in models:
        if model not in MODELS:
            raise ParameterError(f"there is no model {model!r}; {did_you_mean(model, MODELS)}")
    if not models:
        raise ParameterError(f"name at least one model; known are: {', '.join(MODELS)}")
    return tuple(dict.fromkeys(models))


def markov_order(model: str) -> int:
    """Return the order of a Markov model, 0 for another one.

    Examples
    --------
    >>> [markov_order(model) for model in ("linear", "markov", "markov_3")]
    [0, 1, 3]
    """
    name, _, order = model.partition("_")
    return int(order or 1) if name == "markov" else 0


def model_version(model: str, parameters: RuleParameters | None = None, suffix: str = "") -> str:
    """Return the version of a model: its definition, and the parameters that it uses.

    Examples
    --------
    >>> model_version("markov_2"), model_version("shapley", suffix="match=product")
    ('markov/1 order=2', 'shapley/1 simplified match=product')
    """
    check_models([model])
    if model in RULES:
        version = rule_version(model, parameters)
    else:
        version = _VERSIONS[model.partition("_")[0]].format(order=markov_order(model))
    return f"{version} {suffix}".rstrip()


def share_sql(
    source: str,
    models: Sequence[str] = RULES,
    parameters: RuleParameters | None = None,
    *,
    by: Sequence[str] = ("order_key",),
    keep: Sequence[str] = ("touch_id",),
    key: str = "channel",
    skipped: str | None = None,
) -> str:
    """Write SQL that shares each journey out among its touches, for several models at once.

    Parameters
    ----------
    source
        Relation with `by, pos, n, ts_us`, the columns `keep`, and `key`.
    models, parameters
        Which models, and how. Markov models read the relation `MODEL_WEIGHT`.
    by
        Columns that tell journeys apart.
    keep
        Columns that are handed through.
    key
        Column of what models take for one: the channel.
    skipped
        SQL that says whether last_non_direct passes over a touch; by default whether its `channel`
        is one of those in the parameters.

    Returns
    -------
    str
        A query with `model, <by>, pos, <keep>, weight, total`; touches without a share are left
        out. `share` is weight / total.
    """
    known = parameters or RuleParameters()
    columns = ", ".join((*by, "pos", *keep))
    group = ", ".join(by)
    if skipped is None:
        names = ", ".join("'" + channel.replace("'", "''") + "'" for channel in known.skip)
        skipped = f"channel IN ({names or 'NULL'})"
    times = f", count(*) OVER (PARTITION BY {group}, {key}) AS times" if "shapley" in models else ""
    chains = [model for model in models if markov_order(model)]
    chained = "" if not chains else f", {key} AS key"
    weights = [_plain(model, columns, known) for model in models if model not in chains]
    if chains:
        names = ", ".join(f"'{model}'" for model in chains)
        some = ", ".join(f"p.{column.strip()}" for column in columns.split(","))
        weights.append(
            f"SELECT w.model, {some}, w.weight FROM marked AS p "
            f"JOIN {MODEL_WEIGHT} AS w ON w.key = p.key AND w.model IN ({names})"
        )
    return f"""
WITH marked AS (
    SELECT {columns}, n, ts_us{chained}{times},
           max(CASE WHEN {skipped} THEN NULL ELSE pos END) OVER journey AS last_kept,
           max(ts_us) OVER journey AS newest_us
    FROM {source} WINDOW journey AS (PARTITION BY {group})
)
SELECT model, {columns}, weight,
       CAST(sum(weight) OVER (PARTITION BY model, {group}) AS BIGINT) AS total
FROM ({" UNION ALL ".join(weights)})
WHERE weight > 0"""


def _plain(model: str, columns: str, parameters: RuleParameters) -> str:
    if model == "shapley":
        weight = f"round(CAST({WEIGHT_UNIT} AS DOUBLE) / times)"
    else:
        weight = rule_weight_sql(model, parameters)
    return f"SELECT '{model}' AS model, {columns}, CAST({weight} AS BIGINT) AS weight FROM marked"
