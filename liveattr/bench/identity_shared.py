"""Faults of sharing: what many people touch and what is nobody's."""

from __future__ import annotations

import numpy as np

from liveattr.bench.identity_draft import DAY, DAYS, NOBODY
from liveattr.bench.identity_people import World

__all__ = [
    "bot_farm",
    "cafe_device",
    "cafe_ip",
    "cashier_phone",
    "dummy_phone",
    "family_device",
    "forwarded_link",
    "gift",
    "shared_link",
]


def cafe_ip(world: World, name: str) -> None:
    """Show one address for a tenth of the people, and twenty of carriers for 0.3 % each."""
    draft, rng, n = world.draft, world.rng, world.n
    anchor = world.people.anchor
    for share in (0.1, *[0.003] * 20):
        who = rng.choice(n, max(2, round(share * n)), replace=False)
        ip = draft.new("ip", NOBODY, stratum=name)
        draft.often(np.repeat(ip, len(who)), anchor[who], "scored", (1, 2))
        if share == 0.1:
            draft.touch(who, name)


def family_device(world: World, name: str) -> None:
    """Let the accounts of two to four people log in on one tablet and its browser by turns."""
    draft, rng = world.draft, world.rng
    family = world.groups(0.025, 4)
    size = rng.integers(2, 5, len(family))
    for kind, evidence, share in (("device", "device_login", 1.0), ("visitor", "login", 0.5)):
        tablet = draft.new(kind, np.full(len(family), NOBODY), stratum=name)
        for row in np.flatnonzero(rng.random(len(family)) < share):
            turns = rng.choice(family[row, : size[row]], rng.integers(8, 25))
            at = (rng.random(len(turns)) * DAYS * DAY).astype(np.int64)
            draft.see(np.repeat(tablet[row], len(turns)), world.people.mall[turns], evidence, at)
    for row, many in zip(family, size, strict=True):
        draft.touch(row[:many], name)


def bot_farm(world: World, name: str) -> None:
    """Open accounts with a browser each and one fingerprint: a farm of thousands, small and tiny ones."""
    draft = world.draft
    largest = max(30, world.n // 50)
    for size in (largest, *[20] * max(1, world.n // 10_000), *[3] * max(1, world.n // 5_000)):
        bots = draft.people(size)
        draft.touch(bots, name)
        account, visitor = draft.new("mall_account", bots), draft.new("visitor", bots)
        draft.often(visitor, account, "login", (1, 3))
        fingerprint = np.repeat(draft.new("device", NOBODY, stratum=name), size)
        draft.often(fingerprint, account, "device_login", (2, 6))
        draft.often(fingerprint, visitor, "device_seen", (1, 2))


def dummy_phone(world: World, name: str) -> None:
    """Fill phone fields with what comes to hand: many times, and three times only."""
    draft, mall = world.draft, world.people.mall
    for text, size in (("13800138000", 300), ("00000000000", 100), ("11111111111", 0)):
        who = world.crowd(size) if size else world.some(3 / world.n)
        phone = draft.new("phone", NOBODY, text=text, stratum=name)
        draft.often(np.repeat(phone, len(who)), mall[who], "order_phone", (1, 3))
        draft.touch(who, name)


def cashier_phone(world: World, name: str) -> None:
    """Type a cashier's phone for 500 customers; one of two cashiers is a customer herself."""
    draft, mall = world.draft, world.people.mall
    for verified in (True, False):
        who = world.crowd(500)
        phone = draft.new("phone", who[0] if verified else NOBODY, stratum=name)
        typed = who[1:] if verified else who
        draft.often(np.repeat(phone, len(typed)), mall[typed], "order_phone", (1, 2))
        if verified:
            draft.often(phone, mall[who[:1]], "phone_verified", (1, 3))
        draft.touch(who, name)


def shared_link(world: World, name: str) -> None:
    """Post link tokens in a group of 500: one of somebody's UID, one of nobody; some never log in."""
    draft, rng, people = world.draft, world.rng, world.people
    for issued in (True, False):
        who = world.crowd(500)
        issuer = int(who[np.argmax(people.uid[who] >= 0)]) if issued else NOBODY
        token = draft.new("link_token", issuer, stratum=name)
        if issued:
            draft.often(token, people.uid[[issuer]], "link_token", (1, 1))
        strangers = draft.people(len(who) // 2)
        visitor = draft.new("visitor", np.concatenate([who, strangers]))
        draft.often(np.repeat(token, len(visitor)), visitor, "link_token", (1, 2))
        draft.often(visitor[: len(who)], people.mall[who], "login", (1, 3))
        direct = who[rng.random(len(who)) < 0.1]
        draft.often(np.repeat(token, len(direct)), people.mall[direct], "link_login", (1, 1))
        draft.touch(np.concatenate([who, strangers]), name)


def gift(world: World, name: str) -> None:
    """Order with the phone of the receiver: another customer, or somebody who is none."""
    draft, people = world.draft, world.people
    gift = world.groups(0.005)
    known = people.phone[gift[:, 1]] >= 0
    draft.often(people.phone[gift[known, 1]], people.mall[gift[known, 0]], "order_phone", (1, 2))
    strange = gift[~known]
    receiver = draft.people(len(strange))
    draft.often(draft.new("phone", receiver), people.mall[strange[:, 0]], "order_phone", (1, 1))
    draft.touch(np.concatenate([gift.ravel(), receiver]), name)


def cafe_device(world: World, name: str) -> None:
    """Let 2 to 30 people log in once each on a computer of a café, with one browser for all."""
    draft, rng, mall = world.draft, world.rng, world.people.mall
    for _ in range(max(1, world.n // 2000)):
        who = world.some(float(rng.integers(2, 31)) / world.n)
        for kind, evidence in (("device", "device_login"), ("visitor", "login")):
            computer = np.repeat(draft.new(kind, NOBODY, stratum=name), len(who))
            draft.often(computer, mall[who], evidence, (1, 1))
        draft.touch(who, name)


def forwarded_link(world: World, name: str) -> None:
    """Let a friend open the link of somebody's UID as well, and then log in."""
    draft, people = world.draft, world.people
    pair = world.groups(0.005, able=people.uid >= 0)
    token = draft.new("link_token", pair[:, 0])
    draft.often(token, people.uid[pair[:, 0]], "link_token", (1, 1))
    for turn in range(2):
        visitor = draft.new("visitor", pair[:, turn])
        draft.often(token, visitor, "link_token", (1, 1))
        draft.often(visitor, people.mall[pair[:, turn]], "login", (1, 3))
    draft.touch(pair.ravel(), name)
