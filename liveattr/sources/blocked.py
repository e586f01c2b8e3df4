"""Identifiers that are nobody's: zeros, placeholders, dummy phones. They never become a token.

One of them on a thousand rows would make a thousand people one. They are known only here, before a
value becomes a token; afterwards nobody can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

import duckdb

from liveattr.errors import ConfigError, did_you_mean
from liveattr.formats.spec import literal

__all__ = ["BLOCKED", "KINDS", "blocked_patterns", "blocked_sql"]

KINDS = (
    "uid_douyin", "uid_kuaishou", "uid_channels", "uid_taobao", "mall_account", "phone", "openid",
    "unionid", "member_card", "device", "link_token", "visitor", "ip",
)  # fmt: skip
"""Kinds of identifiers that `blocked_identifiers` in `liveattr.toml` may name."""

_WORDS = (
    "-1", "nil", "null", "[(]null[)]", "none", "undefined", "nan", "n/a", "anonymous", "guest", "test",
    "unknown", "default", "未知", "无", "空", "匿名", "匿名用户", "游客", "测试",
)  # fmt: skip
"""Whole values that stand for nobody, in any case."""

_ZEROS = "[0:.-]*0[0:.-]*"
"""0, 000000, 00000000-0000-0000-0000-000000000000, 0.0.0.0, 00:00:00:00:00:00."""

_SAME = "|".join(f"{c}{{6,}}" for c in "123456789abcdefghijklmnopqrstuvwxyz")
"""One digit or letter and nothing else, six times or more: 111111. (`1`, `22`, `999` are real ids.)"""

_PHONES = (
    "1[0-9]{2}(?:" + "|".join(f"{d}{{8}}" for d in range(10)) + ")",  # 13800000000, 13888888888
    "1[0-9]{2}12345678",
    "13800138000",  # the number of a carrier's hotline, in every example
)

_DEVICES = (
    "9774d56d682e549c",  # an Android version gave this id to every phone
    "02:00:00:00:00:00",  # what a phone says when an app may not see its address
    "(?:ff[:-]?){6}",
    "f{8}-f{4}-f{4}-f{4}-f{12}",
)

_ADDRESSES = (
    "(?:10|127)[.].*",
    "192[.]168[.].*",
    "172[.](?:1[6-9]|2[0-9]|3[01])[.].*",
    "169[.]254[.].*",
    "255[.]255[.]255[.]255",
    "::1?",
    "f[cd][0-9a-f]{2}:.*",
    "fe80:.*",
)
"""Addresses inside a network: a proxy's, not a visitor's."""

_DEFAULTS: Mapping[str, tuple[str, ...]] = {
    "phone": _PHONES,
    "device": (*_WORDS, _ZEROS, _SAME, *_DEVICES),
    "ip": (*_WORDS, _ZEROS, *_ADDRESSES),
}
"""Kind → patterns of whole values; every other kind has words, zeros and repeats."""

_BEFORE = {"phone": "(?:[+]86)?", "mall_account": "(?:[^/]*/)?"}
"""Kind → what its normal form has in front of the value itself."""


def _one(kind: str, parts: Iterable[str]) -> str:
    return f"{_BEFORE.get(kind, '')}(?:{'|'.join(parts)})"


BLOCKED: Mapping[str, tuple[str, ...]] = {
    kind: (_one(kind, _DEFAULTS.get(kind, (*_WORDS, _ZEROS, _SAME))),) for kind in KINDS
}
"""Kind → regular expressions, in any case, of the whole values that are blocked in every shop."""


def blocked_patterns(more: Mapping[str, Iterable[str]] | None = None) -> dict[str, str]:
    """Return for every kind one regular expression (RE2) of the values that are nobody's.

    Parameters
    ----------
    more
        Kind → values that are blocked too, as `blocked_identifiers` has them: a whole value, in any
        case, or a pattern that begins with `^` (a value that begins so; with `$` at its end, all
        of it). Phones are written with or without +86, mall accounts with or without platform.

    Raises
    ------
    ConfigError
        If a kind is unknown or a pattern is none.

    Notes
    -----
    The list is that of large customer data platforms (zeros, -1, null, anonymous) and what is usual
    in China (13800138000, numbers of one digit). Wrong when a real id looks so: a member card
    888888 is blocked, and `1` or `2499` are not.
    """
    more = more or {}
    for kind in more:
        if kind not in KINDS:
            raise ConfigError(f"blocked_identifiers: {kind!r}; {did_you_mean(kind, KINDS)}")
    patterns = {kind: _with(kind, more.get(kind, ())) for kind in KINDS}
    for kind in more:
        _try(kind, patterns[kind])
    return patterns


@cache
def _try(kind: str, pattern: str) -> None:
    with duckdb.connect() as con:
        try:
            con.execute(f"SELECT {blocked_sql(pattern, 'v')} FROM (SELECT '' AS v)").fetchall()
        except duckdb.Error as error:
            raise ConfigError(f"blocked_identifiers: {kind}: {error}") from error


def _with(kind: str, more: Iterable[str]) -> str:
    own = [_one(kind, map(_own, more))] if more else []
    return f"(?i)(?:{'|'.join((*BLOCKED[kind], *own))})"


def _own(text: str) -> str:
    """Return the pattern of what a user wrote."""
    if not text.startswith("^"):
        return re.escape(text)
    return f"(?:{text[1:-1]})" if text.endswith("$") else f"(?:{text[1:]}).*"


def blocked_sql(pattern: str, value: str) -> str:
    """Return SQL that is true where an SQL value in its normal form fits a pattern of its kind."""
    return f"regexp_full_match({value}, {literal(pattern)})"
