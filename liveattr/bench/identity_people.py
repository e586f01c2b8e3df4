"""People before any fault: who has which accounts, phones, browsers, and how they were seen together.

Every person is connected by evidence of its own, so a plain graph finds all of them. What a fault then
does to it is the fault's doing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liveattr.bench.identity_draft import DAY, Draft, Ints

__all__ = ["People", "World", "make_people"]

NONE = -1

BIG = 12
"""Persons with more identifiers are not given more by a fault."""


@dataclass(frozen=True)
class People:
    """One identifier of a kind for each person; -1: it has none.

    Attributes
    ----------
    mall, uid, phone, device, openid : numpy.ndarray of int64, shape (n_persons,)
        Mall account, Douyin UID, first phone, first device, OpenID.
    anchor : numpy.ndarray of int64
        What everything else of the person hangs on: mall account, else UID, else OpenID.
    """

    mall: Ints
    uid: Ints
    phone: Ints
    device: Ints
    openid: Ints
    anchor: Ints


@dataclass
class World:
    """People with their draft, and how a fault draws from them."""

    draft: Draft
    people: People
    rng: np.random.Generator

    @property
    def n(self) -> int:
        """Return the number of persons before any fault."""
        return len(self.people.mall)

    def some(self, share: float, *, least: int = 1, able: NDArray[np.bool_] | None = None) -> Ints:
        """Draw persons with a mall account, of those who are able."""
        can = (self.people.mall >= 0) & self.draft.small(BIG)[: self.n]
        who = np.flatnonzero(can if able is None else can & able)
        return self.rng.choice(who, min(max(least, round(share * self.n)), len(who)), replace=False)

    def crowd(self, size: int) -> Ints:
        """Draw the persons of a crowd: `size` of them, fewer in a small world."""
        return self.some(min(size, max(20, self.n // 20)) / self.n)

    def groups(self, share: float, size: int = 2, able: NDArray[np.bool_] | None = None) -> Ints:
        """Draw groups of persons, two groups at least, shape (n_groups, size)."""
        who = self.some(share * size, least=2 * size, able=able)
        return who[: len(who) // size * size].reshape(-1, size)


def make_people(draft: Draft) -> People:
    """Draw the persons and all that was seen of them in 26 weeks.

    Notes
    -----
    Three quarters have a mall account, four fifths a Douyin UID, some only WeChat; two are tied by a
    tracked link with login (A), one phone verified on both sides (A), or a link token that a browser
    redeemed before it logged in (A-). Further: unverified order phones, a second phone number, one or two
    OpenIDs under a UnionID, member cards, one or two devices with logins over weeks, OpenIDs known only
    from a login on such a device, up to two browsers beside the one of the link.
    """
    rng, n = draft.rng, len(draft.stratum)
    has_mall, has_uid = rng.random(n) < 0.75, rng.random(n) < 0.8
    wechat = (has_mall & (rng.random(n) < 0.6)) | (~has_mall & ~has_uid)
    mall, uid = _give(draft, "mall_account", has_mall), _give(draft, "uid_douyin", has_uid)
    openid = _wechat(draft, mall, wechat)
    anchor = np.where(has_mall, mall, np.where(has_uid, uid, openid))
    tie = np.where(has_mall & has_uid, rng.choice(3, n, p=[0.4, 0.45, 0.15]), 3)
    _linked(draft, mall, uid, (tie == 0) | ((tie < 3) & (rng.random(n) < 0.2)))
    phone = _phones(draft, mall, uid, tie == 1)
    _tokens(draft, mall, uid, tie == 2)
    device = _devices(draft, mall, openid)
    cards = np.flatnonzero(has_mall & (rng.random(n) < 0.25))
    draft.often(draft.new("member_card", cards), mall[cards], "member_card", (1, 2))
    return People(mall, uid, phone, device, openid, anchor)


def _give(draft: Draft, kind: str, who: NDArray[np.bool_]) -> Ints:
    """Give everybody of `who` an identifier."""
    found = np.full(len(who), NONE)
    found[who] = draft.new(kind, np.flatnonzero(who))
    return found


def _wechat(draft: Draft, mall: Ints, who: NDArray[np.bool_]) -> Ints:
    rng = draft.rng
    openid, unionid = _give(draft, "openid", who), _give(draft, "unionid", who)
    has = np.flatnonzero(who)
    draft.often(openid[has], unionid[has], "unionid", (1, 2))
    log = has[mall[has] >= 0]
    draft.often(openid[log], mall[log], "openid_login", (1, 4))
    two = has[rng.random(len(has)) < 0.3]
    draft.often(draft.new("openid", two), unionid[two], "unionid", (1, 2))
    return openid


def _linked(draft: Draft, mall: Ints, uid: Ints, who: NDArray[np.bool_]) -> None:
    them = np.flatnonzero(who)
    draft.often(uid[them], mall[them], "link_login", (1, 3))


def _phones(draft: Draft, mall: Ints, uid: Ints, both: NDArray[np.bool_]) -> Ints:
    """Give a first phone to nine in ten who have an account; a second number to some, later."""
    rng, n = draft.rng, len(mall)
    shop, app = mall >= 0, uid >= 0
    phone = _give(draft, "phone", both | ((shop | app) & (rng.random(n) < 0.9)))
    has = phone >= 0
    at_shop = has & shop & (both | (rng.random(n) < 0.8))
    at_app = has & app & (both | ~shop | (rng.random(n) < 0.3))
    typed = has & shop & (~at_shop | (rng.random(n) < 0.5))
    for side, who, evidence in (
        (mall, at_shop, "phone_verified"),
        (uid, at_app, "phone_verified"),
        (mall, typed, "order_phone"),
    ):
        them = np.flatnonzero(who)
        draft.often(phone[them], side[them], evidence, (1, 3))
    later = np.flatnonzero(shop & (rng.random(n) < 0.12))
    second = draft.new("phone", later)
    draft.often(second, mall[later], "phone_verified", (1, 3), since=90 * DAY)
    return phone


def _tokens(draft: Draft, mall: Ints, uid: Ints, tie: NDArray[np.bool_]) -> None:
    """Let UIDs redeem a link of their own with a browser, which logs in where it is the only tie."""
    who = np.flatnonzero(tie | ((uid >= 0) & (draft.rng.random(len(uid)) < 0.2)))
    token, visitor = draft.new("link_token", who), draft.new("visitor", who)
    draft.often(token, uid[who], "link_token", (1, 1))
    draft.often(token, visitor, "link_token", (1, 2))
    log = np.flatnonzero(tie[who])
    draft.often(visitor[log], mall[who[log]], "login", (1, 4))


def _devices(draft: Draft, mall: Ints, openid: Ints) -> Ints:
    """Give devices and browsers to who is seen in the shop."""
    rng, n = draft.rng, len(mall)
    device = _give(draft, "device", (mall >= 0) & (rng.random(n) < 0.9))
    for number in range(2):
        has = np.flatnonzero((device >= 0) & (number == 0 or rng.random(n) < 0.35))
        mine = device[has] if number == 0 else draft.new("device", has)
        draft.often(mine, mall[has], "device_login", (2, 7))
        browsing = rng.random(len(has)) < 0.2
        visitor = draft.new("visitor", has[browsing])
        draft.often(mine[browsing], visitor, "device_seen", (1, 3))
        draft.often(visitor, mall[has[browsing]], "login", (1, 3))
        applet = rng.random(len(has)) < 0.15
        draft.often(mine[applet], draft.new("openid", has[applet]), "device_login", (1, 3))
    for side, evidence in ((mall, "login"), (openid, "openid_login")):
        has = np.flatnonzero((side >= 0) & (rng.random(n) < 0.4))
        draft.often(draft.new("visitor", has), side[has], evidence, (1, 4))
    return device
