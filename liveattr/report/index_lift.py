"""What the index says of lift: contribution and true ROI of what would not exist without it.

Manifests in, HTML out. Campaigns without lift keep their credited figures, and are called so.
"""

from __future__ import annotations

from typing import Any

from liveattr.report.first_screen_lift import grade_tag
from liveattr.report.html import esc, para
from liveattr.report.numbers import money, ratio
from liveattr.report.words import word

__all__ = ["gain_of", "lift_cell", "lift_note"]


def gain_of(figures: dict[str, Any]) -> tuple[int | None, int | None]:
    """Return contribution [fen] and true ROI [ppm]: of the lift where it was looked for."""
    told = figures.get("lift") or figures
    return told["contribution_fen"], told["true_roi_ppm"]


def lift_cell(figures: dict[str, Any], lang: str) -> str:
    """Return net contribution with the grade, and the true ROI with its interval under it."""
    lift = figures["lift"]
    value, low, high = (lift[f"{name}_ppm"] for name in ("true_roi", "low", "high"))
    if value is None:
        none = "index.lift_none" if lift["state"] == "none" else "statement.not_given"
        credited = figures["true_roi_ppm"]
        under = "" if credited is None else word("index.credit_roi", lang, value=ratio(credited))
        return f'<span class="m">{esc(word(none, lang))}</span>{_sub(under)}'
    gain = money(lift["contribution_fen"], lang, figures["currency"])
    if not lift["complete"]:
        gain = word("statement.at_most", lang, value=gain)
    said = [word("index.roi_short", lang, value=ratio(value))]
    if low is not None and high is not None:
        said.append(word("index.lift_ends", lang, low=ratio(low), high=ratio(high)))
    under = "".join(f'<span class="nb">{esc(each)}</span>' for each in said)
    grade = grade_tag(lift["grade"], lang)
    return f'<b>{esc(gain)}</b>{grade}<div class="sub">{under}</div>'


def _sub(text: str) -> str:
    return f'<div class="sub">{esc(text)}</div>' if text else ""


def lift_note(entries: list[dict[str, Any]], lang: str) -> str:
    """Say under the table what a grade means; nothing where no lift was looked for."""
    told = any(each["summary"].get("lift") for each in entries)
    return para(word("index.lift_note", lang)) if told else ""
