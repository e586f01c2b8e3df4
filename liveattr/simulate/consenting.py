"""Who agreed to what and took it back, which identifiers were tied together, who is a tester."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.simulate.accounts import has_text
from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.streams import cells
from liveattr.simulate.visits import event_number
from liveattr.simulate.world import DAY_US, REAL, TEST, Segment, World

__all__ = [
    "ACTIONS",
    "BINDINGS",
    "PURPOSES",
    "Consents",
    "Tie",
    "bindings_of",
    "consent_acts",
    "testers",
]

PURPOSES = {"attribution": "profiling", "fuzzy_match": "fuzzy", "recall": "sms"}
"""Purpose, in the order of its codes → column of `World.people` that says who agrees."""

ACTIONS = ("granted", "withdrawn")
"""What can be done about a purpose, in the order of its codes."""
_GRANTED, _WITHDRAWN = range(2)


_Ties = tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.uint64], NDArray[np.int32]]
"""Persons, kinds, bindings, and seconds since the world's first one."""


@dataclass(frozen=True)
class Consents(Block):
    """The merchant's record of consents; `on=False`: an empty one."""

    again: float = knob(0.20, 0, 1, "who withdrew and agrees again, a week later")


@dataclass(frozen=True)
class Tie:
    """Two identifiers that are tied: kinds, columns of the identifiers, and how it is known."""

    left_kind: str
    left: str
    right_kind: str
    right: str
    evidence: str


BINDINGS = (
    Tie("visitor", "visitor", "mall_account", "mall_user", "login"),
    Tie("visitor", "visitor_2", "mall_account", "mall_user", "login"),
    Tie("mall_account", "mall_user", "mall_account", "yz_open_id", "login"),
    Tie("mall_account", "mall_user", "openid", "wx_openid", "login"),
    Tie("openid", "wx_openid", "unionid", "unionid", "unionid"),
    Tie("phone", "phone", "mall_account", "mall_user", "phone_verified"),
    Tie("uid_douyin", "douyin_open_id", "mall_account", "mall_user", "phone_verified"),
    Tie("uid_douyin", "sec_open_id", "mall_account", "mall_user", "link_login"),
    Tie("uid_douyin", "douyin_open_id_2", "mall_account", "mall_user", "phone_verified"),
    Tie("uid_douyin", "sec_open_id_2", "mall_account", "mall_user", "link_login"),
    Tie("member_card", "member_card", "mall_account", "mall_user", "member_card"),
)
"""Ties in the order of their codes. The first two come with a login, the others with membership."""


def bindings_of(
    segment: Segment, world: World, identifiers: pd.DataFrame, logins: pd.DataFrame
) -> pd.DataFrame:
    """Return the ties that became known in a segment.

    Parameters
    ----------
    logins
        `person, day, browser2, ts_us`: who logged in with which browser.

    Returns
    -------
    pandas.DataFrame
        `person int32, kind int8 (row of BINDINGS), binding uint64, ts_us int64`, ordered by time and
        binding: a browser's first login of the segment, and what members tell when they join (who
        joined before the first day: in the first hours of it).
    """
    # Old members tie some twenty million on the first day of a big world: few copies at a time.
    parts = [*_tied(segment, world, identifiers), _logged_in(logins, world)]
    person, kind, binding, second = (np.concatenate(c) for c in zip(*parts, strict=True))
    del parts
    # One key to sort by: the second, then the first 36 bits of the binding.
    key = second.astype(np.uint64) << np.uint64(36)
    key |= binding >> np.uint64(28)
    order = np.argsort(key, kind="stable")
    del key
    person, kind, second = person[order], kind[order], second[order]
    binding = binding[order]
    ts_us = second.astype(np.int64)
    ts_us *= 1_000_000
    ts_us += world.start_us
    columns = {"person": person, "kind": kind, "binding": binding, "ts_us": ts_us}
    return pd.DataFrame(columns, copy=False)


def _tied(segment: Segment, world: World, identifiers: pd.DataFrame) -> Iterator[_Ties]:
    """Yield what members tell when they join, a kind after the other."""
    since = identifiers["linked_day"].to_numpy()
    person = np.flatnonzero((since >= segment.first_day) & (since <= segment.last_day))
    joined = since[person].astype(np.int64) * DAY_US
    joined += (cells(world.seed, "becomes a member", person)[0] * DAY_US * 0.9).astype(np.int64)
    for kind, tie in enumerate(BINDINGS[2:], start=2):
        has = has_text(identifiers, tie.left, person)
        if tie.left == "phone":
            has &= identifiers["own_phone"].to_numpy()[person]
        if tie.left.endswith("_2"):
            has &= identifiers["binds_second"].to_numpy()[person]
        kinds = np.full(int(has.sum()), kind, dtype=np.int8)
        second = _second(joined[has] + kind * 1000)
        yield _numbered(person[has].astype(np.int32), since[person[has]], kinds, second)


def _logged_in(logins: pd.DataFrame, world: World) -> _Ties:
    """Return the first login of each person with each browser."""
    seen = logins.sort_values(["ts_us", "person"], kind="stable")
    seen = seen[~seen.duplicated(["person", "browser2"])]
    second = _second(seen["ts_us"].to_numpy() - world.start_us + 2_000_000)
    kinds = seen["browser2"].to_numpy().astype(np.int8)
    return _numbered(seen["person"].to_numpy(), seen["day"].to_numpy(), kinds, second)


def _numbered(
    person: NDArray[np.int32],
    day: NDArray[np.int16],
    kind: NDArray[np.int8],
    second: NDArray[np.int32],
) -> _Ties:
    """Return ties with numbers: events of a visit by a channel that nobody has."""
    key = (person.astype(np.int64) * 4096 + day) * 512 + 511
    return person, kind, event_number(key, kind), second


def _second(us: NDArray[np.int64]) -> NDArray[np.int32]:
    return (us // 1_000_000).astype(np.int32)


def consent_acts(world: World, identifiers: pd.DataFrame) -> pd.DataFrame:
    """Return the merchant's record of consents, in codes.

    Returns
    -------
    pandas.DataFrame
        `seq int64` (from 1), `person int32` (a member), `purpose int8` (row of PURPOSES), `action
        int8` (row of ACTIONS), `ts_us int64` (whole seconds), in the order of time, person and
        purpose. Members are asked when they join; who withdraws takes all back on `withdrawn_day`,
        and some agree again a week later. `event_rows.consent_rows` has the texts.
    """
    people, block = world.people, world.parameters.consents
    since = identifiers["linked_day"].to_numpy()
    asked = np.flatnonzero((since >= 0) & (people["kind"] == REAL).to_numpy() & block.on)
    u = cells(world.seed, "consent", asked)
    joined = since[asked].astype(np.int64)
    granted_us = joined * DAY_US + (u[0] * 0.9 * DAY_US).astype(np.int64)
    left = people["withdrawn_day"].to_numpy()[asked].astype(np.int64)
    leaves = left >= joined
    left_us = left * DAY_US + DAY_US - 3_600_000_000 + (u[1] * 3.5e9).astype(np.int64)
    back_us = left_us + 7 * DAY_US
    back = leaves & (u[2] < block.again)
    person, second, act = [], [], []
    for purpose, column in enumerate(PURPOSES.values()):
        agrees = people[column].to_numpy()[asked]
        for action, does, when in (
            (_GRANTED, agrees, granted_us),
            (_WITHDRAWN, agrees & leaves, left_us),
            (_GRANTED, agrees & back, back_us),
        ):
            does = does & (when < world.end_us - world.start_us)
            person.append(asked[does].astype(np.int32))
            second.append((when[does] // 1_000_000).astype(np.int32))
            act.append(np.full(int(does.sum()), 2 * purpose + action, dtype=np.int8))
    who, moment, what = (np.concatenate(c) for c in (person, second, act))
    # One key to sort by: the second, then 32 bits of the person, then two of the purpose.
    key = (moment.astype(np.int64) << 34) | (who.astype(np.int64) << 2) | (what >> 1)
    order = np.argsort(key, kind="stable")
    what = what[order]
    return pd.DataFrame(
        {
            "seq": np.arange(1, len(order) + 1),
            "person": who[order],
            "purpose": what >> 1,
            "action": what & 1,
            "ts_us": world.start_us + moment[order].astype(np.int64) * 1_000_000,
        }
    )


def testers(world: World, identifiers: pd.DataFrame) -> pd.DataFrame:
    """Return the accounts of the brand's own people: `kind, id, label`, ordered by kind and id."""
    rows = np.flatnonzero(world.people["kind"] == TEST)
    own = identifiers.iloc[rows]
    columns = {
        "douyin_open_id": ("uid_douyin", ""),
        "sec_open_id": ("uid_douyin", ""),
        "channels_openid": ("openid", ""),
        "wx_openid": ("openid", ""),
        "yz_open_id": ("mall_account", "youzan/"),
        "mall_user": ("mall_account", "mall/"),
    }
    parts = [
        pd.DataFrame({"kind": kind, "id": prefix + own[column].dropna(), "label": "运营测试号"})
        for column, (kind, prefix) in columns.items()
    ]
    return pd.concat(parts).sort_values(["kind", "id"], ignore_index=True)
