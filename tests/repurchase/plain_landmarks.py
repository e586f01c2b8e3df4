"""Landmarks once more, person by person and day by day in plain Python: slow, and easy to check."""

from datetime import date, timedelta
from itertools import pairwise
from math import log
from statistics import median

import pandas as pd

DAY = timedelta(days=1)


def known_days(orders, person, snapshot, by="person_id"):
    """Day → value of what a seller knew at the end of the snapshot to be bought, and kept."""
    found = {}
    for row in orders[orders[by] == person].itertuples():
        refund = row.refunded_fen if max(row.refunded_on, row.on) <= snapshot else 0
        gone = refund > 0 and refund >= row.value_fen
        if row.on <= snapshot:
            kept, value = found.get(row.on, (0, 0))
            found[row.on] = kept + (not gone), value + row.value_fen - refund
    return {on: max(value, 0) for on, (kept, value) in sorted(found.items()) if kept}


def plain_row(orders, person, snapshot):
    days = known_days(orders, person, snapshot)
    if not days:
        return None
    first, last, n = min(days), max(days), len(days)
    recency, gap = (snapshot - last).days, ((last - first).days + 30) / n
    return {
        "frequency": n - 1,
        "recency_days": (last - first).days,
        "tenure_days": (snapshot - first).days,
        "log_frequency": log(n),
        "repeat": float(n > 1),
        "log_recency": log(1 + recency),
        "log_tenure": log(1 + (snapshot - first).days),
        "log_gap": log(gap),
        "log_mean_value": log(1 + sum(days.values()) / 100 / n),
        "log_last_value": log(1 + days[last] / 100),
        "log_recency_gap": log(1 + recency / gap),
        "log_orders_30": log(1 + sum(on > snapshot - 30 * DAY for on in days)),
        "log_orders_90": log(1 + sum(on > snapshot - 90 * DAY for on in days)),
    }


def plain_landmarks(orders, as_of: date, step_days: int) -> pd.DataFrame:
    orders = orders[orders["on"] <= as_of]
    rows = []
    for person in sorted(set(orders["person_id"])):
        snapshot = min(orders["on"]) + step_days * DAY
        snapshots = [as_of - k * step_days * DAY for k in range(1, 400)]
        final = known_days(orders, person, as_of)
        for snapshot in sorted(s for s in snapshots if s >= min(orders["on"]) + step_days * DAY):
            known = plain_row(orders, person, snapshot)
            later = [on for on in final if on > snapshot]
            if known is not None:
                end = min(later, default=as_of)
                head = {"person_id": person, "snapshot_on": pd.Timestamp(snapshot)}
                head |= {"duration_days": (end - snapshot).days, "event": bool(later)}
                rows.append(head | known)
    return pd.DataFrame(rows)


def plain_category_gap(orders, category, snapshot):
    """Median of the gaps of the category's buyers that had ended by the snapshot."""
    gaps = []
    for person in set(orders.loc[orders["category"] == category, "person_id"]):
        mine = orders[orders["category"] == category]
        days = list(known_days(mine, person, snapshot))
        gaps += [(b - a).days for a, b in pairwise(days)]
    return median(gaps) if gaps else None
