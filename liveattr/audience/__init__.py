"""Whom to call back: lists, hold-outs, and what they brought."""

from __future__ import annotations

from liveattr.audience.recall import measure_recall

__all__ = ["measure_recall"]
