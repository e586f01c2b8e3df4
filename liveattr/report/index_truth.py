"""What the index says of a simulated world: the known truth, and its single broadcasts.

Manifests in, HTML out. Campaigns of a real shop have no truth, and their index shows none of it.
"""

from __future__ import annotations

from typing import Any

from liveattr.report.html import esc, para
from liveattr.report.numbers import count, ratio
from liveattr.report.words import word

__all__ = ["ON_DEMAND", "single_broadcasts", "truth_cell", "truth_note"]

ON_DEMAND = "liveattr demo world --broadcast {id}"
"""The command that makes the report of one broadcast of the demo world."""


def truth_cell(figures: dict[str, Any], lang: str) -> str:
    """Return the incremental ROI of a campaign, with credited and added orders under it."""
    truth = figures.get("truth")
    if not truth:
        return ""
    added = count(truth["orders"])
    credited = count(figures["orders"])
    parts = (("credited", credited), ("added", added))
    said = "".join(
        f'<span class="nb">{esc(word(f"index.truth_{name}", lang, n=number))}</span>'
        for name, number in parts
    )
    value = truth["true_roi_ppm"]
    big = "" if value is None else f"<b>{esc(ratio(value))}</b>"
    return f'{big}<div class="sub">{said}</div>'


def truth_note(entries: list[dict[str, Any]], lang: str) -> str:
    """Say under the table what the column of known truth is; nothing where there is none."""
    worlds = sorted({t["world"] for each in entries if (t := each["summary"].get("truth"))})
    if not worlds:
        return ""
    lifted = any(each["summary"].get("lift") for each in entries)
    key = "index.truth_note_lift" if lifted else "index.truth_note"
    return para(word(key, lang, world="; ".join(worlds)))


def single_broadcasts(entries: list[dict[str, Any]], lang: str) -> str:
    """List the broadcasts that stand in a report together, and how to see one by itself."""
    together = {
        each["parameters"]["campaign_id"]: truth["broadcasts"]
        for each in entries
        if (truth := each["summary"].get("truth")) and len(truth["broadcasts"]) > 1
    }
    if not together:
        return ""
    shows = sorted((at, name, told) for each in together.values() for name, at, told in each)
    rows = "".join(
        f'<li>{esc(at)} <span class="m">{esc(name)}</span>{" ●" if told else ""}</li>'
        for at, name, told in shows
    )
    example = next((name for _, name, told in reversed(shows) if told), shows[-1][1])
    world = next(
        each["summary"]["truth"]["world"]
        for each in entries
        if any(name == example for name, *_ in together.get(each["parameters"]["campaign_id"], ()))
    )
    command = ON_DEMAND.format(id=example) + _options(world)
    return (
        f"<details><summary>{esc(word('index.singles', lang, n=count(len(shows))))}</summary>"
        f'<p class="lead">{esc(word("index.singles_lead", lang))} <code>{esc(command)}</code></p>'
        f'<ul class="shows">{rows}</ul></details>'
    )


def _options(world: str) -> str:
    """Return what the command needs to find a world that is not the usual one."""
    preset, _, rest = world.partition(", seed ")
    seed = rest.split(",")[0]
    return "" if (preset, seed) == ("demo", "7") else f" --preset {preset} --seed {seed}"
