"""Which products lose in the mall what the room brought, and to what: `diagnose_products`."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from liveattr.diagnosis.chances import CAUSES, chances_of
from liveattr.diagnosis.pooling import others_share, pooled_ratio, spread_of
from liveattr.errors import ParameterError

__all__ = ["EVIDENCE", "diagnose_products"]

EVIDENCE = {
    "price_gap": "price in the mall / price in the room",
    "view_to_cart": "carts per visitor / that of its peers",
    "cart_to_order": "buyers per cart / that of its peers",
    "bounce": "share of visitors who see this page and nothing else / that of its peers",
    "refund_rate": "refunds per paid order of the mall / that of its peers",
    "late_share": "share of paid orders shipped late or complained about",
    "days_to_ship": "mean days from payment to parcel",
    "out_share": "share of the window in which it was out of stock",
    "heat": "clicks in the room / those of its peers, shrunk",
    "conversion": "buyers per visitor / those expected of its peers and its own past, shrunk",
}
"""Code of evidence → its number."""

NUMBERS = (
    "shows", "clicks", "minutes", "visitors", "carts", "buyers", "bounces", "usual_visitors",
    "usual_buyers", "paid", "refunded", "parcels", "late", "ship_days", "mall_price_fen",
    "room_price_fen", "out_share",
)  # fmt: skip
MAY_LACK = {
    "shows", "clicks", "minutes", "ship_days", "mall_price_fen", "room_price_fen", "out_share",
}  # fmt: skip
SURE = 0.4
"""A cause is named if there is any leak with this chance."""
LEAST = 5.0
"""[buyers] Fewer than these expected tell nothing, unless no leak at all has a chance below one in ten."""
_SHOWN = {
    "price": ("price_gap", "conversion", "view_to_cart", "cart_to_order", "bounce", "heat"),
    "page": ("conversion", "bounce", "view_to_cart", "cart_to_order", "heat"),
    "logistics": ("refund_rate", "late_share", "days_to_ship", "heat"),
    "stock": ("out_share", "conversion", "bounce", "heat"),
    "none": ("conversion", "heat"),
    "not enough data": (),
}
_COLUMNS = (
    "broadcast_id", "merchant_sku", "shows", "clicks", "visitors", "carts", "buyers", "paid", "refunded",
    "late", "heat", "conversion", "low", "high", "price_ratio", "out_share", "cause", "strength",
    "evidence", "n",
)  # fmt: skip


def diagnose_products(frame: pd.DataFrame, *, sure: float = SURE) -> pd.DataFrame:
    """Tell for each product of a broadcast what keeps the mall from selling it.

    Parameters
    ----------
    frame
        One row a broadcast and product: `broadcast_id, merchant_sku` [text], and, each of them may be
        missing, `category`, `to_on` (end of the window; rows of one end are peers), `shows, clicks` [pv in
        the room], `visitors, carts, buyers, bounces` [visitor × day in the mall], `usual_visitors,
        usual_buyers` (its own past before the window), `paid, refunded` [orders of the mall], `parcels,
        late` [orders of all shops], `ship_days` [days], `mall_price_fen, room_price_fen`, `out_share`.
    sure
        Least chance of any leak at which its likeliest cause is named.

    Returns
    -------
    pandas.DataFrame
        The columns of table `diagnosis` but `as_of`, sorted by broadcast and product; as many rows as
        `frame`. `strength` is the posterior chance of what `cause` says.

    Raises
    ------
    ParameterError
        A key column is missing, a row stands there twice, or `sure` is outside 0 to 1.

    Notes
    -----
    Expected buyers are those that the peers' share of visitors gives (category drawn to all products of the
    same days, without the product itself), times what the product did in its own past against its peers, drawn
    to 1. How far healthy products stray from that is a beta distribution, its width by moments. Under a leak
    a share s of buyers is lost, every s from 0.2 to 0.9 alike: it is looked for among those who bought or left at
    once, where sessions are known. A price leak also shows a price ratio above
    that of its peers, a stock leak days without stock, a page leak neither. Delivery shows in refunds and
    complaints. Five hypotheses with fixed priors (none 0.6), Bayes' rule.

    A leak as old as the product's past is only seen against its peers. Where most products leak at once
    nothing is seen: peers move along. Two leaks at once: the stronger one is named.

    Source: beta-binomial shrinkage, e.g. Casella (1985), Am. Stat. 39, 83-87.
    """
    if not 0 <= sure <= 1:
        raise ParameterError(f"sure = {sure}: give a chance between 0 and 1")
    rows = _clean(frame)
    if not len(rows):
        return _typed(rows.reindex(columns=list(_COLUMNS)))
    parts = [_told(part, sure) for _, part in rows.groupby("to_on", sort=True, dropna=False)]
    found = pd.concat(parts).sort_values(["broadcast_id", "merchant_sku"], ignore_index=True)
    return _typed(found[list(_COLUMNS)])


def _clean(frame: pd.DataFrame) -> pd.DataFrame:
    keys = ["broadcast_id", "merchant_sku"]
    lacking = [key for key in keys if key not in frame]
    if lacking:
        raise ParameterError(f"frame lacks {', '.join(lacking)}; one row a broadcast and product")
    if frame.duplicated(keys).any():
        raise ParameterError("frame has a broadcast and product twice; add their counts up first")
    rows = frame[keys].reset_index(drop=True)
    for name in NUMBERS:
        told = (
            pd.to_numeric(frame[name], errors="coerce")
            if name in frame
            else pd.Series(np.nan, frame.index)
        )
        value = told.to_numpy(float, na_value=np.nan)
        value = np.where(np.isfinite(value) & (value >= 0), value, np.nan)
        rows[name] = value if name in MAY_LACK else np.nan_to_num(value)
    for part, whole in (("carts", "visitors"), ("buyers", "visitors"), ("bounces", "visitors"),
                        ("usual_buyers", "usual_visitors"), ("refunded", "paid"), ("late", "parcels")):  # fmt: skip
        rows[part] = np.minimum(rows[part], rows[whole])
    rows["out_share"] = rows["out_share"].clip(0.0, 1.0)
    category = frame["category"].fillna("") if "category" in frame else ""
    rows["category"] = category.to_numpy() if isinstance(category, pd.Series) else category
    rows["to_on"] = pd.to_datetime(frame["to_on"]).to_numpy() if "to_on" in frame else pd.NaT
    return rows


def _told(rows: pd.DataFrame, sure: float) -> pd.DataFrame:
    """Tell of the rows of one window; a product's counts are the same in each of them."""
    rows = rows.reset_index(drop=True)
    one = rows.drop_duplicates("merchant_sku").reset_index(drop=True)
    at = pd.Index(one["merchant_sku"]).get_indexer(pd.Index(rows["merchant_sku"]))
    unit = np.arange(len(one))
    group = pd.factorize(one["category"])[0]
    facts = _ratios(one, unit, group)
    chance = chances_of(one, facts)
    best = np.where(1.0 - chance[:, 0] >= sure, 1 + chance[:, 1:].argmax(axis=1), 0)
    cause = np.array(CAUSES, dtype=object)[best]
    top = chance[unit, best]
    few = one["visitors"].to_numpy() * facts["expected"] < LEAST
    thin = few & ((cause == "none") | (chance[:, 0] > 0.1))
    cause[thin], top = "not enough data", np.where(thin, np.nan, top)
    found = rows.assign(
        **{name: np.asarray(facts[name])[at] for name in ("conversion", "low", "high", "price_ratio")},
        heat=_heat(rows), cause=cause[at], strength=top[at], n=rows["visitors"],
    )  # fmt: skip
    found["evidence"] = _evidence(found, pd.DataFrame(facts).iloc[at].reset_index(drop=True))
    return found


def _ratios(one: pd.DataFrame, unit: np.ndarray, group: np.ndarray) -> dict[str, np.ndarray]:
    v = {name: one[name].to_numpy(float) for name in NUMBERS}
    peers = others_share(v["buyers"], v["visitors"], unit, group)
    usual = others_share(v["usual_buyers"], v["usual_visitors"], unit, group)
    own = (v["usual_buyers"] + 50 * usual) / (v["usual_visitors"] + 50) / usual
    expected = np.clip(peers * own.clip(0.5, 2.0), 1e-4, 0.9)
    m = spread_of(v["buyers"], v["visitors"], expected)
    conversion, low, high = pooled_ratio(v["buyers"], v["visitors"], expected, m)
    with np.errstate(divide="ignore", invalid="ignore"):
        price = np.where(v["room_price_fen"] > 0, v["mall_price_fen"] / v["room_price_fen"], np.nan)
    facts = {"expected": expected, "weight": np.full(len(one), m), "conversion": conversion,
             "low": low, "high": high, "price_ratio": np.where(price > 0, price, np.nan)}  # fmt: skip
    for name, k, n in (("view_to_cart", "carts", "visitors"), ("cart_to_order", "buyers", "carts"),
                       ("bounce", "bounces", "visitors"), ("refund_rate", "refunded", "paid"),
                       ("late", "late", "parcels")):  # fmt: skip
        part = np.minimum(v[k], v[n])
        share = others_share(part, v[n], unit, group)
        facts[f"{name}_peers"], facts[f"{name}_weight"] = (
            share,
            np.full(len(one), spread_of(part, v[n], share)),
        )
        facts[name] = pooled_ratio(part, v[n], share, spread_of(part, v[n], share))[0]
    bounced = v["bounces"].sum() > 0
    stayers = np.maximum(v["buyers"] + v["bounces"], v["buyers"]) if bounced else v["visitors"]
    share = others_share(v["buyers"], stayers, unit, group) if bounced else expected
    facts["stayers"], facts["stay_peers"] = stayers, share
    facts["stay_weight"] = np.full(len(one), spread_of(v["buyers"], stayers, share))
    facts["late_share"] = v["late"] / np.maximum(v["parcels"], 1.0)
    facts["days_to_ship"], facts["price_gap"] = v["ship_days"], facts["price_ratio"]
    return facts


def _heat(rows: pd.DataFrame) -> np.ndarray:
    """Clicks over those expected of the broadcast's other products by shows, else by minutes; shrunk by 5."""
    clicks = rows["clicks"].to_numpy(float)
    base = rows["shows"].where(rows["shows"] > 0, rows["minutes"]).fillna(1.0)
    whole = (
        rows.assign(c=np.nan_to_num(clicks), b=base)
        .groupby("broadcast_id")[["c", "b"]]
        .transform("sum")
    )
    expected = (
        base.to_numpy(float) * whole["c"].to_numpy() / np.maximum(whole["b"].to_numpy(), 1e-9)
    )
    return np.where(np.isfinite(clicks), (clicks + 5.0) / (expected + 5.0), np.nan)


def _evidence(found: pd.DataFrame, facts: pd.DataFrame) -> np.ndarray:
    """List the evidence of each row as JSON, that of its cause first; numbers to three digits."""
    table = facts.assign(
        heat=found["heat"], out_share=found["out_share"], conversion=found["conversion"]
    )
    records = table[list(EVIDENCE)].round(3).to_dict("records")
    told = [
        json.dumps([[code, row[code]] for code in _SHOWN[cause] if row[code] == row[code]])
        for row, cause in zip(records, found["cause"], strict=True)
    ]
    return np.array(told, dtype=object)


def _typed(found: pd.DataFrame) -> pd.DataFrame:
    whole = {
        name: "int64" for name in ("visitors", "carts", "buyers", "paid", "refunded", "late", "n")
    }
    ratios = ("heat", "conversion", "low", "high", "price_ratio", "out_share", "strength")
    return found.astype(
        {**whole, **dict.fromkeys(ratios, "float64"), "shows": "Int64", "clicks": "Int64"}
    )
