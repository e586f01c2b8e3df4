"""Which touch of which path gets what: `path_shares`, credit path by path and not yet added up."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.attribution.model_shares import check_models, markov_order
from liveattr.attribution.path_table import Paths, read_paths
from liveattr.attribution.rule_based import RULES
from liveattr.attribution.rule_paths import rule_shares
from liveattr.settings import RuleParameters

__all__ = ["path_shares", "touch_shares"]

Floats = NDArray[np.float64]


def touch_shares(paths: Paths, model: str, parameters: RuleParameters | None = None) -> Floats:
    """Return the share of each touch in its own path, touch after touch; see `path_shares`."""
    check_models([model])
    known = parameters or RuleParameters()
    if model in RULES:
        return rule_shares(
            paths,
            model,
            skip=known.skip,
            position_weights=known.position_weights,
            half_life_days=known.half_life_days,
        )
    if model == "shapley":
        from liveattr.attribution.shapley_value import first_touch_shares

        return first_touch_shares(paths)[0]
    from liveattr.attribution.markov_chain import fit_chain, local_weights

    if not len(paths):
        return np.zeros(0)
    weights = local_weights(fit_chain(paths, markov_order(model)))[paths.codes]
    return weights / np.repeat(np.add.reduceat(weights, paths.starts[:-1]), paths.lengths)


def path_shares(
    paths: pd.DataFrame | Paths, model: str, *, parameters: RuleParameters | None = None
) -> pd.DataFrame:
    """Say for each path which of its touches gets what share.

    Parameters
    ----------
    paths
        Path table, see `read_paths`; time_decay needs its column `age_s`.
    model
        A rule, markov (order 1), markov_2, markov_3, markov_4 or shapley. A chain is fitted on the
        whole table.
    parameters
        Of the rules.

    Returns
    -------
    pandas.DataFrame
        The rows of the table in their order: `path` (lists), `conversions`, `value`, `nulls` and
        `shares`, a list of one number a touch; they sum to 1.

    Raises
    ------
    TableError
        If the table is not one (see `read_paths`), or has no ages for time_decay.
    ParameterError
        If the model is unknown.

    Notes
    -----
    Added up over paths by channel these are `rules`, `markov(allocation="local")` and simplified
    `shapley`. Under Shapley a channel's part stands on its first touch in the path.

    Examples
    --------
    >>> import pandas as pd
    >>> path_shares(pd.DataFrame({"path": ["a > b > a"], "conversions": [1]}), "shapley").shares[0]
    [0.5, 0.5, 0.0]
    """
    coded = read_paths(paths)
    shares = touch_shares(coded, model, parameters)
    parts = np.split(shares, coded.starts[1:-1]) if len(coded) else []
    return coded.frame().assign(shares=[part.tolist() for part in parts])
