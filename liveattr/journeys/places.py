"""What an event is about: channel, campaign, broadcast, host, SKU, action, kind of touch.

Events repeat few signatures (platform, name, room, link, …), so the rules run once over the
distinct signatures and the events join the result. Where the answer depends on the time (a link is
valid for some hours, a room number is used again) a signature has several spans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from liveattr.journeys.vocabulary import (
    CHANNEL_DIRECT,
    CHANNEL_LINK,
    CHANNEL_LIVE,
    CLICK,
    NAMES,
    NEVER,
    TOUCH_KINDS,
    VIEW,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["FACET_TEXTS", "SIGNATURE", "create_place"]

SIGNATURE = (
    "platform",
    "name",
    "channel",
    "broadcast_id",
    "room_id",
    "link_id",
    "campaign_id",
    "host_id",
    "sku_id",
    "product_id",
    "touch_kind",
)
"""Columns of an event that decide what it is about."""

FACET_TEXTS = ("channel", "campaign", "broadcast", "host", "sku", "action")
"""Dimensions of a touch."""

BEGINNING, END = -(2**62), 2**62
"""[µs] Before and after every moment."""

_GOOD_LINK = f"""
CREATE OR REPLACE TEMP TABLE good_link AS
SELECT link_id, broadcast_id, campaign_id, host_id, product_id,
       coalesce(epoch_us(valid_from_at), {BEGINNING}) AS from_us,
       coalesce(epoch_us(valid_to_at), {END}) AS to_us
FROM tracked_link
WHERE signature_ok IS NULL OR signature_ok"""

_ROOM_SPAN = f"""
CREATE OR REPLACE TEMP TABLE room_span AS
SELECT platform, platform_room_id, broadcast_id,
       CASE WHEN row_number() OVER room = 1 THEN {BEGINNING} ELSE start_us END AS from_us,
       coalesce(lead(start_us) OVER room, {END}) AS to_us
FROM (
    SELECT platform, platform_room_id, broadcast_id, epoch_us(start_at) AS start_us
    FROM broadcast WHERE platform_room_id IS NOT NULL
)
WINDOW room AS (PARTITION BY platform, platform_room_id ORDER BY start_us, broadcast_id)"""

_SIGN = f"""
CREATE OR REPLACE TEMP TABLE sign AS
SELECT row_number() OVER (ORDER BY platform, name) AS sign, *
FROM (
    SELECT DISTINCT {", ".join(SIGNATURE)}, watch_ms IS NOT NULL AS watched
    FROM event
    WHERE name NOT IN ({", ".join(f"'{name}'" for name in NEVER)})
)"""

_SPAN = f"""
CREATE OR REPLACE TEMP TABLE sign_span AS
SELECT sign, from_us, coalesce(lead(from_us) OVER (PARTITION BY sign ORDER BY from_us), {END})
           AS to_us
FROM (
    SELECT sign, {BEGINNING} AS from_us FROM sign
    UNION
    SELECT s.sign, l.from_us FROM sign AS s JOIN good_link AS l ON l.link_id = s.link_id
    UNION
    SELECT s.sign, l.to_us FROM sign AS s JOIN good_link AS l ON l.link_id = s.link_id
    UNION
    SELECT s.sign, r.from_us FROM sign AS s
    JOIN room_span AS r ON r.platform = s.platform AND r.platform_room_id = s.room_id
)"""

_LIVE_CAMPAIGN = "'broadcast', 'show', 'series'"
_MAY_BE_NULL = ("campaign", "broadcast", "host", "sku", "link")
_VOCABULARY = ", ".join(f"('{n}', '{channel}', {kind})" for n, (channel, kind) in NAMES.items())
_GIVEN_KIND = " ".join(f"WHEN '{word}' THEN {code}" for word, code in TOUCH_KINDS.items())

_RESOLVED = f"""
CREATE OR REPLACE TEMP TABLE resolved AS
SELECT sign, from_us, to_us, name AS action, link, broadcast, campaign, host, sku,
       CASE WHEN channel IS NOT NULL THEN channel
            WHEN broadcast IS NOT NULL OR named_channel = '{CHANNEL_LIVE}' THEN '{CHANNEL_LIVE}'
            WHEN link IS NOT NULL OR named_channel = '{CHANNEL_DIRECT}'
                THEN coalesce(campaign_channel,
                              CASE WHEN link IS NULL THEN '{CHANNEL_DIRECT}'
                                   ELSE '{CHANNEL_LINK}' END)
       END AS channel,
       CASE touch_kind {_GIVEN_KIND}
            ELSE CASE WHEN name = 'live_leave' AND NOT watched THEN {VIEW}
                      WHEN link IS NOT NULL AND coalesce(named_channel, '') <> '{CHANNEL_LIVE}'
                          THEN {CLICK}
                      ELSE coalesce(named_kind, {VIEW}) END
       END AS touch_kind
FROM (
    SELECT s.sign, x.from_us, x.to_us, s.name, s.channel, s.touch_kind, s.watched,
           l.link_id AS link,
           coalesce(s.broadcast_id, l.broadcast_id, r.broadcast_id) AS broadcast,
           coalesce(s.campaign_id, b.campaign_id, l.campaign_id) AS campaign,
           coalesce(s.host_id, b.host_id, l.host_id) AS host,
           coalesce(s.sku_id, s.product_id, l.product_id) AS sku,
           v.channel AS named_channel, v.kind AS named_kind,
           CASE WHEN c.kind IN ({_LIVE_CAMPAIGN}) THEN '{CHANNEL_LIVE}' ELSE c.kind END
               AS campaign_channel
    FROM sign AS s
    JOIN sign_span AS x ON x.sign = s.sign
    LEFT JOIN (VALUES {_VOCABULARY}) AS v (name, channel, kind) ON v.name = s.name
    LEFT JOIN good_link AS l
      ON l.link_id = s.link_id AND l.from_us <= x.from_us AND x.from_us < l.to_us
    LEFT JOIN room_span AS r
      ON r.platform = s.platform AND r.platform_room_id = s.room_id
     AND r.from_us <= x.from_us AND x.from_us < r.to_us
    LEFT JOIN broadcast AS b
      ON b.broadcast_id = coalesce(s.broadcast_id, l.broadcast_id, r.broadcast_id)
    LEFT JOIN campaign AS c ON c.campaign_id = coalesce(s.campaign_id, l.campaign_id)
)"""

_TEXT_CODE = f"""
CREATE OR REPLACE TEMP TABLE text_code AS
WITH touching AS (SELECT * FROM resolved WHERE channel IS NOT NULL)
SELECT kind, CAST(row_number() OVER (PARTITION BY kind ORDER BY value) AS INTEGER) AS code, value
FROM ({" UNION ".join(f"SELECT '{d}' AS kind, {d} AS value FROM touching" for d in FACET_TEXTS)})
WHERE value IS NOT NULL"""

_BEST_FIRST = "touch_kind DESC, campaign NULLS FIRST, host NULLS FIRST, sku NULLS FIRST, action"

_FACET_TEXT = f"""
CREATE OR REPLACE TEMP TABLE facet_text AS
SELECT CAST(row_number() OVER (ORDER BY lane, {_BEST_FIRST}) AS INTEGER) AS facet, *
FROM (
    SELECT CAST(dense_rank() OVER (
               ORDER BY channel, broadcast NULLS FIRST, link NULLS FIRST) AS INTEGER) AS lane, *
    FROM (
        SELECT DISTINCT channel, campaign, broadcast, host, sku, action, link, touch_kind
        FROM resolved WHERE channel IS NOT NULL
    )
)"""

_FACET = """
CREATE OR REPLACE TEMP TABLE facet AS
SELECT f.facet, f.lane, f.touch_kind, {codes}
FROM facet_text AS f {joins}""".format(
    codes=", ".join(f"{d}.code AS {d}" for d in FACET_TEXTS),
    joins=" ".join(
        f"LEFT JOIN text_code AS {d} ON {d}.kind = '{d}' AND {d}.value = f.{d}" for d in FACET_TEXTS
    ),
)

_PLACE = f"""
CREATE OR REPLACE TEMP TABLE place AS
SELECT {", ".join(f"s.{c}" for c in SIGNATURE)}, s.watched, r.from_us, r.to_us,
       f.facet, f.lane, s.name = 'live_leave' AS ends_watch
FROM resolved AS r
JOIN sign AS s ON s.sign = r.sign
JOIN facet_text AS f
  ON f.channel = r.channel AND f.action = r.action AND f.touch_kind = r.touch_kind
 AND {" AND ".join(f"f.{d} IS NOT DISTINCT FROM r.{d}" for d in _MAY_BE_NULL)}"""

_DROP = "DROP TABLE good_link; DROP TABLE room_span; DROP TABLE sign; DROP TABLE sign_span; "
_DROP += "DROP TABLE resolved; DROP TABLE facet_text"


def create_place(con: DuckDBPyConnection) -> None:
    """Create `place`, `facet` and `text_code` from `event, broadcast, tracked_link, campaign`.

    Parameters
    ----------
    con
        Connection on which the four tables can be read.

    Notes
    -----
    - `place`: the columns of `SIGNATURE` and `watched`, a span `from_us` to `to_us`, and what an
      event with that signature in that span is: its `facet` and its `lane`. `ends_watch` marks
      events that are dated at the end of what they tell. Signatures that are no touch are absent.
    - `facet`: everything that a touch is about, as codes: `facet, lane, touch_kind, channel,
      campaign, broadcast, host, sku, action`. Of two facets in one lane the stronger kind of touch
      has the smaller number.
    - `lane`: channel, broadcast and link, within which a person's sessions are told apart.
    - `text_code`: `kind, code, value`; codes count from 1 in the order of the text.

    Broadcast: the event's own, else the tracked link's if the link is valid at that time and its
    signature is not wrong, else that of the platform's room (if a room number is used again, the
    last broadcast that had begun). Campaign and host: the event's own, else the broadcast's, else
    the link's. SKU: the event's own, else its product, else the link's. Channel and kind of touch:
    see `liveattr.journeys.vocabulary`.
    """
    steps = (_GOOD_LINK, _ROOM_SPAN, _SIGN, _SPAN, _RESOLVED, _TEXT_CODE, _FACET_TEXT, _FACET)
    for statement in (*steps, _PLACE, *_DROP.split(";")):
        con.execute(statement)
