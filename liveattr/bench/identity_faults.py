"""Worlds that weld people together: what goes wrong with identifiers, each fault alone or all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from liveattr.bench import identity_owners, identity_shared
from liveattr.bench.identity_draft import Draft
from liveattr.bench.identity_people import World, make_people
from liveattr.errors import ParameterError, did_you_mean

__all__ = ["ALL", "FAULTS", "HARDER", "Fault", "FaultWorld", "list_faults", "make_faults"]


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    Attributes
    ----------
    make
        Adds it to a world; None: a matter of rows and times (`Draft.shifts`).
    en, zh
        What it is.
    """

    make: Callable[[World, str], None] | None
    en: str
    zh: str


@dataclass(frozen=True)
class FaultWorld:
    """Evidence with its truth.

    Attributes
    ----------
    edges : pandas.DataFrame
        As `resolve_identities` takes them; `evidence` says what was seen.
    truth : pandas.DataFrame
        `kind, id, person, stratum, same_owner`, one row an identifier of the edges.
    """

    edges: pd.DataFrame
    truth: pd.DataFrame


def make_faults(
    n_persons: int = 10_000, *, seed: int = 7, faults: Iterable[str] | None = None
) -> FaultWorld:
    """Make a world of identifiers in which things go wrong, and the truth of who is who.

    Parameters
    ----------
    n_persons
        Persons before any fault; bots, strangers and second accounts come on top.
    seed
        Same seed, same world. Every fault draws from a stream of its own.
    faults
        Names from `FAULTS`; default: `ALL`. `()`: a world in which a plain graph is right.

    Returns
    -------
    FaultWorld

    Raises
    ------
    ParameterError
        If a fault has an unknown name, or there are fewer than 100 persons.

    Notes
    -----
    The truth of what is shared:

    - A café's address or computer, a dummy phone, the phone of a cashier who is no customer, the
      fingerprint of a bot farm, a posted link that was made for nobody, and a family's tablet with
      its browser are nobody's: each is a person of its own, and joining it to anybody is an error.
    - A phone that the cashier verified for her own account is hers; a posted link that was made for
      a UID is that UID's; the phone that a gift goes to is the receiver's; a device that was lent
      stays its owner's.
    - A resold device, a recycled phone number and a UID that its phone's new owner took over belong to the
      last owner. An OpenID that logged in on a resold device belongs to who had the device then.
    - Two accounts of one human on one platform are two persons with the same `same_owner`: nothing
      can tell them from two humans. What touched both stays with the one that it touched first; a
      device that both use by turns is nobody's.
    - A bot is a person of its own: its account and its browser.

    `stratum` is the rarest fault that touched the person (order of `FAULTS`), or the fault that an
    identifier of nobody comes from; "clean" otherwise.

    The rates are set by judgement, to be far above a real shop's: that the old and the new owner of
    a number are both among the customers is rare, here it happens to 1 % of them. People without a
    fault are connected by evidence of their own, so a missing true pair is the resolution's doing.
    """
    asked = ALL if faults is None else tuple(faults)
    for name in asked:
        if name not in FAULTS:
            raise ParameterError(f"there is no fault {name!r}; {did_you_mean(name, FAULTS)}")
    if n_persons < 100:
        raise ParameterError(f"n_persons {n_persons} is too few for a fault; take 100 or more")
    draft = Draft(n_persons, seed)
    people = make_people(draft)
    for number, (name, fault) in enumerate(FAULTS.items(), start=1):
        if name in asked and fault.make is None:
            draft.shifts.append(name)
        elif name in asked and fault.make is not None:
            draft.rng = np.random.default_rng([seed, number])
            fault.make(World(draft, people, draft.rng), name)
    draft.rng = np.random.default_rng([seed, len(FAULTS) + 1])
    return FaultWorld(*draft.frames())


def list_faults() -> pd.DataFrame:
    """Return `fault, what, 内容, promised`: whether the scores promised to users include it."""
    rows = [(name, f.en, f.zh, name not in HARDER) for name, f in FAULTS.items()]
    return pd.DataFrame(rows, columns=["fault", "what", "内容", "promised"])


FAULTS: Mapping[str, Fault] = {
    "three_platforms": Fault(
        identity_owners.three_platforms, "accounts on three platforms", "三个平台的账号"
    ),
    "cafe_ip": Fault(
        identity_shared.cafe_ip, "a café's address with a tenth of all people", "网吧同一 IP"
    ),
    "family_device": Fault(
        identity_shared.family_device, "a family shares a tablet by turns", "家人轮流用一台设备"
    ),
    "two_accounts": Fault(
        identity_owners.two_accounts, "two accounts on one platform", "同一平台两个账号"
    ),
    "bot_farm": Fault(
        identity_shared.bot_farm, "a bot farm with one fingerprint", "机器人工作室同一指纹"
    ),
    "resold_device": Fault(identity_owners.resold_device, "a resold device", "转卖的二手设备"),
    "lent_device": Fault(identity_owners.lent_device, "a device lent once", "设备借给别人一次"),
    "gift": Fault(
        identity_shared.gift, "an order with the receiver's phone", "送礼订单填收件人手机"
    ),
    "cafe_device": Fault(
        identity_shared.cafe_device, "a café's computers, once each", "网吧电脑每人登录一次"
    ),
    "forwarded_link": Fault(
        identity_shared.forwarded_link, "a link forwarded to a friend", "链接转发给朋友"
    ),
    "recycled_phone": Fault(
        identity_owners.recycled_phone, "a phone number given out again", "二次放号的手机号"
    ),
    "shared_link": Fault(
        identity_shared.shared_link, "a link posted in a group of 500", "链接发到五百人的群"
    ),
    "cashier_phone": Fault(
        identity_shared.cashier_phone, "a cashier's phone on 500 orders", "收银员手机代填五百单"
    ),
    "dummy_phone": Fault(identity_shared.dummy_phone, "dummy phones", "假手机号"),
    "uid_reregistered": Fault(
        identity_owners.uid_reregistered, "a UID taken over with its phone", "账号随手机号易主"
    ),
    "clock_skew": Fault(None, "clocks five minutes wrong", "时钟相差五分钟"),
    "disorder": Fault(None, "rows twice, late and turned around", "重复、迟到、乱序的记录"),
}
"""Name → fault, commonest first."""

HARDER = ("lent_device", "gift", "cafe_device", "forwarded_link")
"""Faults beyond the promise: small, everyday, and hardest to tell from the truth."""

ALL = tuple(name for name in FAULTS if name not in HARDER)
"""Faults of the promise."""
