"""How each platform signs a web-hook, and where the key of tracked links is.

A signature is checked only where the secret is in the environment; `raw_message.verified` and
`tracked_link.signature_ok` then say true, and a wrong one is quarantined as SIG_BAD or LINK_FORGED.
Without the secret both stay null.
"""

from __future__ import annotations

import os

__all__ = ["LINK_KEY_VARIABLE", "SIGNATURES", "link_key", "signature_secret"]

LINK_KEY_VARIABLE = "LIVEATTR_LINK_KEY"

SIGNATURES = {
    "youzan": (
        "LIVEATTR_YOUZAN_SECRET",
        'md5("body::client_id" || "body::msg" || {secret})',
        ("headers.Event-Sign", "body::sign"),
    ),
    "doudian": (
        "LIVEATTR_DOUDIAN_SECRET",
        'md5("headers.app-id" || body || {secret})',
        ("headers.event-sign",),
    ),
}
"""Preset's `signature` → environment variable of the secret, its formula, the fields it is in."""


def signature_secret(scheme: str) -> str:
    """Return the secret of a scheme from the environment, or an empty text."""
    return os.environ.get(SIGNATURES[scheme][0], "")


def link_key() -> str:
    """Return the key of tracked links from the environment, or an empty text."""
    return os.environ.get(LINK_KEY_VARIABLE, "")
