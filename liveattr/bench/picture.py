"""Small pictures of estimate ÷ truth, as SVG: one line a method, the same scale for all."""

from __future__ import annotations

import math

__all__ = ["scale", "strip"]

_WIDTH, _MOST = 150, 2.0
"""[px] Width of a picture, and how many doublings it shows on each side of the truth."""


def scale() -> str:
    """Draw the scale of the pictures for the head of their column."""
    ticks = "".join(
        f'<text x="{_at(2.0**power):.1f}" y="11" text-anchor="middle">{text}</text>'
        for power, text in zip((-2, -1, 0, 1, 2), "¼½124", strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="13" aria-hidden="true" '
        f'viewBox="0 0 {_WIDTH} 13" font-size="11" fill="#69727f">{ticks}</svg>'
    )


def strip(net: float, gross: float) -> str:
    """Draw estimate ÷ truth on a scale of doublings: a dot against net, a diamond against gross."""
    parts = [
        f'<line x1="{_at(2.0**power):.1f}" x2="{_at(2.0**power):.1f}" y1="0" y2="20" '
        f'stroke="{"#1d2530" if power == 0 else "#e4e7eb"}"/>'
        for power in (-2, -1, 0, 1, 2)
    ]
    said = f"net {_told(net)}, gross {_told(gross)}"
    if math.isfinite(gross):
        x = _at(1 + gross)
        parts.append(
            f'<path d="M{x:.1f} 4l6 6l-6 6l-6 -6z" fill="#fff" stroke="#69727f" stroke-width="1.5"/>'
        )
    if math.isfinite(net):
        parts.append(f'<circle cx="{_at(1 + net):.1f}" cy="10" r="4.5" fill="#0f766e"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="20" '
        f'viewBox="0 0 {_WIDTH} 20" role="img" aria-label="{said}">'
        f"<title>{said}</title>{''.join(parts)}</svg>"
    )


def _at(ratio: float) -> float:
    """Return the place of a ratio in the picture; what is off the scale stands at its end."""
    doublings = math.log2(ratio) if ratio > 0 else -_MOST
    inside = min(max(doublings, -_MOST - 0.2), _MOST + 0.2)
    return _WIDTH / 2 * (1 + inside / (_MOST + 0.5))


def _told(bias: float) -> str:
    return f"{bias:+.0%}" if math.isfinite(bias) else "not known"
