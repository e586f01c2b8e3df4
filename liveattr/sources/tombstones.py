"""Erased identifiers stay erased: a later file does not bring them back.

A tombstone is HMAC-SHA256(suppression key, "<kind>:<token>"), and the suppression key is itself made
from the token key, so that the table `tombstone` says nothing to who reads it. At ingest a token with
a tombstone becomes null where its row is a fact of the shop (an event, an order with its money), and
a row that is only about that person is not loaded. What an erasure does to a row is said once, in
`liveattr.lake.identifiers`, so that a file that is read again gives the rows that are there.
"""

from __future__ import annotations

import hashlib
import hmac

import duckdb

from liveattr.lake import Lake
from liveattr.lake.delta import newest
from liveattr.lake.identifiers import bearing, kind_sql
from liveattr.sources import tokens
from liveattr.sources.mapping import new_table
from liveattr.tables import get_table

__all__ = ["ERASED", "arm", "suppress", "suppression_key", "tombstone_digest"]

ERASED = "ERASED"
"""Reason code of a record of which nothing is left: it is set aside, so that it does not vanish."""

_KEY = "suppression"
"""Name of the key on a connection."""


def suppression_key(key: str) -> str:
    """Return the key of the tombstones, in hex, made from the token key.

    Examples
    --------
    >>> suppression_key("k" * 32) == suppression_key("k" * 32) != suppression_key("l" * 32)
    True
    """
    return hmac.new(key.encode(), b"suppression", hashlib.sha256).hexdigest()


def tombstone_digest(kind: str, token: str, key: str) -> str:
    """Return the tombstone of an identifier, in hex; `key` is the suppression key."""
    return hmac.new(key.encode(), f"{kind}:{token}".encode(), hashlib.sha256).hexdigest()


def arm(lake: Lake, con: duckdb.DuckDBPyConnection, *, demo: bool) -> bool:
    """Make the tombstones of a lake known to a connection; return whether there are any.

    Creates the table `buried(kind, digest)`. A lake without tombstones costs a look into a folder.

    Raises
    ------
    TokenKeyError
        If there are tombstones and the token key is missing.
    """
    if newest(lake.path / "tombstone") is None:
        return False
    known = lake.table("tombstone")[["kind", "digest"]]
    if known.empty:
        return False
    tokens.use_key(con, suppression_key(tokens.load_key(demo=demo)), _KEY)
    con.register("buried_given", known)
    con.execute("CREATE OR REPLACE TEMP TABLE buried AS SELECT * FROM buried_given")
    con.unregister("buried_given")
    return True


def suppress(con: duckdb.DuckDBPyConnection, names: list[str]) -> dict[str, int]:
    """Take erased identifiers out of the new rows of tables; call it after every mapping.

    Parameters
    ----------
    con
        Connection on which `arm` was called, with `new: <table>` for every name, and `bad`: a record
        of which nothing is left is added to it.
    names
        Tables.

    Returns
    -------
    dict
        Table → rows that lost a token or are not loaded; only tables with such rows.

    Notes
    -----
    An order that is known as one of a test account stays one, though its token is gone.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE erased_record(source_row BIGINT)")
    found = {name: _suppress(con, name) for name in names if bearing(get_table(name)).tokens}
    used = " UNION ALL ".join(f"SELECT unnest(records) FROM {new_table(name)}" for name in names)
    con.execute(
        f"INSERT INTO bad SELECT DISTINCT source_row, 1000, '{ERASED}', NULL, NULL, "
        "'the person was erased', true, NULL FROM erased_record WHERE source_row NOT IN "
        f"({used}) AND source_row NOT IN (SELECT source_row FROM bad)"
    )
    return {name: rows for name, rows in found.items() if rows}


def _suppress(con: duckdb.DuckDBPyConnection, name: str) -> int:
    table, new = get_table(name), new_table(name)
    how = bearing(table)
    seen = " UNION ".join(
        f'SELECT {kind_sql(table, c)} AS kind, "{c}" AS token FROM {new} WHERE "{c}" IS NOT NULL'
        for c in how.tokens
    )
    digest = tokens.hmac_sql("kind || ':' || token", _KEY)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE erased_token AS SELECT DISTINCT token FROM "
        f"(SELECT kind, token, {digest} AS digest FROM ({seen})) SEMI JOIN buried USING (kind, digest)"
    )
    if not con.sql("SELECT 1 FROM erased_token LIMIT 1").fetchall():
        return 0
    hit = {c: f'coalesce("{c}" IN (FROM erased_token), false)' for c in how.tokens}
    some = " OR ".join(hit.values())
    [(rows,)] = con.sql(f"SELECT count(*) FROM {new} WHERE {some}").fetchall()
    if how.whole:
        con.execute(f"INSERT INTO erased_record SELECT unnest(records) FROM {new} WHERE {some}")
        con.execute(f"DELETE FROM {new} WHERE {some}")
        return int(rows)
    cells = {c: f'CASE WHEN {h} THEN NULL ELSE "{c}" END' for c, h in hit.items()}
    cells |= {c: f'CASE WHEN {some} THEN NULL ELSE "{c}" END' for c in how.along}
    if name == "order_header":
        known = "SELECT platform, shop_id, order_id FROM order_header WHERE is_test"
        cells["is_test"] = f"is_test OR ({some} AND (platform, shop_id, order_id) IN ({known}))"
    changed = ", ".join(f'{cell} AS "{c}"' for c, cell in cells.items())
    con.execute(f"CREATE OR REPLACE TEMP TABLE {new} AS SELECT * REPLACE ({changed}) FROM {new}")
    return int(rows)
