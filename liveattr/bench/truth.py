"""`truth_bench`: draw worlds, run estimators, score them, write the page; the one way in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from liveattr.bench.estimators import chosen
from liveattr.bench.one import Live, live
from liveattr.bench.page import FILES, Facts, bench_page
from liveattr.bench.run import BenchError, Outcome, load_rows, replace_text, run_worlds
from liveattr.bench.scores import OracleVerdict, judge_oracle, scores
from liveattr.bench.worlds import FACTORS, draw_worlds
from liveattr.lake import code_version
from liveattr.simulate.parameters import parameters_of

__all__ = ["BenchResult", "truth_bench"]


@dataclass(frozen=True)
class BenchResult:
    """What a bench found.

    Attributes
    ----------
    rows
        One row a world, estimator and subject, with the truth beside it.
    scores
        One row a factor, level, estimator and kind (see `scores`).
    verdict
        Whether the oracle is right.
    outcomes
        What became of each world.
    page
        `index.html`.
    """

    rows: pd.DataFrame
    scores: pd.DataFrame
    verdict: OracleVerdict
    outcomes: list[Outcome]
    page: Path

    def check(self) -> None:
        """Refuse a bench whose oracle errs too much.

        Raises
        ------
        BenchError
            If it does.
        """
        if not self.verdict.ok:
            raise BenchError(
                f"the bench is broken: the oracle errs {self.verdict.error:.1%} on the live rooms, "
                f"at most {self.verdict.limit:.1%} is right; no figure of {self.page} can be used"
            )


def truth_bench(
    worlds: int = 8,
    *,
    preset: str = "tiny",
    seed: int = 7,
    jobs: int = 1,
    out: str | Path = "reports/bench",
    estimators: Iterable[str] | None = None,
    values: Mapping[str, Any] | None = None,
    live: Live = live,
) -> BenchResult:
    """Measure estimators on simulated worlds with known truth, and write the result.

    Parameters
    ----------
    worlds
        [worlds] How many are drawn (see `draw_worlds`).
    preset
        Size of the worlds: tiny, demo, …
    seed
        Decides which worlds. Tune on one seed, report on another.
    jobs
        Worlds at a time, in processes of their own.
    out
        Folder: index.html, index.en.html, scores.csv, rows.csv, and a file for each world in
        `worlds/`. Worlds that are there from the same code and parameters are not made again.
    estimators
        Names; by default all (`liveattr.bench.estimators`).
    values
        Parameters of all worlds, named `block.parameter`.
    live
        How a plan becomes frames and truth.

    Returns
    -------
    BenchResult
        `check()` raises if the bench itself is broken; the page says so too.

    Raises
    ------
    BenchError
        If no world came through.
    ParameterError
        If an estimator, preset or parameter is unknown.
    """
    asked = chosen(estimators)
    plans = draw_worlds(worlds, preset=preset, seed=seed, values=values)
    for plan in plans:
        parameters_of(plan.preset, plan.values)  # what is wrong is said before anything runs
    root = Path(out)
    folder = root / "worlds" / f"{preset}-seed{seed}-of{worlds}"
    outcomes = run_worlds(plans, asked, out=folder, jobs=jobs, live=live)
    rows = load_rows(outcomes, folder)
    table = scores(rows, [factor.name for factor in FACTORS])
    verdict = judge_oracle(rows)
    facts = Facts(
        worlds=rows["world"].nunique(),
        preset=preset,
        seed=seed,
        code=code_version(),
        shared_seconds=float(rows.groupby("world")["shared_seconds"].first().mean()),
        verdict=verdict,
        failed=tuple(f"{each.plan.number}: {each.why}" for each in outcomes if not each.ok),
    )
    replace_text(root / "rows.csv", rows.to_csv(index=False))
    replace_text(root / "scores.csv", table.to_csv(index=False))
    for lang, name in FILES.items():
        replace_text(root / name, bench_page(table, facts, lang))
    return BenchResult(rows, table, verdict, outcomes, root / FILES["zh"])
