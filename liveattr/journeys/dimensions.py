"""Small whole numbers for people and orders; the same data give the same numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from liveattr.identity.lookup import KNOWN_MEMBER, ORDER_KEY
from liveattr.units import time_us_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = [
    "KNOWN_PHONE",
    "create_dimension",
    "create_member_code",
    "create_order_code",
    "create_test_person",
]

KNOWN_PHONE = "(SELECT id, valid_from_at FROM member_code WHERE kind = 'phone')"
"""SQL: the phones that are one person's."""


def create_member_code(con: DuckDBPyConnection) -> None:
    """Create `person_code` (person, person_id) and `member_code`.

    Parameters
    ----------
    con
        Connection on which `person_member, identifier_quarantine, consent_state` can be read.

    Notes
    -----
    Codes count from 1 in the order of `person_id`. `member_code` (kind, id, person, valid_from_at,
    silent): members that name one person, see `liveattr.identity.lookup.KNOWN_MEMBER`.
    """
    con.execute("""
CREATE OR REPLACE TEMP TABLE person_code AS
SELECT CAST(row_number() OVER (ORDER BY person_id) AS INTEGER) AS person, person_id
FROM (SELECT DISTINCT person_id FROM person_member)""")
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE member_code AS
SELECT m.kind, m.id, p.person, m.valid_from_at, m.silent
FROM ({KNOWN_MEMBER}) AS m
JOIN person_code AS p ON p.person_id = m.person_id""")


def create_test_person(con: DuckDBPyConnection) -> None:
    """Create `test_person` (person): the people of `test_account`, by `member_code`."""
    con.execute("""
CREATE OR REPLACE TEMP TABLE test_person AS
SELECT DISTINCT m.person
FROM test_account AS a JOIN member_code AS m ON m.kind = a.kind AND m.id = a.id_token""")


def create_order_code(
    con: DuckDBPyConnection, *, zone: str, clock_offset_s: Mapping[str, float] | None = None
) -> None:
    """Create `order_code`: `order_key, value, person, order_ts_us, cut_us, is_test`.

    Parameters
    ----------
    con
        Connection on which `order_header` and `member_code` can be read.
    zone
        The shop's zone, e.g. Asia/Shanghai.
    clock_offset_s
        Source → [s] how far its clock is ahead.

    Notes
    -----
    One row an order; `order_key` counts the orders that are no test from 1 in the order of
    `value` (platform, shop and order id joined by a tab). `person` is null where no identifier of
    the order is known. A touch before `cut_us` precedes the order. That is the order's time; an
    order at local midnight is one that is dated by its day only, so there a touch of the same
    moment, dated by its day too, precedes it and `cut_us` is 1 µs later.
    """
    moment = time_us_sql("o.created_at", "o.source", clock_offset_s or {})
    con.execute(
        f"""
CREATE OR REPLACE TEMP TABLE order_code AS
SELECT CASE WHEN is_test THEN NULL
            ELSE row_number() OVER (PARTITION BY is_test ORDER BY value) END AS order_key,
       value, person, order_ts_us, order_ts_us + CASE WHEN day_only THEN 1 ELSE 0 END AS cut_us,
       is_test
FROM (
    SELECT o.platform || chr(9) || o.shop_id || chr(9) || o.order_id AS value,
           m.person, {moment} AS order_ts_us,
           date_trunc('day', timezone($zone, o.created_at)) = timezone($zone, o.created_at)
               AS day_only,
           o.is_test
    FROM order_header AS o
    LEFT JOIN {KNOWN_PHONE} AS ph
      ON ph.id = o.phone_token AND coalesce(o.created_at >= ph.valid_from_at, true)
    LEFT JOIN member_code AS m ON m.kind = {ORDER_KEY.kind} AND m.id = {ORDER_KEY.id}
)""",
        {"zone": zone},
    )


def create_dimension(con: DuckDBPyConnection) -> None:
    """Create `dimension` (kind, code, value) from `person_code`, `order_code` and `text_code`."""
    con.execute("""
CREATE OR REPLACE TEMP TABLE dimension AS
SELECT kind, CAST(code AS BIGINT) AS code, value FROM text_code
UNION ALL
SELECT 'person', person, person_id FROM person_code
UNION ALL
SELECT 'order', order_key, value FROM order_code WHERE order_key IS NOT NULL""")
