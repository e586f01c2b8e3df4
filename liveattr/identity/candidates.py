"""The stage `score_candidates`: coincidences between rooms and the mall → `candidate_link` (tier C)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pandas as pd

from liveattr.consent import audit_row, require_assessment, write_audit
from liveattr.errors import ConsentError, ParameterError
from liveattr.identity.tiers import RULE_VERSION
from liveattr.lake import Lake, Summary, run_stage
from liveattr.settings import Settings, load_settings
from liveattr.tables import LIVE_PLATFORMS, TABLES
from liveattr.units import time_us_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["score_candidates"]

PURPOSE = "fuzzy_match"
READS = (
    "event",
    "broadcast",
    "sku_map",
    "person_member",
    "identifier_quarantine",
    "consent_state",
    "merge_refused",
)
WRITES = ("candidate_link",)

LEAST_TRACKED = 20
"""Fewer tracked people that met teach nothing."""

_PLATFORMS = ", ".join(f"'{platform}'" for platform in LIVE_PLATFORMS)

_SEEN = f"""
CREATE TEMP TABLE seen AS
SELECT e.platform IN ({_PLATFORMS}) AS live, e.account_token, e.visitor_token,
       make_timestamptz({{moment}}) AS event_at,
       coalesce(e.broadcast_id, b.broadcast_id) AS broadcast, e.ua_class, e.city,
       coalesce(e.ip_token, e.ip24_token) AS ip,
       coalesce(s.merchant_sku, e.sku_id, e.product_id) AS product
FROM event AS e
LEFT JOIN broadcast AS b ON b.platform = e.platform AND b.platform_room_id = e.room_id
LEFT JOIN (SELECT platform, platform_sku_id, max(merchant_sku) AS merchant_sku FROM sku_map
           GROUP BY platform, platform_sku_id) AS s
  ON s.platform = e.platform AND s.platform_sku_id = coalesce(e.sku_id, e.product_id)
WHERE (e.platform IN ({_PLATFORMS}) AND e.account_token IS NOT NULL)
   OR (e.platform NOT IN ({_PLATFORMS}) AND e.visitor_token IS NOT NULL)"""

_MAY = """
CREATE TEMP TABLE may AS
SELECT m.kind, m.id, m.person_id, coalesce(s.state, 'none') AS state
FROM person_member AS m
LEFT JOIN consent_state AS s ON s.kind = m.kind AND s.id = m.id AND s.purpose = 'fuzzy_match'
ANTI JOIN identifier_quarantine AS q ON q.kind = m.kind AND q.id = m.id
WHERE m.known_to_at IS NULL AND (m.kind = 'visitor' OR starts_with(m.kind, 'uid_'))"""

_CLICKS = """
SELECT s.account_token AS uid, s.event_at AS "at", s.broadcast, s.product, s.ip, s.ua_class AS ua, s.city
FROM seen AS s JOIN may AS m ON starts_with(m.kind, 'uid_') AND m.id = s.account_token
WHERE s.live AND s.broadcast IS NOT NULL AND m.state <> 'withdrawn'
ORDER BY ALL"""

_VIEWS = """
SELECT s.visitor_token AS visitor, s.event_at AS "at", s.product, s.ip, s.ua_class AS ua, s.city
FROM seen AS s JOIN may AS m ON m.kind = 'visitor' AND m.id = s.visitor_token
WHERE NOT s.live AND m.state = 'granted'
ORDER BY ALL"""

_TRACKED = """
SELECT u.id AS uid, min(v.id) AS visitor FROM may AS u
JOIN may AS v ON v.person_id = u.person_id AND v.kind = 'visitor' AND v.state = 'granted'
WHERE starts_with(u.kind, 'uid_') GROUP BY u.id ORDER BY ALL"""


def score_candidates(
    lake: Lake,
    *,
    settings: Settings | None = None,
    false_match_rate: float = 0.01,
    seed: int = 0,
    today: date | None = None,
    force: bool = False,
) -> Summary:
    """Guess which viewers are which mall visitors, by what they did at the same seconds.

    Parameters
    ----------
    lake
        A lake after `resolve`.
    settings
        `fuzzy_match` must be true; `clock_offset_s` is taken off.
    false_match_rate
        Greatest share of false links among those kept, by the bound from decoys.
    seed
        Of the decoys.
    today
        Day on which an impact assessment of `fuzzy_match` must be in force.

    Returns
    -------
    Summary
        Rows in: viewers and visitors that may be compared; rows refused: those whose consent is
        missing. The note has the bound of false links.

    Raises
    ------
    ConsentError
        If fuzzy matching is switched off, or no impact assessment is in force.

    Notes
    -----
    Writes `candidate_link`. A visitor is compared only with a live grant of `fuzzy_match`, a viewer
    only if nobody of that person has withdrawn it. The links merge nobody and address nobody; where
    fewer than 20 tracked people met, nothing can be learned and no link is made. See
    `liveattr.identity.scored.score_links` for the model and for when it is wrong.
    """
    known = settings or load_settings()
    if not known.fuzzy_match:
        raise ConsentError(
            "fuzzy matching is switched off: it needs people's own consent (purpose fuzzy_match). With "
            "that, set  fuzzy_match = true  in liveattr.toml"
        )
    require_assessment(lake, PURPOSE, today or datetime.now(UTC).date())

    def body(lake: Lake) -> Summary:
        return _body(lake, known, false_match_rate, seed)

    options = {
        "false_match_rate": false_match_rate,
        "seed": seed,
        "clock_offset_s": known.clock_offset_s,
    }
    return run_stage(
        lake,
        "score_candidates",
        options=options,
        reads=READS,
        writes=WRITES,
        body=body,
        force=force,
    )


def _body(lake: Lake, settings: Settings, false_match_rate: float, seed: int) -> Summary:
    from liveattr.identity.scored import score_links

    with lake.connect(READS) as con:
        moment = time_us_sql("e.event_at", "e.source", settings.clock_offset_s)
        con.execute(_SEEN.format(moment=moment))
        con.execute(_MAY)
        clicks, views, tracked = (con.sql(q).df() for q in (_CLICKS, _VIEWS, _TRACKED))
        kinds = dict(con.sql("SELECT id, kind FROM may WHERE kind <> 'visitor'").fetchall())
        counts = _count(con)
    if len(tracked) < LEAST_TRACKED:
        lake.write("candidate_link", _rows([]))
        return _told(lake, counts, 0, "too few tracked people met to learn from; no link is made")
    try:
        done = score_links(clicks, views, tracked, false_match_rate=false_match_rate, seed=seed)
    except ParameterError as error:  # too few tracked pairs met
        lake.write("candidate_link", _rows([]))
        return _told(lake, counts, 0, f"{error}; no link is made")
    links = done.links
    rows = links.assign(
        run_id=f"score-{RULE_VERSION}-{seed}",
        left_kind=links["left_id"].map(kinds),
        right_kind="visitor",
        model_version=f"{RULE_VERSION}; {len(tracked)} tracked; rate {false_match_rate}",
    )
    lake.write("candidate_link", rows[list(TABLES["candidate_link"].names)])
    bound = f"{rows['false_match_bound'].max():.2%}" if len(rows) else "none"
    return _told(
        lake, counts, len(rows), f"{len(rows):,} links; false among them at most {bound} (decoys)"
    )


def _rows(rows: list[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(TABLES["candidate_link"].names), dtype=object)


def _count(con: DuckDBPyConnection) -> tuple[int, dict[str, int]]:
    """Count who may be compared, and who may not for which reason."""
    [(all_of_them, no_consent, withdrawn)] = con.execute("""
SELECT count(*), count(*) FILTER (kind = 'visitor' AND state = 'none'),
       count(*) FILTER (state = 'withdrawn') FROM may""").fetchall()
    why = {"no_consent": no_consent, "withdrawn": withdrawn}
    return all_of_them, {reason: n for reason, n in why.items() if n}


def _told(lake: Lake, counts: tuple[int, dict[str, int]], links: int, note: str) -> Summary:
    n, why = counts
    row = audit_row(
        "G2", PURPOSE, rows_in=n, rows_out=n - sum(why.values()), refused=json.dumps(why)
    )
    write_audit(lake, [row], actor="score_candidates")
    return Summary(
        rows_in=n,
        rows_refused=sum(why.values()),
        outputs={"candidate_link": links},
        notes=(note,),
    )
