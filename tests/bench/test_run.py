"""Worlds are spread evenly, run once, and a bench whose oracle errs is refused."""

from pathlib import Path

import pandas as pd
import pytest

from liveattr.bench import FACTORS, BenchError, draw_worlds, truth_bench
from liveattr.bench.tell import printable
from liveattr.bench.worlds import WorldPlan
from liveattr.errors import ParameterError
from tests.bench.world import broken_live, failing_live, fake_live

FEW = ("last",)


@pytest.mark.parametrize("n", [1, 8, 12, 50])
def test_every_level_comes_equally_often(n: int) -> None:
    plans = draw_worlds(n, preset="tiny", seed=3)
    assert len({plan.seed for plan in plans}) == n
    for factor in FACTORS:
        drawn = pd.Series([plan.levels[factor.name] for plan in plans])
        counts = drawn.value_counts().reindex(list(factor.levels), fill_value=0)
        assert counts.max() - counts.min() <= 1, factor.name


def test_the_same_seed_draws_the_same_worlds() -> None:
    def draw(seed: int) -> list[WorldPlan]:
        return draw_worlds(8, preset="tiny", seed=seed)

    assert draw(1) == draw(1) and draw(1) != draw(2)
    assert not {plan.seed for plan in draw(1)} & {plan.seed for plan in draw(2)}
    with pytest.raises(ParameterError, match="at least 1"):
        draw_worlds(0, preset="tiny", seed=1)


def test_factors_name_parameters_that_worlds_have() -> None:
    from liveattr.simulate.parameters import parameters_of

    for factor in FACTORS:
        for values in factor.levels.values():
            parameters_of("tiny", values)


def test_a_second_run_does_nothing_and_a_broken_one_goes_on(tmp_path: Path) -> None:
    seen: list[int] = []

    def watched(plan: WorldPlan) -> object:
        seen.append(plan.number)
        if len(seen) == 3:
            raise KeyboardInterrupt  # killed in the third world
        return fake_live(plan)

    def bench(**more: object) -> object:
        return truth_bench(3, seed=7, out=tmp_path, estimators=FEW, live=watched, **more)

    with pytest.raises(KeyboardInterrupt):
        bench()
    first = bench()
    assert seen == [0, 1, 2, 2]
    assert [each.skipped for each in first.outcomes] == [True, True, False]
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert all(each.skipped for each in bench().outcomes) and len(seen) == 4
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    bench(values={"exposure.wecom_every": 8})  # another parameter is another world
    assert len(seen) == 7


def test_a_failed_world_is_said_and_the_others_go_on(tmp_path: Path) -> None:
    found = truth_bench(2, out=tmp_path, estimators=FEW, live=failing_live)
    assert [each.ok for each in found.outcomes] == [True, False]
    assert found.outcomes[1].why == "ValueError: no such place"
    assert "1: ValueError: no such place" in found.page.read_text(encoding="utf-8")
    kept = list(tmp_path.rglob("*.error.txt"))
    assert [path.name for path in kept] == ["world_0001.error.txt"]
    assert set(found.rows["world"]) == {0}

    mended = truth_bench(2, out=tmp_path, estimators=FEW, live=fake_live)
    assert [each.skipped for each in mended.outcomes] == [True, False]
    assert not list(tmp_path.rglob("*.error.txt"))


def test_nothing_to_show_is_an_error(tmp_path: Path) -> None:
    def never(plan: WorldPlan) -> object:
        raise ValueError("no world today")

    with pytest.raises(BenchError, match="no world today"):
        truth_bench(2, out=tmp_path, estimators=FEW, live=never)


def test_a_bench_whose_oracle_errs_is_broken(tmp_path: Path) -> None:
    right = truth_bench(1, out=tmp_path / "right", estimators=FEW, live=fake_live)
    right.check()
    wrong = truth_bench(1, out=tmp_path / "wrong", estimators=FEW, live=broken_live)
    with pytest.raises(BenchError, match=r"the oracle errs 10\.0%"):
        wrong.check()
    assert "检验台坏了" in wrong.page.read_text(encoding="utf-8")
    assert "is broken" in (tmp_path / "wrong" / "index.en.html").read_text(encoding="utf-8")


def test_processes_give_the_rows_of_one_process(tmp_path: Path) -> None:
    one = truth_bench(2, out=tmp_path / "one", estimators=FEW, live=fake_live)
    two = truth_bench(2, out=tmp_path / "two", estimators=FEW, live=fake_live, jobs=2)
    clock = ["seconds", "shared_seconds"]
    pd.testing.assert_frame_equal(one.rows.drop(columns=clock), two.rows.drop(columns=clock))
    titles = [title for title, _ in printable(two.scores)]
    assert titles[0] == "all worlds (2 worlds)"
    assert len(titles) == 1 + sum(two.rows[f.name].nunique() for f in FACTORS)
