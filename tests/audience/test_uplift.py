"""Uplift: found where it is, silent where it is not, and the same whatever the order of rows."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveattr.audience.list_uplift import list_features, list_uplift
from liveattr.audience.logit import chance, fit_logit
from liveattr.audience.qini import qini
from liveattr.audience.uplift import fit_uplift
from liveattr.errors import MissingDataError, ParameterError
from tests.rows import Rows, at

FEW = {"splits": 4, "permutations": 39}


def made(effect, n=3000, seed=1):
    """People of whom those with z > 0 answer a message, and those with b buy anyway."""
    rng = np.random.default_rng(seed)
    z, b = rng.normal(size=n), rng.normal(size=n)
    told = rng.random(n) < 0.5
    p = 1 / (1 + np.exp(2 - b - effect * told * z))
    ids = [f"p{number}" for number in range(n)]
    features = pd.DataFrame({"person_id": ids, "z": z, "b": b})
    arms = pd.DataFrame({"person_id": ids, "arm": np.where(told, "contact", "holdout")})
    return features, arms, pd.DataFrame({"person_id": ids, "bought": rng.random(n) < p})


def test_whom_a_message_changes_is_found_and_it_is_not_who_buys_anyway():
    features, arms, outcomes = made(1.2)
    found = fit_uplift(features, arms, outcomes, **FEW)
    assert found.usable and found.reason is None
    assert found.qini > found.band_high and found.qini > found.response
    score = found.score(features)
    assert np.corrcoef(score, features["z"])[0, 1] > 0.8
    assert found.p_value == 1 / 40


def test_where_everybody_is_changed_alike_or_nobody_is_nobody_is_targeted():
    reported = 0
    for seed in range(8):
        features, arms, outcomes = made(0.0, n=900, seed=seed)
        found = fit_uplift(features, arms, outcomes, seed=seed, **FEW)
        reported += found.usable
        if not found.usable:
            assert found.reason == "in_band" and found.score(features).isna().all()
    assert reported <= 2  # 0.2 expected; three or more once in 1,200


def test_the_order_of_rows_decides_nothing():
    features, arms, outcomes = made(0.8, n=600)
    one = fit_uplift(features, arms, outcomes, **FEW)
    other = fit_uplift(features[::-1], arms.sample(frac=1, random_state=3), outcomes[::-1], **FEW)
    assert one.qini == other.qini and one.band_high == other.band_high
    assert (one.contact == other.contact).all()


def test_too_little_to_learn_from_is_said():
    features, arms, outcomes = made(1.0, n=300)
    lone = arms.assign(arm=["contact"] * 260 + ["holdout"] * 40)
    assert fit_uplift(features, lone, outcomes, **FEW).reason == "few_people"
    nobody = outcomes.assign(bought=False)
    found = fit_uplift(features, arms, nobody, **FEW)
    assert found.reason == "few_buyers" and found.score(features).isna().all()
    with pytest.raises(ParameterError, match="missing or infinite"):
        fit_uplift(features.assign(z=np.nan), arms, outcomes, **FEW)


@given(st.integers(0, 10_000), st.integers(10, 60))
def test_the_qini_of_equal_scores_is_nothing_and_rows_may_come_in_any_order(seed, n):
    rng = np.random.default_rng(seed)
    treated = np.arange(n) % 2 == 0
    y = rng.integers(0, 2, n).astype(float)
    score = rng.integers(0, 5, n).astype(float)
    assert qini(np.ones(n), treated, y) == pytest.approx(0, abs=1e-9)
    order = rng.permutation(n)
    assert qini(score[order], treated[order], y[order]) == pytest.approx(qini(score, treated, y))


def test_the_logit_has_no_gradient_left():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(400, 3))
    y = (rng.random(400) < 1 / (1 + np.exp(-x[:, 0]))).astype(float)
    beta = fit_logit(x, y, ridge=2.0)
    slope = np.column_stack([np.ones(400), x]).T @ (chance(x, beta) - y)
    assert slope + np.r_[0, 2.0 * beta[1:]] == pytest.approx(np.zeros(4), abs=1e-3)
    apart = fit_logit(x, (x[:, 0] > 0).astype(float), start=beta)
    assert np.isfinite(apart).all() and apart[1] > 0


def test_past_lists_teach_from_what_was_frozen_with_them(tmp_path):
    rng, rows = np.random.default_rng(2), Rows()
    for number in range(2):
        sent = at(f"03-1{number} 09:00")
        rows.add("audience", audience_id=f"L{number}", definition="mine", frozen_at=sent, send_from_at=sent,
                 expires_at=sent, as_of=date(2026, 3, 9), outcome_days=7)  # fmt: skip
    for number in range(500):
        keen, told = bool(rng.random() < 0.5), bool(rng.random() < 0.5)
        person, why = f"p{number:03d}", json.dumps({"clicks": int(keen), "note": "x"})
        rows.add("audience_member", audience_id=f"L{number % 2}", person_id=person, pos=1, kind="phone", token="t",
                 arm="contact" if told else "holdout", why=why, score=0.5)  # fmt: skip
        rows.add(
            "person_member",
            kind="mall_account",
            id=person,
            person_id=person,
            known_from_at=at("01-01 00:00"),
        )
        if rng.random() < (0.7 if keen and told else 0.2):
            rows.bought("03-12 10:00", person, 500, account_token=person)
    lake = rows.lake(tmp_path / "lake")
    found = list_uplift(lake, "mine", as_of="2026-04-01", permutations=39)
    assert found.usable and found.names == ("score", "why_clicks")
    members = pd.DataFrame({"score": [0.5, 0.5], "why": ['{"clicks": 1}', "{}"]})
    keen, other = found.score(list_features(members, found.names))
    assert keen == pytest.approx(0.5, abs=0.15) and other == pytest.approx(0, abs=0.12)
    with pytest.raises(MissingDataError, match="no list of 'mine'"):
        list_uplift(lake, "mine", as_of="2026-03-15")
