"""Why two identifiers are one person, or why not: the path, its evidence, and what was refused."""

from __future__ import annotations

import html
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from liveattr.identity.graph_frames import short
from liveattr.identity.graph_words import (
    EVIDENCE_WORDS,
    KINDS,
    REASON_WORDS,
    SENTENCES,
    check_language,
    word,
)
from liveattr.identity.tiers import TIERS

if TYPE_CHECKING:
    import networkx as nx

    from liveattr.identity.graph import Identifier, IdentityGraph

__all__ = ["Explanation", "best_path", "explain"]

_STEP = [
    "step", "left", "right", "evidence", "tier", "weight", "start", "end", "n_seen", "first_at",
    "last_at", "source",
]  # fmt: skip
_REFUSED = [
    "left", "right", "evidence", "tier", "weight", "reason", "kind", "value_a", "value_b", "first_at",
    "last_at", "source",
]  # fmt: skip


@dataclass(frozen=True)
class Explanation:
    """Why two identifiers are one person, or why not.

    Attributes
    ----------
    a, b
        The identifiers, (kind, id).
    same
        Whether they are one person.
    steps : pandas.DataFrame
        The path with the strongest weakest link, a row a piece of evidence: `step` (from 1), `left,
        right` (shortened identifiers), `evidence, tier, weight` (log2), `start, end` (the weights of
        a step summed up: a waterfall), `n_seen, first_at, last_at, source`. Empty where they are not
        one person.
    refused : pandas.DataFrame
        Evidence that touches the people of a and b and joins nobody: `left, right, evidence, tier,
        weight`, `reason`, `kind, value_a, value_b` (what clashes), `first_at, last_at, source`.
    """

    a: Identifier
    b: Identifier
    same: bool
    steps: pd.DataFrame
    refused: pd.DataFrame

    @property
    def strength(self) -> float:
        """Sum of the weights of the weakest step [log2]; a path is as strong as that. NaN: no path."""
        weakest = self._weakest()
        return float(weakest["weight"].sum()) if len(weakest) else float("nan")

    def sentence(self, lang: str = "zh") -> str:
        """Say it in one or two sentences."""
        at = check_language(lang)
        parts = [f"{_named(*self.a, lang)} {'与' if at == 0 else 'and'} {_named(*self.b, lang)}"]
        if self.a == self.b:
            parts.append(SENTENCES["self"][at])
        else:
            parts.append(SENTENCES["same" if self.same else "apart"][at])
            parts.append(self._why(lang))
        if len(self.refused):
            parts.append(SENTENCES["refused"][at].format(n=f"{len(self.refused):,}"))
        head, *tail = (part for part in parts if part)
        return f"{head}：{''.join(tail)}" if at == 0 else f"{head}: {' '.join(tail)}"

    def text(self, lang: str = "zh") -> str:
        """Say it as lines of text: the sentence, the steps, the refusals."""
        lines = [self.sentence(lang)]
        lines += [f"  {where}  {what}" for where, what, _ in self._step_rows(lang)]
        lines += [f"  × {where}  {what}" for where, what in self._refused_rows(lang)]
        return "\n".join(lines)

    def to_html(self, lang: str = "zh") -> str:
        """Show it as HTML: every step with its weights as bars, then the refusals."""
        most = max([1.0, *self.steps["end"].astype(float)])
        rows = [
            f"<tr><td style='text-align:left'>{html.escape(where)}</td>"
            f"<td style='text-align:left'>{html.escape(what)}</td><td>{_bar(*span, most)}</td></tr>"
            for where, what, span in self._step_rows(lang)
        ]
        rows += [
            f"<tr style='color:#b4233a'><td style='text-align:left'>× {html.escape(where)}</td>"
            f"<td style='text-align:left' colspan='2'>{html.escape(what)}</td></tr>"
            for where, what in self._refused_rows(lang)
        ]
        table = f"<table>{''.join(rows)}</table>" if rows else ""
        return f"<div><p><b>{html.escape(self.sentence(lang))}</b></p>{table}</div>"

    def __repr__(self) -> str:
        return self.text("en")

    def _repr_html_(self) -> str:
        return self.to_html("zh") + self.to_html("en")

    def _weakest(self) -> pd.DataFrame:
        """Return the rows of the weakest step: by its best tier, then by its weights."""
        steps = self.steps.assign(rank=self.steps["tier"].map(TIERS.index))
        sums = steps.groupby("step").agg(rank=("rank", "min"), weight=("weight", "sum"))
        order = sums.sort_values(["rank", "weight"], ascending=[False, True])
        return self.steps[self.steps["step"] == order.index[0]] if len(order) else self.steps

    def _why(self, lang: str) -> str:
        at = check_language(lang)
        if self.same:
            if self.steps.empty:
                return ""
            weakest = self._weakest().iloc[0]
            said = word(EVIDENCE_WORDS, weakest["evidence"], lang)
            return SENTENCES["link"][at].format(evidence=said, tier=weakest["tier"])
        return "" if len(self.refused) else SENTENCES["nothing"][at]

    def _step_rows(self, lang: str) -> list[tuple[str, str, tuple[float, float]]]:
        at = check_language(lang)
        return [
            (
                f"{SENTENCES['step'][at].format(n=row['step'])}  {row['left']} — {row['right']}",
                f"{word(EVIDENCE_WORDS, row['evidence'], lang)} · {row['tier']} · "
                f"{row['weight']:+.1f} · {SENTENCES['seen'][at].format(n=row['n_seen'])}{_days(row)}",
                (row["start"], row["end"]),
            )
            for row in self.steps.to_dict("records")
        ]

    def _refused_rows(self, lang: str) -> list[tuple[str, str]]:
        return [
            (
                f"{row['left']} — {row['right']}",
                f"{word(EVIDENCE_WORDS, row['evidence'], lang)} · {row['tier']}: "
                f"{word(REASON_WORDS, row['reason'], lang)}{_clash(row, lang)}",
            )
            for row in self.refused.head(12).to_dict("records")
        ]


def explain(graph: IdentityGraph, a: Identifier, b: Identifier) -> Explanation:
    """Say whether two identifiers are one person, by what evidence, and what was refused.

    Parameters
    ----------
    graph
        People and evidence.
    a, b
        Identifiers, (kind, id).

    Returns
    -------
    Explanation

    Raises
    ------
    ParameterError
        If an identifier is not in the graph.

    Notes
    -----
    The path is the one whose weakest step is strongest (by tier, then by weight), and of those the
    shortest. Weights of the evidence of one step add up as if it were independent, which repeats of
    the same login are not: read them as an order, not as a probability.
    """
    people = [graph.person_of(*each) for each in (a, b)]
    same = people[0] == people[1]
    path = best_path(graph.person(people[0]), a, b) if same else [a]
    nodes = {node for each in set(people) for node in graph.person(each)}
    near = graph.touching(nodes if same else {a, b} | nodes)
    refused = near[near["reason"] != ""].assign(kind=lambda f: f["clash_kind"])
    return Explanation(a, b, same, _waterfall(graph, path), _shown(refused)[_REFUSED])


def best_path(graph: nx.MultiGraph, a: Identifier, b: Identifier) -> list[Identifier]:
    """Return the path whose weakest step is strongest, and of those the shortest; [] if there is none.

    Notes
    -----
    A step is as strong as its best tier, and within a tier as the sum of the weights of that tier.
    """
    import networkx as nx

    strength: dict[tuple[Identifier, Identifier], tuple[int, float]] = {}
    for left, right, data in graph.edges(data=True):
        key = (left, right) if left <= right else (right, left)
        rank, weight = strength.get(key, (-len(TIERS), 0.0))
        own = -TIERS.index(data["tier"])
        total = data["weight"] + (weight if own == rank else 0.0) if own >= rank else weight
        strength[key] = (max(own, rank), total)
    for floor in sorted(set(strength.values()), reverse=True):
        kept = nx.Graph()
        kept.add_nodes_from(sorted(graph))
        kept.add_edges_from(sorted(key for key, has in strength.items() if has >= floor))
        if nx.has_path(kept, a, b):
            return [(str(kind), str(id)) for kind, id in nx.shortest_path(kept, a, b)]
    return [a] if a == b else []


def _waterfall(graph: IdentityGraph, path: list[Identifier]) -> pd.DataFrame:
    steps = []
    for number, (left, right) in enumerate(itertools.pairwise(path), start=1):
        rows = graph.touching([left])
        low, high = sorted((left, right))
        pair = (
            (rows["left_kind"] == low[0]) & (rows["left_id"] == low[1])
            & (rows["right_kind"] == high[0]) & (rows["right_id"] == high[1])
        )  # fmt: skip
        rows = rows[pair & (rows["reason"] == "")]
        end = rows["weight"].cumsum()
        ends: dict[str, Any] = {"step": number, "left": short(*left), "right": short(*right)}
        steps.append(rows.assign(**ends, start=end - rows["weight"], end=end)[_STEP])
    if not steps:
        return _shown(graph.evidence.iloc[:0]).reindex(columns=_STEP)
    return pd.concat(steps, ignore_index=True)


def _shown(rows: pd.DataFrame) -> pd.DataFrame:
    """Add `left, right`, and shorten the values that clash."""
    names = {
        side: [short(*each) for each in zip(rows[f"{side}_kind"], rows[f"{side}_id"], strict=True)]
        for side in ("left", "right")
    }
    clash = {
        value: [
            short(kind, each) if each else ""
            for kind, each in zip(rows["clash_kind"], rows[value], strict=True)
        ]
        for value in ("value_a", "value_b")
    }
    return rows.assign(**names, **clash).reset_index(drop=True)


def _named(kind: str, id: str, lang: str) -> str:
    return f"{word(KINDS, kind, lang)} {short('', id)[1:]}"


def _days(row: dict) -> str:
    days = [f"{day:%Y-%m-%d}" for day in (row["first_at"], row["last_at"]) if not pd.isna(day)]
    return f" · {' – '.join(dict.fromkeys(days))}" if days else ""


def _clash(row: dict, lang: str) -> str:
    """Name the two values that clash, or the one that joins nobody."""
    a, b = (row[value].partition("·")[2] for value in ("value_a", "value_b"))
    kind = word(KINDS, row["kind"], lang)
    if a and b:
        said = SENTENCES["clash"][check_language(lang)].format(kind=kind, a=a, b=b)
    else:
        said = f"{kind} {a or b}" if a or b else ""
    return f" · {said}" if said else ""


def _bar(start: float, end: float, most: float) -> str:
    left, width = 120 * start / most, 120 * (end - start) / most
    return (
        "<svg xmlns='http://www.w3.org/2000/svg' width='120' height='10'>"
        f"<rect x='{left:.1f}' y='1' width='{max(width, 1):.1f}' height='8' fill='#0f766e'/></svg>"
    )
