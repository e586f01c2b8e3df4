"""Hold-out groups: even, lasting, independent, silent about the salt, compared by intention to treat."""

import hashlib
import hmac
import math
import sys
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binomtest, chi2_contingency, norm, ttest_ind

from liveattr import holdout
from liveattr.cli import main
from liveattr.errors import ConfigError, ParameterError, TableError
from liveattr.holdout import analyse_holdout, assign_holdout, holdout_power, salt_version
from liveattr.holdout.score import compare_means, compare_rates
from liveattr.lake import open_lake
from liveattr.tables import get_table

SALT = "0123456789abcdef0123456789abcdef-secret"
AT = datetime(2026, 3, 1, tzinfo=UTC)
PEOPLE = [f"p_{n:06d}" for n in range(8_000)]


def draw(people=PEOPLE, scope="recall", **options):
    chosen = {"share": 0.1, "salt": SALT, "at": AT} | options
    return assign_holdout(people, scope, **chosen)


def test_the_share_is_met_and_arms_have_nothing_to_do_with_ids():
    found = draw()
    assert list(found.columns) == list(get_table("holdout_group").names)
    held = (found["arm"] == "holdout").to_numpy()
    assert binomtest(int(held.sum()), len(held), 0.1).pvalue > 1e-4
    number = found["person_id"].str[2:].astype(int).to_numpy()
    table = pd.crosstab(number // 1000, held)
    assert chi2_contingency(table).pvalue > 1e-4


def test_the_arm_is_the_keyed_hash_that_the_docstring_names():
    found = draw(PEOPLE[:200])
    digest = [
        hmac.new(SALT.encode(), f"6:recall:{p}".encode(), hashlib.sha256) for p in PEOPLE[:200]
    ]
    below = [int(d.hexdigest(), 16) / 2**256 < 0.1 for d in digest]
    assert (found["arm"] == "holdout").tolist() == below and any(below)


def test_people_keep_their_arm_when_others_come_go_or_are_shuffled():
    whole = draw().set_index("person_id")["arm"]
    part = draw(PEOPLE[::-3]).set_index("person_id")["arm"]
    assert part.equals(whole[part.index])
    more = draw(share=0.2).set_index("person_id")["arm"]
    assert (more[whole == "holdout"] == "holdout").all()


def test_scopes_and_salts_are_independent_draws():
    one = draw()["arm"] == "holdout"
    for other in (draw(scope="recall2"), draw(salt=SALT[::-1])):
        table = pd.crosstab(one, other["arm"] == "holdout")
        assert chi2_contingency(table, correction=False).pvalue > 1e-4
        assert table.loc[True, True] > 0
    assert salt_version(SALT) != salt_version(SALT[::-1])


def test_nobody_of_the_never_group_is_contacted_by_any_scope():
    one, two = draw(never_share=0.05), draw(scope="other", never_share=0.05)
    never = one["arm"] == "never"
    assert never.equals(two["arm"] == "never")
    assert binomtest(int(never.sum()), len(never), 0.05).pvalue > 1e-4
    rest = one[~never]
    assert binomtest(int((rest["arm"] == "holdout").sum()), len(rest), 0.1).pvalue > 1e-4


def test_strata_meet_the_share_to_one_person_and_earlier_arms_stay():
    frame = pd.DataFrame({"person_id": PEOPLE[:997], "city": ["a", "b", None] * 332 + ["c"]})
    first = draw(frame.iloc[:500], strata=["city"])
    both = draw(frame, strata=["city"], before=first)
    arms = both.set_index("person_id")["arm"]
    assert arms[first["person_id"]].tolist() == first["arm"].tolist()
    for rows in (first, both):
        known = rows.merge(frame, on="person_id")
        for _, group in known.groupby("city", dropna=False):
            assert abs((group["arm"] == "holdout").sum() - 0.1 * len(group)) <= 0.5
    assert draw(frame, strata=["city"])["arm"].tolist() == (
        draw(frame.sample(frac=1, random_state=2), strata=["city"])["arm"].tolist()
    )


def test_who_has_an_arm_keeps_it_under_another_share_or_salt():
    first = draw(PEOPLE[:100])
    again = draw(PEOPLE[:300], salt=SALT[::-1], share=0.5, before=first)
    assert again["arm"][:100].tolist() == first["arm"].tolist()
    assert (again["arm"][100:] == "holdout").sum() > 60
    fresh = draw(PEOPLE[:100], "another", before=first)
    assert fresh["arm"].tolist() != first["arm"].tolist()


def test_wrong_people_shares_and_salts_are_refused_and_the_salt_is_shown_nowhere(
    monkeypatch, tmp_path
):
    for options in ({"share": 1.0}, {"share": -0.1}, {"never_share": 1.0}):
        with pytest.raises(ParameterError) as error:
            draw(**options)
        assert SALT not in str(error.value)
    with pytest.raises(ParameterError, match="there twice"):
        draw(["a", "b", "a"])
    with pytest.raises(TableError, match="city"):
        draw(strata=["city"])
    with pytest.raises(ConfigError) as short:
        draw(["a"], salt="my-own-salt")
    assert "my-own-salt" not in str(short.value)
    monkeypatch.setenv(holdout.SALT_VARIABLE, "")
    with pytest.raises(ConfigError, match=holdout.SALT_VARIABLE):
        holdout.load_salt()


def test_the_stage_keeps_arms_and_never_the_salt(tmp_path, monkeypatch):
    monkeypatch.setenv(holdout.SALT_VARIABLE, SALT)
    lake = open_lake(tmp_path / "lake")
    done = holdout.assign(lake, PEOPLE[:300], "recall", share=0.3, at=AT)
    assert done.outputs == {"holdout_group": 300} and not done.skipped
    assert holdout.assign(lake, PEOPLE[:300], "recall", share=0.3).skipped
    more = holdout.assign(lake, PEOPLE[:400], "recall", share=0.3)
    assert more.outputs == {"holdout_group": 100}
    holdout.assign(lake, PEOPLE[:50], "other", at=AT)
    kept = lake.table("holdout_group")
    arms = kept[kept["scope"] == "recall"].set_index("person_id")["arm"]
    assert arms.to_dict() == draw(PEOPLE[:400], share=0.3).set_index("person_id")["arm"].to_dict()
    assert lake.sql("SELECT count(*) AS n FROM holdout_group")["n"].item() == 450
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert files and not any(SALT.encode() in p.read_bytes() for p in files)
    assert SALT not in lake.table("run").to_csv()


def test_the_command_draws_counts_and_tells_the_power(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(holdout.SALT_VARIABLE, SALT)
    monkeypatch.chdir(tmp_path)
    open_lake(tmp_path / "data" / "lake").write("holdout_group", draw(PEOPLE[:20], "old"))
    pd.DataFrame({"person_id": PEOPLE[:40]}).to_csv("people.csv", encoding="utf-8-sig")

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["liveattr", "holdout", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        assert SALT not in said.out + said.err
        return left.value.code or 0, said

    assert "0.0582" in call("power", "2000", "--rate", "0.111")[1].out
    assert call("assign", "new", "--people", "people.csv", "--share", "0.5")[0] == 0
    counted = call("list")[1].out
    assert "new" in counted and "old" in counted and "holdout" in counted
    code, said = call("assign", "new", "--people", "nowhere.csv")
    assert code == 2 and "nowhere.csv" in said.err


def test_power_repeats_the_published_sizes():
    """7-day rate 0.111, 80 % power, two-sided 10 %: 5.8, 1.8, 0.58 points; with halves 31, 10, 3 %."""
    tenth = holdout_power([2_000, 20_000, 200_000], 0.1, 0.111)
    assert (100 * tenth["mde"]).round(2).tolist() == [5.82, 1.84, 0.58]
    assert (100 * tenth["mde_relative"]).round().tolist() == [52, 17, 5]
    half = holdout_power([2_000, 20_000, 200_000], 0.5, 0.111)
    assert (100 * half["mde_relative"]).round().tolist() == [31, 10, 3]
    with pytest.raises(ParameterError, match="people"):
        holdout_power(5, 0.01)


def test_the_told_power_is_there_when_groups_are_simulated():
    rng = np.random.default_rng(11)
    told = holdout_power(20_000, 0.1, 0.1).iloc[0]
    n, held = int(told["contact"]), int(told["holdout"])
    x = rng.binomial(n, 0.1 + told["mde"], 200)
    x0 = rng.binomial(held, 0.1, 200)
    found = np.mean([compare_rates(a, n, b, held, 0.9).low > 0 for a, b in zip(x, x0, strict=True)])
    assert found == pytest.approx(0.8, abs=3 * math.sqrt(0.16 / 200))


counts = st.tuples(st.integers(1, 400), st.floats(0, 1)).map(lambda t: (round(t[0] * t[1]), t[0]))


@settings(deadline=None, max_examples=30)
@given(one=counts, other=counts, level=st.sampled_from([0.8, 0.9, 0.95]))
def test_rates_interval_p_value_and_ratio_agree_and_mirror(one, other, level):
    found, mirrored = compare_rates(*one, *other, level), compare_rates(*other, *one, level)
    assert -1 <= found.low <= found.difference <= found.high <= 1
    assert found.low == pytest.approx(-mirrored.high, abs=1e-9)
    if abs(found.p_value - (1 - level)) > 1e-6:
        assert (found.low > 0 or found.high < 0) == (found.p_value < 1 - level)
        if one[0] or other[0]:
            refused = found.relative_low > 1e-9 or found.relative_high < -1e-9
            assert refused == (found.p_value < 1 - level)


@pytest.mark.parametrize("numbers", [(30, 100, 12, 90), (5, 1800, 1, 200), (199, 210, 30, 50)])
def test_rates_are_those_of_the_likelihood_searched_by_hand(numbers):
    x, n, x0, n0 = numbers
    found = compare_rates(x, n, x0, n0, 0.9)
    for end in (found.low, found.high):

        def loss(p0, end=end):
            p = p0 + end
            return -(
                x * np.log(p) + (n - x) * np.log1p(-p) + x0 * np.log(p0) + (n0 - x0) * np.log1p(-p0)
            )

        span = (max(0, -end) + 1e-12, min(1, 1 - end) - 1e-12)
        p0 = minimize_scalar(loss, bounds=span, method="bounded", options={"xatol": 1e-12}).x
        p = p0 + end
        variance = (p * (1 - p) / n + p0 * (1 - p0) / n0) * (n + n0) / (n + n0 - 1)
        z = (x / n - x0 / n0 - end) / math.sqrt(variance)
        assert abs(z) == pytest.approx(norm.ppf(0.95), rel=1e-4)


def test_means_are_welchs_and_the_ratio_excludes_1_with_it():
    rng = np.random.default_rng(5)
    for shift in (0.0, 0.15, 0.4):
        a, b = rng.gamma(1, 1 + shift, 300), rng.gamma(1, 1, 80)
        found = compare_means(300, a.mean(), a.var(ddof=1), 80, b.mean(), b.var(ddof=1), 0.9)
        theirs = ttest_ind(a, b, equal_var=False)
        low, high = theirs.confidence_interval(0.9)
        assert (found.low, found.high) == pytest.approx((low, high))
        assert found.p_value == pytest.approx(theirs.pvalue)
        refused = found.relative_low > 0 or found.relative_high < 0
        assert refused == (found.p_value < 0.1)
    vague = compare_means(50, 1.0, 1.0, 50, 0.01, 1.0, 0.9)
    assert math.isnan(vague.relative_low)


def test_intervals_cover_over_draws_of_the_groups():
    """People are fixed, the draw is what is random: rare orders and skew amounts, effect known."""
    rng = np.random.default_rng(8)
    ids = [f"c{n}" for n in range(3000)]
    would = rng.random(3000) < 0.04
    amount = would * rng.lognormal(4, 1, 3000)
    gain = (rng.random(3000) < 0.03) & ~would
    covered = np.zeros(2)
    for _ in range(60):
        contact = rng.random(3000) >= 0.3
        arms = pd.DataFrame({"person_id": ids, "arm": np.where(contact, "contact", "holdout")})
        bought = pd.DataFrame(
            {
                "person_id": ids,
                "bought": would | (gain & contact),
                "fen": amount + np.where(gain & contact, 60.0, 0.0),
            }
        )
        rows = analyse_holdout(bought[bought["bought"]], arms, share=0.3).set_index("outcome")
        truth = np.array([gain.mean(), 60 * gain.mean()])
        covered += (rows["low"] <= truth) & (truth <= rows["high"])
    assert rows["kind"].tolist() == ["rate", "mean"]
    assert (covered / 60 > 0.9 - 3 * math.sqrt(0.09 / 60)).all()


def test_groups_of_the_wrong_size_give_a_reason_and_no_number():
    arms = draw(PEOPLE[:5000], share=0.2)
    some = pd.DataFrame({"person_id": PEOPLE[:500], "orders": 2})
    fine = analyse_holdout(some, arms, share=0.2).iloc[0]
    assert fine["reason"] is None and fine["ratio_p"] > 0.001
    assert fine["total"] == pytest.approx(fine["difference"] * fine["n_contact"])
    reached = arms[(arms["arm"] == "holdout") | (np.arange(5000) % 3 > 0)]  # who was reached only
    wrong = analyse_holdout(some, reached, share=0.2).iloc[0]
    assert wrong["reason"] == "ratio_mismatch" and math.isnan(wrong["difference"])
    alone = analyse_holdout(some, arms[arms["arm"] == "contact"]).iloc[0]
    assert alone["reason"] == "few_people" and math.isnan(alone["p_value"])


def test_wrong_outcomes_are_refused():
    arms = draw(PEOPLE[:50])
    with pytest.raises(ParameterError, match="there twice"):
        analyse_holdout(pd.DataFrame({"person_id": ["p", "p"], "x": 1}), arms)
    with pytest.raises(ParameterError, match="missing"):
        analyse_holdout(pd.DataFrame({"person_id": ["p"], "x": [np.nan]}), arms)
    with pytest.raises(TableError, match="arm"):
        analyse_holdout(pd.DataFrame({"person_id": ["p"], "x": [1]}), arms.drop(columns="arm"))
