"""What counts as evidence, how much, and what is special about a kind of identifier.

A new kind or a new sort of evidence is a line here, never an `if` elsewhere.

Notes
-----
Tiers: `A` proves that two identifiers are one person (a login, a verified phone, a UnionID), `A-` nearly
so (a link token that one visitor redeemed, an OpenID that logged in), `B` suggests it (a phone typed into
an order, a device), `C` is a scored coincidence and never merges anybody, `X` says that two identifiers
are not one person.

`weight` is log2 of how much likelier the pair is seen with one person than with two. The numbers order
the evidence of a tier; only that order decides anything. They are set by judgement, not measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = [
    "CEILING",
    "CEILINGS",
    "EVIDENCE",
    "EXCLUSIVE",
    "OWNED",
    "RULE_VERSION",
    "STRENGTH",
    "TIERS",
    "Sort",
    "is_platform",
]

RULE_VERSION = "2"
"""Of the rules that make evidence: another version makes all evidence anew."""

TIERS = ("A", "A-", "B", "C", "X")
"""Strongest first."""


@dataclass(frozen=True)
class Sort:
    """A sort of evidence: its tier and its weight [log2]."""

    tier: str
    weight: float


EVIDENCE: Mapping[str, Sort] = {
    "unionid": Sort("A", 16),
    "phone_verified": Sort("A", 15),
    "login": Sort("A", 14),
    "link_login": Sort("A", 13),
    "member_card": Sort("A", 12),
    "openid_login": Sort("A-", 11),
    "link_token": Sort("A-", 9),
    "order_phone": Sort("B", 6),
    "device_login": Sort("B", 5),
    "shared_link": Sort("B", 3),
    "device_seen": Sort("C", 0),
    "scored": Sort("C", 0),
    "not_same": Sort("X", 0),
}
"""Word in the column `evidence` → tier and weight. Other words are kept in `binding` and join nobody."""

EXCLUSIVE = ("uid_douyin", "uid_kuaishou", "uid_channels", "uid_taobao", "mall_account")
"""Kinds of which a person has at most one in each name space."""

OWNED = ("device", "visitor", "phone")
"""Kinds that pass from one owner to the next: a resold phone, a number that was given out again."""

CEILING = 12
"""Most distinct neighbours of an identifier that is not exclusive, where `CEILINGS` has no other."""

CEILINGS: Mapping[str, int] = {"link_token": 3, "unionid": 20}
"""Kind → hard ceiling of its cap."""

STRENGTH: Mapping[str, int] = {"visitor": 1, "device": 1, "link_token": 1}
"""Kind → its part in who keeps the person's id; every other kind has 4."""


def is_platform(kind: str) -> bool:
    """Say whether a kind belongs to a live platform; all others are the merchant's own.

    Examples
    --------
    >>> is_platform("uid_douyin"), is_platform("openid")
    (True, False)
    """
    return kind.startswith("uid_")
