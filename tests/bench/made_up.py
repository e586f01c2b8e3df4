"""Rows of a bench that never ran, of the size that real ones have, for looking at the page."""

from __future__ import annotations

import numpy as np
import pandas as pd

from liveattr.bench.worlds import draw_worlds
from liveattr.simulate.world import CHANNELS

GROSS = dict(zip(CHANNELS, (4000, 1700, 2600, 900, 3900, 630, 3700, 900), strict=True))
RATIO = {
    "oracle": 1.0,
    "first": 0.4,
    "last": 0.35,
    "last_non_direct": 0.36,
    "linear": 0.4,
    "position": 0.4,
    "time_decay": 0.38,
    "last_click_7d": 0.3,
    "any_live_click_7d": 1.2,
    "room_orders": 0.9,
}


def made_up_rows(worlds: int = 12) -> pd.DataFrame:
    """Rows as `rows_of` gives them; `any_live_click_7d` has an interval, which it has not really."""
    rng = np.random.default_rng(1)
    rows = []
    for plan in draw_worlds(worlds, preset="demo", seed=7):
        for name, ratio in RATIO.items():
            for at, (subject, gross) in enumerate(GROSS.items()):
                for kind in ("room", "channel") if at < 3 else ("channel",):
                    spread = 0.01 if name == "oracle" else 0.2
                    told = gross * ratio * rng.normal(1, spread) * (1 if at < 3 else 3)
                    wide = 0.3 * gross if name == "any_live_click_7d" else np.nan
                    rows.append(
                        {
                            "world": plan.number,
                            **plan.levels,
                            "estimator": name,
                            "subject_kind": kind,
                            "subject": subject,
                            "measure": "orders",
                            "estimate": told,
                            "low": told - wide,
                            "high": told + wide,
                            "gross": float(gross),
                            "net": gross * 0.55,
                            "seconds": 0.2,
                        }
                    )
    return pd.DataFrame(rows)
