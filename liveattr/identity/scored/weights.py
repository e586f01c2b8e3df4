"""Weights of evidence after Fellegi and Sunter: how much likelier it is of one person than of two.

m is how often something happens between a viewer and the own mall visitor, learned from people whom a
tracked link has joined; u how often between a viewer and anybody else within the same windows, so the
crowd of a live burst is in it. A weight is log2(m / u).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.errors import ParameterError
from liveattr.identity.scored.coding import Coded
from liveattr.identity.scored.coincidence import agreements, coincide

__all__ = ["DELAYS_S", "Model", "event_weights", "learn_model"]

DELAYS_S = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 20.0, 30.0, 60.0)
"""[s] Upper ends of the levels of delay; one more level lies above."""

_N_DELAYS = len(DELAYS_S) + 1
_PRODUCT = {-1: "product unknown", 0: "other product", 1: "same product"}
_SMOOTH = 0.5  # added to every count, so no weight is infinite
_MOST_PAIRS = 5_000_000  # pairs of events of strangers from which u is counted
_LIKE_ALL = 20.0  # cases for which a rare condition borrows the rate of all


@dataclass(frozen=True)
class Model:
    """What a coincidence weighs.

    Attributes
    ----------
    table
        `comparison, level, m, u, weight, by_value`: shares and log2 weight of each level. Where
        `by_value`, u is the share of the very address, device or city, and the one told is a mean.
    moment
        Weight by product (unknown, other, same) and delay.
    ip, ua, city, city_same_ip
        Weight of a trait that differs or is equal; of one told by value without the value's share.
    missed
        Weight of a click that no view followed.
    shares
        Trait → share of people, of both sides, with each value.
    n_tracked
        Tracked pairs that met.
    """

    table: pd.DataFrame
    moment: NDArray[np.float64]
    ip: NDArray[np.float64]
    ua: NDArray[np.float64]
    city: NDArray[np.float64]
    city_same_ip: NDArray[np.float64]
    missed: float
    shares: dict[str, NDArray[np.float64]]
    n_tracked: int


def learn_model(
    coded: Coded,
    tracked: NDArray[np.integer],
    *,
    window_s: float = 120.0,
    agreeing: int = 2,
    min_tracked: int = 20,
) -> Model:
    """Learn what coincidences weigh from people whom a tracked link has joined.

    Parameters
    ----------
    coded
        Events of both sides.
    tracked
        Codes of uid and visitor, one row a tracked pair.
    window_s
        [s] Window of the coincidences.
    agreeing
        How many traits a coincidence needs: a click without one is not followed.
    min_tracked
        Fewest tracked pairs that met.

    Returns
    -------
    Model

    Raises
    ------
    ParameterError
        Fewer tracked pairs met than `min_tracked`: there is nothing to learn from.

    Notes
    -----
    m of a moment is the share of a tracked viewer's clicks with the nearest own view at that product
    and delay; u the number of views of one other visitor there, per click. m and u of address, device
    and city are shares among those pairs of events in which both sides know it.

    It is wrong where tracked people behave otherwise than those who took no link; most of all the
    weight of a click that nobody followed.
    """
    is_tracked = np.isin(coded.clicks["uid"], tracked[:, 0])
    clicks = coded.clicks[is_tracked].reset_index(drop=True)
    own = _own(clicks, coded.views, tracked, window_s)
    met = own["uid"].nunique()
    if met < min_tracked:
        raise ParameterError(
            f"{met} tracked pairs met within {window_s:g} s; {min_tracked} are needed to learn from"
        )
    ours = _nearest(own)
    some, others = _others(clicks, coded.views, tracked, window_s)
    shares = {trait: _shares(coded, trait) for trait in ("ip", "ua", "city")}
    followed = ours["click"].to_numpy()[agreements(ours) >= agreeing]
    missed = 1 - (len(np.unique(followed)) + _SMOOTH) / (len(clicks) + 1)
    n_pairs = some * max(coded.views["visitor"].nunique() - 1, 1)
    rows = [_moments(ours, others, len(clicks), n_pairs)]
    rows += [_trait(ours, others, trait, trait, by_value=True) for trait in ("ip", "ua")]
    every = _rate(ours["city"].to_numpy())
    for name, same in (("city", False), ("city, same IP", True)):
        pairs = [frame[(frame["ip"] == 1) == same] for frame in (ours, others)]
        rows.append(_trait(pairs[0], pairs[1], "city", name, by_value=not same, like=every))
    rows.append(
        pd.DataFrame({"comparison": "click", "level": ["not followed"], "m": missed, "u": 1.0})
    )
    table = pd.concat(rows, ignore_index=True)
    table["by_value"] = table["by_value"].eq(True)
    table["weight"] = np.log2(table["m"] / table["u"])
    told = np.log2(np.where(table["by_value"], table["m"], table["m"] / table["u"]))
    part = {name: told[group.index] for name, group in table.groupby("comparison")}
    return Model(
        table=table[["comparison", "level", "m", "u", "weight", "by_value"]],
        moment=part["moment"],
        ip=part["ip"],
        ua=part["ua"],
        city=part["city"],
        city_same_ip=part["city, same IP"],
        missed=float(np.log2(missed)),
        shares=shares,
        n_tracked=met,
    )


def event_weights(
    found: pd.DataFrame, views: pd.DataFrame, model: Model
) -> dict[str, NDArray[np.float64]]:
    """Weigh coincidences.

    Parameters
    ----------
    found
        From `coincide`.
    views
        The coded views that were searched.
    model
        From `learn_model`.

    Returns
    -------
    dict
        `moment` (product and delay), `device` (UA) and `place` (IP and city), one weight a row. What
        a side does not know weighs 0.
    """
    view = found["view"].to_numpy()
    rarity = {
        trait: -np.log2(share[views[trait].to_numpy()])[view] if len(share) else np.zeros(len(view))
        for trait, share in model.shares.items()
    }
    ip, ua, city = (found[trait].to_numpy() for trait in ("ip", "ua", "city"))
    same_ip = ip == 1
    by_place = _told(city, model.city, np.where(same_ip, 0.0, rarity["city"]))
    in_place = _told(city, model.city_same_ip, np.zeros(len(view)))
    return {
        "moment": model.moment[_moment(found)],
        "device": _told(ua, model.ua, rarity["ua"]),
        "place": _told(ip, model.ip, rarity["ip"]) + np.where(same_ip, in_place, by_place),
    }


def _own(
    clicks: pd.DataFrame, views: pd.DataFrame, tracked: NDArray[np.integer], window_s: float
) -> pd.DataFrame:
    """Return what tracked people did in the mall after their clicks."""
    uid = pd.Series(tracked[:, 0], index=tracked[:, 1])
    uid = uid[~uid.index.duplicated()]
    theirs = views[np.isin(views["visitor"], uid.index)]
    return coincide(
        clicks.assign(person=clicks["uid"].astype(np.int64)),
        theirs.assign(person=uid.reindex(theirs["visitor"]).to_numpy()),
        window_s=window_s,
        agreeing=0,
        key="person",
    )


def _others(
    clicks: pd.DataFrame, views: pd.DataFrame, tracked: NDArray[np.integer], window_s: float
) -> tuple[int, pd.DataFrame]:
    """Return what others did after the clicks of tracked people, and how many clicks were asked.

    Of a crowd too great for every click, each n-th one is asked.
    """
    seen, click = np.sort(views["us"].to_numpy()), clicks["us"].to_numpy()
    ends = np.searchsorted(seen, click + round(window_s * 1e6), side="right")
    expected = int((ends - np.searchsorted(seen, click)).sum())
    asked = clicks.iloc[:: max(-(-expected // _MOST_PAIRS), 1)]
    found = coincide(asked.reset_index(drop=True), views, window_s=window_s, agreeing=0)
    own = _among(found[["uid", "visitor"]].to_numpy(), tracked)
    return len(asked), found[~own]


def _among(pairs: NDArray[np.integer], known: NDArray[np.integer]) -> NDArray[np.bool_]:
    size = int(max(known[:, 1].max(initial=0), pairs[:, 1].max(initial=0))) + 1
    first, second = (p.astype(np.int64) for p in (pairs, known))
    return np.isin(first[:, 0] * size + first[:, 1], second[:, 0] * size + second[:, 1])


def _told(
    agree: NDArray[np.integer], weight: NDArray[np.float64], rarity: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.select([agree == 1, agree == 0], [weight[1] + rarity, weight[0]], 0.0)


def _moment(found: pd.DataFrame) -> NDArray[np.integer]:
    late = np.searchsorted(DELAYS_S, found["delay_s"].to_numpy())
    return (found["product"].to_numpy().astype(np.int64) + 1) * _N_DELAYS + late


def _nearest(own: pd.DataFrame) -> pd.DataFrame:
    """Return for each click the own view that agrees best, the earliest of these."""
    ranked = own.assign(agree=agreements(own)).sort_values(
        ["click", "agree", "delay_s"], ascending=[True, False, True], kind="stable"
    )
    return ranked.drop_duplicates("click")


def _moments(ours: pd.DataFrame, others: pd.DataFrame, clicks: int, pairs: int) -> pd.DataFrame:
    size = len(_PRODUCT) * _N_DELAYS
    counted = [np.bincount(_moment(f), minlength=size) + _SMOOTH for f in (ours, others)]
    for count in counted:  # an unknown product may be any
        count[:_N_DELAYS] = count.reshape(len(_PRODUCT), _N_DELAYS).sum(axis=0)
    ends = [*(f"<= {s:g} s" for s in DELAYS_S), "later"]
    return pd.DataFrame(
        {
            "comparison": "moment",
            "level": [f"{product}, {end}" for product in _PRODUCT.values() for end in ends],
            "m": counted[0] / (clicks + _SMOOTH * size),
            "u": counted[1] / (pairs + _SMOOTH * size),
        }
    )


def _rate(agree: NDArray[np.integer], like: float = 0.5, cases: float = 1.0) -> float:
    known = agree >= 0
    return float(((agree[known] == 1).sum() + like * cases) / (known.sum() + cases))


def _trait(
    ours: pd.DataFrame,
    others: pd.DataFrame,
    trait: str,
    name: str,
    *,
    by_value: bool,
    like: float | None = None,
) -> pd.DataFrame:
    m = _rate(ours[trait].to_numpy(), *((like, _LIKE_ALL) if like is not None else ()))
    u = _rate(others[trait].to_numpy())
    return pd.DataFrame(
        {
            "comparison": name,
            "level": ["differs", "equal"],
            "m": [1 - m, m],
            "u": [1 - u, u],
            "by_value": [False, by_value],
        }
    )


def _shares(coded: Coded, trait: str) -> NDArray[np.float64]:
    """Return the share of people, of both sides, with each value; unseen values are none's."""
    count = np.zeros(len(coded.texts[trait]))
    people = 0
    for frame, who in ((coded.clicks, "uid"), (coded.views, "visitor")):
        known = frame.loc[frame[trait] >= 0, [who, trait]].to_numpy().astype(np.int64)
        once = np.unique(known[:, 0] * max(len(count), 1) + known[:, 1])
        count += np.bincount(once % max(len(count), 1), minlength=len(count))
        people += len(np.unique(known[:, 0]))
    return count / max(people, 1)
