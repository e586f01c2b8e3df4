"""`reports/index.html` and `index.en.html`: all campaigns, what the platform says and what is true.

Only manifests are read, so the index is made in a moment, whatever the lake holds.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from liveattr.profit.shares import UNATTRIBUTED
from liveattr.report.charts import COLOURS, spark
from liveattr.report.html import Cell, esc, para, row, table
from liveattr.report.index_lift import gain_of, lift_cell, lift_note
from liveattr.report.index_recall import other_reports
from liveattr.report.index_truth import single_broadcasts, truth_cell, truth_note
from liveattr.report.manifest import MANIFEST, read_manifest
from liveattr.report.numbers import money, percent, ratio
from liveattr.report.page import page
from liveattr.report.words import LANGS, word

__all__ = ["write_index"]

_FILES = {"zh": "index.html", "en": "index.en.html"}


def write_index(out: str | Path = "reports") -> Path:
    """Write the index of all reports in a folder, in Chinese (index.html) and English.

    Parameters
    ----------
    out
        Folder for reports.

    Returns
    -------
    pathlib.Path
        `index.html`.

    Notes
    -----
    A campaign is listed once, with its newest as-of date. Campaigns with a true ROI come first,
    by contribution; then the others, by kept sales; within one currency.
    """
    root = Path(out)
    root.mkdir(parents=True, exist_ok=True)
    entries = _entries(root)
    for lang in LANGS:
        text = page(_body(root, entries, lang), title=word("index.title", lang), lang=lang)
        _replace(root / _FILES[lang], text)
    return root / _FILES["zh"]


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=".index-", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).chmod(0o644)
    Path(name).replace(path)


def _entries(root: Path) -> list[dict[str, Any]]:
    """Return the newest manifest of each campaign, sorted for the page."""
    newest: dict[str, dict[str, Any]] = {}
    for path in sorted(root.glob(f"campaign/*/*/{MANIFEST}")):
        manifest = read_manifest(path.parent)
        if manifest is None:
            continue
        manifest["folder"] = path.parent.relative_to(root).as_posix()
        known = newest.get(manifest["parameters"]["campaign_id"])
        if known is None or known["parameters"]["as_of"] <= manifest["parameters"]["as_of"]:
            newest[manifest["parameters"]["campaign_id"]] = manifest
    return sorted(newest.values(), key=_place)


def _place(manifest: dict[str, Any]) -> tuple[str, bool, int, str]:
    figures = manifest["summary"]
    gain, value = gain_of(figures)
    known = value is not None
    size = gain if known else figures["revenue_fen"]
    return figures["currency"], not known, -(size or 0), manifest["parameters"]["campaign_id"]


def _body(root: Path, entries: list[dict[str, Any]], lang: str) -> str:
    other = next(each for each in LANGS if each != lang)
    days = {each["parameters"]["as_of"] for each in entries}
    said = word("head.as_of", lang, date=min(days)) if len(days) == 1 else ""
    head = (
        f'<header class="la"><div><h1>{esc(word("index.title", lang))}</h1>'
        f'<div class="sub">{esc(said)}</div></div>'
        f'<div class="sub"><a href="{_FILES[other]}">{esc(word("index.other", lang))}</a></div>'
        "</header>"
    )
    others = other_reports(root, lang)
    if not entries:
        inside = others or para(word("index.empty", lang))
        kind = "la index" if others else "la"
        return f'{head}<section class="{kind}">{inside}{_failures(root, lang) * bool(others)}</section>'
    lead = para(word("index.lead", lang), "lead")
    listed = _table(entries, lang, many_days=len(days) > 1)
    note = lift_note(entries, lang)
    listed += note
    simulated = truth_note(entries, lang) + single_broadcasts(entries, lang)
    kind = "la index" + " simulated" * bool(simulated) + " lifted" * bool(note)
    return f'{head}<section class="{kind}">{lead}{listed}{simulated}{others}{_failures(root, lang)}</section>'


def _table(entries: list[dict[str, Any]], lang: str, *, many_days: bool) -> str:
    most: dict[str, int] = {}
    for each in entries:
        figures = each["summary"]
        sizes = [figures[f"{name}_fen"] or 0 for name in ("gmv_paid_surface", "revenue")]
        most[figures["currency"]] = max(most.get(figures["currency"], 0), *sizes)
    lifted = any(each["summary"].get("lift") for each in entries)
    heads = [
        (word("index.campaign", lang), False),
        (word("index.surface", lang), True),
        (word("index.kept", lang), True),
        (word("index.lift_contribution" if lifted else "index.contribution", lang), True),
        (word("index.picture", lang), False),
        (word("index.rate", lang), True),
    ]
    truth = any(each["summary"].get("truth") for each in entries)
    if truth:
        heads.insert(4, (word("index.truth_lift" if lifted else "index.truth", lang), True))
    rows = [
        _row(each, most[each["summary"]["currency"]], lang, many_days, truth, lifted)
        for each in entries
    ]
    return table(heads, rows)


def _row(
    manifest: dict[str, Any], most: int, lang: str, many_days: bool, truth: bool, lifted: bool
) -> str:
    figures = manifest["summary"]
    paid = figures["gmv_paid_fen"] or 0
    back = figures["refund_fen"]
    rate = percent(back, paid) if paid > 0 and back is not None else ""
    if back is None:
        rate = word("statement.not_given", lang)
    return row(
        [
            Cell(_name(manifest, lang, many_days)),
            Cell(_surface(figures, lang), number=True),
            Cell(_money(figures["revenue_fen"], figures, lang), number=True),
            Cell(_true(figures, lang, lifted), number=True),
            *([Cell(truth_cell(figures, lang), number=True)] if truth else []),
            Cell(_picture(figures, most, lang)),
            Cell(esc(rate), number=True, muted=True),
        ]
    )


def _name(manifest: dict[str, Any], lang: str, many_days: bool) -> str:
    asked, figures = manifest["parameters"], manifest["summary"]
    name = asked["campaign_id"]
    if name == UNATTRIBUTED:
        name = manifest["headings"][lang]
    langs = manifest["languages"]
    shown = lang if lang in langs else langs[0]
    link = quote(f"{manifest['folder']}/report.{shown}.html")
    about = " · ".join(
        [each for each in (figures["title"], figures["start_on"]) if each]
        + ([word("head.as_of", lang, date=asked["as_of"])] if many_days else [])
    )
    return f'<a href="{link}">{esc(name)}</a><div class="sub">{esc(about)}</div>'


def _money(fen: int | None, figures: dict[str, Any], lang: str) -> str:
    if fen is None:
        return esc(word("statement.not_given", lang))
    return esc(money(fen, lang, figures["currency"]))


def _surface(figures: dict[str, Any], lang: str) -> str:
    """Return what the platform shows: its ROI if there is ad spend, and the paid GMV."""
    shown = _money(figures["gmv_paid_surface_fen"], figures, lang)
    value = figures["surface_roi_ppm"]
    if value is None:
        return f'<span class="amber">{shown}</span>'
    said = esc(word("index.roi_short", lang, value=ratio(value)))
    return f'<span class="amber">{shown}</span><div class="sub">{said}</div>'


def _true(figures: dict[str, Any], lang: str, lifted: bool) -> str:
    """Return contribution and true ROI, of the lift where there is one; "at most" without costs."""
    if figures.get("lift"):
        return lift_cell(figures, lang)
    value = figures["true_roi_ppm"]
    if value is None:
        return f'<span class="m">{esc(word("statement.not_given", lang))}</span>'
    gain = money(figures["contribution_fen"], lang, figures["currency"])
    said = word("index.credit_roi" if lifted else "index.roi_short", lang, value=ratio(value))
    if not figures["complete"]:
        gain = word("statement.at_most", lang, value=gain)
    return f'<b>{esc(gain)}</b><div class="sub">{esc(said)}</div>'


def _picture(figures: dict[str, Any], most: int, lang: str) -> str:
    gain, value = gain_of(figures)
    gain = None if value is None else gain
    bars = [
        (figures["gmv_paid_surface_fen"], COLOURS["surface"]),
        (figures["revenue_fen"], COLOURS["in"]),
        (gain, COLOURS["true"] if (gain or 0) >= 0 else COLOURS["warn"]),
    ]
    return spark(bars, most=most, title=word("index.picture", lang))


def _failures(root: Path, lang: str) -> str:
    """Name the reports that could not be made, with the folder of each."""
    failed = sorted(path.name for path in (root / "_failed").glob("*") if path.is_dir())
    if not failed:
        return ""
    links = "".join(
        f'<li><a href="{quote(f"_failed/{name}/error.txt")}">{esc(name)}</a></li>'
        for name in failed
    )
    said = esc(word("index.failed", lang, n=len(failed)))
    return f'<div class="need warn"><span>{said}</span><ul>{links}</ul></div>'
