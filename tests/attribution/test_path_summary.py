"""Paths, last steps and delays: by hand, and what must add up."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

import duckdb
import pandas as pd
import pytest

from liveattr.attribution.path_summary import WRITES, create_path_summary
from liveattr.lake.frames import arrow_from_pandas
from liveattr.tables import get_table

DAY = date(2026, 1, 22)
HOUR = 3_600_000_000
NOON = datetime(2026, 1, 22, 12, tzinfo=UTC)
NOON_US = int(NOON.timestamp()) * 1_000_000

Touch = tuple[Any, ...]


class Shop:
    """Orders with the touches before them, as the working tables that the summary reads."""

    def __init__(self) -> None:
        self.con = duckdb.connect(config={"threads": 1})
        self.con.execute("SET TimeZone = 'UTC'")
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.codes: dict[tuple[str, str], int] = {}

    def put(self, table: str, **values: Any) -> None:
        self.rows.setdefault(table, []).append(values)

    def code(self, kind: str, value: str | None) -> int | None:
        if value is None:
            return None
        if (kind, value) not in self.codes:
            self.codes[kind, value] = len(self.codes) + 1
            self.put("dimension", kind=kind, code=self.codes[kind, value], value=value)
        return self.codes[kind, value]

    def order(
        self,
        order_id: str,
        person: int,
        *touches: Touch,
        fen: tuple[int, ...] = (100,),
        weights: tuple[float, ...] = (),
        paid: bool = True,
        counted: bool = True,
    ) -> None:
        """Add an order; a touch is (channel, hours before, campaign, broadcast), from the earliest."""
        key = self.code("order", f"douyin\ts\t{order_id}")
        for n, amount in enumerate(fen):
            self.put("line_ledger", platform="douyin", shop_id="s", order_id=order_id, line_id=f"{order_id}-{n}",
                     created_at=NOON, paid_at=NOON if paid else None, counted=counted,
                     paid_fen=amount + 10, net_fen=amount)  # fmt: skip
        for pos, touch in enumerate(touches, start=1):
            channel, hours, campaign, broadcast = (*touch, None, None)[:4]
            touch_id = len(self.rows.get("touch", [])) + 1
            self.put("touch", touch_id=touch_id, person=person, ts_us=NOON_US - round(hours * HOUR), bucket=0,
                     channel=self.code("channel", channel), campaign=self.code("campaign", campaign),
                     broadcast=self.code("broadcast", broadcast), action=1, touch_kind=1)  # fmt: skip
            self.put("journey", journey_id=key, order_key=key, person=person, pos=pos, n=len(touches),
                     touch_id=touch_id, ts_us=NOON_US - round(hours * HOUR), order_ts_us=NOON_US,
                     weight=weights[pos - 1] if weights else 1.0)  # fmt: skip

    def show(self, broadcast_id: str, campaign_id: str, hours: float = 1) -> None:
        self.put("broadcast", broadcast_id=broadcast_id, campaign_id=campaign_id, platform="douyin",
                 platform_room_id=f"room {broadcast_id}", start_at=NOON - timedelta(hours=hours),
                 end_at=NOON + timedelta(hours=1), business_on=DAY)  # fmt: skip

    def summary(self, **options: Any) -> "Shop":
        for name in ("journey", "touch", "dimension", "broadcast"):
            table = get_table(name)
            frame = pd.DataFrame(self.rows.get(name, []), columns=list(table.names), dtype=object)
            self.con.register("given", arrow_from_pandas(frame, table))
            columns = ", ".join(f'"{c.name}" {c.sql_type}' for c in table.columns)
            self.con.execute(f"CREATE TABLE {name} ({columns})")
            self.con.execute(f"INSERT INTO {name} FROM given")
            self.con.unregister("given")
        self.con.execute("""CREATE TABLE line_ledger (platform VARCHAR, shop_id VARCHAR, order_id VARCHAR,
            line_id VARCHAR, created_at TIMESTAMPTZ, paid_at TIMESTAMPTZ, counted BOOLEAN, paid_fen BIGINT,
            net_fen BIGINT)""")
        lines = [tuple(row.values()) for row in self.rows.get("line_ledger", [])]
        if lines:
            self.con.executemany("INSERT INTO line_ledger VALUES (?,?,?,?,?,?,?,?,?)", lines)
        create_path_summary(self.con, DAY, **options)
        return self

    def table(self, name: str, campaign: str | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of a table without as_of, of one campaign without its id."""
        columns = [c for c in get_table(name).names if c != "as_of"]
        found = self.con.execute(f"SELECT {', '.join(columns)} FROM {name}").fetchall()
        return found if campaign is None else [row[1:] for row in found if row[0] == campaign]


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    yield made
    made.con.close()


def test_a_path_takes_repeats_as_one_and_an_order_counts_once_a_campaign(shop: Shop) -> None:
    shop.show("b", "A")
    for n in range(5):
        shop.order(
            f"{n}",
            n,
            ("sms", 9, "M"),
            ("live", 8, "other", "b"),
            ("live", 2, "A"),
            ("sms", 1),
            fen=(7, n),
        )
    shop.summary()
    row = ("sms > live > sms", 5, 5, 5 * 7 + 10)
    assert shop.table("path_total") == [("", *row), ("A", *row), ("M", *row)]
    assert shop.table("order_delay") == [("", "1 h", 2, 5), ("A", "6 h", 3, 5), ("M", "1 d", 4, 5)]


def test_orders_without_a_paid_line_that_counts_are_left_out(shop: Shop) -> None:
    shop.order("1", 1, ("sms", 1), paid=False)
    shop.order("2", 2, ("sms", 1), counted=False)
    shop.order("3", 3)
    shop.summary()
    assert all(shop.table(name) == [] for name in WRITES)


def test_guessed_touches_are_no_part_of_a_path(shop: Shop) -> None:
    shop.show("b", "A")
    shop.order(
        "1",
        1,
        ("live", 3, None, "b"),
        ("sms", 2, "M"),
        ("live", 1, None, "b"),
        weights=(0.9, 1, 0.9),
    )
    shop.order("2", 2, ("live", 3, None, "b"), weights=(0.9,))
    shop.summary(fewest=1)
    assert shop.table("path_total") == [("", "sms", 1, 1, 100), ("M", "sms", 1, 1, 100)]


def test_small_and_rare_paths_go_together(shop: Shop) -> None:
    """Four people are few; of three paths with enough people the two most frequent stay."""
    sizes = {"a": 7, "b": 6, "c": 5, "d": 4}
    for channel, n in sizes.items():
        for k in range(n):
            shop.order(f"{channel}{k}", 100 * ord(channel) + k, (channel, 1))
    shop.order("once more", 100 * ord("b"), ("b", 1))
    shop.order("and again", 100 * ord("d"), ("d", 1))
    shop.summary(most=2)
    assert shop.table("path_total", "") == [
        ("(other)", 10, 9, 1000),
        ("a", 7, 7, 700),
        ("b", 7, 6, 700),
    ]


def test_the_rest_is_never_of_fewer_people_than_a_path(shop: Shop) -> None:
    """One person would be alone in (other); of the two equal paths the later one goes there too."""
    for k in range(13):
        shop.order(f"{k}", k, ("ab"[k < 6] if k < 12 else "c", 1))
    shop.summary()
    assert shop.table("path_total", "") == [("(other)", 7, 7, 700), ("a", 6, 6, 600)]


def test_a_handful_of_people_is_one_row(shop: Shop) -> None:
    shop.order("1", 1, ("a", 1))
    shop.order("2", 1, ("b", 1))
    shop.summary()
    assert shop.table("path_total") == [("", "(other)", 2, 1, 200)]


def test_last_steps(shop: Shop) -> None:
    for order_id, path in enumerate(("d", "cd", "bcd", "abcd", "xabcd", "yabcd")):
        shop.order(f"{order_id}", order_id, *((channel, 9 - n) for n, channel in enumerate(path)))
    shop.summary()
    assert shop.table("path_step", "") == [
        (1, "d", "(order)", 6),
        (2, "(start)", "d", 1),
        (2, "c", "d", 5),
        (3, "(start)", "c", 1),
        (3, "b", "c", 4),
        (4, "(earlier)", "b", 2),
        (4, "(start)", "b", 1),
        (4, "a", "b", 1),
    ]


DELAYS = {0: 1, 1 / 6: 1, 0.17: 2, 24: 4, 24.01: 5, 168: 6, 300: 7, 700: 8}


def test_delay_up_to_its_bound(shop: Shop) -> None:
    """Hours from the last touch of a campaign to the order → place of the word."""
    for n, hours in enumerate(DELAYS):
        shop.order(f"{n}", n, ("sms", 900, f"{hours}"), ("sms", hours, f"{hours}"))
    shop.summary()
    words = ["10 min", "1 h", "6 h", "1 d", "3 d", "7 d", "14 d", "later"]
    for hours, pos in DELAYS.items():
        assert shop.table("order_delay", f"{hours}") == [(words[pos - 1], pos, 1)]


def test_everything_adds_up(shop: Shop) -> None:
    """Random journeys, counted again in Python."""
    import random

    draw = random.Random(0)
    for name, campaign in (("b1", "A"), ("b2", "B")):
        shop.show(name, campaign)
    truth: dict[str, list[tuple[list[str], int, int]]] = {}
    for order_id in range(150):
        touches = [
            (
                draw.choice("abc"),
                50 - n,
                draw.choice([None, "A", "C"]),
                draw.choice([None, "b1", "b2"]),
            )
            for n in range(draw.randint(1, 7))
        ]
        person, net = draw.randint(1, 40), draw.randint(-50, 500)
        shop.order(f"{order_id}", person, *touches, fen=(net,))
        path = [channel for channel, _ in groupby(t[0] for t in touches)]
        broad = {"b1": "A", "b2": "B"}
        for campaign in {""} | {broad.get(t[3] or "", t[2]) or "" for t in touches}:
            truth.setdefault(campaign, []).append((path, person, net))
    shop.summary(most=4, fewest=3)
    assert {row[0] for row in shop.table("path_total")} == set(truth)
    for campaign, orders in truth.items():
        total = shop.table("path_total", campaign)
        assert (sum(r[1] for r in total), sum(r[3] for r in total)) == (
            len(orders),
            sum(o[2] for o in orders),
        )
        assert min(r[2] for r in total) >= 3
        for text, n, people, net in total:
            same = [o for o in orders if " > ".join(o[0]) == text]
            if text != "(other)":
                assert (n, people, net) == (
                    len(same),
                    len({o[1] for o in same}),
                    sum(o[2] for o in same),
                )
        steps = shop.table("path_step", campaign)
        sums = [sum(r[3] for r in steps if r[0] == pos) for pos in (1, 2, 3, 4)]
        longer = [sum(len(o[0]) >= m for o in orders) for m in (2, 3)]
        assert sums == [len(orders), len(orders), *longer]
        for pos in (1, 2, 3):
            for channel in "abc":
                here = sum(n for p, source, _, n in steps if (p, source) == (pos, channel))
                assert here == sum(n for p, _, goal, n in steps if (p, goal) == (pos + 1, channel))
        assert sum(r[2] for r in shop.table("order_delay", campaign)) == len(orders)
