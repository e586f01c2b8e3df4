"""Which identifiers were seen together, and how that is known: SQL over the canonical tables.

Two identifiers on one row of `event` or `order_header` are evidence, and so is a row of `binding`. What
a pair of columns proves is in `PAIRS`; what a word proves is in `tiers.EVIDENCE`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from liveattr.formats import preset_names, read_preset
from liveattr.identity.tiers import EVIDENCE, RULE_VERSION
from liveattr.tables import IDENTIFIER_COLUMNS, LIVE_PLATFORMS, account_kind

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["LONE_COLUMNS", "PAIRS", "create_evidence", "kind_sql"]

_ON_BOTH = (
    ("account_token", "unionid_token", "unionid"),
    ("account_token", "openid_token", "openid_login"),
    ("account_token", "member_token", "member_card"),
    ("openid_token", "unionid_token", "unionid"),
    ("member_token", "unionid_token", "member_card"),
    ("member_token", "openid_token", "member_card"),
)

PAIRS = {
    "event": (
        *_ON_BOTH,
        ("account_token", "phone_token", "phone_verified"),
        ("openid_token", "phone_token", "phone_verified"),
        ("account_token", "visitor_token", "login"),
        ("openid_token", "visitor_token", "openid_login"),
        ("account_token", "device_token", "device_login"),
    ),
    "order_header": (
        *_ON_BOTH,
        ("account_token", "phone_token", "order_phone"),
        ("openid_token", "phone_token", "order_phone"),
        ("member_token", "phone_token", "order_phone"),
    ),
}
"""Table → columns that are on one row, and the evidence that they are. The phone of an event is one that
the mall verified; the phone of an order is what somebody typed. A browser on a device without a login is
no evidence: in the simulated world every second one that it joined was somebody else of the household."""

LONE_COLUMNS = {
    "event": ("account_token", "unionid_token", "openid_token", "member_token", "visitor_token"),
    "order_header": ("account_token", "unionid_token", "openid_token", "member_token"),
}
"""Table → columns whose identifiers are somebody, though nothing was ever seen with them."""

MOMENT = {"event": "event_at", "order_header": "created_at"}

_COLUMNS = (
    "left_kind, left_id, right_kind, right_id, evidence, n_seen, first_at, last_at, source, "
    "ingest_id, source_row, consented"
)


def kind_sql(column: str, platform: str = "platform") -> str:
    """Write the SQL expression for the kind of identifier in a token column.

    Examples
    --------
    >>> kind_sql("unionid_token")
    "'unionid'"
    """
    if column != "account_token":
        return f"'{IDENTIFIER_COLUMNS[column]}'"
    whens = " ".join(f"WHEN '{p}' THEN '{account_kind(p)}'" for p in LIVE_PLATFORMS)
    return f"CASE {platform} {whens} ELSE '{account_kind('')}' END"


def create_evidence(con: DuckDBPyConnection) -> None:
    """Create the temporary table `evidence_seen`, one row a pair, evidence and batch.

    Parameters
    ----------
    con
        Connection on which `event, order_header, binding, ingest_batch` can be read.

    Notes
    -----
    Columns are those of `identity_evidence` without `consent_id` and `recorded_at`. The left
    identifier is the smaller one by kind and id. `basis` is what the batch says (where there is no
    batch, what the preset says), or `row` where the record itself says that the person agreed; a row
    of a source without a basis makes no evidence (gate G2) and is counted in `evidence_refused`.
    """
    for table in PAIRS:
        _create_together(con, table)
    parts = [_on_rows(table, *pair) for table, pairs in PAIRS.items() for pair in pairs]
    parts.append("""
SELECT left_kind, left_token, right_kind, right_token, evidence, count(*), min("at"), max("at"), source,
       ingest_id, min(source_row), bool_or(consented)
FROM binding
WHERE (left_kind, left_token) <> (right_kind, right_token)
GROUP BY ALL""")
    _create_source_basis(con)
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE evidence_seen AS
WITH seen ({_COLUMNS}) AS ({" UNION ALL ".join(parts)}),
sorted AS (
    SELECT * REPLACE (
        CASE WHEN swap THEN right_kind ELSE left_kind END AS left_kind,
        CASE WHEN swap THEN right_id ELSE left_id END AS left_id,
        CASE WHEN swap THEN left_kind ELSE right_kind END AS right_kind,
        CASE WHEN swap THEN left_id ELSE right_id END AS right_id)
    FROM (SELECT *, (right_kind, right_id) < (left_kind, left_id) AS swap FROM seen)
)
SELECT left(sha256(concat_ws('|', left_kind, left_id, right_kind, right_id, evidence, s.source, s.ingest_id,
                             '{RULE_VERSION}')), 24) AS evidence_id,
       left_kind, left_id, right_kind, right_id, evidence, t.tier, t.weight,
       CAST(sum(n_seen) AS BIGINT) AS n_seen, min(first_at) AS first_at, max(last_at) AS last_at,
       s.source, s.ingest_id, min(source_row) AS source_row,
       CASE WHEN bool_or(coalesce(consented, false)) THEN 'row'
            ELSE coalesce(min(g.legal_basis), min(b.legal_basis)) END AS basis,
       '{RULE_VERSION}' AS rule_version
FROM sorted AS s
JOIN (VALUES {_tiers()}) AS t(evidence, tier, weight) USING (evidence)
LEFT JOIN ingest_batch AS g ON g.ingest_id = s.ingest_id
LEFT JOIN source_basis AS b ON b.source = s.source
GROUP BY left_kind, left_id, right_kind, right_id, evidence, t.tier, t.weight, s.source, s.ingest_id""")
    con.execute("""
CREATE OR REPLACE TEMP TABLE evidence_refused AS
SELECT 'no_basis' AS reason, count(*) AS n FROM evidence_seen WHERE basis IS NULL""")
    con.execute("DELETE FROM evidence_seen WHERE basis IS NULL")
    for table in PAIRS:
        con.execute(f"DROP TABLE together_{table}")


def _create_together(con: DuckDBPyConnection, table: str) -> None:
    """Create `together_<table>`: identifiers that are on one row, one row a combination and batch."""
    columns = sorted({column for left, right, _ in PAIRS[table] for column in (left, right)})
    seen = " + ".join(f"({column} IS NOT NULL)::INTEGER" for column in columns)
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE together_{table} AS
SELECT platform, {", ".join(columns)}, source, ingest_id, count(*) AS n, min({MOMENT[table]}) AS first_at,
       max({MOMENT[table]}) AS last_at, min(source_row) AS source_row
FROM {table} WHERE {seen} > 1
GROUP BY platform, {", ".join(columns)}, source, ingest_id""")


def _on_rows(table: str, left: str, right: str, evidence: str) -> str:
    return f"""
SELECT {kind_sql(left)}, {left}, {kind_sql(right)}, {right}, '{evidence}', sum(n), min(first_at),
       max(last_at), source, ingest_id, min(source_row), NULL
FROM together_{table} WHERE {left} IS NOT NULL AND {right} IS NOT NULL
GROUP BY ALL"""


def _tiers() -> str:
    return ", ".join(f"('{word}', '{s.tier}', {s.weight}::DOUBLE)" for word, s in EVIDENCE.items())


def _create_source_basis(con: DuckDBPyConnection) -> None:
    """Create `source_basis` (source, legal_basis): what the presets of these rows declare."""
    used = " UNION ".join(f"SELECT source FROM {table}" for table in (*MOMENT, "binding"))
    known = set(preset_names())
    names = [name for (name,) in con.sql(used).fetchall() if name in known]
    rows = [f"('{name}', '{read_preset(name).legal_basis}')" for name in sorted(names)]
    con.execute(
        "CREATE OR REPLACE TEMP TABLE source_basis AS SELECT * FROM (VALUES (NULL, NULL)"
        f"{''.join(', ' + row for row in rows)}) t(source, legal_basis) WHERE source IS NOT NULL"
    )
