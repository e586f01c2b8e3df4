"""Who buys this product within a week if nobody writes: learnt from what came after earlier broadcasts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.audience.features import read_features
from liveattr.audience.logit import chance, fit_logit
from liveattr.audience.select import next_morning

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.settings import Settings

__all__ = ["DAYS", "Soon", "bought_soon", "earlier_rows", "fit_soon"]

Floats = NDArray[np.float64]

DAYS = 7
"""[days] After the freezing of a list."""
FEWEST_BROADCASTS, FEWEST_BUYERS = 3, 30
RIDGE = 1.0
MOST_BROADCASTS = 12
"""Earlier ones that are learnt from: of accounts on air about as often, the newest."""

_EARLIER = """
WITH often AS (
    SELECT platform, coalesce(account_id, host_id, '') AS account, count(*) AS n
    FROM broadcast WHERE end_at < $at GROUP BY ALL
), own AS (
    SELECT o.n FROM broadcast AS b JOIN often AS o
      ON o.platform = b.platform AND o.account = coalesce(b.account_id, b.host_id, '')
    WHERE b.broadcast_id = $broadcast
)
SELECT b.broadcast_id, b.start_at, b.end_at
FROM broadcast AS b JOIN often AS o
  ON o.platform = b.platform AND o.account = coalesce(b.account_id, b.host_id, '')
WHERE b.broadcast_id <> $broadcast AND b.end_at < $until
ORDER BY abs(ln(o.n) - ln(coalesce((SELECT n FROM own), 1))), b.end_at DESC, b.broadcast_id
LIMIT $most"""

_WRITTEN_TO = """
WITH written AS (
    SELECT m.person_id, m.kind, m.token
    FROM audience_member AS m JOIN audience AS a ON a.audience_id = m.audience_id
    WHERE m.arm = 'contact' AND a.send_from_at < $until AND a.expires_at > $at
)
SELECT person_id FROM written
UNION
SELECT p.person_id FROM written AS w
JOIN person_member AS p ON p.kind = w.kind AND p.id = w.token AND p.known_to_at IS NULL"""
"""By the token too: identity may call a person otherwise by now."""

_BOUGHT_SOON = """
SELECT DISTINCT w.person_id, g.sku_id
FROM given_rows AS g
JOIN person_code AS w ON w.person_id = g.person_id
JOIN bought AS b ON b.person = w.person AND b.paid_at >= $at AND b.paid_at < $until AND NOT b.wholly
LEFT JOIN kin AS k ON k.goods = g.sku_id
LEFT JOIN kin AS o ON o.goods = b.goods
WHERE g.sku_id IS NULL OR b.goods = g.sku_id OR o.spu = k.spu"""


@dataclass(frozen=True)
class Soon:
    """A logistic regression of who bought, made by `fit_soon`."""

    beta: Floats
    means: Floats
    scales: Floats
    n: int
    """Rows that it was learnt from."""
    buyers: int
    broadcasts: int

    def chance(self, features: pd.DataFrame) -> Floats:
        """Return the chance of each row of `audience_features`."""
        return chance((_columns(features) - self.means) / self.scales, self.beta)


def fit_soon(rows: pd.DataFrame) -> Soon | None:
    """Learn the chance that a person buys a product within 7 days after a list about it was frozen.

    Parameters
    ----------
    rows
        `audience_features` of earlier broadcasts, each as of its own freezing, with `broadcast_id` and `soon` (bool):
        a paid order of the product, or a variant, that was not wholly refunded within the 7 days after
        (`bought_soon`). Without those whom a list then wrote to: the chance is one without a message.

    Returns
    -------
    Soon or None
        None below 3 broadcasts or 30 buyers: then no number is told.

    Notes
    -----
    Rows with `bought` above 0 are left out, as no list calls them back. Ridge logit on logs of what was done in and
    after the room and of orders; so chances are calibrated over all broadcasts learnt from, and wrong where
    the next one sells other goods at another price.
    """
    kept = rows[rows["bought"] == 0]
    buyers, shows = int(kept["soon"].sum()), int(kept["broadcast_id"].nunique())
    if shows < FEWEST_BROADCASTS or buyers < FEWEST_BUYERS or buyers == len(kept):
        return None
    x = _columns(kept)
    means, spread = x.mean(axis=0), x.std(axis=0)
    scales = np.where(spread > 0, spread, 1.0)
    beta = fit_logit((x - means) / scales, kept["soon"].to_numpy(float), ridge=RIDGE)
    return Soon(beta, means, scales, len(kept), buyers, shows)


def earlier_rows(
    con: DuckDBPyConnection, broadcast_id: str, at: datetime, settings: Settings
) -> list[tuple[datetime, pd.DataFrame]]:
    """Read `audience_features` of earlier broadcasts, each at its own freezing, without whom a list then wrote to.

    Parameters
    ----------
    con
        Connection after `create_people_codes`, with `audience` and `audience_member`.
    broadcast_id, at
        What the list is about and when it is frozen: 7 days after an earlier freezing must have passed by then.
    settings
        Zone.

    Returns
    -------
    list of (moment of freezing, frame)
        With the column `broadcast_id`.
    """
    week = timedelta(days=DAYS)
    given = {"broadcast": broadcast_id, "at": at, "until": at - week, "most": MOST_BROADCASTS}
    found = []
    for name, begin, end in con.sql(_EARLIER, params=given).fetchall():
        frozen = next_morning(end, settings.zone)
        if frozen + week > at:
            continue
        rows = read_features(
            con, as_of=frozen.date(), from_at=begin, at=frozen, settings=settings, broadcast_id=name
        )
        told = con.sql(_WRITTEN_TO, params={"at": frozen, "until": frozen + week}).df()
        found.append(
            (frozen, rows[~rows["person_id"].isin(told["person_id"])].assign(broadcast_id=name))
        )
    return found


def bought_soon(con: DuckDBPyConnection, features: pd.DataFrame, at: datetime) -> NDArray[np.bool_]:
    """Tell which rows of `audience_features` were followed by an order of the product within 7 days.

    Parameters
    ----------
    con
        Connection after `read_features` of a later moment: its orders are those known then.
    features
        As of `at`. A row without a product is followed by an order of anything.
    at
        When the list was frozen.
    """
    con.register("given_rows", features[["person_id", "sku_id"]].astype(object))
    given = {"at": at, "until": at + timedelta(days=DAYS)}
    came = con.sql(_BOUGHT_SOON, params=given).df().assign(soon=True)
    con.unregister("given_rows")
    keys = features[["person_id", "sku_id"]].astype(object)
    found = keys.merge(came.astype({"sku_id": object}), on=["person_id", "sku_id"], how="left")
    return found["soon"].notna().to_numpy(bool)


def _columns(features: pd.DataFrame) -> Floats:
    """Return what a person did, as numbers of like size."""
    f = features
    recency = f["recency_days"].astype(float).fillna(np.inf).to_numpy()
    columns = [
        *(np.log1p(f[name].astype(float)) for name in ("clicks", "jumps", "views", "carts")),
        f["unpaid"].astype(float) > 0,
        np.log1p(f["watch_s"].astype(float) / 60.0),
        f["comments"].astype(float) > 0,
        f["sku_id"].notna(),
        np.log1p(f["orders"].astype(float)),
        f["orders_since"].astype(float) > 0,
        np.log1p(f["orders_before"].astype(float)),
        np.exp(-recency / 30.0),
        np.exp(-recency / 120.0),
    ]
    return np.column_stack([np.asarray(one, float) for one in columns])
