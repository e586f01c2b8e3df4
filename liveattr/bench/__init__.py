"""How near estimates come to the truth: worlds whose answer is known, and a table of errors.

`truth_bench` draws worlds, lets every estimator look at what a shop can see, and lays the truth
beside what it says. An estimator is a function with the decorator `estimator`.
"""

from __future__ import annotations

from liveattr.bench import credit as credit  # registers estimators of credit
from liveattr.bench import lift as lift  # … and of lift
from liveattr.bench.estimators import Estimator, estimator, estimators, frame_of
from liveattr.bench.evidence import Evidence
from liveattr.bench.run import BenchError
from liveattr.bench.scores import judge_oracle, scores
from liveattr.bench.spread import paired_spread
from liveattr.bench.tell import tell
from liveattr.bench.truth import BenchResult, truth_bench
from liveattr.bench.worlds import FACTORS, Factor, WorldPlan, draw_worlds

__all__ = [
    "FACTORS",
    "BenchError",
    "BenchResult",
    "Estimator",
    "Evidence",
    "Factor",
    "WorldPlan",
    "draw_worlds",
    "estimator",
    "estimators",
    "frame_of",
    "judge_oracle",
    "paired_spread",
    "scores",
    "tell",
    "truth_bench",
]
