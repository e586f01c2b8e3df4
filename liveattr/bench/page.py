"""The bench as two offline pages: `index.html` (Chinese) and `index.en.html`. Pure: frames to text.

The room `report` stands above this one and cannot be asked, so the few pieces of HTML are here; the
look is the same.
"""

from __future__ import annotations

import html
import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from liveattr.bench.estimators import ORACLE, estimators
from liveattr.bench.picture import scale, strip
from liveattr.bench.scores import ALL, OracleVerdict
from liveattr.bench.words import FACTOR_WORDS, LANGS, SAYS, word
from liveattr.bench.worlds import FACTORS

__all__ = ["FILES", "Facts", "bench_page"]

FILES = {"zh": "index.html", "en": "index.en.html"}

_STYLE = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
_LANG = {"zh": "zh-CN", "en": "en"}
_KINDS = ("room", "channel", "campaign", "broadcast")

_MANY = 24
"""[worlds] From so many on the levels of different factors hardly go together."""
_PICTURED = {word("picture", lang) for lang in LANGS}
"""Heads of the columns of pictures."""


@dataclass(frozen=True)
class Facts:
    """What the page says besides the scores: where they come from."""

    worlds: int
    preset: str
    seed: int
    code: str
    shared_seconds: float
    verdict: OracleVerdict
    failed: tuple[str, ...] = ()


def bench_page(table: pd.DataFrame, facts: Facts, lang: str) -> str:
    """Return the page.

    Parameters
    ----------
    table : pandas.DataFrame
        What `scores` returns.
    facts
        Where it comes from.
    lang
        `zh` or `en`.
    """
    orders = table[table["measure"] == "orders"]
    body = [_head(facts, lang), _verdict(facts, lang)]
    body += [_kind(orders, kind, lang) for kind in _KINDS]
    body += [_factors(orders, facts, lang), _read(facts, lang), _details(orders, lang)]
    title = _esc(word("title", lang))
    return (
        f'<!doctype html>\n<html lang="{_LANG[lang]}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="generator" content="liveattr">\n<title>{title}</title>\n'
        f"<style>\n{_STYLE}</style>\n</head>\n<body>\n<main>\n{''.join(body)}\n</main>\n</body>\n</html>\n"
    )


def _esc(text: object) -> str:
    return html.escape(str(text), quote=True)


def _head(facts: Facts, lang: str) -> str:
    other = next(each for each in LANGS if each != lang)
    about = word(
        "about", lang, worlds=facts.worlds, preset=facts.preset, seed=facts.seed, code=facts.code
    )
    return (
        f'<header><div><h1>{_esc(word("title", lang))}</h1><p class="sub">{_esc(about)}</p></div>'
        f'<a class="sub" href="{FILES[other]}">{_esc(word("other", lang))}</a></header>'
        f'<p class="say">{_esc(word("lead", lang))}</p>'
    )


def _verdict(facts: Facts, lang: str) -> str:
    """Say whether the bench can be trusted, and which worlds are missing."""
    found = facts.verdict
    numbers = {"error": _percent(found.error), "limit": _percent(found.limit)}
    kind, key = ("good", "oracle.ok") if found.ok else ("bad", "oracle.broken")
    parts = [f"<p>{_esc(word(key, lang, **numbers))}</p>"]
    if not found.sharp:
        said = word("oracle.small", lang, noise=_percent(found.noise))
        parts.append(f'<p class="sub">{_esc(said)}</p>')
    if facts.failed:
        which = "; ".join(facts.failed)
        said = word("failed", lang, n=len(facts.failed), which=which)
        parts.append(f'<p class="warn">{_esc(said)}</p>')
    return f'<div class="card {kind}">{"".join(parts)}</div>'


def _kind(table: pd.DataFrame, kind: str, lang: str) -> str:
    """Return the main table of one kind of subjects: all worlds, best net error first."""
    mine = table[(table["factor"] == ALL) & (table["subject_kind"] == kind)]
    if mine[mine["estimator"] != ORACLE].empty:
        return ""
    lead = f'<p class="sub">{_esc(word("kind.lead", lang))}</p>' if kind == _KINDS[0] else ""
    return (
        f"<section><h2>{_esc(word(kind, lang))}</h2>"
        f"{lead}{_full(mine, lang, picture=True)}</section>"
    )


def _full(mine: pd.DataFrame, lang: str, *, picture: bool) -> str:
    """Return a table with every score, one row an estimator."""
    wide = mine.set_index(["estimator", "against"]).unstack("against")
    best = wide["wape"]["net"].sort_values(kind="stable").index
    names = [*(name for name in best if name != ORACLE), *(name for name in best if name == ORACLE)]
    drawn = [(word("picture", lang), False)] if picture else []
    keys = ("bias.net", "wape.net", "bias.gross", "wape.gross", "rank", "coverage", "width")
    heads = [(word("method", lang), False), *drawn]
    heads += [(word(key, lang), True) for key in (*keys, "seconds", "n")]
    rows = []
    for name in names:
        one = wide.loc[name].copy()
        if name == ORACLE:  # it tells of gross only
            one.loc[[("bias", "net"), ("wape", "net")]] = math.nan
        cells = [_named(name, lang)]
        if picture:
            cells.append(f"<td>{strip(one['bias']['net'], one['bias']['gross'])}</td>")
        cells += [_number(_signed(one["bias"]["net"])), _number(_percent(one["wape"]["net"]))]
        cells += [_number(_signed(one["bias"]["gross"])), _number(_percent(one["wape"]["gross"]))]
        cells += [_number(_plain(one["rank"]["net"])), *_interval(one, lang)]
        cells += [_number(_plain(one["seconds"]["net"]))]
        cells += [_number(f"{one['worlds']['net']:.0f}/{one['n']['net']:.0f}")]
        mark = ' class="soft"' if name == ORACLE else ""
        rows.append(f"<tr{mark}>{''.join(cells)}</tr>")
    return _table(heads, rows)


def _interval(one: pd.Series, lang: str) -> list[str]:
    """Return the cells of coverage and width; "none" where there is no interval."""
    net, gross = one["coverage"]["net"], one["coverage"]["gross"]
    if math.isnan(net):
        return [_number(word("none", lang), muted=True), _number(word("unknown", lang), muted=True)]
    return [_number(f"{_percent(net)} / {_percent(gross)}"), _number(_percent(one["width"]["net"]))]


def _factors(table: pd.DataFrame, facts: Facts, lang: str) -> str:
    """Return for each factor a table of net bias and error by level."""
    rooms = table[(table["subject_kind"] == "room") & (table["against"] == "net")]
    parts = []
    for factor in FACTORS:
        mine = rooms[rooms["factor"] == factor.name]
        levels = [level for level in factor.levels if level in set(mine["level"])]
        if not levels:
            continue
        errors = mine.set_index(["estimator", "level"])[["bias", "wape"]].to_dict("index")
        heads = [(word("method", lang), False), *((_level(level), True) for level in levels)]
        rows = []
        for name in (name for name in estimators() if name in set(mine["estimator"])):
            cells = [_two(errors.get((name, level))) for level in levels]
            rows.append(f"<tr>{_named(name, lang, say=False)}{''.join(cells)}</tr>")
        title = FACTOR_WORDS[factor.name][LANGS.index(lang)]
        parts.append(f"<div><h3>{_esc(title)}</h3>{_table(heads, rows)}</div>")
    few = (
        f'<p class="sub warn">{_esc(word("few", lang, n=_MANY))}</p>'
        if facts.worlds < _MANY
        else ""
    )
    return (
        f"<section><h2>{_esc(word('by_factor', lang))}</h2>"
        f'<p class="sub">{_esc(word("by_factor.lead", lang))}</p>{few}'
        f'<div class="pair">{"".join(parts)}</div></section>'
    )


def _two(one: Mapping[Hashable, float] | None) -> str:
    """Return one cell: the bias, and the weighted error under it."""
    if one is None:
        return _number("")
    error = f'<div class="sub">{_percent(one["wape"])}</div>'
    return f'<td class="n">{_signed(one["bias"])}{error}</td>'


def _details(table: pd.DataFrame, lang: str) -> str:
    """Return the full table of every level, folded."""
    rooms = table[table["subject_kind"] == "room"]
    parts = []
    for factor in FACTORS:
        title = FACTOR_WORDS[factor.name][LANGS.index(lang)]
        for level in factor.levels:
            mine = rooms[(rooms["factor"] == factor.name) & (rooms["level"] == level)]
            if len(mine):
                said = word("level", lang, factor=title, level=_level(level))
                parts.append(f"<h3>{_esc(said)}</h3>")
                parts.append(_full(mine, lang, picture=False))
    return f"<details><summary>{_esc(word('details', lang))}</summary>{''.join(parts)}</details>"


def _read(facts: Facts, lang: str) -> str:
    keys = ("bias", "wape", "rank", "coverage", "seconds", "oracle", "files")
    shared = _plain(facts.shared_seconds)
    items = "".join(f"<li>{_esc(word(f'read.{key}', lang, shared=shared))}</li>" for key in keys)
    return f"<section><h2>{_esc(word('read', lang))}</h2><ul>{items}</ul></section>"


def _named(name: str, lang: str, *, say: bool = True) -> str:
    known = estimators()
    own = known[name].says if name in known else ""
    said = SAYS[name][LANGS.index(lang)] if name in SAYS else own
    under = f'<div class="sub">{_esc(said)}</div>' if say else ""
    return f"<td>{_esc(name)}{under}</td>"


def _number(text: str, *, muted: bool = False) -> str:
    return f'<td class="n{" m" if muted else ""}">{_esc(text)}</td>'


def _table(heads: Sequence[tuple[str, bool]], rows: Iterable[str]) -> str:
    marks = (' class="n"' if number else "" for _, number in heads)
    cells = "".join(
        f"<th{mark}>{_esc(text)}{scale() if text in _PICTURED else ''}</th>"
        for mark, (text, _) in zip(marks, heads, strict=True)
    )
    return (
        f'<div class="wrap"><table><thead><tr>{cells}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _level(level: str) -> str:
    """Write a level: shares in percent, words as they are.

    Examples
    --------
    >>> _level("0.25"), _level("2"), _level("full")
    ('25%', '2', 'full')
    """
    return f"{float(level):.0%}" if "." in level else level


def _percent(value: float) -> str:
    return "–" if not math.isfinite(value) else f"{value:.1%}" if value < 0.1 else f"{value:.0%}"


def _signed(value: float) -> str:
    if not math.isfinite(value):
        return "–"
    text = f"{value:+.0%}".replace("-", "−")
    return "0%" if text[1:] == "0%" else text


def _plain(value: float) -> str:
    return "–" if not math.isfinite(value) else f"{value:.2f}".replace("-", "−")
