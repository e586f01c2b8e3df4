"""From a lake to a plan and back: rooms and their weekdays, guest shows as a control, the two commands."""

import sys
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from liveattr.cli import main
from liveattr.incrementality.off_day_shop import daily_rooms, days_frame, held_rooms
from liveattr.incrementality.shop_days import ShopDays
from tests.rows import Rows, at

FIRST = date(2026, 1, 5)  # a Monday


def shop(rooms, days=70):
    """`rooms`: name → days on air."""
    rows = [
        {"broadcast_id": f"{room}{day}", "campaign_id": "c", "room": room, "day": day,
         "day_on": FIRST + timedelta(days=day)}
        for room, held in rooms.items()
        for day in held
    ]  # fmt: skip
    return ShopDays(FIRST, np.arange(days), tuple(sorted(rooms)), pd.DataFrame(rows))


def test_only_rooms_that_are_often_on_air_can_be_off_and_on_their_own_weekdays():
    found = shop(
        {
            "douyin/daily": [d for d in range(70) if d % 7 != 2],
            "channels/weekend": [d for d in range(70) if d % 7 >= 5],
            "douyin/shows": list(range(0, 70, 2)),
            "douyin/old": list(range(10)),
        }
    )
    assert daily_rooms(found) == {"channels/weekend": (5, 6), "douyin/daily": (0, 1, 3, 4, 5, 6)}


def test_guest_shows_and_festivals_are_columns_planned_rooms_are_not():
    frame = days_frame(shop({"douyin/a": [1], "douyin/shows": [3, 4]}, 6), (date(2026, 1, 6),))
    assert frame.columns.tolist() == ["day_on", "orders", "festival", "douyin/shows"]
    assert frame["festival"].tolist() == [0, 1, 0, 0, 0, 0]
    assert frame["douyin/shows"].tolist() == pytest.approx([0, 0, 0, 1, 1.3, 0.39])


def test_a_room_that_was_on_air_twice_a_day_was_on_air_once():
    assert held_rooms(shop({"a": [1, 1, 2]}))["day_on"].dt.day.tolist() == [6, 7]


def test_the_commands_plan_beforehand_and_measure_afterwards(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rng, rows = np.random.default_rng(4), Rows()
    begin = pd.Timestamp("2026-01-01")
    for day, count in enumerate(rng.poisson(6, 120)):
        text = f"{begin + pd.Timedelta(days=day):%m-%d}"
        for number in range(count):
            rows.bought(f"{text} 12:00", f"{day}-{number}")
        hours = {"start_at": at(f"{text} 20:00"), "end_at": at(f"{text} 22:00")}
        rows.add("broadcast", broadcast_id=f"b{day}", account_id="shop", **hours,
                 business_on=(begin + pd.Timedelta(days=day)).date())  # fmt: skip
    rows.add("campaign", campaign_id="A", kind="series")
    rows.lake(tmp_path / "data" / "lake")

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["liveattr", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        return left.value.code or 0, capsys.readouterr()

    span = ["--since", "2026-03-02", "--until", "2026-04-26", "--as-of", "2026-03-01"]
    code, said = call("plan-off-days", *span, "--out", "plans/spring")
    assert code == 0 and said.out.startswith("douyin/shop: 8 of 56 days off air; with 80% power")
    assert (tmp_path / "plans/spring.ics").read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")
    code, said = call("measure-off-days", "plans/spring.csv")
    assert code == 0 and "not_kept" in said.out  # on air every day, whatever was planned
    code, said = call("measure-off-days", "plans/spring.csv", "--as-of", "2026-03-09")
    assert code == 0 and "few_days" in said.out
    code, said = call("plan-off-days", "--since", "2026-03-02", "--until", "2026-03-09")
    assert code == 2 and "less than 4 weeks" in said.err
