"""A plan of days off air as files: CSV for spreadsheets, ICS for calendar apps (RFC 5545)."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pandas as pd

from liveattr.errors import ParameterError, TableError
from liveattr.incrementality.off_day_design import planned_rooms

__all__ = ["read_plan", "to_ics", "write_csv", "write_ics"]

_HEADS = {
    "room": "room 直播间",
    "day_on": "day 日期",
    "weekday": "weekday 星期",
    "on_air": "on air 开播",
    "block": "drawn 抽签",
    "run": "run of days 连停天数",
}
_NAMES = {head: name for name, head in _HEADS.items()}
_WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_SAID = {True: "yes 开播", False: "no 停播"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LINE = 75
"""Octets of a line of an ICS file, its end not counted."""
_ABOUT = (
    "This day was drawn at random to measure what the room earns. Please do not move it; if you go on "
    "air all the same, nothing else changes.\n"
    "本日为随机抽取的停播日，用来测量直播间真实带来的订单，请勿改期；若仍开播，其他日期照旧。"
)


def write_csv(days: pd.DataFrame, path: str | Path) -> None:
    """Write the days of a plan for a spreadsheet.

    Parameters
    ----------
    days
        `room, day_on, on_air, block, run`.
    path
        Made anew: UTF-8 with the mark that spreadsheets need, one row a day, headings in English and
        Chinese. A text that a spreadsheet would run as a formula gets an apostrophe.
    """
    day = pd.to_datetime(days["day_on"])
    rows = pd.DataFrame(
        {
            "room": days["room"].map(
                lambda room: f"'{room}" if room.startswith(_FORMULA) else room
            ),
            "day_on": day.dt.strftime("%Y-%m-%d"),
            "weekday": day.dt.weekday.map(dict(enumerate(_WEEKDAYS))),
            "on_air": days["on_air"].map(_SAID),
            "block": days["block"].fillna(""),
            "run": days["run"],
        }
    )
    rows.rename(columns=_HEADS).to_csv(
        path, index=False, encoding="utf-8-sig", quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n"
    )


def read_plan(path: str | Path) -> pd.DataFrame:
    """Read what `write_csv` wrote, also after a spreadsheet has saved it again.

    Returns
    -------
    pandas.DataFrame
        `room, day_on, on_air, block, run`.

    Raises
    ------
    ParameterError
        If there is no such file, or a value of it cannot be read.
    TableError
        If it is no plan.
    """
    rows = _read(Path(path)).rename(columns=lambda head: _NAMES.get(head.strip(), head.strip()))
    missing = [name for name in _HEADS if name not in rows.columns and name != "weekday"]
    if missing:
        raise TableError(f"{path} is no plan of days off air: there is no column {missing[0]!r}")
    on_air = rows["on_air"].str.strip().str.lower().str.split(" ").str[0]
    on = pd.to_datetime(rows["day_on"].str.strip().str.replace("/", "-"), errors="coerce")
    run = pd.to_numeric(rows["run"], errors="coerce")
    if on.isna().any() or run.isna().any() or not on_air.isin(["yes", "no"]).all():
        raise ParameterError(
            f"{path}: days are written 2026-02-21, on air is yes or no, a run is a number of days"
        )
    plan = pd.DataFrame(
        {
            "room": rows["room"].str.removeprefix("'"),
            "day_on": on,
            "on_air": on_air == "yes",
            "block": rows["block"].mask(rows["block"] == "", pd.NA),
            "run": run.astype(int),
        }
    )
    planned_rooms(plan)
    return plan


def write_ics(days: pd.DataFrame, path: str | Path) -> None:
    """Write the days off air that were drawn for calendar apps; see `to_ics`."""
    Path(path).write_bytes(to_ics(days).encode())


def to_ics(days: pd.DataFrame) -> str:
    """Return the days off air that were drawn as an iCalendar text.

    Parameters
    ----------
    days
        `room, day_on, on_air, block, run`.

    Returns
    -------
    str
        One whole-day event a room and day off, in order of day and room, that blocks nobody's time. The
        same plan gives the same bytes: an event's UID is a digest of room and day, so an app that
        reads the file again changes its events and makes no new ones; DTSTAMP is the plan's first day.

    References
    ----------
    RFC 5545: 3.1 (lines end with CRLF, folded at 75 octets), 3.3.11 (escapes), 3.6.1, 3.8.4.7.
    """
    off = days[~days["on_air"] & days["block"].notna()]
    off = off.assign(day_on=pd.to_datetime(off["day_on"])).sort_values(["day_on", "room"])
    stamp = f"{pd.to_datetime(days['day_on']).min():%Y%m%d}T000000Z"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//liveattr//off days//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:" + _escaped("停播日 / Days off air"),
    ]
    for room, day in zip(off["room"], off["day_on"], strict=True):
        lines += _event(str(room), day, stamp)
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _event(room: str, day: pd.Timestamp, stamp: str) -> list[str]:
    name = hashlib.sha256(f"{room}\n{day:%Y-%m-%d}".encode()).hexdigest()[:32]
    return [
        "BEGIN:VEVENT",
        f"UID:{name}@off-days.liveattr",
        f"DTSTAMP:{stamp}",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + pd.Timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_escaped(f'停播 / Off air: {room}')}",
        f"DESCRIPTION:{_escaped(_ABOUT)}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _escaped(text: str) -> str:
    r"""Escape a text value.

    Examples
    --------
    >>> print(_escaped("a;b,c"))
    a\;b\,c
    """
    for plain, escape in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n")):
        text = text.replace(plain, escape)
    return text.replace("\n", "\\n").replace("\r", "\\n")


def _folded(line: str) -> str:
    """Break a line after at most 75 octets, never within a character; what follows begins with a blank."""
    parts, part, size = [], "", 0
    for letter in line:
        wide = len(letter.encode())
        if size + wide > _LINE:
            parts.append(part)
            part, size = " ", 1
        part, size = part + letter, size + wide
    return "\r\n".join([*parts, part])


def _read(path: Path) -> pd.DataFrame:
    """Read a CSV as texts."""
    if not path.is_file():
        raise ParameterError(f"there is no file {path}")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return pd.read_csv(path, dtype=str, keep_default_na=False, encoding=encoding)
        except UnicodeDecodeError:
            continue
        except ValueError as error:
            raise ParameterError(f"{path} is no table: {error}") from error
    raise ParameterError(f"{path} is neither UTF-8 nor GB18030; save it as one of the two")
