"""Which products lose in the mall what the room brought, and to what: `diagnose_products`."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.diagnosis.causes import CAUSES, chances
from liveattr.diagnosis.evidence import evidence_of
from liveattr.diagnosis.frames import clean_counts, typed
from liveattr.diagnosis.heat import heat_of
from liveattr.diagnosis.signs import Read, read_signs
from liveattr.errors import ParameterError

__all__ = ["LEAST", "SURE", "diagnose_products"]

SURE = 0.5
"""A cause is named from this chance on."""
LEAST = 5.0
"""[buyers] With fewer expected, a product without a named cause has not enough data."""


def diagnose_products(
    frame: pd.DataFrame, *, sure: float = SURE, least: float = LEAST
) -> pd.DataFrame:
    """Tell for each product of a broadcast what keeps the mall from selling it.

    Parameters
    ----------
    frame
        One row a broadcast and product: `broadcast_id, merchant_sku` [text]; each of the others may be
        missing or null: `to_on` (last day of the window; rows of one are each other's peers; a product's
        counts are the same in all of them), `shows, clicks` [pv in the room], `minutes`, `visitors, carts,
        buyers, bounces` [visitor × day in the mall], `usual_visitors, usual_buyers, usual_bounces` (own
        past before the window), `paid, refunded` [orders of the mall], `room_paid, room_refunded` [orders
        of the rooms], `parcels, late` [orders of all shops], `ship_days` [days], `arrived, arrive_expected`
        [parcels arrived, and those that the peers' hazard by age expects], `mall_price_fen,
        room_price_fen`, `out_share`.
    sure
        Least chance at which a cause is named.
    least
        [buyers] Expected buyers below which nothing is said where no cause is named.

    Returns
    -------
    pandas.DataFrame
        The columns of table `diagnosis` but `as_of`, sorted by broadcast and product; as many rows as
        `frame`. `strength` is the chance of what `cause` says; null for "not enough data". `evidence` is a
        JSON list of [code, number], codes in `EVIDENCE`.

    Raises
    ------
    ParameterError
        A key column is missing, a row stands there twice, or `sure` is outside 0 to 1.

    Notes
    -----
    Expected buyers: the weighted median of the peers' rate, times what the product did in its own past
    against its peers, drawn to 1 (gamma-Poisson). Where bounces are counted, the rate is buyers of buyers
    and bounces: who reads on without buying tells little of a leak. Around what is expected the true rate
    varies by a beta distribution, its spread by a robust moment. Five hypotheses are weighed by Bayes'
    rule, see `causes.chances`. A product of many broadcasts is judged by its counts of the whole window,
    each row beside its own room price: so thin broadcasts borrow from the product's others.

    Assumes one leak at a time, and that healthy products move together. A leak as old as the product's
    past is seen against peers only; where most products leak at once nothing is seen. A price that is
    dearer than its peers' without lost buyers is no leak. Windows that hold only a few days of a fault
    show it thinned out.

    Source: beta-binomial shrinkage, Casella (1985), The American Statistician 39, 83-87.
    """
    if not 0 <= sure <= 1:
        raise ParameterError(f"sure = {sure}: give a chance between 0 and 1")
    rows = clean_counts(frame)
    if not len(rows):
        return typed(rows)
    parts = [_told(part, sure, least) for _, part in rows.groupby("to_on", sort=True, dropna=False)]
    return typed(pd.concat(parts, ignore_index=True))


def _told(rows: pd.DataFrame, sure: float, least: float) -> pd.DataFrame:
    """Tell of the rows of one window."""
    rows = rows.sort_values(["merchant_sku", "broadcast_id"], ignore_index=True)
    at, _ = pd.factorize(rows["merchant_sku"])
    read = read_signs(rows, at)
    share = chances(read.signs)
    cause, strength = _named(share, read, sure, least)
    found = rows.assign(
        heat=heat_of(rows),
        **{c: read.ratios[c].to_numpy()[at] for c in ("conversion", "low", "high")},
        price_ratio=read.price_ratio,
        cause=cause[at],
        strength=strength[at],
        n=read.n[at],
    )
    return found.assign(evidence=evidence_of(found, read.ratios.iloc[at].reset_index(drop=True)))


def _named(
    share: NDArray[np.float64], read: Read, sure: float, least: float
) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
    """Return the cause of each product, and its chance."""
    best = share[:, 1:].argmax(axis=1) + 1
    top = share[np.arange(len(share)), best]
    named = top >= sure
    cause = np.where(named, np.array(CAUSES, dtype=object)[best], "none")
    thin = ~named & ~(read.expected >= least)
    cause[thin] = "not enough data"
    return cause, np.where(thin, np.nan, np.where(named, top, share[:, 0]))
