"""Groups that are held out: drawn by salted hash, planned beforehand, compared by intention to treat.

Below the rooms: recall lists draw their arms here, lift reads them. All but `assign` is pure.
"""

from __future__ import annotations

from liveattr.holdout.analyse import analyse_holdout
from liveattr.holdout.arms import ARMS, assign_holdout
from liveattr.holdout.power import holdout_power
from liveattr.holdout.salt import SALT_VARIABLE, load_salt, salt_version
from liveattr.holdout.stage import assign

__all__ = [
    "ARMS",
    "SALT_VARIABLE",
    "analyse_holdout",
    "assign",
    "assign_holdout",
    "holdout_power",
    "load_salt",
    "salt_version",
]
