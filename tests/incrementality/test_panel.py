"""Reading people day by day, from tables written by hand."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from liveattr.errors import MissingDataError
from liveattr.incrementality import panel as panel_file
from liveattr.incrementality.panel import PersonDays, read_panel

TABLES = """
CREATE TABLE member_code AS SELECT * FROM (VALUES
    ('uid_douyin', 'u1', 1, false), ('mall_account', 'm1', 1, false),
    ('uid_douyin', 'u2', 2, false),
    ('uid_douyin', 'u3', 3, true), ('mall_account', 'm3', 3, true),
    ('uid_douyin', 'u4', 4, false), ('mall_account', 'm4', 4, false),
    ('uid_douyin', 'u5', 5, false), ('mall_account', 'm5', 5, false)) AS t(kind, id, person, silent);
CREATE TABLE test_person AS SELECT 4 AS person;
CREATE TABLE dimension AS SELECT * FROM (VALUES
    ('action', 1, 'live_enter'), ('action', 2, 'mall_landing'), ('action', 3, 'live_link_click'),
    ('channel', 1, 'live'), ('channel', 2, 'shelf'), ('channel', 3, 'search'),
    ('broadcast', 1, 'b1'), ('broadcast', 2, 'b2')) AS t(kind, code, value);
CREATE TABLE broadcast AS SELECT * FROM (VALUES
    ('b1', 'douyin', TIMESTAMPTZ '2026-01-02 12:00:00+00'),
    ('b2', 'channels', TIMESTAMPTZ '2026-01-02 06:00:00+00')) AS t(broadcast_id, platform, start_at);
CREATE TABLE room_day AS SELECT * FROM (VALUES
    ('b1', 'c', 'douyin/us', DATE '2026-01-02'),
    ('b2', 'c', 'channels/us', DATE '2026-01-02')) AS t(broadcast_id, campaign_id, room, day_on);
CREATE TABLE touch AS
SELECT person, epoch_us(moment) AS ts_us, channel, broadcast, action FROM (VALUES
    (1, TIMESTAMPTZ '2026-01-02 12:30:00+00', 1, 1, 1),
    (1, TIMESTAMPTZ '2026-01-02 13:30:00+00', 1, 1, 1),
    (1, TIMESTAMPTZ '2026-01-02 13:00:00+00', 1, 1, 2),
    (5, TIMESTAMPTZ '2026-01-02 13:00:00+00', 1, 1, 2),
    (5, TIMESTAMPTZ '2026-01-02 13:00:00+00', 1, 1, 3),
    (2, TIMESTAMPTZ '2026-01-02 13:00:00+00', 1, 1, 1),
    (5, TIMESTAMPTZ '2026-01-02 07:00:00+00', 2, NULL, 2),
    (5, TIMESTAMPTZ '2026-01-02 15:00:00+00', 2, NULL, 2),
    (5, TIMESTAMPTZ '2026-01-02 16:30:00+00', 3, NULL, 2)) AS t(person, moment, channel, broadcast, action);
CREATE TABLE order_code AS SELECT * FROM (VALUES
    (7, 'mall' || chr(9) || 's' || chr(9) || 'o1', 1),
    (8, 'mall' || chr(9) || 's' || chr(9) || 'o2', 2),
    (NULL, 'mall' || chr(9) || 's' || chr(9) || 'o3', 4)) AS t(order_key, value, person);
CREATE TABLE late_hours (late_on DATE, until_at TIMESTAMPTZ);
CREATE TABLE shop_order AS SELECT 'mall' AS platform, 's' AS shop_id, * FROM (VALUES
    ('o1', DATE '2026-01-03'), ('o2', DATE '2026-01-03')) AS t(order_id, day_on);
CREATE TABLE order_line AS SELECT 'mall' AS platform, 's' AS shop_id, * FROM (VALUES
    ('o1', 'x', 2, false), ('o1', 'x', 1, NULL), ('o1', 'y', 2, false), ('o1', 'z', 5, true),
    ('o2', 'x', 1, false)) AS t(order_id, sku_id, qty, is_gift);
"""


@pytest.fixture
def con():
    with duckdb.connect() as made:
        made.execute("SET TimeZone = 'UTC'")
        made.execute(TABLES)
        yield made


@pytest.fixture
def panel(con, monkeypatch) -> PersonDays:
    monkeypatch.setattr(panel_file, "FEW_VIEWERS", 1)
    return read_panel(con, date(2026, 1, 1), 4)


def test_linked_are_people_with_both_sides_who_agree_and_are_no_test(panel):
    assert panel.person_code.tolist() == [1, 5]
    assert panel.people == 2


def test_watching_is_once_a_broadcast_and_a_click_is_none(panel):
    assert panel.seen_person.tolist() == [0]
    assert panel.seen_day.tolist() == [1]
    assert panel.rooms == ("douyin/us",)
    assert panel.broadcasts == ("b1",)
    assert panel.on_air.tolist() == [[False, True, False, False]]


def test_who_came_into_the_mall_tells_how_many_are_seen(panel):
    assert panel.caught == {"douyin/us": (2, 1)}


def test_visits_are_of_the_shops_day_and_early_before_the_seen_room_goes_on_air(panel):
    found = list(
        zip(panel.visit_day, panel.visit_kind, panel.visit_n, panel.visit_early, strict=True)
    )
    assert found == [(1, 2, 2, 1), (2, 1, 1, 1)]


def test_a_visit_after_midnight_while_a_show_runs_on_is_of_the_evening(con, monkeypatch):
    monkeypatch.setattr(panel_file, "FEW_VIEWERS", 1)
    con.execute(
        "INSERT INTO late_hours VALUES (DATE '2026-01-03', TIMESTAMPTZ '2026-01-02 17:00:00+00')"
    )
    panel = read_panel(con, date(2026, 1, 1), 4)
    found = zip(panel.visit_day, panel.visit_kind, panel.visit_n, panel.visit_early, strict=True)
    assert list(found) == [(1, 1, 1, 0), (1, 2, 2, 1)]  # 00:30 is no early visit of the next day


def test_orders_have_the_units_of_their_main_sku_without_gifts_and_all_are_counted(panel):
    assert panel.order_key.tolist() == [7]
    assert panel.order_qty.tolist() == [3]
    assert panel.all_orders.tolist() == [0, 0, 2, 0]
    assert panel.linked_orders.tolist() == [0, 0, 1, 0]


def test_a_platform_with_hardly_a_viewer_shows_nobody(con):
    assert read_panel(con, date(2026, 1, 1), 4).rooms == ()


def test_nobody_is_linked(con):
    con.execute("DELETE FROM member_code WHERE kind = 'mall_account'")
    with pytest.raises(MissingDataError, match="nobody"):
        read_panel(con, date(2026, 1, 1), 4)
