"""Decoys: how many false links a threshold lets in, without anybody's label.

A decoy visitor keeps a real visitor's times and products and has another visitor's device, addresses
and city. No viewer is a decoy, so a decoy that wins is a false match of the kind that the crowd, the
carriers and the common devices make.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, stats

__all__ = ["false_match_curve", "make_decoys"]

_BUNDLE = ["ip", "ua", "city"]
_SURE = 0.975
_HALF = 0.5  # of a link is false where no decoy is


def make_decoys(views: pd.DataFrame, *, seed: int, within_city: bool = False) -> pd.DataFrame:
    """Give every visitor the device, addresses and city of another.

    Parameters
    ----------
    views
        Coded views, ordered by visitor and moment.
    seed
        Of the exchange.
    within_city
        Exchange among visitors of one city (the one that each is seen in most). Only where city is
        not the sole thing that a coincidence rests on: such a decoy tells the same as its visitor. A
        visitor alone in a city is left out.

    Returns
    -------
    DataFrame
        Views of the decoys; `visitor` is the one whose times they keep. The i-th view of a decoy has
        the bundle of the donor's i-th view, from the start again where the donor has fewer.
    """
    visitor = views["visitor"].to_numpy()
    _, start, count = np.unique(visitor, return_index=True, return_counts=True)
    home = _usual(views["city"].to_numpy(), start, count) if within_city else np.zeros(len(start))
    shuffled = np.lexsort((np.random.default_rng([20_260_122, seed]).random(len(start)), home))
    donor = np.empty(len(start), dtype=np.int64)
    donor[shuffled] = _next_in_group(shuffled, home[shuffled])
    place = np.repeat(np.arange(len(start)), count)
    step = np.arange(len(views)) - start[place]
    source = start[donor[place]] + step % count[donor[place]]
    decoys = views.copy()
    decoys[_BUNDLE] = views[_BUNDLE].to_numpy()[source]
    return decoys[donor[place] != place].reset_index(drop=True)


def false_match_curve(links: pd.DataFrame, decoys: pd.DataFrame, *, draws: int) -> pd.DataFrame:
    """Estimate the share of false links above each score.

    Parameters
    ----------
    links
        `visitor, score` of the pairs that won the contest of real visitors.
    decoys
        `visitor, score` of the decoys that won where they competed with the real visitors, over all
        draws; `visitor` is the one whose times the decoy keeps.
    draws
        How often every visitor was made a decoy.

    Returns
    -------
    DataFrame
        `score, links, decoys, false_match_rate, false_match_bound, probability`, one row a score of a
        link, from the highest. `links` and `decoys` are counts at or above the score, decoys a mean of
        draws; `probability` is that of a link with this very score.

    Notes
    -----
    A decoy counts where it beats what its own visitor won: a visitor that has its own viewer is never
    linked falsely as well, and counting its decoy would overstate the rate severalfold. Where nobody
    is the own viewer, decoy and visitor beat each other equally often; so a decoy that beats a visitor
    above the threshold stands for that one too and counts twice. Estimate = decoys / links. The bound
    is the 97.5 % prediction limit of the number of false links, given the count: negative binomial,
    r = decoys of all draws + 1, p = draws / (draws + 1). (97.5 % rather than 95 %, because a threshold
    chosen by the bound leans to counts that came out low.)

    The probability is the local rate, after isotonic regression; it is never 1.

    It understates where viewers and their own visitors share what decoys exchange less than strangers
    do (one office, one model, one minute), and where a real visitor is the other person of a home.
    """
    score = np.sort(links["score"].to_numpy())[::-1]
    own = links.set_index("visitor")["score"].reindex(decoys["visitor"]).to_numpy()
    own = np.where(np.isnan(own), -np.inf, own)
    high = decoys["score"].to_numpy()
    beats = high > own
    counted = _at_least(high[beats], score) + _at_least(own[beats], score)
    accepted = _at_least(score, score)
    limit = stats.nbinom.ppf(_SURE, counted + 1, draws / (draws + 1)) if len(score) else counted
    curve = pd.DataFrame(
        {
            "score": score,
            "links": accepted,
            "decoys": counted / draws,
            "false_match_rate": np.minimum(counted / draws / np.maximum(accepted, 1), 1.0),
            "false_match_bound": np.minimum(limit / np.maximum(accepted, 1), 1.0),
        }
    ).drop_duplicates("score", ignore_index=True)
    curve["probability"] = _probability(curve)
    return curve


def _probability(curve: pd.DataFrame) -> NDArray[np.float64]:
    """Return one less the local share of decoys, made monotone in the score."""
    if curve.empty:
        return np.zeros(0)
    links = np.diff(curve["links"].to_numpy(), prepend=0)
    decoys = np.diff(curve["decoys"].to_numpy(), prepend=0)
    local = optimize.isotonic_regression(decoys / links, weights=links).x
    least = _HALF / curve["links"].iloc[-1]
    return 1 - np.clip(local, least, 1.0)


def _usual(
    city: NDArray[np.integer], start: NDArray[np.integer], count: NDArray[np.integer]
) -> NDArray[np.integer]:
    """Return the city in which each visitor is seen most, the first of equals."""
    size = int(city.max(initial=0)) + 2
    place = np.repeat(np.arange(len(start)), count)
    seen, times = np.unique(place * size + city + 1, return_counts=True)
    ranked = np.lexsort((seen, -times, seen // size))
    first = np.flatnonzero(np.diff(seen[ranked] // size, prepend=-1))
    return seen[ranked[first]] % size


def _next_in_group(member: NDArray[np.integer], group: NDArray) -> NDArray[np.integer]:
    """Return the member after each within its group, the first one after the last."""
    first = np.flatnonzero(np.append(True, group[1:] != group[:-1])[: len(group)])
    after = np.arange(len(member)) + 1
    after[np.append(first[1:], len(member)) - 1] = first
    return member[after]


def _at_least(values: NDArray[np.float64], limits: NDArray[np.float64]) -> NDArray[np.integer]:
    return len(values) - np.searchsorted(np.sort(values), limits, side="left")
