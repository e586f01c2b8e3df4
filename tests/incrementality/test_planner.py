"""Plans of days off air: even, random, told beforehand what they will show, and readable everywhere."""

import re
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.errors import ParameterError, TableError
from liveattr.incrementality.calendar_file import read_plan, to_ics
from liveattr.incrementality.off_day_draw import draw_off, redraw_off
from liveattr.incrementality.planner import plan_off_days

ROOMS = ["channels/shop", "douyin/shop"]
SINCE, UNTIL = date(2026, 3, 2), date(2026, 5, 24)  # twelve weeks from a Monday


def past(days=84, mean=200, seed=3):
    rng = np.random.default_rng(seed)
    index = pd.date_range("2025-12-01", periods=days)
    return pd.DataFrame({"day_on": index, "orders": rng.poisson(mean, days)})


def plan(rooms=tuple(ROOMS), **options):
    chosen = {"since": SINCE, "until": UNTIL, "seed": 5} | options
    return plan_off_days(past(), rooms, **chosen)


def off_of(found, room):
    rows = found.days[found.days["room"] == room]
    return ~rows["on_air"].to_numpy(bool)


@settings(deadline=None, max_examples=40)
@given(
    weeks=st.integers(4, 20),
    columns=st.integers(3, 7),
    share=st.floats(0.1, 0.25),
    run=st.integers(1, 3),
    seed=st.integers(0, 1000),
)
def test_runs_lie_evenly_over_weeks_and_weekdays(weeks, columns, share, run, seed):
    free = np.ones((weeks, columns), dtype=bool)
    try:
        off = draw_off(free, share, run, np.random.default_rng(seed))
    except ParameterError:
        assert round(share * free.sum() / run) == 0  # the only reason where every day is free
        return
    assert off.sum() == run * round(share * free.sum() / run)
    starts = _starts(off, run)
    for axis in (0, 1):
        count = starts.sum(axis=axis)
        assert count.max() - count.min() <= 1


def _starts(off, run):
    """Begin of each run, found day by day."""
    days, starts, day = off.ravel(), np.zeros(off.size, dtype=bool), 0
    while day < len(days):
        if days[day]:
            starts[day] = True
            assert days[day : day + run].all()
            day += run
        else:
            day += 1
    return starts.reshape(off.shape)


def test_every_day_is_off_about_as_often_and_redraws_look_like_draws():
    free = np.ones((6, 7), dtype=bool)
    free[2, 3] = False
    draws = np.array([draw_off(free, 0.2, 1, np.random.default_rng(s)) for s in range(1500)])
    again = redraw_off(draws[0], free, 1, 1500, np.random.default_rng(9))
    assert not draws[:, 2, 3].any() and not again[:, 2, 3].any()
    for found in (draws, again):
        share = found.mean(axis=0)[free]
        sd = np.sqrt(0.2 * 0.8 / 1500)
        assert np.abs(share - share.mean()).max() < 6 * sd
    assert len({table.tobytes() for table in again}) > 1000
    # a day goes with another one as often in redraws as in draws
    flat = [found.reshape(1500, -1).astype(float) for found in (draws, again)]
    pairs = [days.T @ days for days in flat]
    assert np.abs(pairs[0] - pairs[1]).max() / 1500 < 6 * np.sqrt(2 * 0.2 * 0.8 / 1500)


def test_a_redraw_of_a_changed_plan_is_refused():
    off = np.zeros((4, 7), dtype=bool)
    off[0, 0:3] = True
    with pytest.raises(ParameterError, match="changed"):
        redraw_off(off, np.ones((4, 7), dtype=bool), 2, 10, np.random.default_rng(0))


def test_too_many_kept_days_are_said_and_a_short_plan_too():
    with pytest.raises(ParameterError, match="keep fewer days on air"):
        days = [SINCE + timedelta(days=n) for n in range(84) if n % 6]
        plan(run=1, off_share=0.5, keep_on=days)
    with pytest.raises(ParameterError, match="less than 4 weeks"):
        plan(until=SINCE + timedelta(days=26))
    with pytest.raises(ParameterError, match="at most"):
        plan(off_share=0.7)


def test_same_seed_same_plan_whatever_other_rooms_there_are():
    both, one, other = plan(), plan([ROOMS[1]]), plan(seed=6)
    pd.testing.assert_frame_equal(
        both.days[both.days["room"] == ROOMS[1]].reset_index(drop=True), one.days
    )
    assert both.power.iloc[1].to_dict() == one.power.iloc[0].to_dict()
    assert (off_of(both, ROOMS[0]) != off_of(both, ROOMS[1])).any()
    assert (off_of(both, ROOMS[1]) != off_of(other, ROOMS[1])).any()
    pd.testing.assert_frame_equal(plan(ROOMS[::-1]).days, both.days)


def test_only_days_on_which_a_room_runs_and_that_may_be_off_are_off():
    kept = [date(2026, 3, 7), date(2026, 4, 17)]
    found = plan({"douyin/shop": (0, 2, 4, 5)}, keep_on=kept, until=UNTIL + timedelta(days=3))
    rows = found.days.assign(on=pd.to_datetime(found.days["day_on"]))
    runs = rows["on"].dt.weekday.isin([0, 2, 4, 5])
    assert not rows.loc[~runs, "on_air"].any() and rows.loc[~runs, "block"].isna().all()
    special = rows["on"].dt.date.isin(kept) | (rows["on"].dt.date > UNTIL)
    assert rows.loc[runs & special, "on_air"].all() and rows.loc[special, "block"].isna().all()
    off = (~rows["on_air"] & runs).to_numpy()[runs]
    edges = np.flatnonzero(np.diff(np.r_[False, off, False]))
    assert ((edges[1::2] - edges[::2]) % 2 == 0).all() and off.sum() == found.power["off_days"][0]


def test_more_noise_or_fewer_weeks_need_a_larger_effect():
    usual = plan([ROOMS[0]]).power.iloc[0]
    half = plan([ROOMS[0]], until=SINCE + timedelta(days=41)).power.iloc[0]
    wild = past().assign(orders=lambda f: f["orders"] + 60 * (np.arange(len(f)) % 5 == 0))
    noisy = plan_off_days(wild, [ROOMS[0]], since=SINCE, until=UNTIL, seed=5).power.iloc[0]
    assert noisy["se"] > 1.3 * usual["se"] and half["se"] > 1.15 * usual["se"]
    assert usual["mde"] / usual["se"] == pytest.approx(2.486, abs=0.001)
    assert usual["mde_share"] == pytest.approx(usual["mde"] / past()["orders"].mean())
    assert re.search(r"12 of 84 days off air.*80% power.*90%", str(plan([ROOMS[0]])))


def test_the_past_must_be_whole():
    with pytest.raises(ParameterError, match="gap"):
        plan_off_days(past().drop(index=30), ROOMS, since=SINCE, until=UNTIL)
    with pytest.raises(TableError, match="orders"):
        plan_off_days(past().drop(columns="orders"), ROOMS, since=SINCE, until=UNTIL)


def test_a_spreadsheet_reads_the_csv_and_gives_it_back(tmp_path):
    found, path = plan(["=cmd|1", "douyin/山茶"]), tmp_path / "plan.csv"
    found.write_csv(path)
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and raw.count(b"\r\n") == len(found.days) + 1
    text = raw.decode("utf-8-sig")
    assert "\n=cmd" not in text and "停播" in text and "周一" in text
    pd.testing.assert_frame_equal(read_plan(path), found.days, check_dtype=False)
    # what spreadsheets do: another encoding, other dates, rows in another order
    rows = text.replace("2026-0", "2026/0").splitlines()
    path.write_text("\n".join([rows[0], *rows[:0:-1]]), encoding="gb18030")
    again = read_plan(path).sort_values(["room", "day_on"], ignore_index=True)
    pd.testing.assert_frame_equal(again, found.days, check_dtype=False)


def test_a_csv_that_is_no_plan_is_refused(tmp_path):
    path = tmp_path / "plan.csv"
    plan().write_csv(path)
    text = path.read_text(encoding="utf-8-sig")
    path.write_text(text.replace("2026-03-05", "2026-03-06"), encoding="utf-8")
    with pytest.raises(TableError, match="missing or there twice"):
        read_plan(path)
    path.write_text(text.replace("no 停播", "perhaps"), encoding="utf-8")
    with pytest.raises(ParameterError, match="yes or no"):
        read_plan(path)
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(TableError, match="no plan"):
        read_plan(path)


def test_calendar_apps_get_whole_days_folded_escaped_and_always_the_same(tmp_path):
    room = "douyin/一个名字很长很长的直播间；带逗号,分号;和反斜杠\\的"
    found = plan([room])
    text = to_ics(found.days)
    assert text == to_ics(found.days.sample(frac=1, random_state=1))
    assert text.endswith("END:VCALENDAR\r\n") and "\n" not in text.replace("\r\n", "")
    lines = text.split("\r\n")
    assert max(len(line.encode()) for line in lines) <= 75
    events = _events(text)
    off = pd.to_datetime(found.days.loc[~found.days["on_air"], "day_on"])
    assert [e["DTSTART;VALUE=DATE"] for e in events] == off.dt.strftime("%Y%m%d").tolist()
    assert [e["DTEND;VALUE=DATE"] for e in events] == (
        (off + pd.Timedelta(days=1)).dt.strftime("%Y%m%d").tolist()
    )
    assert len({e["UID"] for e in events}) == len(events)
    said = events[0]["SUMMARY"]
    assert re.sub(r"\\([\\;,])", r"\1", said) == f"停播 / Off air: {room}"
    assert all(e["DTSTAMP"] == "20260302T000000Z" for e in events)
    longer = plan([room, "b/x"])  # another room beside it: the same events stay the same
    assert {e["UID"] for e in events} <= {e["UID"] for e in _events(to_ics(longer.days))}
    found.write_ics(tmp_path / "plan.ics")
    assert (tmp_path / "plan.ics").read_bytes() == text.encode()


def _events(text):
    """Read events as an app does: unfold, split."""
    found = []
    for line in text.replace("\r\n ", "").split("\r\n"):
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found and ":" in line:
            name, value = line.split(":", 1)
            found[-1].setdefault(name, value)
    return found
