"""Whole addresses of events: kept only where fuzzy matching is switched on, and only for days.

Without the setting `fuzzy_match` an address leaves nothing but the token of its /24 network.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from liveattr.errors import ParameterError
from liveattr.formats.spec import Field, Spec, TableMap
from liveattr.lake import Lake
from liveattr.lake.erase import Erase, erase
from liveattr.settings import Settings, load_settings

__all__ = ["expire_ip", "with_whole_ip"]

_DAYS = 7
"""[days] So long an address is kept as a token."""

_WHOLE = "~whole ip"
"""The field that `with_whole_ip` adds: no file has it under this name."""


def with_whole_ip(spec: Spec) -> Spec:
    """Return a preset that also keeps the whole address of its events, as the token `ip_token`.

    Parameters
    ----------
    spec
        A preset. One without the table `event`, or whose events have no field of kind `ip`, is
        returned as it is, and so is one that fills `ip_token` by itself.
    """
    found = [_address(spec, one) for one in spec.tables.get("event", ())]
    name = next((name for name in found if name), "")
    if not name:
        return spec
    known = spec.fields[name]
    whole = Field(kind="token", of="ip", aliases=(name, *known.aliases), zh=known.zh)
    maps = tuple(
        one.model_copy(update={"columns": {**one.columns, "ip_token": _WHOLE}}) if field else one
        for one, field in zip(spec.tables["event"], found, strict=True)
    )
    return spec.model_copy(
        update={
            "fields": {**spec.fields, _WHOLE: whole},
            "tables": {**spec.tables, "event": maps},
        }
    )


def _address(spec: Spec, one: TableMap) -> str:
    """Return the field of the address that a mapping of events reads, if it reads one."""
    value: Any = one.columns.get("ip24_token")
    if "ip_token" in one.columns or one.each or not isinstance(value, str):
        return ""
    return value if value in spec.fields and spec.fields[value].kind == "ip" else ""


def expire_ip(
    lake: Lake, as_of: date, days: int = _DAYS, *, settings: Settings | None = None
) -> int:
    """Forget the whole addresses of events that are older than `days`.

    Parameters
    ----------
    lake
        The lake; its caller holds the lock `run`.
    as_of
        Business date that is over: kept are its own events and those of the `days` - 1 days before.
    days
        Days.
    settings
        Its zone decides when a day begins.

    Returns
    -------
    int
        Events whose `ip_token` became null; the rest of their row stays. Where there is none the
        table and its versions are left alone.

    Raises
    ------
    ParameterError
        If `days` is below 0.
    LakeError
        If this is a snapshot.

    Notes
    -----
    Older versions of the table `event` are removed from the disk with it, since they hold the addresses
    (`liveattr.lake.erase`). The age is that of the event, not of its ingest: an old file leaves
    its addresses only until the next call. Wrong where a source's clock is ahead by days.
    """
    if days < 0:
        raise ParameterError(f"days is {days}; it is 0 or more")
    zone = (settings or load_settings()).zone
    first = as_of + timedelta(days=1 - days)
    old = f"event_at < timezone('{zone}', TIMESTAMP '{first}')"
    found = lake.sql(f"SELECT count(*) AS n FROM event WHERE ip_token IS NOT NULL AND {old}")
    if not found.n.item():
        return 0
    done = erase(lake, {"event": Erase(null={"ip_token": f"ip_token IS NOT NULL AND {old}"})})
    return done["event"].changed
