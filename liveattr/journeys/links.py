"""Guesses that a viewer is a mall visitor (tier C), as links between people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["create_fuzzy_link"]

_JUDGED = """
CREATE OR REPLACE TEMP TABLE link_judged AS
SELECT v.person AS viewer, m.person, c.probability,
       CASE WHEN v.person IS NULL OR m.person IS NULL THEN 'no_member'
            WHEN v.silent OR m.silent OR coalesce(a.state, 'none') = 'withdrawn'
                 OR coalesce(b.state, 'none') = 'withdrawn' THEN 'withdrawn'
            WHEN coalesce(b.state, 'none') <> 'granted' THEN 'no_consent'
            WHEN x.person IS NOT NULL THEN 'test'
            WHEN v.person = m.person THEN 'one_person'
            ELSE '' END AS why
FROM candidate_link AS c
JOIN (SELECT max(run_id) AS run_id FROM candidate_link) AS r ON r.run_id = c.run_id
LEFT JOIN member_code AS v ON v.kind = c.left_kind AND v.id = c.left_id
LEFT JOIN member_code AS m ON m.kind = c.right_kind AND m.id = c.right_id
LEFT JOIN consent_state AS a
  ON a.kind = c.left_kind AND a.id = c.left_id AND a.purpose = 'fuzzy_match'
LEFT JOIN consent_state AS b
  ON b.kind = c.right_kind AND b.id = c.right_id AND b.purpose = 'fuzzy_match'
LEFT JOIN test_person AS x ON x.person = v.person
WHERE c.probability > 0"""

_LINK = """
CREATE OR REPLACE TEMP TABLE fuzzy_link AS
SELECT viewer, person, max(probability) AS probability
FROM link_judged WHERE why = '' GROUP BY viewer, person"""


def create_fuzzy_link(con: DuckDBPyConnection) -> dict[str, int]:
    """Create `fuzzy_link` (viewer, person, probability): who is perhaps whom.

    Parameters
    ----------
    con
        Connection with `candidate_link, consent_state`, and `member_code` and `test_person` of
        `dimensions`.

    Returns
    -------
    dict
        Reason → links of the newest run that are not used, and under '' those that are.

    Notes
    -----
    A link counts by the rule by which it was scored, as things stand now: the visitor agreed to
    `fuzzy_match` and still does, nobody of the viewer took it back, nor consent to attribution, and both
    identifiers name one person each. A link within one person says nothing new; test accounts are
    nobody's guess. Of several links between two people the most probable counts. The scoring writes
    its table anew, so there is one run; of several the greatest `run_id` counts.
    """
    con.execute(_JUDGED)
    con.execute(_LINK)
    why = "SELECT why, count(*) FROM link_judged GROUP BY why ORDER BY why"
    counts = {str(reason): int(n) for reason, n in con.execute(why).fetchall()}
    con.execute("DROP TABLE link_judged")
    return counts
