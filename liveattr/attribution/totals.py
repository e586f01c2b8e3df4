"""Credit summed up over touches: orders, money, and how far both would vary with the people.

Money is drawn anew person by person (see `intervals`). Under a rule and under Shapley what a person
brings does not depend on others, so the variance is the sum of the squares of what each brings. Under a
Markov chain everybody's journeys move the removal effects too; that part is added by the delta method.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.attribution.credit_path import NANO, CreditPlan
from liveattr.attribution.model_fit import LakeFit
from liveattr.attribution.money import GRAINS, UNATTRIBUTED
from liveattr.errors import ParameterError, did_you_mean

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["credit_totals"]

PPM = 1_000_000

_PERSON = """
CREATE OR REPLACE TEMP TABLE person_credit AS
SELECT p.model, {names}, u.person, CAST(sum(p.net_fen) AS BIGINT) AS fen
FROM credit_part AS p
JOIN credit_line AS l ON l.line = p.line
JOIN credit_unit AS u ON u.unit = l.{unit}
JOIN touch_text AS t ON t.touch_id = p.touch_id
GROUP BY ALL"""

_MONEY = """
SELECT model, {columns}, CAST(sum(fen) AS BIGINT) AS net_fen,
       CAST(sum(CAST(fen AS HUGEINT) * fen) AS DOUBLE) AS squares
FROM person_credit
GROUP BY ALL
ORDER BY ALL"""

_ORDERS = f"""
SELECT model, {{columns}}, CAST(sum(nano) AS BIGINT) AS nano, CAST(sum(counted) AS BIGINT) AS n
FROM (
    SELECT s.model, u.unit, {{names}}, max(u.counted) AS counted,
           sum(CAST(round(CAST(s.weight AS DOUBLE) / s.total * {NANO} * u.counted / u.n_lines)
               AS BIGINT)) AS nano
    FROM credit_share AS s
    JOIN credit_unit AS u ON u.unit = s.unit
    JOIN touch_text AS t ON t.touch_id = s.touch_id
    WHERE u.n_lines > 0 AND u.counted > 0
    GROUP BY ALL
)
GROUP BY ALL"""

_DRAWN = """
SELECT count(*) FROM (SELECT person FROM credit_journey UNION SELECT person FROM credit_unit)"""

_OWN = f"""
SELECT {{columns}}, s.key, CAST(sum(CAST(u.net_fen AS HUGEINT) * s.mass
           * CAST(round(CAST(s.weight AS DOUBLE) / s.total * {PPM}) AS BIGINT)) AS DOUBLE)
       / {NANO * PPM} AS fen
FROM credit_split AS s
JOIN credit_unit AS u ON u.unit = s.unit
JOIN touch_text AS t ON t.touch_id = s.touch_id
WHERE s.model = $model
GROUP BY ALL
ORDER BY ALL"""

_SHARED = f"""
WITH part AS (
    SELECT s.unit, s.scenario, s.mass, {{names}}, s.key,
           CAST(round(CAST(s.weight AS DOUBLE) / s.total * {PPM}) AS BIGINT) AS share
    FROM credit_split AS s
    JOIN touch_text AS t ON t.touch_id = s.touch_id
    WHERE s.model = $model
), had AS (
    SELECT unit, scenario, mass, {{columns}}, CAST(sum(share) AS BIGINT) AS share
    FROM part GROUP BY ALL
), of_key AS (
    SELECT unit, scenario, key, CAST(sum(share) AS BIGINT) AS share FROM part GROUP BY ALL
)
SELECT {{had}}, k.key, CAST(sum(CAST(u.net_fen AS HUGEINT) * h.mass * h.share * k.share) AS DOUBLE)
       / {NANO * PPM * PPM} AS fen
FROM had AS h
JOIN of_key AS k ON k.unit = h.unit AND k.scenario = h.scenario
JOIN credit_unit AS u ON u.unit = h.unit
GROUP BY ALL
ORDER BY ALL"""


def credit_totals(
    con: DuckDBPyConnection,
    plan: CreditPlan,
    by: Sequence[str],
    *,
    fits: Mapping[str, LakeFit],
    interval: float | None = None,
) -> pd.DataFrame:
    """Sum credit up by one or several dimensions of the touch.

    Parameters
    ----------
    con
        Connection after `create_credit`.
    plan
        The plan that it was made with.
    by
        Dimensions: channel, campaign, broadcast, host, sku, action.
    fits
        What `create_credit` returned.
    interval
        Level of the interval of `net_fen`; None: `low` and `high` are NaN.

    Returns
    -------
    pandas.DataFrame
        `model, version`, the dimensions, `orders` [orders], `net_fen` [fen], `low`, `high` [fen], `n`
        [lines]; in the order of model and values. Summed over all rows of a model `net_fen` is the
        ledger's.

    Notes
    -----
    An order counts by its lines that count and are paid as of the date, each by an equal part;
    `orders` adds up their shares in 10⁻⁹ of an order. `n` counts those lines, each once for a value,
    however many of its touches have the value. An order whose buyer nobody knows is a person of its
    own.
    """
    dims = list(dict.fromkeys(by))
    for name in dims:
        if name not in GRAINS:
            raise ParameterError(f"there is no grain {name!r}; {did_you_mean(name, GRAINS)}")
    if not dims:
        raise ParameterError(f"by: name at least one of {', '.join(GRAINS)}")
    columns, names = ", ".join(dims), ", ".join(f"t.{name}" for name in dims)
    unit = "order_no" if plan.sku_match == "none" else "line"
    con.execute(_PERSON.format(names=names, unit=unit))
    money = con.sql(_MONEY.format(columns=columns)).df()
    orders = con.sql(_ORDERS.format(columns=columns, names=names)).df()
    rows = money.merge(orders, on=["model", *dims], how="outer").fillna(
        {"net_fen": 0, "squares": 0.0, "nano": 0, "n": 0}
    )
    rows = _with_rest(rows, plan, dims)
    rows["low"] = rows["high"] = np.nan
    if interval is not None:
        rows = _with_interval(con, rows, dims, fits, interval)
    rest = rows[dims[0]] == UNATTRIBUTED
    rows = rows[rest | (rows["n"] > 0) | (rows["net_fen"] != 0)]
    rows = rows.assign(
        version=rows["model"].map(plan.versions()),
        orders=rows["nano"] / NANO,
        net_fen=rows["net_fen"].astype("int64"),
        n=rows["n"].astype("int64"),
    )
    place = rows["model"].map({model: at for at, model in enumerate(plan.models)})
    rows = rows.assign(place=place).sort_values(["place", *dims], kind="stable")
    return rows[["model", "version", *dims, "orders", "net_fen", "low", "high", "n"]].reset_index(
        drop=True
    )


def _with_rest(rows: pd.DataFrame, plan: CreditPlan, dims: list[str]) -> pd.DataFrame:
    """Add the row (unattributed) where a model has none."""
    have = set(rows.loc[rows[dims[0]] == UNATTRIBUTED, "model"])
    more = [{"model": m, **dict.fromkeys(dims, UNATTRIBUTED)} for m in plan.models if m not in have]
    if not more:
        return rows
    empty = pd.DataFrame(more).assign(net_fen=0, squares=0.0, nano=0, n=0)
    return pd.concat([rows, empty], ignore_index=True) if len(rows) else empty


def _with_interval(
    con: DuckDBPyConnection,
    rows: pd.DataFrame,
    dims: list[str],
    fits: Mapping[str, LakeFit],
    level: float,
) -> pd.DataFrame:
    from scipy.special import ndtri

    [(drawn,)] = con.execute(_DRAWN).fetchall()
    varied = rows["squares"].to_numpy(float) - rows["net_fen"].to_numpy(float) ** 2 / max(drawn, 1)
    for model, fit in fits.items():
        mine = (rows["model"] == model).to_numpy()
        varied[mine] += _moved(con, model, rows.loc[mine, dims], dims, fit)
    spread = np.maximum(varied, 0.0) * (drawn / max(drawn - 1, 1))
    reach = float(ndtri(0.5 + level / 2)) * np.sqrt(spread)
    fen = rows["net_fen"].to_numpy(float)
    return rows.assign(low=fen - reach, high=fen + reach)


def _moved(
    con: DuckDBPyConnection, model: str, values: pd.DataFrame, dims: list[str], fit: LakeFit
) -> NDArray[np.float64]:
    """Return what the fit adds to the variance of each row: 2 D·X + D M Dᵀ.

    D is how a row's money moves with the removal effects, X what people bring to it times how they
    move the effects, M the effects' own second moments.
    """
    from scipy.sparse import csr_array

    slopes = _slopes(con, model, values, dims, fit)
    brought = con.sql(
        f"SELECT {', '.join(dims)}, person, fen FROM person_credit WHERE model = $model ORDER BY ALL",
        params={"model": model},
    ).df()
    person = np.searchsorted(fit.people, brought["person"].to_numpy())
    known = person < len(fit.people)
    known[known] = fit.people[person[known]] == brought["person"].to_numpy()[known]
    row = _places(values, brought, dims)
    amounts = csr_array(
        (brought["fen"].to_numpy(float)[known], (row[known], person[known])),
        shape=(len(values), len(fit.people)),
    )
    cross = amounts @ fit.influence
    moments = fit.influence.T @ fit.influence
    found: NDArray[np.float64] = (2 * slopes * cross + slopes * (slopes @ moments)).sum(axis=1)
    return found


def _slopes(
    con: DuckDBPyConnection, model: str, values: pd.DataFrame, dims: list[str], fit: LakeFit
) -> NDArray[np.float64]:
    """Return the derivatives of each row's money by each removal effect."""
    columns, names = ", ".join(dims), ", ".join(f"t.{name}" for name in dims)
    had = ", ".join(f"h.{name}" for name in dims)
    out = np.zeros((len(values), len(fit.keys)))
    for query, sign in ((_OWN, 1.0), (_SHARED, -1.0)):
        text = query.format(columns=names if query is _OWN else columns, names=names, had=had)
        found = con.sql(text, params={"model": model}).df()
        at = _places(values, found, dims), np.searchsorted(fit.keys, found["key"].to_numpy())
        np.add.at(out, at, sign * found["fen"].to_numpy(float))
    return out / fit.effect


def _places(values: pd.DataFrame, found: pd.DataFrame, dims: list[str]) -> NDArray[np.int64]:
    """Return the row of `values` that each row of `found` belongs to."""
    index = pd.MultiIndex.from_frame(values[dims])
    return index.get_indexer(pd.MultiIndex.from_frame(found[dims])).astype(np.int64)
