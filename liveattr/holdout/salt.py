"""The salt that decides arms: a secret of the environment, never stored, never shown.

Without it nobody can say who would be held out, so nobody can put a good customer on the list.
"""

from __future__ import annotations

import hashlib
import hmac
import os

from liveattr.errors import ConfigError

__all__ = ["SALT_VARIABLE", "check_salt", "load_salt", "salt_version"]

SALT_VARIABLE = "LIVEATTR_HOLDOUT_SALT"
_SHORTEST = 32
"""Characters; 128 bits in hex."""


def load_salt() -> str:
    """Return the salt from the environment.

    Returns
    -------
    str
        The value of `LIVEATTR_HOLDOUT_SALT`.

    Raises
    ------
    ConfigError
        If it is missing or too short.
    """
    salt = os.environ.get(SALT_VARIABLE, "")
    if not salt:
        raise ConfigError(
            f"{SALT_VARIABLE} is not set: nobody can be drawn. Make a salt once with  "
            'python -c "import secrets; print(secrets.token_hex(32))"  , keep it outside the data '
            "folder and never change it, or people change their arms"
        )
    return check_salt(salt)


def check_salt(salt: str) -> str:
    """Return a salt that is long enough; the message never shows it."""
    if len(salt) < _SHORTEST:
        raise ConfigError(f"the salt has {len(salt)} characters; at least {_SHORTEST}")
    return salt


def salt_version(salt: str) -> str:
    """Return a short name of the salt that tells two salts apart and gives neither away.

    Parameters
    ----------
    salt
        The salt.

    Returns
    -------
    str
        Twelve hex digits.
    """
    return hmac.new(salt.encode(), b"liveattr holdout salt", hashlib.sha256).hexdigest()[:12]
