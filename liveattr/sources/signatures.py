"""How each platform signs a web-hook, for presets that read what a receiver stored.

A signature is checked only where the secret is in the environment; `raw_message.verified` then says
true, and a wrong one is quarantined as SIG_BAD. Without the secret `verified` stays null.
"""

from __future__ import annotations

import os

__all__ = ["SIGNATURES", "signature_secret"]

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
