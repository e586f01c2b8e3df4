"""The person that a command is about. What is typed becomes a token and is shown nowhere."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from liveattr.errors import ParameterError

if TYPE_CHECKING:
    from liveattr.lake import Lake

__all__ = ["IdOption", "KindOption", "PhoneOption", "Who", "who"]

PhoneOption = Annotated[
    str | None, typer.Option(help="A phone, in any spelling; - reads it from standard input.")
]
KindOption = Annotated[
    str | None, typer.Option(help="Kind of identifier: openid, unionid, mall_account, uid_douyin …")
]
IdOption = Annotated[
    str | None,
    typer.Option(
        "--id", help="The identifier (mall accounts as youzan/123); - reads it from standard input."
    ),
]


class Who(NamedTuple):
    """A person who was named: kind, token, and the value as it was typed."""

    kind: str
    token: str
    value: str


def who(lake: Lake, phone: str | None, kind: str | None, identifier: str | None) -> Who:
    """Return the person that is named.

    Raises
    ------
    ParameterError
        If nobody is named, or one in two ways.
    """
    from liveattr.subjects import token_of

    if (phone is None) == (identifier is None) or (kind is None) != (identifier is None):
        raise ParameterError("say who: --phone 138…, or --kind openid --id …")
    what, given = ("phone", phone) if phone is not None else (str(kind), identifier)
    value = sys.stdin.readline().strip() if given == "-" else str(given).strip()
    return Who(what, token_of(lake, what, value), value)
