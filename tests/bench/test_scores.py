"""Scores against a table that was worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from liveattr.bench import judge_oracle, scores

NONE = float("nan")


def rows(*cells: tuple[int, str, str, str, float, float, float, float, float]) -> pd.DataFrame:
    names = ["world", "kappa", "estimator", "subject", "estimate", "low", "high", "gross", "net"]
    frame = pd.DataFrame(cells, columns=names)
    return frame.assign(subject_kind="room", measure="orders", seconds=frame["world"] + 1.0)


TWO_WORLDS = rows(
    # world, kappa, estimator, subject, estimate, low, high, gross, net
    (0, "0", "a", "own_room", 12, 8, 14, 10, 8),
    (0, "0", "a", "second_room", 6, 6, 6, 8, 6),
    (0, "0", "a", "kol", 20, 21, 25, 22, 10),
    (1, "2", "a", "own_room", 10, NONE, NONE, 5, 4),
    (1, "2", "a", "second_room", 2, 0, 2, 3, -2),
    (1, "2", "a", "kol", 1, 0, 1, 12, 6),
)


def one(found: pd.DataFrame, factor: str, level: str, against: str) -> pd.Series:
    mine = found[(found["factor"] == factor) & (found["level"] == level)]
    return mine[mine["against"] == against].iloc[0]


def test_by_hand() -> None:
    found = scores(TWO_WORLDS, ["kappa"])
    assert len(found) == 6  # all, kappa 0, kappa 2; gross and net

    gross = one(found, "(all)", "(all)", "gross")  # Σe 51, Σt 60, |e-t| 2+2+2+5+1+11
    assert gross["bias"] == pytest.approx(51 / 60 - 1)
    assert gross["wape"] == pytest.approx(23 / 60)
    assert gross["coverage"] == pytest.approx(2 / 5)  # 10 in [8,14], 22 in [21,25]
    assert gross["width"] == pytest.approx((6 + 0 + 4 + 2 + 1) / (10 + 8 + 22 + 3 + 12))
    assert gross["rank"] == pytest.approx((1 + -0.5) / 2)
    assert (gross["seconds"], gross["worlds"], gross["n"]) == (1.5, 2, 6)

    net = one(found, "kappa", "2", "net")  # t 4, -2, 6: e 10, 2, 1
    assert net["bias"] == pytest.approx(13 / 8 - 1)
    assert net["wape"] == pytest.approx((6 + 4 + 5) / 12)
    assert net["coverage"] == 0.0
    assert net["rank"] == pytest.approx(-0.5)
    assert (net["seconds"], net["worlds"], net["n"]) == (2.0, 1, 3)

    ends = one(found, "kappa", "0", "net")  # 8 in [8,14] and 6 in [6,6]: ends count
    assert ends["coverage"] == pytest.approx(2 / 3)


def test_without_intervals_and_with_two_subjects_there_is_no_number() -> None:
    few = TWO_WORLDS.query("subject != 'kol'").assign(low=np.nan, high=np.nan)
    found = scores(few, [])
    assert found[["rank", "coverage", "width"]].isna().all(axis=None)


def test_equal_truths_have_no_rank_and_a_truth_of_nothing_no_bias() -> None:
    found = one(scores(TWO_WORLDS.assign(net=0.0), []), "(all)", "(all)", "net")
    assert np.isnan(found["rank"]) and np.isnan(found["bias"]) and np.isnan(found["wape"])


def test_worlds_and_estimators_do_not_mix() -> None:
    other = TWO_WORLDS.assign(estimator="b", estimate=TWO_WORLDS["gross"])
    found = scores(pd.concat([other, TWO_WORLDS]), ["kappa"])
    right = found[(found["estimator"] == "b") & (found["against"] == "gross")]
    assert (right["wape"] == 0).all() and (right["rank"] == 1).all()
    again = found[found["estimator"] == "a"].reset_index(drop=True)
    pd.testing.assert_frame_equal(again, scores(TWO_WORLDS, ["kappa"]))


def test_the_oracle_is_judged_on_sums_over_worlds() -> None:
    many = pd.concat([TWO_WORLDS] * 200, ignore_index=True).assign(estimator="oracle")
    errs = many.index // 6 % 2 * 0.4 - 0.2  # a fifth too little, then a fifth too much
    right = many.assign(estimate=many["gross"] * (1 + errs))
    found = judge_oracle(right)
    assert found.error < 1e-9 and found.noise == pytest.approx(
        sum((n * 200) ** 0.5 for n in (15, 11, 34)) / (60 * 200)
    )
    assert found.limit == pytest.approx(3 * found.noise) and not found.sharp
    large = many.assign(gross=many["gross"] * 100)
    assert judge_oracle(large.assign(estimate=large["gross"] * 1.039)).ok
    assert not judge_oracle(large.assign(estimate=large["gross"] * 1.041)).ok
    assert not judge_oracle(TWO_WORLDS).ok  # no oracle, no trust
