"""The first estimators: the rules of the straight path, and what back offices count.

They share out orders among touches. None says what would have happened without a room; they stand
here to show how far credit is from cause.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from liveattr.attribution import RULES
from liveattr.attribution.model_shares import share_sql
from liveattr.bench.estimators import estimator, frame_of
from liveattr.bench.evidence import ROOMS, Evidence
from liveattr.profit import line_bases
from liveattr.simulate.world import CHANNELS

__all__ = ["any_live_click", "credit", "last_click", "room_orders"]

NANO = 1_000_000_000
"""Parts of an order that are summed: whole numbers add up to the same in any order."""

_SAYS = {
    "first": "the first touch gets the order",
    "last": "the last touch gets the order",
    "last_non_direct": "the last touch that is no direct visit gets the order",
    "linear": "every touch gets an equal part",
    "position": "40 % to the first, 40 % to the last, 20 % in between",
    "time_decay": "a touch that is 7 days older weighs half as much",
}

_ORDERS = """
SELECT b.broadcast_id, l.platform, l.shop_id, l.order_id
FROM basis AS b
JOIN order_line AS l ON l.platform = b.platform AND l.line_id = b.line_id
JOIN counted_order AS o
  ON o.platform = l.platform AND o.shop_id = l.shop_id AND o.order_id = l.order_id
WHERE b.basis = 'explicit_room' AND b.superseded_at IS NULL"""


def credit(
    evidence: Evidence, rng: np.random.Generator, *, rule: str, source: str = "path"
) -> pd.DataFrame:
    """Share each order out by one rule of `liveattr.attribution`, and add up.

    Parameters
    ----------
    evidence
        The world's tables.
    rng
        Not used: a rule has no chance in it.
    rule
        One of `liveattr.attribution.RULES`.
    source
        Relation with the columns of `Evidence.paths`.

    Returns
    -------
    pandas.DataFrame
        Credited orders of every live room, channel and campaign, 0 where there is no credit. Paid
        orders count, as in the truth.
    """
    assert evidence.paths is not None
    shares = share_sql(source, [rule], evidence.settings.rules, keep=("subject", "campaign"))
    nano = f"CAST(round(CAST(weight AS DOUBLE) / total * {NANO}) AS BIGINT)"
    found = evidence.connection.execute(
        f"SELECT subject, campaign, CAST(sum({nano}) AS BIGINT) AS nano FROM ({shares}) "
        f"GROUP BY subject, campaign"
    ).df()
    return _by_kind(evidence, found.assign(orders=found["nano"] / NANO))


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


def _by_kind(evidence: Evidence, credited: pd.DataFrame) -> pd.DataFrame:
    """Add credit up by room, channel and campaign."""
    channels = credited.groupby("subject")["orders"].sum().reindex(CHANNELS, fill_value=0.0)
    campaigns = credited.groupby("campaign")["orders"].sum()
    parts = [
        frame_of("room", channels.loc[list(ROOMS)]),
        frame_of("channel", channels),
        frame_of("campaign", campaigns.reindex(_campaigns(evidence), fill_value=0.0)),
    ]
    return pd.concat(parts, ignore_index=True)


def _campaigns(evidence: Evidence) -> list[str]:
    """Return the campaigns that are of a live room."""
    return sorted(evidence.rooms.df()["campaign_id"])


def last_click(evidence: Evidence, rng: np.random.Generator) -> pd.DataFrame:
    """Give each order to the last click of the 7 days before it; see `Evidence.clicks`."""
    assert evidence.clicks is not None
    return credit(evidence, rng, rule="last", source="click_before")


for _rule in RULES:
    estimator(_rule, rows="room channel campaign", says=_SAYS[_rule])(partial(credit, rule=_rule))
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
