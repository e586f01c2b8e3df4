"""What data of people may be used for, what can be said about it, and what includes what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from liveattr.errors import ParameterError, did_you_mean

__all__ = [
    "ACTIONS",
    "ALL",
    "PURPOSES",
    "STRICTNESS",
    "Purpose",
    "check_action",
    "check_purpose",
    "coverage",
    "covers",
    "provided_to",
    "strictest_of",
]


@dataclass(frozen=True)
class Purpose:
    """One purpose.

    Attributes
    ----------
    zh, en
        What it means, in one line.
    within
        The wider purpose that it is a part of; a word about that one is a word about this.
    rests_on
        Whoever takes back that purpose has taken back this one too; a grant of it grants nothing here.
    addresses
        People are written to, or their data leaves the house: gate G5.
    fuzzy
        Scored coincidence (tier C) may be used for it.
    """

    zh: str
    en: str
    within: str = ""
    rests_on: str = ""
    addresses: bool = False
    fuzzy: bool = False


PURPOSES = {
    "attribution": Purpose(
        "归因：把平台账号和商城账号确认为同一人，并据此归功",
        "join platform and mall identifiers on hard evidence, and credit broadcasts",
    ),
    "fuzzy_match": Purpose(
        "模糊匹配：按行为巧合推测是否同一人（不合并、不触达）",
        "guess from coincidences who is one person; merges and addresses nobody",
        rests_on="attribution",
        fuzzy=True,
    ),
    "recall": Purpose("召回：任何渠道的营销触达", "call back by any channel"),
    "recall_sms": Purpose("短信召回", "call back by text message", "recall", addresses=True),
    "recall_wecom": Purpose("企业微信召回", "call back by WeCom", "recall", addresses=True),
    "recall_push": Purpose("推送召回", "call back by push message", "recall", addresses=True),
    "provide_to_platform": Purpose(
        "向第三方（平台）提供；须单独同意并写明接收方",
        "give data to somebody else, e.g. a platform; asked on its own, naming the recipient",
        addresses=True,
    ),
    "sensitive": Purpose("敏感个人信息；须单独同意", "sensitive data; asked on its own"),
}
"""Purpose → meaning. A purpose with a recipient is written `provide_to_platform:<recipient>`."""

ALL = "all"
"""Every purpose: can be taken back at once, never granted at once."""

ACTIONS = {
    "granted": "同意 agreed",
    "withdrawn": "撤回 took it back",
    "objected": "拒绝营销 refused, without having been asked",
    "expired": "到期 the grant ran out",
    "minor": "未成年人（不满十四周岁） a child under 14",
}
"""What can be said: action → meaning."""

STRICTNESS = ("none", "granted", "withdrawn")
"""States of a purpose from the mildest to the strictest: a withdrawal wins, then a grant."""

_PROVIDE = "provide_to_platform"


def provided_to(recipient: str) -> str:
    """Return the purpose of giving data to one recipient.

    Raises
    ------
    ParameterError
        If no recipient is named.

    Examples
    --------
    >>> provided_to("oceanengine")
    'provide_to_platform:oceanengine'
    """
    if not recipient.strip():
        raise ParameterError(f"{_PROVIDE} needs a recipient: who gets the data")
    return f"{_PROVIDE}:{recipient}"


def check_purpose(purpose: str, *, every: bool = False) -> str:
    """Return a purpose, or say that there is none of that name.

    Parameters
    ----------
    purpose
        A key of `PURPOSES`, `provide_to_platform:<recipient>`, or with `every` also `all`.

    Raises
    ------
    ParameterError
        If there is no such purpose.

    Examples
    --------
    >>> check_purpose("recall_sms")
    'recall_sms'
    """
    known = [*PURPOSES, *([ALL] if every else [])]
    base, mark, recipient = purpose.partition(":")
    if purpose in known or (base == _PROVIDE and mark and recipient.strip()):
        return purpose
    raise ParameterError(f"there is no purpose {purpose!r}; {did_you_mean(purpose, known)}")


def check_action(action: str) -> str:
    """Return an action, or raise ParameterError where there is none of that name."""
    if action not in ACTIONS:
        raise ParameterError(f"there is no action {action!r}; {did_you_mean(action, ACTIONS)}")
    return action


def covers(said: str, purpose: str, action: str) -> bool:
    """Say whether an act about one purpose counts for another.

    Parameters
    ----------
    said
        Purpose of the act.
    purpose
        Purpose that is asked for.
    action
        A grant goes down to the parts only; a withdrawal or objection also to what rests on the
        purpose; a child is one for every purpose.

    Examples
    --------
    >>> covers("recall", "recall_sms", "granted"), covers("recall_sms", "recall", "withdrawn")
    (True, False)
    >>> covers("attribution", "fuzzy_match", "granted")
    False
    >>> covers("attribution", "fuzzy_match", "withdrawn")
    True
    """
    if action == "minor":
        return True
    base, _, recipient = purpose.partition(":")
    one = PURPOSES[base]
    if action == "granted":
        bare = purpose == _PROVIDE  # a grant that names no recipient lets nothing out
        return not bare and said in (purpose, one.within)
    wider = {purpose, one.within, ALL, base if recipient else ""} - {""}
    if action == "expired":
        return said in wider
    return said in wider | {one.rests_on} - {""}


def coverage(recipients: Iterable[str] = ()) -> list[tuple[str, str, str]]:
    """Return every (action, said, purpose) for which `covers` holds, in order.

    Parameters
    ----------
    recipients
        Recipients that occur in the acts: each is a purpose of its own.

    Examples
    --------
    >>> [purpose for action, said, purpose in coverage() if (action, said) == ("granted", "recall")]
    ['recall', 'recall_push', 'recall_sms', 'recall_wecom']
    """
    purposes = sorted({*PURPOSES, *map(provided_to, recipients)})
    return [
        (action, said, purpose)
        for action in ACTIONS
        for said in (*purposes, ALL)
        for purpose in purposes
        if covers(said, purpose, action)
    ]


def strictest_of(states: Sequence[str]) -> str:
    """Return the strictest of some states; of none it is `none`.

    Examples
    --------
    >>> strictest_of(["granted", "withdrawn", "none"]), strictest_of([])
    ('withdrawn', 'none')
    """
    return max(states, key=STRICTNESS.index, default="none")
