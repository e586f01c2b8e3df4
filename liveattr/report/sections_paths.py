"""Sections on the way to an order: the last steps, the most common paths, how long it took.

`facts → Block`, or None where there is nothing to say. Pure. Fewer than five orders or people on
a path are not counted out (gate G6).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from liveattr.attribution.path_summary import OTHER, WITHIN
from liveattr.consent.suppress import SMALLEST
from liveattr.report.flow import flow
from liveattr.report.html import Block, Cell, esc, para, row, section, table
from liveattr.report.numbers import count, money, percent
from liveattr.report.words import WORDS, word

if TYPE_CHECKING:
    import pandas as pd

    from liveattr.report.facts import CampaignFacts

__all__ = ["channel_name", "delay_chart", "path_flow", "paths_table"]

MANY_PATHS = 8
"""Paths on the page; the table in the folder has more."""

_COLUMNS = 5
_HALF = 0.5


def channel_name(channel: str, lang: str) -> str:
    """Return the name of a channel; one without words keeps its own. Plain text.

    Examples
    --------
    >>> channel_name("live", "zh"), channel_name("tv_spot", "zh")
    ('直播', 'tv_spot')
    """
    for key in (f"channel.{channel}", f"flow.{channel}"):
        if key in WORDS:
            return word(key, lang)
    return channel


def _few(orders: int) -> str:
    return count(orders) if orders >= SMALLEST else f"<{SMALLEST}"


def path_flow(facts: CampaignFacts, lang: str) -> Block | None:
    """Return the last steps to the orders as a flow; None where fewer than five have a path."""
    last = facts.steps[facts.steps["pos"] == 1] if len(facts.steps) else facts.steps
    orders = int(last["n_orders"].sum()) if len(last) else 0
    if orders < SMALLEST:
        return None
    drawn = flow(
        facts.steps,
        name=lambda channel: channel_name(channel, lang),
        heads=[word(f"flow.pos.{pos}", lang) for pos in range(_COLUMNS)],
        number=_few,
        title=word("flow.aria", lang),
    )
    return section(
        "flow",
        word("flow.title", lang),
        word("flow.lead", lang, n=count(orders)),
        f'<div class="chart scroll end">{drawn}</div>',
        para(word("flow.note", lang)),
    )


def paths_table(facts: CampaignFacts, lang: str) -> Block | None:
    """Return the most common paths, the others in one row; None where none is told apart."""
    named = facts.paths[facts.paths["path"] != OTHER]
    if named.empty:
        return None
    heads = [
        (word("paths.path", lang), False),
        (word("paths.orders", lang), True),
        (word("paths.share", lang), True),
        (word("paths.people", lang), True),
        (word("paths.kept", lang), True),
    ]
    whole = int(facts.paths["n_orders"].sum())
    shown = named.head(MANY_PATHS)
    columns = [shown[name] for name in ("path", "n_orders", "people", "net_fen")]
    rows = [
        _path(facts, lang, whole, _arrows(str(path), lang), int(n), int(people), int(net))
        for path, n, people, net in zip(*columns, strict=True)
    ]
    rest = facts.paths.drop(shown.index)
    if len(rest):
        people = int(rest["people"].iloc[0]) if len(rest) == 1 else None  # one may be on several
        n, net = int(rest["n_orders"].sum()), int(rest["net_fen"].sum())
        label = esc(word("paths.other", lang))
        rows.append(_path(facts, lang, whole, label, n, people, net, "soft"))
    lead = word("paths.lead", lang)
    return section("paths", word("paths.title", lang), lead, table(heads, rows))


def _arrows(path: str, lang: str) -> str:
    """Write a path with arrows; a line breaks between two channels, not inside one."""
    steps = [esc(channel_name(step, lang)) for step in path.split(" > ")]
    return ' <span class="m">→</span> '.join(f'<span class="step">{step}</span>' for step in steps)


def _path(
    facts: CampaignFacts,
    lang: str,
    whole: int,
    label: str,
    orders: int,
    people: int | None,
    net: int,
    kind: str = "",
) -> str:
    each = word("paths.each", lang, money=money(round(net / orders), lang, facts.currency))
    who = "" if people is None else _few(people)
    kept = f'{esc(money(net, lang, facts.currency))}<div class="sub">{esc(each)}</div>'
    return row(
        [
            Cell(label),
            Cell(esc(count(orders)), number=True),
            Cell(esc(percent(orders, whole)), number=True, muted=True),
            Cell(esc(who), number=True, muted=True),
            Cell(kept, number=True),
        ],
        kind,
    )


def delay_chart(facts: CampaignFacts, lang: str) -> Block | None:
    """Return how long after the last touch people ordered, as bars; None without orders."""
    orders = _delays(facts.delays)
    whole = sum(orders)
    if not whole:
        return None
    names = [word(f"delay.{within}", lang) for within in WITHIN]
    labels = [
        word("delay.up_to", lang, within=names[0]),
        *(f"{a} – {b}" for a, b in pairwise(names)),
        word("delay.over", lang, within=names[-1]),
    ]
    heads = [
        (word("delay.time", lang), False),
        ("", False),
        (word("delay.orders", lang), True),
        (word("delay.share", lang), True),
    ]
    most = max(orders)
    rows = [
        row(
            [
                Cell(esc(label)),
                Cell(f'<span class="hbar"><i style="width:{100 * n / most:.1f}%"></i></span>'),
                Cell(esc(count(n)), number=True),
                Cell(esc(percent(n, whole)), number=True, muted=True),
            ]
        )
        for label, n in zip(labels, orders, strict=True)
    ]
    lead = _lead(orders, names, lang)
    return section("delay", word("delay.title", lang), lead, table(heads, rows, "delays"))


def _delays(delays: pd.DataFrame) -> list[int]:
    """Return orders by bucket; one that nobody is in has 0."""
    found = dict(zip(delays["pos"], delays["n_orders"], strict=True))
    return [int(found.get(pos, 0)) for pos in range(1, len(WITHIN) + 2)]


def _lead(orders: list[int], names: list[str], lang: str) -> str:
    """Say within which time half of the orders came, or how many came later."""
    whole, seen = sum(orders), 0
    for n, within in zip(orders, names, strict=False):
        seen += n
        if seen >= _HALF * whole:
            return word("delay.half", lang, share=percent(seen, whole), within=within)
    late = percent(orders[-1], whole)
    return word("delay.late", lang, share=late, within=names[-1])
