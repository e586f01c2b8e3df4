"""The token key of a lake: the one that its tokens were made with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liveattr.errors import TokenKeyError
from liveattr.sources.tokens import DEMO_KEY, KEY_VARIABLE, key_id, load_key

if TYPE_CHECKING:
    from liveattr.lake import Lake

__all__ = ["lake_key"]


def lake_key(lake: Lake) -> str:
    """Return the token key of a lake: the public one where it holds a demo, else the environment's.

    Raises
    ------
    TokenKeyError
        If the key is missing, or another one than the lake was made with.
    """
    known = set(lake.sql("SELECT DISTINCT key_id FROM ingest_batch")["key_id"].dropna())
    key = load_key(demo=key_id(DEMO_KEY) in known)
    if known and key_id(key) not in known:
        raise TokenKeyError(
            f"this lake was made with another {KEY_VARIABLE}: nobody can be found in it with this one. "
            f"Export the {KEY_VARIABLE} that the lake was made with"
        )
    return key
