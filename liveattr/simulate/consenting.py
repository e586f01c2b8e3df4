"""Who agreed to what and took it back, which identifiers were tied together, who is a tester."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.streams import cells
from liveattr.simulate.visits import event_number
from liveattr.simulate.world import DAY_US, REAL, TEST, Segment, World

__all__ = ["BINDINGS", "Consents", "Tie", "bindings_of", "consent_acts", "testers"]

_PURPOSES = {"attribution": "profiling", "recall": "sms", "fuzzy_match": "fuzzy"}
"""Purpose → column of `World.people` that says who agrees."""

_VERSION = "v3"


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
        `binding uint64, person int32, kind int8 (row of BINDINGS), ts_us int64`, ordered by time and
        binding: a browser's first login of the segment, and what members tell when they join (who
        joined before the first day: in the first hours of it).
    """
    since = identifiers["linked_day"].to_numpy()
    first, last = segment.first_day, segment.last_day
    person = np.flatnonzero((since >= first) & (since <= last))
    u = cells(world.seed, "becomes a member", person)[0]
    joined = (
        world.start_us
        + since[person].astype(np.int64) * DAY_US
        + (u * DAY_US * 0.9).astype(np.int64)
    )
    parts = []
    for kind, tie in enumerate(BINDINGS[2:], start=2):
        has = identifiers[tie.left].notna().to_numpy()[person]
        if tie.left == "phone":
            has &= identifiers["own_phone"].to_numpy()[person]
        if tie.left.endswith("_2"):
            has &= identifiers["binds_second"].to_numpy()[person]
        parts.append(
            (
                person[has],
                np.full(int(has.sum()), kind),
                since[person[has]],
                joined[has] + kind * 1000,
            )
        )
    seen = logins.sort_values(["ts_us", "person"], kind="stable").drop_duplicates(
        ["person", "browser2"]
    )
    parts.append(
        (
            seen["person"].to_numpy(),
            seen["browser2"].to_numpy().astype(np.int64),
            seen["day"].to_numpy(),
            seen["ts_us"].to_numpy() + 2_000_000,
        )
    )
    who, kinds, day, ts = (np.concatenate(c).astype(np.int64) for c in zip(*parts, strict=True))
    key = (who * 4096 + day) * 512 + 511  # no channel has this number
    frame = pd.DataFrame(
        {
            "binding": event_number(key, kinds),
            "person": who.astype(np.int32),
            "kind": kinds.astype(np.int8),
            "ts_us": ts // 1_000_000 * 1_000_000,
        }
    )
    return frame.sort_values(["ts_us", "binding"], ignore_index=True)


def consent_acts(world: World, identifiers: pd.DataFrame) -> pd.DataFrame:
    """Return the merchant's record of consents.

    Returns
    -------
    pandas.DataFrame
        `seq` (text), `person, subject_kind, subject_id` (a member's mall account; mall/…), `purpose`
        (attribution, recall, fuzzy_match), `action` (granted, withdrawn), `ts_us` (whole seconds),
        `channel, version`, in the order of time. Members are asked when they join; who withdraws
        takes all back on `withdrawn_day`, and some agree again a week later.
    """
    people, block = world.people, world.parameters.consents
    since = identifiers["linked_day"].to_numpy()
    asked = np.flatnonzero((since >= 0) & (people["kind"] == REAL).to_numpy() & block.on)
    u = cells(world.seed, "consent", asked)
    joined = since[asked].astype(np.int64)
    granted_us = world.start_us + joined * DAY_US + (u[0] * 0.9 * DAY_US).astype(np.int64)
    left = people["withdrawn_day"].to_numpy()[asked].astype(np.int64)
    leaves = left >= joined
    left_us = (
        world.start_us + left * DAY_US + DAY_US - 3_600_000_000 + (u[1] * 3.5e9).astype(np.int64)
    )
    back_us = left_us + 7 * DAY_US
    back = leaves & (u[2] < block.again)
    parts = []
    for purpose, column in _PURPOSES.items():
        agrees = people[column].to_numpy()[asked]
        for action, does, when in (
            ("granted", agrees, granted_us),
            ("withdrawn", agrees & leaves, left_us),
            ("granted", agrees & back, back_us),
        ):
            part = {"person": asked[does], "purpose": purpose, "action": action}
            parts.append(pd.DataFrame({**part, "ts_us": when[does] // 1_000_000 * 1_000_000}))
    acts = pd.concat(parts, ignore_index=True)
    acts = acts[acts["ts_us"] < world.end_us]
    acts = acts.sort_values(["ts_us", "person", "purpose"], ignore_index=True)
    member = identifiers["mall_user"].take(acts["person"].to_numpy()).reset_index(drop=True)
    return acts.assign(
        seq=np.arange(1, len(acts) + 1).astype(str),
        subject_kind="mall_account",
        subject_id="mall/" + member,
        channel="小程序",
        version=_VERSION,
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
