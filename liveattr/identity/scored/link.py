"""Scored links between viewers and mall visitors (tier C), with a promised share of false ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.identity.scored.coding import Coded, code_events
from liveattr.identity.scored.coincidence import coincide, shared_traits
from liveattr.identity.scored.contest import contest, learn_prior
from liveattr.identity.scored.decoy import false_match_curve, make_decoys
from liveattr.identity.scored.pairs import Evidence, sum_evidence
from liveattr.identity.scored.weights import event_weights, learn_model

__all__ = ["ScoredLinks", "score_links"]

LOOSEST = 0.05
"""Loosest promise that is accepted.

In made worlds the bound held in 20 of 20 at 0.01, in 19 at 0.02 and in 17 at 0.05 (true 0.054 at most).
"""

_LINK = ["left_id", "right_id", "weight", "margin", "broadcasts", "probability", "score"]


@dataclass(frozen=True)
class ScoredLinks:
    """Links that were accepted, and why.

    Attributes
    ----------
    links
        `left_id` (uid), `right_id` (visitor), `weight` [log2, summed over broadcasts], `margin` [log2
        to the second best], `broadcasts` in which they met, `probability` (from decoys of like
        score), `score` [log2 odds against nobody and all others], `false_match_bound` (limit of the
        share of false links among all of these, from decoys). Ordered by both identifiers.
    candidates
        Every pair that is the best of both sides, in the columns of `links` without the bound.
    decoys
        `score, links, decoys, false_match_rate, false_match_bound, probability` of each possible
        threshold.
    weights
        `comparison, level, m, u, weight, by_value`: what was learned from tracked pairs.
    waterfall
        `left_id, right_id, broadcast, step, weight` of every accepted link. The steps of a link with
        `prior` and `rivals` sum to its score, without these two to its weight.
    threshold
        Lowest score that was accepted; null where nothing was.
    """

    links: pd.DataFrame
    candidates: pd.DataFrame
    decoys: pd.DataFrame
    weights: pd.DataFrame
    waterfall: pd.DataFrame
    threshold: float | None


@dataclass(frozen=True)
class _Scored:
    found: pd.DataFrame
    parts: dict[str, NDArray[np.float64]]
    evidence: Evidence


def score_links(
    clicks: pd.DataFrame,
    views: pd.DataFrame,
    tracked: pd.DataFrame,
    *,
    false_match_rate: float = 0.01,
    window_s: float = 120.0,
    on_air: pd.DataFrame | None = None,
    clip: tuple[float, float] = (-4.0, 20.0),
    draws: int = 2,
    min_tracked: int = 20,
    seed: int = 0,
) -> ScoredLinks:
    """Link viewers of live rooms to mall visitors by the coincidence of what they did.

    Parameters
    ----------
    clicks
        Events on the platform's side: `uid, at, broadcast` and, where known, `product, ip, ua, city`.
    views
        Events in the mall: `visitor, at` and, where known, `product, ip, ua, city`.
    tracked
        `uid, visitor`: pairs that exact evidence has joined. They teach the weights and take part in
        no contest: they are joined already.
    false_match_rate
        Greatest share of false links among those accepted, by the bound from decoys; 0.05 at most.
    window_s
        [s] A view counts from the moment of a click to this much later.
    on_air
        `broadcast, product, from_at, to_at`: what a click without a product is taken to mean.
    clip
        [log2] Bounds of what the best coincidence of one broadcast may say.
    draws
        How often every visitor is made a decoy.
    min_tracked
        Fewest tracked pairs that must have met.
    seed
        Of the decoys.

    Returns
    -------
    ScoredLinks

    Raises
    ------
    ParameterError
        A column that is needed is missing, the sides share neither IP nor UA nor city, too few
        tracked pairs met to learn from, or the promise is looser than 0.05.

    Notes
    -----
    Weights after Fellegi and Sunter (1969), m from tracked pairs, u from other pairs of the same
    windows; summed over distinct broadcasts; mutual best; accepted by odds against nobody and against
    all that compete. The threshold comes from decoys and never from tracked people: those all have a
    mall visitor by construction, and most viewers have none.

    A link is a guess about two people (tier C): it may weigh in sums and never addresses anybody. It
    is wrong where two people share home, device model and habits, and no data here can tell them
    apart. Two of product, IP, UA and city must agree in a coincidence; where the sides share one
    only, that one.

    Examples
    --------
    >>> import pandas as pd
    >>> from liveattr.identity.scored import score_links
    >>> at = pd.Timestamp("2026-01-22T12:00:00Z") + pd.to_timedelta(range(0, 3000, 30), unit="s")
    >>> clicks = pd.DataFrame({"uid": [f"u{i}" for i in range(100)], "at": at, "broadcast": "b",
    ...                        "ip": [f"10.0.0.{i}" for i in range(100)], "ua": "phone"})
    >>> views = pd.DataFrame({"visitor": [f"v{i}" for i in range(100)],
    ...                       "at": at + pd.Timedelta(seconds=4), "ip": clicks["ip"], "ua": "phone"})
    >>> tracked = pd.DataFrame({"uid": clicks["uid"][:40], "visitor": views["visitor"][:40]})
    >>> made = score_links(clicks, views, tracked, false_match_rate=0.05)
    >>> bool((made.links["left_id"].str[1:] == made.links["right_id"].str[1:]).all())
    True
    """
    if not 0 <= false_match_rate <= LOOSEST:
        raise ParameterError(
            f"false_match_rate must be from 0 to {LOOSEST}: decoys and visitors crowd each other out"
            " among weak pairs, and a looser promise would not be kept"
        )
    coded = code_events(clicks, views, on_air)
    known = _known(coded, tracked)
    shared = shared_traits(coded.clicks, coded.views)
    if not set(shared) - {"product"}:
        raise ParameterError(
            "both sides need IP, UA or city: from moments and products alone no decoy can be told from"
            " its visitor, so nobody would know how many links are false"
        )
    agreeing = min(2, len(shared))
    model = learn_model(coded, known, window_s=window_s, agreeing=agreeing, min_tracked=min_tracked)
    free_clicks = _without(coded.clicks, "uid", known[:, 0])
    free_views = _without(coded.views, "visitor", known[:, 1])

    def scored(seen: pd.DataFrame) -> _Scored:
        found = coincide(free_clicks, seen, window_s=window_s, agreeing=agreeing)
        parts = event_weights(found, seen, model)
        total = np.sum(list(parts.values()), axis=0)
        told = sum_evidence(found, total, free_clicks, missed=model.missed, clip=clip)
        return _Scored(found, parts, told)

    real = scored(free_views)
    pairs = real.evidence.pairs
    prior = learn_prior(pairs, free_clicks["uid"].nunique(), free_views["visitor"].nunique())
    won = contest(pairs, prior)
    won["visitor"] = pairs["visitor"].to_numpy()[won["row"]]
    fakes = [
        _decoys_that_win(pairs, scored(make_decoys(free_views, seed=seed * draws + k)), prior)
        for k in range(draws)
    ]
    curve = false_match_curve(won, pd.concat(fakes, ignore_index=True), draws=draws)
    fits = curve[curve["false_match_bound"] <= false_match_rate]
    threshold = float(fits["score"].iloc[-1]) if len(fits) else None
    good = (won["score"] >= (np.inf if threshold is None else threshold)).to_numpy()
    candidates = _links(coded, pairs, won, curve)
    links = candidates[good].reset_index(drop=True)
    links["false_match_bound"] = float(fits["false_match_bound"].iloc[-1]) if len(fits) else np.nan
    return ScoredLinks(
        links=links,
        candidates=candidates,
        decoys=curve,
        weights=model.table,
        waterfall=_waterfall(coded, real, won[good], prior),
        threshold=threshold,
    )


def _known(coded: Coded, tracked: pd.DataFrame) -> NDArray[np.int64]:
    """Return codes of the tracked pairs; those who are in no event have none."""
    codes = [
        pd.Index(coded.texts[side]).get_indexer(pd.Index(tracked[side].astype(str)))
        for side in ("uid", "visitor")
    ]
    pairs = np.column_stack(codes).astype(np.int64)
    return pairs[(pairs >= 0).all(axis=1)]


def _without(frame: pd.DataFrame, who: str, codes: NDArray[np.int64]) -> pd.DataFrame:
    return frame[~np.isin(frame[who], codes)].reset_index(drop=True)


def _decoys_that_win(pairs: pd.DataFrame, decoys: _Scored, prior: float) -> pd.DataFrame:
    """Return `visitor, score` of the decoys that win among the real visitors."""
    size = int(pairs["visitor"].max()) + 1 if len(pairs) else 1
    fake = decoys.evidence.pairs
    size = max(size, int(fake["visitor"].max()) + 1 if len(fake) else 1)
    both = pd.concat([pairs, fake.assign(visitor=fake["visitor"] + size)], ignore_index=True)
    won = contest(both, prior)
    visitor = both["visitor"].to_numpy()[won["row"]]
    is_fake = visitor >= size
    return pd.DataFrame(
        {"visitor": visitor[is_fake] - size, "score": won["score"].to_numpy()[is_fake]}
    )


def _links(
    coded: Coded, pairs: pd.DataFrame, chosen: pd.DataFrame, curve: pd.DataFrame
) -> pd.DataFrame:
    told = pairs.iloc[chosen["row"]].reset_index(drop=True)
    score = chosen["score"].to_numpy()
    links = pd.DataFrame(
        {
            "left_id": coded.texts["uid"][told["uid"]],
            "right_id": coded.texts["visitor"][told["visitor"]],
            "weight": told["weight"],
            "margin": chosen["margin"].to_numpy(),
            "broadcasts": told["broadcasts"],
            "probability": _at_score(curve, score),
            "score": score,
        }
    )
    return links[_LINK]


def _at_score(curve: pd.DataFrame, score: NDArray[np.float64]) -> NDArray[np.float64]:
    rising = curve.iloc[::-1]
    at = np.searchsorted(rising["score"].to_numpy(), score)
    return rising["probability"].to_numpy()[at]


def _waterfall(coded: Coded, real: _Scored, chosen: pd.DataFrame, prior: float) -> pd.DataFrame:
    """Return the steps from nothing to the score of each link."""
    pairs, best = real.evidence.pairs, real.evidence.best
    best = best[np.isin(best["pair"], chosen["row"])]
    row, pair = best["row"].to_numpy(), best["pair"].to_numpy()
    steps = {name: part[row] for name, part in real.parts.items()}
    steps["clipped"] = best["weight"].to_numpy() - np.sum(list(steps.values()), axis=0)
    steps["clicks not followed"] = best["missed"].to_numpy()
    rooms = coded.texts["broadcast"][best["broadcast"]]
    parts = [(pair, rooms, name, value) for name, value in steps.items()]
    link = chosen["row"].to_numpy()
    weight, absent = (pairs[c].to_numpy()[link] for c in ("weight", "absent"))
    rivals = chosen["score"].to_numpy() - weight - prior
    for name, value in (
        ("other broadcasts", absent), ("prior", np.full(len(link), prior)), ("rivals", rivals),
    ):  # fmt: skip
        parts.append((link, np.full(len(link), None), name, value))
    told = pd.concat(
        [
            pd.DataFrame({"pair": p, "broadcast": b, "order": n, "step": s, "weight": w})
            for n, (p, b, s, w) in enumerate(parts)
        ],
        ignore_index=True,
    ).sort_values(["pair", "broadcast", "order"], na_position="last", ignore_index=True)
    who = pairs.iloc[told["pair"]]
    told.insert(0, "left_id", coded.texts["uid"][who["uid"]])
    told.insert(1, "right_id", coded.texts["visitor"][who["visitor"]])
    return told[["left_id", "right_id", "broadcast", "step", "weight"]]
