"""What the index says of recall lists, repurchase and stocking; nothing where there is no such report.

Manifests in, HTML out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from liveattr.report.html import Cell, esc, row, table
from liveattr.report.manifest import MANIFEST, read_manifest
from liveattr.report.numbers import count, money
from liveattr.report.words import word

__all__ = ["other_reports"]


def other_reports(root: Path, lang: str) -> str:
    """Return the rows of the other reports of a folder, each with its newest date."""
    return (
        _stocking(_newest(root, "stocking"), lang)
        + _repurchase(_newest(root, "repurchase"), lang)
        + _recall(_newest(root, "recall"), lang)
    )


def _newest(root: Path, kind: str) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(root.glob(f"{kind}/*/*/{MANIFEST}")):
        manifest = read_manifest(path.parent)
        if manifest is not None:  # of one folder the last is the newest: dates sort as text
            place = path.parent.relative_to(root)
            found[place.parent.as_posix()] = {**manifest, "folder": place.as_posix()}
    return [found[name] for name in sorted(found)]


def _link(manifest: dict[str, Any], lang: str) -> str:
    """Return a link to the page in this language, or in the one that there is."""
    shown = lang if lang in manifest["languages"] else manifest["languages"][0]
    place = quote(f"{manifest['folder']}/report.{shown}.html")
    said = word("head.as_of", lang, date=manifest["parameters"]["as_of"])
    return (
        f'<a href="{place}">{esc(manifest["headings"][lang])}</a><div class="sub">{esc(said)}</div>'
    )


def _recall(manifests: list[dict[str, Any]], lang: str) -> str:
    if not manifests:
        return ""
    heads = [
        (word("recall.index_about", lang), False),
        (word("recall.contact_n", lang), True),
        (word("recall.holdout_n", lang), True),
        (word("recall.index_result", lang), True),
    ]
    rows = [
        row(
            [
                Cell(_link(each, lang)),
                Cell(esc(_people(each["summary"]["n_contact"])), number=True),
                Cell(esc(_people(each["summary"]["n_holdout"])), number=True),
                Cell(_result(each["summary"], lang), number=True),
            ]
        )
        for each in manifests
    ]
    return f"<h3>{esc(word('recall.index', lang))}</h3>" + table(heads, rows)


def _people(number: int | None) -> str:
    return "–" if number is None else count(number)


def _result(figures: dict[str, Any], lang: str) -> str:
    """Return the money of each list with its interval, or why there is none."""
    if figures["state"] == "waiting":
        return f'<span class="m">{esc(word("recall.index_waiting", lang))}</span>'
    said = "".join(
        f"<div>{esc(_money(each['total'], figures, lang))}"
        f'<div class="sub">{esc(_money(each["total_low"], figures, lang))} – '
        f"{esc(_money(each['total_high'], figures, lang))}</div></div>"
        for each in figures["margin_fen"]
    )
    if figures["state"] == "undetectable":
        said += f'<div class="sub">{esc(word("recall.undetectable", lang))}</div>'
    return said or "–"


def _money(fen: float | None, figures: dict[str, Any], lang: str) -> str:
    return "–" if fen is None else money(round(fen), lang, figures["currency"])


def _repurchase(manifests: list[dict[str, Any]], lang: str) -> str:
    said = []
    for each in manifests:
        figures = each["summary"]
        orders = figures["orders_4_weeks"]
        if figures["reason"] is not None or orders is None:
            told = word("again.none_big", lang)
        else:
            told = word("again.index_orders", lang, n=count(round(orders)))
        said.append(row([Cell(_link(each, lang)), Cell(esc(told))]))
    return _plain("again.index", said, lang)


def _stocking(manifests: list[dict[str, Any]], lang: str) -> str:
    said = []
    for each in manifests:
        figures = each["summary"]
        amount = money(figures["amount_fen"], lang, figures["currency"])
        told = word("order.index_said", lang, amount=amount, n=count(figures["to_order"]))
        said.append(row([Cell(_link(each, lang)), Cell(esc(told)), Cell(_books(each, lang))]))
    return _plain("order.index", said, lang)


def _books(manifest: dict[str, Any], lang: str) -> str:
    """Return links to the planners' workbooks, this language's first."""
    names = sorted(
        (name for name in manifest.get("files", ()) if name.endswith(".xlsx")),
        key=lambda name: (f".{lang}." not in name, name),
    )
    return " ".join(
        f'<a href="{quote(manifest["folder"] + "/" + name)}">{esc(name)}</a>' for name in names
    )


def _plain(title: str, said: list[str], lang: str) -> str:
    if not said:
        return ""
    head = f"<h3>{esc(word(title, lang))}</h3>"
    return f'{head}<div class="wrap"><table><tbody>{"".join(said)}</tbody></table></div>'
