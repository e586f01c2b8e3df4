"""Guessed links (tier C): the touches of a viewer in the journeys of who may be the same person."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from liveattr.identity import resolve
from liveattr.journeys import build_journeys, create_fuzzy_link, create_journey
from liveattr.lake.frames import arrow_from_pandas
from liveattr.settings import Settings
from liveattr.tables import get_table
from tests.journeys.looking import look
from tests.rows import Rows, at

ON = Settings(fuzzy_match=True, buckets=2)


Link = tuple[str, str, float]


def world(agreed: str = "vwxz") -> Rows:
    """Viewers d, e, f, g of a room; visitors v, w, x, z of the mall: v and z are a, who buys, and w is c."""
    rows = Rows().add("broadcast", broadcast_id="b")
    for account in "defg":
        rows.seen(
            "01-22 20:00",
            platform="douyin",
            account_token=account,
            name="live_enter",
            broadcast_id="b",
        )
    rows.seen("01-22 20:30", visitor_token="v").seen("01-22 20:31", visitor_token="x")
    for account, visitor in (("a", "v"), ("a", "z"), ("c", "w")):
        rows.bound(f"mall_account:{account}", f"visitor:{visitor}")
    rows.bought("01-22 21:00").bought("01-22 20:10", "2", account_token="c").bought(
        "01-22 19:00", "3"
    )
    rows.bought("01-22 22:00", "9", platform="douyin", account_token="g")
    for n, visitor in enumerate(agreed):
        rows.add("consent_act", seq=f"{n}", subject_kind="visitor", subject_token=visitor,
                 purpose="fuzzy_match", action="granted", at=at("01-01 10:00"))  # fmt: skip
    return rows


def link(rows: Rows, left: str, right: str, probability: float, run_id: str = "2") -> None:
    rows.add("candidate_link", run_id=run_id, left_kind="uid_douyin", left_id=left, right_kind="visitor",
             right_id=right, probability=probability)  # fmt: skip


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with look(world()) as made:
        columns = ", ".join(f'"{c.name}" {c.sql_type}' for c in get_table("candidate_link").columns)
        made.execute(f"CREATE TEMP TABLE candidate_link ({columns})")
        yield made


def linked(
    con: duckdb.DuckDBPyConnection, *links: Link, older: tuple[Link, ...] = ()
) -> dict[str, int]:
    """Make the journeys with these links; return what became of the links."""
    rows = Rows()
    for given in links:
        link(rows, *given)
    for given in older:
        link(rows, *given, run_id="1")
    con.register(
        "given", arrow_from_pandas(rows.frame("candidate_link"), get_table("candidate_link"))
    )
    con.execute("DELETE FROM candidate_link; INSERT INTO candidate_link FROM given")
    con.unregister("given")
    counts = create_fuzzy_link(con)
    create_journey(con, links="fuzzy_link")
    return counts


def told(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, float]]]:
    """Order, or who did not buy → names of the touches' owners with the weights, in order."""
    name = """(SELECT min(m.id) FROM member_code AS m WHERE m.person = {} AND m.kind <> 'mall_account')"""
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


ALONE = {"1": [("v", 1.0)], "9": [("g", 1.0)]} | {f"-{who}": [(who, 1.0)] for who in "defx"}
"""Journeys without links: of order 1 and 9, and of four who bought nothing."""


def test_touches_of_a_linked_viewer_come_before_the_orders_they_precede(
    con: duckdb.DuckDBPyConnection,
) -> None:
    assert linked(con, ("d", "v", 0.75), ("e", "w", 0.5)) == {"": 2}
    assert told(con) == ALONE | {
        "1": [("d", 0.75), ("v", 1.0)],
        "2": [("e", 0.5)],
        "-d": [("d", 0.25)],
        "-e": [("e", 0.5)],
    }
    strangers = con.execute("SELECT count(*) FROM journey AS j JOIN order_code AS o "
                            "ON o.order_key = j.order_key WHERE o.person <> j.person")  # fmt: skip
    assert strangers.fetchall() == [(0,)]


def test_the_greatest_probability_counts(con: duckdb.DuckDBPyConnection) -> None:
    """d is a by two visitors; f may be either buyer."""
    assert linked(con, ("d", "v", 0.5), ("d", "z", 0.75), ("f", "v", 0.25), ("f", "w", 0.5)) == {
        "": 4
    }
    assert told(con) == ALONE | {
        "1": [("d", 0.75), ("f", 0.25), ("v", 1.0)],
        "2": [("f", 0.5)],
        "-d": [("d", 0.25)],
        "-f": [("f", 0.5)],
    }


def test_who_bought_and_who_did_not(con: duckdb.DuckDBPyConnection) -> None:
    """x bought nothing: nothing changes. A sure link leaves no failure; g keeps the own order."""
    assert linked(con, ("e", "x", 0.9)) == {"": 1}
    assert told(con) == ALONE
    linked(con, ("d", "v", 1.0), ("g", "w", 0.5))
    expected = ALONE | {"1": [("d", 1.0), ("v", 1.0)], "2": [("g", 0.5)]}
    del expected["-d"]
    assert told(con) == expected


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


def test_links_that_do_not_count(con: duckdb.DuckDBPyConnection) -> None:
    assert linked(con, ("d", "v", 0.75), older=(("e", "v", 0.5),)) == {"": 1}
    for change, why in CHANGES.items():
        con.execute("BEGIN")
        con.execute(change)
        assert create_fuzzy_link(con) == {why: 1}, change
        assert con.execute("SELECT count(*) FROM fuzzy_link").fetchall() == [(0,)]
        con.execute("ROLLBACK")


def test_no_links_are_as_if_nobody_had_looked_for_any(con: duckdb.DuckDBPyConnection) -> None:
    assert linked(con) == {}
    with_links = con.sql("FROM journey").df()
    create_journey(con)
    pd.testing.assert_frame_equal(con.sql("FROM journey").df(), with_links)
    assert (with_links.weight == 1).all()


def test_on_a_lake_only_where_fuzzy_matching_is_on(tmp_path: Path) -> None:
    rows = world(agreed="v")
    link(rows, "d", "v", 0.75)
    link(rows, "e", "w", 0.5)
    lake = rows.lake(tmp_path)
    resolve(lake)
    build_journeys(lake, settings=Settings(buckets=2))
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
