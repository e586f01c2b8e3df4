"""The whole path gives what plain pandas gives: people, touches, journeys, credit to the fen."""

import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_same_answer_from_either_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    for name in ("generate", "naive_path", "path"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import path

    path.make_inputs(tmp_path, 30_000)
    answers = {name: contender(tmp_path) for name, contender in path.CONTENDERS.items()}
    answer = answers["liveattr canonical"]
    assert answers == dict.fromkeys(answers, answer)
    assert answer["converted_orders"] > 20
    assert len(answer["credit_fen"]) > 40
