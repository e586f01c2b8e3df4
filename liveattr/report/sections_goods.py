"""Sections on products and days, and the foot of the page. `facts → Block`; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from liveattr.report.charts import daily_bars
from liveattr.report.html import Block, Cell, esc, row, section, table
from liveattr.report.numbers import count, currency_name, money, percent
from liveattr.report.sections import unit_of
from liveattr.report.verdict import refunds_known
from liveattr.report.words import word

if TYPE_CHECKING:
    from collections.abc import Hashable

    import pandas as pd

    from liveattr.report.facts import CampaignFacts

__all__ = ["daily_chart", "footer", "products_table"]

MANY_PRODUCTS = 15
"""Products on the page; the table in the folder has all of them."""
FEW_DAYS = 3
"""Fewer days than this make no picture: the statement says it already."""


def products_table(facts: CampaignFacts, lang: str) -> Block | None:
    """Return what was sold and kept by product and by category; None where nothing was sold."""
    if facts.products.empty:
        return None
    parts = [_goods(facts, lang, facts.products.head(MANY_PRODUCTS), "products.product")]
    known = facts.categories["category"].notna()
    if known.sum() > 1:
        parts.append(f"<h3>{esc(word('products.by_category', lang))}</h3>")
        shown = facts.categories.head(MANY_PRODUCTS)
        parts.append(_goods(facts, lang, shown, "products.category"))
    lead = word("products.lead", lang, n=MANY_PRODUCTS)
    return section("products", word("products.title", lang), lead, *parts)


def _goods(facts: CampaignFacts, lang: str, frame: pd.DataFrame, head: str) -> str:
    known = refunds_known(facts)
    heads = [
        (word(head, lang), False),
        (word("products.kept", lang), True),
        (word("products.paid", lang), True),
        *([(word("products.rate", lang), True)] if known else []),
        (word("products.n", lang), True),
    ]
    rows = []
    for each in frame.to_dict("records"):
        name = _product(each, lang) if head == "products.product" else _category(each, lang)
        paid, back = int(each["paid_fen"]), int(each["refund_fen"])
        rows.append(
            row(
                [
                    Cell(name),
                    Cell(esc(money(int(each["kept_fen"]), lang, facts.currency)), number=True),
                    Cell(esc(money(paid, lang, facts.currency)), number=True),
                    *([Cell(esc(percent(back, paid) if paid > 0 else ""), number=True)] * known),
                    Cell(esc(count(int(each["lines"]))), number=True, muted=True),
                ]
            )
        )
    return table(heads, rows)


def _text(value: object) -> str:
    """Return text; what is null is empty."""
    return value if isinstance(value, str) else ""


def _product(each: dict[Hashable, Any], lang: str) -> str:
    name = " ".join(filter(None, (_text(each["name"]), _text(each["spec"]))))
    code = _text(each["sku"])
    if not name:
        return esc(code or word("products.unknown", lang))
    return f'{esc(name)}<div class="sub">{esc(code)}</div>' if code else esc(name)


def _category(each: dict[Hashable, Any], lang: str) -> str:
    return esc(_text(each["category"]) or word("products.no_category", lang))


def daily_chart(facts: CampaignFacts, lang: str) -> Block | None:
    """Return paid money by day, the refunded part apart; None for a campaign of a day or two."""
    import pandas as pd

    days = facts.daily
    if len(days) < FEW_DAYS:
        return None
    unit, name = unit_of(int(days["paid_fen"].max()), lang, facts.currency)
    every = pd.date_range(days["paid_on"].min(), days["paid_on"].max()).date
    full = days.set_index("paid_on")[["paid_fen", "refund_fen"]].reindex(every, fill_value=0)
    back = full["refund_fen"].clip(lower=0)
    frame = pd.DataFrame(
        {
            "day": every,
            "kept": ((full["paid_fen"] - back).astype("int64") / unit).to_numpy(),
            "refunded": (back.astype("int64") / unit).to_numpy(),
        }
    )
    known = refunds_known(facts)
    names = (word("daily.kept", lang), word("daily.refunded", lang)) if known else None
    title = f"{word('daily.paid', lang)} ({name})"
    lead = "daily.lead" if known else "daily.lead_paid"
    return section(
        "daily",
        word("daily.title", lang),
        word(lead, lang, date=facts.as_of),
        f'<div class="chart scroll">{daily_bars(frame, unit=title, names=names)}</div>',
    )


def footer(facts: CampaignFacts, lang: str) -> Block:
    """Return the foot: what is needed to make the same report again."""
    from liveattr.lake import code_version

    shown = ("statement", "line_share", "credit_total")
    versions = " ".join(f"{n}@{facts.versions[n]}" for n in shown if n in facts.versions)
    said = [
        word(
            "foot.again",
            lang,
            versions=versions,
            code=code_version(),
            date=facts.as_of,
            zone=facts.zone,
        ),
        *(
            [word("foot.held", lang, held=count(facts.held), waiting=count(facts.waiting))]
            if facts.held or facts.waiting
            else []
        ),
        word("foot.offline", lang, currency=currency_name(facts.currency, lang)),
    ]
    return Block("footer", f'<footer class="la sub">{"<br>".join(map(esc, said))}</footer>')
