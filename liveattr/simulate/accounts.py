"""Who a person is to each platform: accounts, browsers, devices, phones; one name space each.

A viewer's `sec_open_id` in the live push is another text than the `doudian_open_id` on the same
viewer's order, as on the real platform: only a binding ties them. All values are made up. Phones
begin with 142, a range that is given to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.streams import cells, words
from liveattr.simulate.world import BOT, BRUSH, REAL, World

__all__ = [
    "CASHIER_PHONE",
    "Accounts",
    "has_text",
    "identifier_table",
    "make_identifiers",
    "newer_device",
    "second_account",
    "second_browser",
]

Ints = NDArray[np.integer]
Flags = NDArray[np.bool_]

CASHIER_PHONE = "14190600590"
"""Stands on the orders of all who gave none: it is nobody's."""

_ALPHABET = np.frombuffer(b"abcdefghijkmnpqrstuvwxyz23456789", dtype=np.uint8)
_LETTERS = 12
_PHONES = 10**8 - 1
_FIRST_PHONE = 14_200_000_000
_STEP = 61_803_397
"""Has no factor in common with the number of phones: none is given twice."""


@dataclass(frozen=True)
class Accounts(Block):
    """Accounts and devices; `on=False`: one of each for everybody, and nothing is shared."""

    second_account: float = knob(0.15, 0, 1, "share with a second Douyin account")
    uses_second: float = knob(0.30, 0, 1, "… days on which it is the one in use")
    second_browser: float = knob(0.35, 0, 1, "share with a second browser or phone for the mall")
    uses_browser: float = knob(0.25, 0, 1, "… days on which it is the one in use")
    binds_second: float = knob(0.50, 0, 1, "second accounts that are bound to the mall account too")
    old_members: float = knob(0.60, 0, 1, "linked before the first day, of all who ever are")
    member_card: float = knob(0.40, 0, 1, "linked persons with a member card")
    resold: float = knob(0.01, 0, 0.5, "persons whose device goes to another person at some day")
    no_phone: float = knob(0.01, 0, 1, "give no phone: the cashier's stands on their orders")


def make_identifiers(world: World) -> pd.DataFrame:
    """Return what each platform calls each person.

    Returns
    -------
    pandas.DataFrame
        One row a person (the index). Texts, null where the person has none:
        `sec_open_id, sec_open_id_2` (viewer in the Douyin push), `douyin_open_id,
        douyin_open_id_2` (buyer on Douyin orders), `finder_openid` (viewer in Channels),
        `channels_openid` (buyer in Channels), `unionid`, `wx_openid` (mall's mini program; null for
        guests), `yz_open_id` (buyer on Youzan orders, guests too), `mall_user` (login of the mall;
        null for guests), `phone`, `member_card`, `visitor, visitor_2`, `device, device_later`, `ip`.
        And `own_phone` (false: it is the cashier's), `binds_second`, `linked_day` (day on which the
        accounts are known to be one; -1: never), `device_day` (from this day on `device_later`
        is in use; -1: never).
    """
    block, people = world.parameters.accounts, world.people
    n = len(people)
    person = np.arange(n)
    kind = people["kind"].to_numpy()
    linked = people["linked"].to_numpy()
    buyer, human = kind != BOT, (kind != BOT) & (kind != BRUSH)
    two, browser, old, card = cells(world.seed, "accounts", person)
    when, bound, phone, _ = cells(world.seed, "accounts more", person)
    two = human & (two < block.second_account) & block.on
    browser = human & (browser < block.second_browser) & block.on
    own_phone = (phone >= block.no_phone) | (not block.on)
    days = world.parameters.size.days
    linked_day = np.where(old < block.old_members, 0, (when * days).astype(np.int64))
    device, later, device_day = _devices(world)

    def text(prefix: str, name: str, has: Flags) -> pd.Series:
        return _text(prefix, _numbers(world.seed, name, person), has)

    return pd.DataFrame(
        {
            "sec_open_id": text("_000", "sec", kind != BRUSH),
            "sec_open_id_2": text("_000", "sec 2", two),
            "douyin_open_id": _digits(_numbers(world.seed, "douyin", person), buyer),
            "douyin_open_id_2": _digits(_numbers(world.seed, "douyin 2", person), two),
            "finder_openid": text("oF", "finder", kind != BRUSH),
            "channels_openid": text("oC", "channels", buyer),
            "unionid": text("oU", "unionid", buyer),
            "wx_openid": text("oM", "mall", human & linked),
            "yz_open_id": text("yz", "youzan", buyer),
            "mall_user": text("u", "user", human & linked),
            "phone": _phones(world.seed, person, buyer, own_phone),
            "member_card": text("MC", "card", human & linked & (card < block.member_card)),
            "visitor": text("v", "visitor", kind != BRUSH),
            "visitor_2": text("v", "visitor 2", browser),
            "device": _text("d", _numbers(world.seed, "device", device), None),
            "device_later": _text("d", _numbers(world.seed, "device", later), device_day >= 0),
            "ip": _addresses(world),
            "own_phone": own_phone,
            "binds_second": bound < block.binds_second,
            "linked_day": np.where(linked & human, linked_day, -1).astype(np.int16),
            "device_day": device_day.astype(np.int16),
        },
        index=pd.RangeIndex(n, name="person"),
    )


def second_account(world: World, identifiers: pd.DataFrame, person: Ints, day: Ints) -> Flags:
    """Tell whether the person uses the second Douyin account on that day, to watch and to buy."""
    has = has_text(identifiers, "sec_open_id_2", person)
    share = world.parameters.accounts.uses_second
    return _on_these_days(world, "account in use", share, has, person, day)


def second_browser(world: World, identifiers: pd.DataFrame, person: Ints, day: Ints) -> Flags:
    """Tell whether the person uses the second browser for the mall on that day."""
    has = has_text(identifiers, "visitor_2", person)
    share = world.parameters.accounts.uses_browser
    return _on_these_days(world, "browser in use", share, has, person, day)


def has_text(identifiers: pd.DataFrame, column: str, person: Ints) -> Flags:
    """Tell whether the persons have an identifier of a column."""
    texts = pa.array(identifiers[column])
    has: Flags = texts.is_valid().to_numpy(zero_copy_only=False)[person]
    return has


def newer_device(identifiers: pd.DataFrame, person: Ints, day: Ints) -> Flags:
    """Tell whether the person uses `device_later` on that day."""
    since = identifiers["device_day"].to_numpy()[person]
    return (since >= 0) & (day >= since)


def identifier_table(identifiers: pd.DataFrame) -> pa.Table:
    """Return the identifiers with the column `person`, ready for DuckDB."""
    table = pa.Table.from_pandas(identifiers, preserve_index=False)
    return table.add_column(0, "person", pa.array(np.arange(len(identifiers), dtype=np.int32)))


def _on_these_days(
    world: World, purpose: str, share: float, has: Flags, person: Ints, day: Ints
) -> Flags:
    found = np.zeros(len(person), dtype=bool)
    at = np.flatnonzero(has)
    if len(at):
        found[at] = cells(world.seed, purpose, person[at], day[at])[0] < share
    return found


def _numbers(seed: int, name: str, person: Ints) -> NDArray[np.uint64]:
    """Return 60 bits a person; of ten million two are equal with a chance of 1 in 20,000."""
    low, high, _, _ = words(seed, f"identifier {name}", person)
    return (high << np.uint64(28)) ^ low


def _text(prefix: str, numbers: NDArray[np.uint64], has: Flags | None) -> pd.Series:
    """Return the prefix and 12 letters and digits for each number; null where there is none."""
    own = numbers if has is None else numbers[has]
    width = len(prefix) + _LETTERS
    letters = np.empty((len(own), width), dtype=np.uint8)
    letters[:, : len(prefix)] = np.frombuffer(prefix.encode(), dtype=np.uint8)
    for place in range(_LETTERS):
        shifted = (own >> np.uint64(5 * place)).astype(np.uint8) & np.uint8(31)
        letters[:, len(prefix) + place] = _ALPHABET[shifted]
    here = np.ones(len(numbers), dtype=bool) if has is None else has
    ends = np.zeros(len(numbers) + 1, dtype=np.int32)
    np.cumsum(here, out=ends[1:])
    known = pa.py_buffer(np.packbits(here, bitorder="little"))
    text = pa.StringArray.from_buffers(
        len(numbers), pa.py_buffer(ends * np.int32(width)), pa.py_buffer(letters), known
    )
    return pd.Series(text, dtype=pd.ArrowDtype(pa.string()))


def _digits(numbers: NDArray[np.uint64], has: Flags) -> pd.Series:
    """Return 19 digits for each number, as Douyin has them; null where there is none."""
    whole = numbers % np.uint64(9 * 10**18) + np.uint64(10**18)
    return pd.Series(pa.array(whole, mask=~has).cast(pa.string()), dtype=pd.ArrowDtype(pa.string()))


def _phones(seed: int, person: Ints, has: Flags, own: Flags) -> pd.Series:
    begin = int(words(seed, "identifier phone", 0)[0, 0])
    number = ((person + 1) * _STEP + begin) % _PHONES + 1
    number = np.where(own, number + _FIRST_PHONE, int(CASHIER_PHONE))
    return pd.Series(
        pa.array(number, mask=~has).cast(pa.string()), dtype=pd.ArrowDtype(pa.string())
    )


def _devices(world: World) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the number of each person's device, of the later one, and the day of the change.

    Who sells gives the device to the next person but one and gets a new one.
    """
    block, people = world.parameters.accounts, world.people
    n, real = len(people), world.real
    person = np.arange(n)
    home = people["household"].to_numpy().astype(np.int64) if block.on else person
    alone = np.bincount(home, minlength=n)[home] == 1
    sells, day, _, _ = cells(world.seed, "device is sold", person)
    sells = alone & (sells < 2 * block.resold) & (person % 4 < 2) & block.on
    sells &= (person + 2 < real) & (people["kind"].to_numpy() == REAL)
    later, since = np.zeros(n, dtype=np.int64), np.full(n, -1)
    seller = person[sells]
    moved = 1 + (day[sells] * (world.parameters.size.days - 1)).astype(np.int64)
    later[seller], since[seller] = n + seller, moved
    later[seller + 2], since[seller + 2] = seller, moved
    return home, later, since


def _addresses(world: World) -> pd.Series:
    """Return an address of 100.64.0.0/10, which no public network has; homes share theirs."""
    shared = world.parameters.accounts.on
    home = world.people["household"].to_numpy() if shared else np.arange(len(world.people))
    net, low, _, _ = words(world.seed, "identifier address", home.astype(np.int64))
    second, third = 64 + (net >> np.uint64(8)) % np.uint64(64), net & np.uint64(255)
    parts = [
        pa.array(a).cast(pa.string()) for a in (second, third, low % np.uint64(254) + np.uint64(1))
    ]
    whole = pc.binary_join_element_wise("100", *parts, ".")
    return pd.Series(whole, dtype=pd.ArrowDtype(pa.string()))
