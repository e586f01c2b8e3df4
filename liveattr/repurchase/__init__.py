"""Who buys again, and when: snapshots of what was known, survival curves on them, and their test.

`landmarks` and `features_at` turn orders into rows, `fit_repurchase` learns from them, `predict_repurchase`
tells of each person, `backtest` says how well it would have foretold. `predict_people` does all of it for
a lake.
"""

from __future__ import annotations

from liveattr.repurchase.backtests import Backtest, backtest
from liveattr.repurchase.bgnbd import BgNbd, fit_bgnbd
from liveattr.repurchase.choose import fit_repurchase
from liveattr.repurchase.history import read_history
from liveattr.repurchase.landmark_rows import features_at, landmarks
from liveattr.repurchase.model import RepurchaseModel
from liveattr.repurchase.predict import predict_repurchase
from liveattr.repurchase.stage import predict_people
from liveattr.repurchase.weeks import expected_weeks

__all__ = [
    "Backtest",
    "BgNbd",
    "RepurchaseModel",
    "backtest",
    "expected_weeks",
    "features_at",
    "fit_bgnbd",
    "fit_repurchase",
    "landmarks",
    "predict_people",
    "predict_repurchase",
    "read_history",
]
