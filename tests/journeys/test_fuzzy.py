"""Guessed links (tier C): the touches of a viewer in the journeys of who may be the same person."""

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from liveattr.identity import resolve
from liveattr.journeys import build_journeys, create_fuzzy_link, create_journey
from liveattr.lake import Lake
from liveattr.lake.frames import arrow_from_pandas
from liveattr.settings import Settings
from liveattr.tables import get_table
from tests.journeys.looking import look
from tests.rows import Rows, at

ON = Settings(fuzzy_match=True, buckets=2)


def world(*links: tuple[str, str, float], agreed: str = "vwx") -> Rows:
    """Viewers d, e, f of a room; visitors v, w, x of the mall, of whom v and w are accounts that buy."""
    rows = Rows().add("broadcast", broadcast_id="b")
    for account in "def":
        rows.seen(
            "01-22 20:00",
            platform="douyin",
            account_token=account,
            name="live_enter",
            broadcast_id="b",
        )
    rows.seen("01-22 20:30", visitor_token="v").seen("01-22 20:31", visitor_token="x")
    rows.bound("mall_account:a", "visitor:v").bound("mall_account:c", "visitor:w")
    rows.bought("01-22 21:00").bought("01-22 20:10", "2", account_token="c").bought(
        "01-22 19:00", "3"
    )
    for left, right, probability in links:
        link(rows, left, right, probability)
    for n, visitor in enumerate(agreed):
        rows.add("consent_act", seq=f"{n}", subject_kind="visitor", subject_token=visitor,
                 purpose="fuzzy_match", action="granted", at=at("01-01 10:00"))  # fmt: skip
    return rows


def link(rows: Rows, left: str, right: str, probability: float, run_id: str = "2") -> None:
    rows.add("candidate_link", run_id=run_id, left_kind="uid_douyin", left_id=left, right_kind="visitor",
             right_id=right, probability=probability)  # fmt: skip


def connect(rows: Rows) -> tuple[duckdb.DuckDBPyConnection, dict[str, int]]:
    """Journeys with the links of the world, and what became of the links."""
    con = look(rows)
    table = get_table("candidate_link")
    con.register("given", arrow_from_pandas(rows.frame("candidate_link"), table))
    con.execute("CREATE TABLE candidate_link AS FROM given")
    counts = create_fuzzy_link(con)
    create_journey(con, links="fuzzy_link")
    return con, counts


def told(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, float]]]:
    """Order, or who did not buy → names of the touches' owners with the weights, in order."""
    name = """coalesce((SELECT min(m.id) FROM member_code AS m
                        WHERE m.person = {} AND m.kind <> 'mall_account'), '?')"""
    found = con.execute(f"""
        SELECT coalesce(split_part(d.value, chr(9), 3), '-' || {name.format("j.person")}),
               {name.format("t.person")}, round(j.weight, 9), j.pos, j.n
        FROM journey AS j JOIN touch AS t ON t.touch_id = j.touch_id AND t.ts_us = j.ts_us
        LEFT JOIN dimension AS d ON d.kind = 'order' AND d.code = j.order_key
        ORDER BY j.journey_id, j.pos""").fetchall()
    out: dict[str, list[tuple[str, float]]] = {}
    for journey, owner, weight, pos, n in found:
        out.setdefault(journey, []).append((owner, weight))
        assert len(out[journey]) == pos <= n
    assert all(len(out[journey]) == n for journey, _, _, _, n in found)
    return out


ALONE = {
    "1": [("v", 1.0)],
    "-d": [("d", 1.0)],
    "-e": [("e", 1.0)],
    "-f": [("f", 1.0)],
    "-x": [("x", 1.0)],
}


def test_touches_of_a_linked_viewer_come_before_the_orders_they_precede() -> None:
    con, counts = connect(world(("d", "v", 0.75), ("e", "w", 0.5)))
    with con:
        assert counts == {"": 2}
        assert told(con) == ALONE | {
            "1": [("d", 0.75), ("v", 1.0)],
            "2": [("e", 0.5)],
            "-d": [("d", 0.25)],
            "-e": [("e", 0.5)],
        }
        buyers = con.execute("SELECT DISTINCT j.order_key, j.person = o.person FROM journey AS j "
                             "JOIN order_code AS o ON o.order_key = j.order_key ORDER BY 1")  # fmt: skip
        assert buyers.fetchall() == [(1, True), (2, True)]


def test_the_greatest_probability_counts() -> None:
    """d is v by one link and v's other visitor by another; f may be either buyer."""
    rows = world(("d", "v", 0.5), ("f", "v", 0.25), agreed="vwxz").bound(
        "mall_account:a", "visitor:z"
    )
    for left, right, probability in (("d", "z", 0.75), ("f", "w", 0.5)):
        link(rows, left, right, probability)
    con, _ = connect(rows)
    with con:
        assert told(con) == ALONE | {
            "1": [("d", 0.75), ("f", 0.25), ("v", 1.0)],
            "2": [("f", 0.5)],
            "-d": [("d", 0.25)],
            "-f": [("f", 0.5)],
        }


def test_a_visitor_who_bought_nothing_changes_nothing() -> None:
    con, counts = connect(world(("d", "x", 0.9)))
    with con:
        assert counts == {"": 1}
        assert told(con) == ALONE


def test_a_sure_link_leaves_no_failure_to_buy() -> None:
    con, _ = connect(world(("d", "v", 1.0)))
    with con:
        assert "-d" not in told(con)


def test_who_bought_keeps_the_own_orders_as_they_are() -> None:
    rows = world(("d", "v", 0.5)).bought("01-22 22:00", "9", platform="douyin", account_token="d")
    con, _ = connect(rows)
    with con:
        found = told(con)
        assert found["9"] == [("d", 1.0)]
        assert found["1"] == [("d", 0.5), ("v", 1.0)]
        assert "-d" not in found


CHANGES = {
    "DELETE FROM consent_state": "no_consent",
    "UPDATE consent_state SET state = 'withdrawn'": "withdrawn",
    "INSERT INTO consent_state (kind, id, purpose, own, state) "
    "VALUES ('uid_douyin', 'd', 'fuzzy_match', 'none', 'withdrawn')": "withdrawn",
    "UPDATE member_code SET silent = true WHERE id = 'v'": "withdrawn",
    "DELETE FROM member_code WHERE id = 'd'": "no_member",
    "UPDATE member_code SET person = (SELECT person FROM member_code WHERE id = 'd')": "one_person",
    "INSERT INTO test_person SELECT person FROM member_code WHERE id = 'd'": "test",
}


def test_links_that_do_not_count() -> None:
    con, counts = connect(world(("d", "v", 0.75)))
    with con:
        assert counts == {"": 1}
        for change, why in CHANGES.items():
            con.execute("BEGIN")
            con.execute(change)
            assert create_fuzzy_link(con) == {why: 1}, change
            assert con.execute("SELECT count(*) FROM fuzzy_link").fetchall() == [(0,)]
            con.execute("ROLLBACK")


def test_only_the_newest_run_counts() -> None:
    rows = world(("d", "v", 0.75))
    link(rows, "e", "v", 0.5, run_id="1")
    con, counts = connect(rows)
    with con:
        assert counts == {"": 1}


def test_no_links_are_as_if_nobody_had_looked_for_any() -> None:
    con, counts = connect(world())
    with con:
        assert counts == {}
        with_links = con.sql("FROM journey").df()
        create_journey(con)
        pd.testing.assert_frame_equal(con.sql("FROM journey").df(), with_links)
        assert (with_links.weight == 1).all()


def run(lake: Lake, **options: Any) -> Lake:
    resolve(lake)
    build_journeys(lake, **options)
    return lake


def test_on_a_lake_only_where_fuzzy_matching_is_on(tmp_path: Path) -> None:
    lake = run(
        world(("d", "v", 0.75), ("e", "w", 0.5), agreed="v").lake(tmp_path),
        settings=Settings(buckets=2),
    )
    touches, journeys = lake.table("touch"), lake.table("journey")
    assert (journeys.weight == 1).all()
    done = build_journeys(lake, settings=ON)
    assert "1 guessed links" in done.notes[-1]
    pd.testing.assert_frame_equal(lake.table("touch"), touches)
    now = lake.table("journey")
    assert sorted(now.weight) == [0.25, 0.75, *[1.0] * (len(now) - 2)]
    assert len(now) == len(journeys) + 1
    audit = lake.table("audit").query("purpose == 'fuzzy_match'").iloc[-1]
    assert (audit.gate, audit.rows_in, audit.rows_out) == ("G4", 2, 1)
    assert audit.refused == '{"no_consent": 1}'
