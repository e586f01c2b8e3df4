"""Faults of owning: what passes from one person to the next, and persons with more than one account."""

from __future__ import annotations

import numpy as np

from liveattr.bench.identity_draft import DAY, DAYS, MINUTE, NOBODY, Ints
from liveattr.bench.identity_people import World

__all__ = [
    "lent_device",
    "recycled_phone",
    "resold_device",
    "three_platforms",
    "two_accounts",
    "uid_reregistered",
]


def three_platforms(world: World, name: str) -> None:
    """Open accounts on two more platforms, tied by the verified phone or by a tracked link."""
    draft, people, rng = world.draft, world.people, world.rng
    for kind, share in (("uid_kuaishou", 0.3), ("uid_channels", 0.25)):
        who = np.flatnonzero(rng.random(world.n) < share)
        by_phone = (people.phone[who] >= 0) & (rng.random(len(who)) < 0.6)
        tied = by_phone | (people.mall[who] >= 0)
        who, by_phone = who[tied], by_phone[tied]
        uid = draft.new(kind, who)
        for some, side, evidence in (
            (by_phone, people.phone, "phone_verified"),
            (~by_phone, people.mall, "link_login"),
        ):
            draft.often(uid[some], side[who[some]], evidence, (1, 3))
        draft.touch(who, name)


def two_accounts(world: World, name: str) -> None:
    """Give a human a second mall account or Douyin UID, with traces of the first."""
    draft, people, rng = world.draft, world.people, world.rng
    who = world.some(0.02, least=4)
    second = draft.people(len(who))
    draft.same_owner[who] = draft.same_owner[second] = np.array(
        [f"o{w}" for w in who], dtype=object
    )
    draft.touch(np.concatenate([who, second]), name)
    shop, app = (
        np.arange(len(who)) % 2 == 0,
        (np.arange(len(who)) % 2 == 1) & (people.uid[who] >= 0),
    )
    account = np.full(len(who), -1)
    account[shop] = draft.new("mall_account", second[shop])
    account[app] = draft.new("uid_douyin", second[app])
    phone = draft.new("phone", second)
    late = (DAYS // 2) * DAY
    has = account >= 0
    draft.often(phone[has], account[has], "phone_verified", (1, 3), since=late)

    def also(share: float, of: np.ndarray, side: Ints, evidence: str) -> None:
        some = of & (side >= 0) & (rng.random(len(who)) < share)
        draft.often(account[some], side[some], evidence, (1, 2), since=late)

    also(0.3, shop, people.phone[who], "order_phone")
    also(0.2, shop, people.openid[who], "openid_login")
    by_turns = shop & (rng.random(len(who)) < 0.5)
    device = draft.new("device", np.full(int(by_turns.sum()), NOBODY), stratum=name)
    for side in (account[by_turns], people.mall[who[by_turns]]):
        draft.often(device, side, "device_login", (4, 9))
    linked = app & (rng.random(len(who)) < 0.5)
    main = people.uid[who[linked]]
    draft.often(main, people.mall[who[linked]], "link_login", (1, 3), until=late)
    draft.often(account[linked], people.mall[who[linked]], "link_login", (1, 3), since=late)


def resold_device(world: World, name: str) -> None:
    """Sell devices, one in five twice, with OpenIDs that are known only from them."""
    draft, rng, mall = world.draft, world.rng, world.people.mall
    owners = world.groups(0.01, 3)
    many = np.where(rng.random(len(owners)) < 0.2, 3, 2)
    device = draft.new("device", owners[np.arange(len(owners)), many - 1])
    third = DAYS * DAY // 3
    for turn in range(3):
        has = np.flatnonzero(turn < many)
        who, mine = owners[has, turn], device[has]
        at_a_counter = rng.random(len(has)) < 0.2
        begin = turn * third + np.where(at_a_counter | (turn == 0), 2 * MINUTE, 10 * DAY)
        end = (turn + 1) * third - MINUTE
        draft.often(mine, mall[who], "device_login", (2, 7), since=begin, until=end)
        for moment in (begin, np.full(len(has), end)):
            draft.see(
                mine[at_a_counter], mall[who[at_a_counter]], "device_login", moment[at_a_counter]
            )
        # an OpenID that logs in between logins of the account is known from this device only;
        # a browser may look around before its account's first login
        middle = begin + third // 3
        draft.often(mine, draft.new("openid", who), "device_login", (1, 2), since=middle, until=end)
        visitor = draft.new("visitor", who)
        draft.often(visitor, mall[who], "login", (1, 3), since=begin, until=end)
        draft.often(
            mine, visitor, "device_seen", (1, 2), since=np.maximum(begin - DAY, 0), until=end
        )
        draft.see(mine, mall[who], "device_login", middle - DAY)
        draft.touch(who, name)


def recycled_phone(world: World, name: str) -> None:
    """Let the carrier give a number to somebody else, who verifies it on the same or another side."""
    draft, rng, people = world.draft, world.rng, world.people
    owners = world.groups(0.005)
    phone = draft.new("phone", owners[:, 1])
    for turn, (since, until) in enumerate(((0, 60), (150, DAYS))):
        who = owners[:, turn]
        side = rng.choice(3, len(who), p=[0.6, 0.2, 0.2])  # both, shop only, app only
        app = (side != 1) & (people.uid[who] >= 0)
        shop = (side != 2) | ~app
        for on, node in ((shop, people.mall[who]), (app, people.uid[who])):
            draft.often(
                phone[on], node[on], "phone_verified", (1, 3), since=since * DAY, until=until * DAY
            )
        draft.touch(who, name)


def uid_reregistered(world: World, name: str) -> None:
    """Give the phone number of a UID to somebody without one, who takes both over."""
    draft, people = world.draft, world.people
    new = world.some(0.0005, able=people.uid < 0)
    old = world.some(0.0005, able=people.uid >= 0)
    uid, phone = people.uid[old], draft.new("phone", new)
    for node in (uid, people.mall[old]):
        draft.often(phone, node, "phone_verified", (1, 3), until=60 * DAY)
    for node in (uid, people.mall[new]):
        draft.often(phone, node, "phone_verified", (1, 3), since=150 * DAY)
    draft.often(uid, people.mall[new], "link_login", (2, 4), since=150 * DAY)
    draft.person_of[uid] = new
    draft.touch(np.concatenate([old, new]), name)


def lent_device(world: World, name: str) -> None:
    """Log in once on the device of somebody else, who uses it before and mostly after."""
    draft, people = world.draft, world.people
    lent = world.groups(0.005, able=people.device >= 0)
    draft.often(people.device[lent[:, 0]], people.mall[lent[:, 1]], "device_login", (1, 1))
    draft.touch(lent.ravel(), name)
