"""A/A: people are split in two by hash, and both halves must tell the same. Frame in, row out.

Nothing was done to one half and not to the other, so what a campaign is credited with may differ between
them by chance only, and the interval that the report prints says by how much.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.bench.trust_rules import Range, TrustRow, judge_share, not_run

__all__ = ["FEW_PEOPLE", "GOOD_OUTSIDE", "SPLITS", "halves_of", "split_halves"]

TEST = "aa_split"
FEW_PEOPLE = 30
"""[people] A campaign with fewer has no interval worth the name."""
SPLITS = 20
"""Splits of each campaign, each with a salt of its own."""
GOOD_OUTSIDE = 0.05
"""The share of differences outside the interval may be so much off the nominal one."""
BAD_OUTSIDE = 3.0
"""So many times the nominal share is plainly bad."""


def split_halves(
    credit: pd.DataFrame, ends: pd.DataFrame, *, seed: int, splits: int = SPLITS
) -> TrustRow:
    """Compare two halves of the people, campaign by campaign.

    Parameters
    ----------
    credit : pandas.DataFrame
        `campaign_id, person, net_fen`: the money that stayed which a rule credits to a campaign, by
        the person who ordered.
    ends : pandas.DataFrame
        `campaign_id, low, high, level`: the printed interval of the sum [fen].
    seed
        Salt of the hash.
    splits
        How often each campaign is split.

    Returns
    -------
    TrustRow
        `found`: share of the splits in which the halves differ by more than the interval allows;
        wanted is 1 - level.

    Notes
    -----
    If people are drawn anew, the sum A + B of both halves and their difference A - B have the same
    variance, Σ x² over people to first order. So |A - B| may pass half the width of the interval in
    1 - level of the splits. The costs are halved with the people, hence ROI differs by just that too. What
    it finds: rows of one person that count as several people, an interval over lines instead of
    people, a person's money twice. What it does not find: bias, which is the same in both halves.
    """
    people = credit.groupby("campaign_id")["person"].nunique()
    kept = ends.dropna(subset=["low", "high"])
    kept = kept[kept["campaign_id"].map(people).fillna(0) >= FEW_PEOPLE]
    if kept.empty:
        return not_run(
            TEST, f"needs credit with intervals, of a campaign with {FEW_PEOPLE} people or more"
        )
    level = float(kept["level"].iloc[0])
    outside = sum(
        int((np.abs(_differences(credit, row.campaign_id, seed, splits)) > _half(row)).sum())
        for row in kept.sort_values("campaign_id").itertuples()
    )
    chance = 1 - level
    good = Range(
        max(0.0, chance - GOOD_OUTSIDE), chance + GOOD_OUTSIDE, bad_high=BAD_OUTSIDE * chance
    )
    note = f"{len(kept)} campaigns, each split {splits} times"
    return judge_share(TEST, outside, len(kept) * splits, good, wanted=chance, note=note)


def _half(row: object) -> float:
    return (float(row.high) - float(row.low)) / 2  # type: ignore[attr-defined]


def _differences(
    credit: pd.DataFrame, campaign: object, seed: int, splits: int
) -> NDArray[np.float64]:
    """Return A - B of each split of one campaign."""
    mine = credit[credit["campaign_id"] == campaign].groupby("person")["net_fen"].sum()
    amounts = mine.to_numpy(dtype=float)
    found = np.empty(splits)
    for number in range(splits):
        half = halves_of(mine.index, f"{seed}/{campaign}/{number}")
        found[number] = amounts[half].sum() - amounts[~half].sum()
    return found


def halves_of(people: pd.Index, salt: str) -> NDArray[np.bool_]:
    """Return who is in the first half, by a salted hash of the person; the order does not matter.

    Examples
    --------
    >>> import pandas as pd
    >>> both = halves_of(pd.Index(["anna", "bo", "cem", "dai"]), "1")
    >>> bool(both[2] == halves_of(pd.Index(["cem"]), "1")[0])
    True
    """
    key = hashlib.blake2b(salt.encode(), digest_size=8).digest()
    hashed = pd.util.hash_array(people.astype(str).to_numpy(dtype=object), hash_key=key.hex())
    return np.asarray(hashed >> np.uint64(63), dtype=bool)
