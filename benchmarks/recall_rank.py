"""Is a list ranked by the chance to buy the product, and is that chance right? One lake, its newest broadcasts.

    liveattr demo world --seed 778001 --root /var/tmp/rank && \
        python benchmarks/recall_rank.py /var/tmp/rank/world/lake

For each of the newest broadcasts: the chance as its list would have told it on the morning after (learnt from earlier
ones only), for those with interest who had not bought, against orders of the product in the 7 days after.
Beside it additive points (8 an unpaid order, 4 a cart, 2 a jump, 1 a click or view), orders so far, and one
share for all.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

from liveattr import open_lake
from liveattr.audience.build import AUDIENCE_READS
from liveattr.audience.features import create_people_codes, read_features
from liveattr.audience.select import next_morning
from liveattr.audience.soon import bought_soon, earlier_rows, fit_soon
from liveattr.pipeline import settings_for
from liveattr.repurchase.metrics import auc, log_loss

END = pd.Timestamp("2100-01-01", tz="UTC").to_pydatetime()
POINTS = {"unpaid": 8, "carts": 4, "jumps": 2, "clicks": 1, "views": 1}


def told(folder: str, shows: int) -> pd.DataFrame:
    """Return people with interest: told, came, points, orders, kind."""
    lake = open_lake(folder)
    known, parts = settings_for(lake), []
    held = lake.sql(
        "SELECT broadcast_id, start_at, end_at, count(*) OVER (PARTITION BY account_id) AS n "
        "FROM broadcast ORDER BY end_at"
    )
    usual = held["n"] > held["n"].median() / 3
    chosen = pd.concat([held[~usual].tail(shows + 1), held[usual].iloc[-4 * shows :: 4]])
    with lake.connect((*AUDIENCE_READS, "audience", "audience_member")) as con:
        create_people_codes(con, known)
        for one in chosen.itertuples():
            at = next_morning(pd.Timestamp(one.end_at).to_pydatetime(), known.zone)
            given = {"settings": known, "broadcast_id": one.broadcast_id, "from_at": one.start_at}
            earlier = earlier_rows(con, one.broadcast_id, at, known)
            rows = read_features(con, as_of=at.date(), at=at, **given)
            learnt = [part.assign(soon=bought_soon(con, part, when)) for when, part in earlier]
            model = fit_soon(pd.concat(learnt)) if learnt else None
            if model is None or rows.empty:
                continue
            read_features(con, as_of=at.date(), at=END, **given)  # orders as known at the end
            did = rows[list(POINTS)].sum(axis=1) > 0
            stayed = rows["sku_id"].isna() & (rows["watch_s"] >= 300) & (rows["orders_since"] == 0)
            found = rows.assign(
                told=model.chance(rows),
                came=bought_soon(con, rows, at),
                points=sum(rows[name] * worth for name, worth in POINTS.items()),
                kind="daily room" if usual[one.Index] else "show",
                product=rows["sku_id"].notna(),
            )
            parts.append(found[(found["bought"] == 0) & (did | stayed)])
    return pd.concat(parts, ignore_index=True)


def main() -> None:
    """Print a line a kind of broadcast, and calibration by fifths."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lake")
    parser.add_argument("--shows", type=int, default=10)
    given = parser.parse_args()
    rows = told(given.lake, given.shows)
    rows["all"] = "all"
    for name in ("points", "orders"):
        rows[name] = rows[name].rank(pct=True)
    for name, part in [*rows.groupby("kind"), *rows[rows["product"]].groupby("all")]:
        came = part["came"].to_numpy(float)
        flat = np.full(len(came), came.mean())
        print(
            f"{name if name != 'all' else 'rows with a product'}: {len(part):,} people, {came.sum():.0f} "
            f"bought, told {part['told'].sum():.1f}; AUC {auc(part['told'], came):.3f}, points "
            f"{auc(part['points'], came):.3f}, orders so far {auc(part['orders'], came):.3f}; log loss "
            f"{log_loss(part['told'], came):.4f}, one share {log_loss(flat, came):.4f}"
        )
        fifth = pd.qcut(part["told"].rank(method="first"), 5, labels=False)
        print(part.groupby(fifth)[["told", "came"]].mean().round(4).T.to_string())


if __name__ == "__main__":
    main()
