"""The sections on money: where it went, and the statement line by line.

`facts → Block`, or None where there is nothing to say: a section without data is absent, never a
placeholder. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from liveattr.report.charts import COLOURS, waterfall
from liveattr.report.html import Block, Cell, esc, para, row, section, table
from liveattr.report.numbers import (
    MANY_FEN,
    count,
    currency_name,
    percent,
    plain,
    ratio,
)
from liveattr.report.verdict import COSTS, REFUNDS, SUBSIDIES, inside, settles
from liveattr.report.words import word

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from liveattr.report.facts import CampaignFacts

__all__ = ["money_chart", "statement_table", "unit_of"]

LEAST_MOVED = 100
"""Less than 1/100 of the paid money taken off or added makes no picture: all bars look equal."""

_ONE = 1_000_000
_SECTIONS = ("revenue", "variable", "fixed", "result", "memo")
_TOTALS = ("revenue", "variable_cost", "fixed_cost", "contribution", "true_roi")
_SUMS = ("variable_cost", "fixed_cost")
_KINDS = {
    "surface": "surface",
    "total": "true",
    "credit": "credit",
    "in": "in",
    "out": "out",
    "loss": "warn",
}


def unit_of(most_fen: int, lang: str, currency: str) -> tuple[int, str]:
    """Return what a chart divides fen by, and the name of that unit.

    Examples
    --------
    >>> unit_of(486_200_000, "zh", "CNY"), unit_of(4_000_000, "en", "USD")
    ((1000000, '万元'), (100, 'US dollars'))
    """
    name = currency_name(currency, lang)
    if abs(most_fen) < MANY_FEN:
        return 100, word("money.unit_1", lang, currency=name)
    return (1_000_000 if lang == "zh" else 100_000), word("money.unit_big", lang, currency=name)


def _steps(facts: CampaignFacts) -> list[tuple[str, int, bool]]:
    """Return (words, fen, is a level) bar by bar; a change of nothing is no bar."""
    steps = [("line.gmv_paid", facts.total("gmv_paid"), True)]
    steps.append(("money.refund", facts.total(*REFUNDS), False))
    steps.append(("money.subsidy", facts.total(*SUBSIDIES), False))
    steps.append(("line.revenue", facts.total("revenue"), True))
    if facts.lift.fen("revenue") is not None:
        return _caused(facts, [step for step in steps if step[2] or step[1]])
    gain = facts.fen("contribution")
    if gain is not None and _has_costs(facts):
        steps += [(key, facts.total(*lines), False) for key, lines in COSTS.items()]
        steps.append(("line.contribution", gain, True))
    return [step for step in steps if step[2] or step[1]]


def _caused(
    facts: CampaignFacts, steps: list[tuple[str, int, bool]]
) -> list[tuple[str, int, bool]]:
    """Go on from credited kept sales to what would not exist without it, then to its costs."""
    lift = facts.lift
    gross, net = lift.fen("revenue", "gross"), lift.fen("revenue") or 0
    credited = steps[-1][1]
    middle = net if gross is None else gross
    changes = [("money.anyway" if middle < credited else "money.unseen", middle - credited, False)]
    changes.append(("money.ahead", net - middle, False))
    changes.append(("money.net_kept", net, True))
    gain = lift.fen("contribution")
    if gain is not None:
        costs = (("money.variable", "variable_cost"), ("money.all_fixed", "fixed_cost"))
        changes += [(key, lift.fen(line) or 0, False) for key, line in costs]
        changes.append(("money.net_gain", gain, True))
    return steps + [step for step in changes if step[2] or step[1]]


def _has_costs(facts: CampaignFacts) -> bool:
    return facts.given("variable_cost") or facts.given("fixed_cost")


def _bars(facts: CampaignFacts, lang: str, unit: int) -> pd.DataFrame:
    """Return the bars of the waterfall in the chart's unit."""
    import pandas as pd

    found, at, caused = [], 0, facts.lift.fen("revenue") is not None
    for turn, (key, fen, level) in enumerate(_steps(facts)):
        start, end = (0, fen) if level else (at, at + fen)
        kind = "surface" if turn == 0 else "in" if fen > 0 else "out"
        if level and turn:
            kind = "total" if fen >= 0 else "loss"
            kind = "credit" if caused and key == "line.revenue" else kind
        text = _bar_text(fen / unit, signed=not level)
        found.append((word(key, lang), start / unit, end / unit, kind, text))
        at = end
    return pd.DataFrame(found, columns=["label", "start", "end", "kind", "text"])


def _bar_text(value: float, *, signed: bool) -> str:
    """Write a bar's amount; one that rounds to nothing is small, not nothing."""
    if 0 < abs(value) < 0.05:
        return "<0.1"
    plus = "+" if signed and value > 0 else ""
    return f"{plus}{value:,.1f}".replace("-", "−").removesuffix(".0")


def money_chart(facts: CampaignFacts, lang: str) -> Block | None:
    """Return the waterfall from what was paid to what stayed; None where nothing was taken off."""
    steps = _steps(facts)
    moved = sum(abs(fen) for _, fen, level in steps if not level)
    if moved * LEAST_MOVED < abs(steps[0][1]) or moved == 0:
        return None
    unit, name = unit_of(max(abs(fen) for _, fen, _ in steps), lang, facts.currency)
    bars = _bars(facts, lang, unit)
    colours = {kind: COLOURS[colour] for kind, colour in _KINDS.items()}
    drawn = (
        f'<div class="chart wide">{waterfall(bars, unit=name, colours=colours)}</div>'
        f'<div class="chart narrow" aria-hidden="true">'
        f"{waterfall(bars, unit=name, colours=colours, down=True)}</div>"
    )
    lead = "money.lead" if _has_costs(facts) else "money.lead_kept"
    if facts.lift.fen("revenue") is not None:
        lead = "money.lead_lift"
    return section(
        "money", word("money.title", lang), word(lead, lang), drawn, _not_drawn(facts, lang)
    )


def _not_drawn(facts: CampaignFacts, lang: str) -> str:
    """Name the costs that nobody gave: a picture without them must say so."""
    if not _has_costs(facts):
        return ""
    missing = [
        inside(word(key, lang))
        for key, lines in COSTS.items()
        if not any(facts.given(line) for line in lines)
    ]
    if not missing:
        return ""
    return para(word("money.not_given", lang, costs=word("text.and", lang).join(missing)))


def statement_table(facts: CampaignFacts, lang: str) -> Block:
    """Return the statement line by line; a line without a source says so and is never 0."""
    base = facts.statement[facts.statement["variant"] == "base"]
    rows: list[str] = []
    for name in _SECTIONS:
        part = [
            dict(zip(base.columns, values, strict=True))
            for values in base[base["section"] == name].itertuples(index=False)
        ]
        if part:
            rows += _part(name, part, _hidden(facts), lang, credit=facts.lift.known)
    unit = currency_name(facts.currency, lang)
    heads = [
        (word("statement.line", lang), False),
        (word("statement.amount", lang, unit=unit), True),
        (word("statement.coverage", lang), True),
        (word("statement.rows", lang), True),
    ]
    key = "statement.lead_credit" if facts.lift.known else "statement.lead"
    lead = word(key, lang, rule=word(f"rule.{facts.rule}", lang))
    return section("statement", word("statement.title", lang), lead, table(heads, rows, "ledger"))


def _hidden(facts: CampaignFacts) -> set[str]:
    """Return lines whose computed value would mislead: without costs there is no result."""
    hidden = set() if _has_costs(facts) else {"contribution"}
    if not facts.given("break_even_roas"):
        hidden.add("break_even_roas")
    return hidden if settles(facts) else hidden | {"lines_settled_ppm"}


def _part(
    name: str, lines: list[dict[str, object]], hidden: set[str], lang: str, *, credit: bool
) -> list[str]:
    """Return the rows of one section; lines that nobody gave share one row at its end."""
    shown = [each for each in lines if _shown(each) and each["line"] not in hidden]
    missing = [
        inside(word(f"line.{e['line']}", lang))
        for e in lines
        if e not in shown and e["line"] not in _SUMS and name != "memo"
    ]
    rows = [f'<tr class="part"><td colspan="4">{esc(word(f"section.{name}", lang))}</td></tr>']
    totals = [each for each in shown if each["line"] in _TOTALS]
    rows += [_line(each, lang) for each in shown if each not in totals]
    if missing:
        key = "statement.no_result" if name == "result" else "statement.all_missing"
        text = word(key, lang, lines=word("text.and", lang).join(missing))
        rows.append(f'<tr class="none"><td colspan="4">{esc(text)}</td></tr>')
    return rows + [_line(each, lang, credit=credit) for each in totals]


def _shown(line: Mapping[str, object]) -> bool:
    return bool(line["given"]) or not (_null(line["amount_fen"]) and _null(line["value_ppm"]))


def _null(value: object) -> bool:
    import pandas as pd

    return value is None or value is pd.NA


def _line(line: Mapping[str, object], lang: str, *, credit: bool = False) -> str:
    cover = line["coverage_ppm"]
    covered = "" if _null(cover) else percent(int(str(cover)), _ONE)
    total = line["line"] in _TOTALS
    return row(
        [
            Cell(esc(word(_label(str(line["line"]), credit=credit), lang))),
            Cell(esc(_amount(line, lang)), number=True),
            Cell(esc(covered), number=True, muted=True),
            Cell(esc(count(int(str(line["n_rows"])))), number=True, muted=True),
        ],
        "total" if total else "",
    )


def _label(line: str, *, credit: bool) -> str:
    """Return the key of a line's words; beside a lift the statement's ROI is called credited."""
    return "line.credited_roi" if credit and line == "true_roi" else f"line.{line}"


def _amount(line: Mapping[str, object], lang: str) -> str:
    """Write the amount or ratio of a line; an incomplete result is "at most"."""
    amount, value = line["amount_fen"], line["value_ppm"]
    if line["line"] == "orders":
        return count(int(str(line["n_rows"])))
    if not _null(value):
        share = line["line"] in ("lines_settled_ppm", "refund_maturity")
        text = percent(int(str(value)), _ONE) if share else ratio(int(str(value)))
    elif not _null(amount):
        text = plain(int(str(amount)))
    else:
        return word("statement.not_given", lang)
    if line["line"] in ("contribution", "true_roi") and not line["given"]:
        return word("statement.at_most", lang, value=text)
    return text
