"""How well the people behind the touches are known: counts for the report's identity card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liveattr.journeys.vocabulary import CHANNEL_LIVE

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["MATCHING_READS", "create_identity_count"]

MATCHING_READS = ("person", "merge_refused", "candidate_link")

_COUNT = f"""
CREATE OR REPLACE TEMP TABLE identity_count AS
WITH viewer AS (
    SELECT DISTINCT g.value AS campaign_id, t.person
    FROM touch AS t
    JOIN dimension AS c ON c.kind = 'channel' AND c.code = t.channel AND c.value = '{CHANNEL_LIVE}'
    JOIN dimension AS g ON g.kind = 'campaign' AND g.code = t.campaign
    JOIN dimension AS d ON d.kind = 'broadcast' AND d.code = t.broadcast
    JOIN broadcast AS b ON b.broadcast_id = d.value
    JOIN member_code AS m ON m.person = t.person AND m.kind = 'uid_' || b.platform
), known AS (
    SELECT v.campaign_id, v.person, p.malls > 0 AS linked, p.tier
    FROM viewer AS v
    JOIN person_code AS k ON k.person = v.person
    JOIN person AS p ON p.person_id = k.person_id
), stopped AS (
    SELECT m.person, r.reason
    FROM (SELECT left_kind AS kind, left_id AS id, reason FROM merge_refused
          UNION ALL SELECT right_kind, right_id, reason FROM merge_refused) AS r
    JOIN member_code AS m ON m.kind = r.kind AND m.id = r.id
)
SELECT grain, value, measure, CAST(n AS BIGINT) AS n FROM (
    SELECT 'campaign' AS grain, campaign_id AS value, 'viewers' AS measure, count(*) AS n
    FROM known GROUP BY campaign_id
    UNION ALL
    SELECT 'campaign', campaign_id, 'linked', count(*) FILTER (linked) FROM known GROUP BY campaign_id
    UNION ALL
    SELECT 'campaign', campaign_id, 'linked_' || tier, count(*) FROM known
    WHERE linked AND tier IS NOT NULL GROUP BY campaign_id, tier
    UNION ALL
    SELECT 'campaign', campaign_id, 'refused_' || reason, count(DISTINCT person)
    FROM known JOIN stopped USING (person) GROUP BY campaign_id, reason
    UNION ALL
    SELECT 'all', '', 'people', count(*) FROM person
    UNION ALL
    SELECT 'all', '', 'identifiers', coalesce(sum(identifiers), 0) FROM person
    UNION ALL
    SELECT 'all', '', 'refused_' || reason, count(*) FROM merge_refused GROUP BY reason
    UNION ALL
    SELECT 'all', '', 'quarantined_' || reason, count(*) FROM identifier_quarantine GROUP BY reason
    UNION ALL
    SELECT 'all', '', 'withdrawn', count(*) FROM consent_state
    WHERE purpose = 'attribution' AND state = 'withdrawn'
    UNION ALL
    SELECT 'all', '', 'candidates', count(*) FROM candidate_link HAVING count(*) > 0
    UNION ALL
    SELECT 'all', '', 'false_match_bound_ppm', round(max(false_match_bound) * 1000000)
    FROM candidate_link HAVING count(*) > 0
)
ORDER BY grain, value, measure"""


def create_identity_count(con: DuckDBPyConnection) -> None:
    """Create `identity_count`: `grain, value, measure, n`.

    Parameters
    ----------
    con
        Connection with `touch, dimension, person_code, member_code` of this run, `broadcast`, the tables of
        `MATCHING_READS`, `identifier_quarantine` and `consent_state`.

    Notes
    -----
    A viewer of a campaign is a person who has a touch of the channel `live` with one of its broadcasts, and
    whom that broadcast's own platform names by a UID: who is known from elsewhere is linked by
    construction. People who took consent back have no touches: they are not
    viewers here, and `withdrawn` counts their identifiers. `linked` viewers have a mall account too;
    `linked_A` and so on say by which tier at least. `refused_<reason>` of a campaign are viewers of it
    with evidence that was refused for that reason; of the whole lake, pieces of evidence.
    """
    con.execute(_COUNT)
