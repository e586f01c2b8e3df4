"""Estimators that share orders out among touches, and what back offices count.

None says what would have happened without a room; they stand here to show how far credit is from
cause. Their intervals say how credit would vary with other people of the same crowd, and not how far it
is from the truth.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from liveattr.attribution import Paths, markov, shapley
from liveattr.attribution.model_shares import markov_order
from liveattr.attribution.path_shares import touch_shares
from liveattr.attribution.shares import credit_of_shares
from liveattr.bench.estimators import estimator, frame_of
from liveattr.bench.evidence import ROOMS, Evidence
from liveattr.profit import line_bases
from liveattr.simulate.world import CHANNELS

__all__ = [
    "any_live_click",
    "credit",
    "evidence_paths",
    "exact_set",
    "global_markov",
    "last_click",
    "room_orders",
]

LEVEL = 0.95
"""Level of the intervals."""

_SAYS = {
    "first": "the first touch gets the order",
    "last": "the last touch gets the order",
    "last_non_direct": "the last touch that is no direct visit gets the order",
    "linear": "every touch gets an equal part",
    "position": "40 % to the first, 40 % to the last, 20 % in between",
    "time_decay": "a touch that is 7 days older weighs half as much",
    "markov": "removal effects of a chain of order 1 share out each order",
    "markov_3": "the same of order 3",
    "shapley": "every channel on the path gets an equal part",
}

_TOUCHES = """
SELECT o.person, p.order_key AS journey, p.pos, p.subject, p.campaign, true AS bought,
       CAST(greatest(p.order_ts_us - p.ts_us, 0) AS DOUBLE) / 1000000 AS age_s
FROM {source} AS p JOIN order_code AS o ON o.order_key = p.order_key
UNION ALL
SELECT j.person, j.journey_id, j.pos, coalesce(r.room, c.value), g.value, false, 0
FROM journey AS j
JOIN touch AS t ON t.touch_id = j.touch_id
JOIN dimension AS c ON c.kind = 'channel' AND c.code = t.channel
LEFT JOIN dimension AS g ON g.kind = 'campaign' AND g.code = t.campaign
LEFT JOIN campaign_room AS r ON r.campaign_id = g.value AND c.value IN ('live', r.room)
WHERE j.order_key IS NULL
ORDER BY ALL"""

_ORDERS = """
SELECT b.broadcast_id, l.platform, l.shop_id, l.order_id
FROM basis AS b
JOIN order_line AS l ON l.platform = b.platform AND l.line_id = b.line_id
JOIN counted_order AS o
  ON o.platform = l.platform AND o.shop_id = l.shop_id AND o.order_id = l.order_id
WHERE b.basis = 'explicit_room' AND b.superseded_at IS NULL"""


def evidence_paths(evidence: Evidence, source: str = "path") -> tuple[Paths, Paths]:
    """Return journeys as path tables: of rooms and other channels, and of campaigns.

    Orders that count are conversions; the journeys of people who bought nothing are nulls. A touch
    of no campaign has the campaign "".
    """
    assert evidence.paths is not None
    rows = evidence.connection.sql(_TOUCHES.format(source=source)).df()
    journey = rows["journey"].to_numpy()
    begins = np.flatnonzero(np.r_[True, journey[1:] != journey[:-1]][: len(rows)])
    bought = rows["bought"].to_numpy(float)[begins]
    subject, subjects = pd.factorize(rows["subject"], sort=True)
    campaign, campaigns = pd.factorize(rows["campaign"].fillna(""), sort=True)
    by_subject = Paths(
        channels=tuple(subjects),
        codes=subject.astype(np.int32),
        starts=np.r_[begins, len(rows)].astype(np.int64),
        conversions=bought,
        value=bought,
        nulls=1.0 - bought,
        age_s=rows["age_s"].to_numpy(float),
        person=rows["person"].to_numpy(np.int64)[begins],
    )
    return by_subject, replace(
        by_subject, channels=tuple(campaigns), codes=campaign.astype(np.int32)
    )


def credit(
    evidence: Evidence, rng: np.random.Generator, *, model: str, source: str = "path"
) -> pd.DataFrame:
    """Share each order out by one model of `liveattr.attribution`, and add up.

    Parameters
    ----------
    evidence
        The world's tables.
    rng
        Not used: a model has no chance in it.
    model
        A rule, `markov`, `markov_3` or `shapley`.
    source
        Relation with the columns of `Evidence.paths`.

    Returns
    -------
    pandas.DataFrame
        Credited orders of every live room, channel and campaign, 0 where there is no credit, with
        95 % intervals for other people of the same crowd. A chain's own variation is left out for
        campaigns. Paid orders count, as in the truth.
    """
    paths, by_campaign = evidence_paths(evidence, source)
    shares = touch_shares(paths, model, evidence.settings.rules)
    channels = (
        markov(paths, markov_order(model), allocation="local", interval=LEVEL, cluster="person")
        if markov_order(model)
        else credit_of_shares(paths, shares, LEVEL)
    )
    campaigns = credit_of_shares(by_campaign, shares, LEVEL).reindex(_campaigns(evidence))
    return pd.concat([_of_channels(channels), _rows("campaign", campaigns)], ignore_index=True)


def global_markov(evidence: Evidence, rng: np.random.Generator) -> pd.DataFrame:
    """Share the sum of all orders out by removal effects; of a campaign that says nothing."""
    paths, _ = evidence_paths(evidence)
    return _of_channels(markov(paths, interval=LEVEL, cluster="person"))


def exact_set(evidence: Evidence, rng: np.random.Generator) -> pd.DataFrame:
    """Share each set's orders out by Shapley values of the conversion rates of exact sets."""
    paths, _ = evidence_paths(evidence)
    return _of_channels(shapley(paths, "exact_set", interval=LEVEL, cluster="person"))


def _of_channels(found: pd.DataFrame) -> pd.DataFrame:
    channels = found.reindex(list(CHANNELS))
    rooms = _rows("room", channels.loc[list(ROOMS)])
    return pd.concat([rooms, _rows("channel", channels)], ignore_index=True)


def _rows(kind: str, found: pd.DataFrame) -> pd.DataFrame:
    """Return credited conversions as estimates; what has no credit is 0, without an interval."""
    rows = frame_of(kind, found["conversions"].fillna(0.0))
    return rows.assign(
        low=found["conversions_low"].to_numpy(), high=found["conversions_high"].to_numpy()
    )


def any_live_click(evidence: Evidence, rng: np.random.Generator) -> pd.DataFrame:
    """Count the orders of which a live click of the room lies at most 7 days before.

    Notes
    -----
    An order with clicks in two rooms counts in both, as two back offices would count it.
    """
    assert evidence.clicks is not None
    clicked = "SELECT DISTINCT order_key, {} FROM click_before WHERE room IS NOT NULL"
    return _counted(evidence, clicked.format("room"), clicked.format("campaign"))


def room_orders(evidence: Evidence, rng: np.random.Generator) -> pd.DataFrame:
    """Count the orders that the platform itself ties to a broadcast of the room."""
    assert evidence.orders is not None and evidence.rooms is not None
    known = evidence.settings
    line_bases(
        evidence.connection,
        tracked_link_hours=known.tracked_link_hours,
        host_time_grace_minutes=known.host_time_grace_minutes,
        window_hours=known.window_hours,
        clock_offset_s=known.clock_offset_s,
    )
    placed = f"""
SELECT DISTINCT o.platform, o.shop_id, o.order_id, {{}}
FROM ({_ORDERS}) AS o
JOIN broadcast AS b ON b.broadcast_id = o.broadcast_id
JOIN campaign_room AS r ON r.campaign_id = b.campaign_id"""
    return _counted(evidence, placed.format("r.room"), placed.format("r.campaign_id AS campaign"))


def _counted(evidence: Evidence, by_room: str, by_campaign: str) -> pd.DataFrame:
    """Count the rows of two queries by room and by campaign."""
    con = evidence.connection
    rooms = con.execute(f"SELECT room, count(*) AS n FROM ({by_room}) GROUP BY room").df()
    campaigns = con.execute(
        f"SELECT campaign, count(*) AS n FROM ({by_campaign}) GROUP BY campaign"
    ).df()
    per_room = rooms.set_index("room")["n"].reindex(ROOMS, fill_value=0)
    per_campaign = campaigns.set_index("campaign")["n"].reindex(_campaigns(evidence), fill_value=0)
    return pd.concat([frame_of("room", per_room), frame_of("campaign", per_campaign)])


def _campaigns(evidence: Evidence) -> list[str]:
    """Return the campaigns that are of a live room."""
    return sorted(evidence.rooms.df()["campaign_id"])


def last_click(evidence: Evidence, rng: np.random.Generator) -> pd.DataFrame:
    """Give each order to the last click of the 7 days before it; see `Evidence.clicks`."""
    assert evidence.clicks is not None
    return credit(evidence, rng, model="last", source="click_before")


for _model, _says in _SAYS.items():
    estimator(_model, rows="room channel campaign", says=_says)(partial(credit, model=_model))
estimator("markov_global", rows="room channel", says="removal effects share out the sum of orders")(
    global_markov
)
estimator("shapley_exact_set", rows="room channel", says="Shapley values of the exact sets' rates")(
    exact_set
)
estimator(
    "last_click_7d",
    rows="room channel campaign",
    says="the last click within 7 days gets the order",
)(last_click)
estimator(
    "any_live_click_7d",
    rows="room campaign",
    says="every order within 7 days of a live click, as a back office shows it",
)(any_live_click)
estimator("room_orders", rows="room campaign", says="orders that were placed in the room itself")(
    room_orders
)
