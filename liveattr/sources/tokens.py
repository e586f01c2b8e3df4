"""Personal identifiers become keyed tokens at the door; the key comes from the environment.

Token = HMAC-SHA256(key, "<kind>:<value>") in hex (RFC 2104), computed inside DuckDB for whole
columns. A plain hash would be no protection: all mainland mobile numbers can be hashed in hours.
"""

from __future__ import annotations

import hashlib
import hmac
import os

import duckdb

from liveattr.errors import TokenKeyError

__all__ = [
    "DEMO_KEY",
    "KEY_VARIABLE",
    "hmac_sql",
    "key_id",
    "load_key",
    "phone_sql",
    "token_sql",
    "use_key",
]

KEY_VARIABLE = "LIVEATTR_TOKEN_KEY"
DEMO_KEY = "liveattr-public-demo-key-of-no-secret-for-public-data-only"
"""The fixed key of demos. It is public, so it is refused for any other data."""

_SHORTEST_KEY = 32
"""Characters; a key of 128 bits in hex."""

_BLOCK = 64
"""Bytes of one SHA-256 block (RFC 2104)."""


def load_key(*, demo: bool = False) -> str:
    """Return the token key.

    Parameters
    ----------
    demo
        Public data: the fixed public key is used, whatever the environment says.

    Raises
    ------
    TokenKeyError
        If the key is missing, too short, or the public one while the data is not a demo.
    """
    if demo:
        return DEMO_KEY
    key = os.environ.get(KEY_VARIABLE, "")
    if not key:
        raise TokenKeyError(
            f"{KEY_VARIABLE} is not set: phones and account ids cannot become tokens. Make a key "
            'once with  python -c "import secrets; print(secrets.token_hex(32))"  , keep it '
            f"outside the data folder, and export {KEY_VARIABLE} before you ingest"
        )
    if key == DEMO_KEY:
        raise TokenKeyError(
            f"{KEY_VARIABLE} is the public key of the demos; anybody could undo its tokens. Make "
            'your own with  python -c "import secrets; print(secrets.token_hex(32))"'
        )
    if len(key) < _SHORTEST_KEY:
        raise TokenKeyError(f"{KEY_VARIABLE} has {len(key)} characters; at least {_SHORTEST_KEY}")
    return key


def key_id(key: str) -> str:
    """Return a short name of the key that tells two keys apart and gives neither away."""
    return hmac.new(key.encode(), b"liveattr key id", hashlib.sha256).hexdigest()[:12]


def use_key(con: duckdb.DuckDBPyConnection, key: str, name: str = "token") -> None:
    """Make a key known to one in-memory connection, as the two pads of HMAC."""
    raw = key.encode()
    if len(raw) > _BLOCK:
        raw = hashlib.sha256(raw).digest()
    raw = raw.ljust(_BLOCK, b"\0")
    con.execute(f"SET VARIABLE {name}_ipad = ?", [bytes(b ^ 0x36 for b in raw)])
    con.execute(f"SET VARIABLE {name}_opad = ?", [bytes(b ^ 0x5C for b in raw)])


def hmac_sql(text: str, name: str = "token") -> str:
    """Return SQL for the HMAC-SHA256, in hex, of an SQL text under a key made known before."""
    inner = f"sha256(getvariable('{name}_ipad') || encode({text}))"
    return f"sha256(getvariable('{name}_opad') || unhex({inner}))"


def token_sql(kind: str, value: str) -> str:
    """Return SQL for the token of an SQL value; null stays null."""
    text = f"'{kind}:' || ({value})"
    return f"CASE WHEN ({value}) IS NOT NULL THEN {hmac_sql(text)} END"


def phone_sql(value: str) -> str:
    """Return SQL for the normal form +86138… of a mainland mobile number, else null.

    Masked numbers (138****3622), platform ciphertext and landlines give null: they are never
    keys.
    """
    digits = f"regexp_replace({value}, '[\\s()+-]', '', 'g')"
    bare = f"regexp_replace({digits}, '^(0086|86)(1[3-9][0-9]{{9}})$', '\\2')"
    return f"CASE WHEN regexp_full_match({bare}, '1[3-9][0-9]{{9}}') THEN '+86' || {bare} END"
