"""Orders of people who buy at their own rate until they stop."""

import numpy as np
import pandas as pd

START = pd.Timestamp("2026-01-01")


def shop_orders(people: int = 700, days: int = 300, seed: int = 5) -> pd.DataFrame:
    """Gamma rates, a chance to stop after each order; two categories."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.9, 1 / 35, people)
    stop = rng.beta(1.0, 4.0, people)
    rows = []
    for person in range(people):
        day = float(rng.integers(0, 90))
        while day < days:
            rows.append((f"p{person:04}", int(day)))
            if rng.random() < stop[person]:
                break
            day += 1 + rng.exponential(1 / rate[person])
    frame = pd.DataFrame(rows, columns=["person_id", "day"])
    return pd.DataFrame(
        {
            "person_id": frame["person_id"],
            "order_id": [f"o{i:05}" for i in range(len(frame))],
            "ordered_at": START + pd.to_timedelta(frame["day"], unit="D"),
            "value_fen": rng.integers(1000, 9000, len(frame)),
            "refunded_fen": 0,
            "category": rng.choice(["soap", "tea"], len(frame)),
            "quantity": rng.integers(1, 4, len(frame)),
        }
    )
