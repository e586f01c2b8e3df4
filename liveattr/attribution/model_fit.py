"""Chains fitted on the journeys of a lake: what a touch weighs, and how that varies with the people.

Touches stay codes all the way: nothing here is text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from liveattr.attribution.credit_path import NANO, CreditPlan
from liveattr.attribution.model_shares import MODEL_WEIGHT, WEIGHT_UNIT, markov_order
from liveattr.attribution.path_table import Paths

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.attribution.markov_chain import Fit

__all__ = ["LakeFit", "fit_models", "lake_paths"]

Floats = NDArray[np.float64]

_FIT = f"""
CREATE OR REPLACE TEMP VIEW fit_row AS
SELECT u.person, o.order_key AS journey, p.scenario, p.pos, p.key, p.mass,
       CASE WHEN o.n_lines > 0 THEN 1 ELSE 0 END AS bought, o.net_fen
FROM order_path AS p
JOIN credit_order AS o ON o.order_no = p.unit
JOIN (SELECT DISTINCT order_key, person FROM credit_journey WHERE order_key IS NOT NULL) AS u
  ON u.order_key = o.order_key
UNION ALL
SELECT j.person, j.journey_id, 0, j.pos, coalesce(t.{{key}}, -1),
       CAST(round(j.weight * {NANO}) AS BIGINT), 0, 0
FROM credit_journey AS j
JOIN touch AS t ON t.touch_id = j.touch_id
WHERE j.order_key IS NULL"""

_KEYS = "SELECT CAST(key AS INTEGER) AS key FROM fit_row ORDER BY person, journey, scenario, pos"

_PATHS = f"""
SELECT person, count(*) AS n, max(bought) AS bought,
       CAST(max(mass) AS DOUBLE) / {NANO} AS mass, CAST(max(net_fen) AS DOUBLE) AS net_fen
FROM fit_row
GROUP BY person, journey, scenario
ORDER BY person, journey, scenario"""


@dataclass(frozen=True, eq=False)
class LakeFit:
    """A chain fitted on a lake.

    Attributes
    ----------
    keys
        Code of each of its channels in the lake.
    people
        Code of each person whose journeys it saw.
    paths, fit
        The journeys as a path table, and the solved chain.
    """

    keys: NDArray[np.int64]
    people: NDArray[np.int64]
    paths: Paths
    fit: Fit

    @property
    def effect(self) -> Floats:
        """Removal effects on conversions, as weights of touches."""
        from liveattr.attribution.markov_chain import local_weights

        return local_weights(self.fit)

    @cached_property
    def influence(self) -> Floats:
        """How much each person moves each effect; shape (n_people, n_keys)."""
        from liveattr.attribution.chain_spread import person_influences

        return person_influences(self.paths, self.fit)


def lake_paths(
    con: DuckDBPyConnection, key: str
) -> tuple[Paths, NDArray[np.int64], NDArray[np.int64]]:
    """Read the journeys as a path table, and the codes of its channels and of its people.

    Parameters
    ----------
    con
        Connection after `create_credit_path`.
    key
        Dimension of a touch that is one channel of the chain.

    Notes
    -----
    Orders that count are conversions, worth what stayed of them; orders that were never paid and
    people who ordered nothing are nulls. A scenario counts by its probability.
    """
    con.execute(_FIT.format(key=key))
    codes = con.sql(_KEYS).fetchnumpy()["key"]
    rows = con.sql(_PATHS).fetchnumpy()
    keys, places = np.unique(np.asarray(codes, np.int64), return_inverse=True)
    bought, mass = np.asarray(rows["bought"], np.float64), np.asarray(rows["mass"], np.float64)
    people, person = np.unique(np.asarray(rows["person"], np.int64), return_inverse=True)
    paths = Paths(
        channels=tuple(map(str, keys)),
        codes=places.astype(np.int32),
        starts=np.concatenate([[0], np.cumsum(np.asarray(rows["n"], np.int64))]),
        conversions=bought * mass,
        value=np.where(mass > 0, np.asarray(rows["net_fen"], np.float64) * mass, 0.0),
        nulls=(1.0 - bought) * mass,
        person=person,
    )
    return paths, keys, people


def fit_models(con: DuckDBPyConnection, plan: CreditPlan) -> dict[str, LakeFit]:
    """Fit the chains of a plan and create `model_weight` (model, key, weight).

    The weight of a touch is its channel's removal effect on conversions, in 10⁻¹². Without any journey
    nothing is fitted.
    """
    from liveattr.attribution.markov_chain import fit_chain

    fits: dict[str, LakeFit] = {}
    chains = [model for model in plan.models if markov_order(model)]
    if chains:
        paths, keys, people = lake_paths(con, plan.model_key)
        for model in chains if len(paths) else []:
            fits[model] = LakeFit(keys, people, paths, fit_chain(paths, markov_order(model)))
    weights = [np.maximum(np.rint(fit.effect * WEIGHT_UNIT), 1) for fit in fits.values()]
    found = pa.table(
        {
            "model": pa.array(
                [model for model, fit in fits.items() for _ in fit.keys], pa.string()
            ),
            "key": np.concatenate([np.empty(0, np.int64), *(fit.keys for fit in fits.values())]),
            "weight": np.concatenate([np.empty(0), *weights]).astype(np.int64),
        }
    )
    con.register("fitted", found)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {MODEL_WEIGHT} AS FROM fitted")
    con.unregister("fitted")
    return fits
