"""What a list brought: right on average, honest intervals, intention to treat, and the lake."""

import math
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.audience.recall import ALL, measure_recall
from liveattr.audience.recall_effect import recall_effect
from liveattr.audience.recall_people import ListOutcomes
from liveattr.audience.recall_pool import pooled_effect
from liveattr.errors import ParameterError
from liveattr.holdout import assign_holdout
from liveattr.simulate import make_world
from liveattr.simulate.messages import EVERYBODY, NOBODY, message_outcomes
from liveattr.tables import account_kind
from tests.rows import Rows, at

SENT = at("03-10 09:00")


def persons(n, share=0.2, seed=0, rate=0.2):
    rng = np.random.default_rng(seed)
    ids = [f"p{number:05d}" for number in range(n)]
    arm = np.where(rng.random(n) < share, "holdout", "contact")
    orders = rng.poisson(np.where(arm == "contact", 1.5 * rate, rate))
    done = pd.DataFrame({"person_id": ids, "bought": orders > 0, "orders": orders,
                         "net_margin_fen": orders * rng.integers(2000, 9000, n)})  # fmt: skip
    return done, pd.DataFrame({"person_id": ids, "arm": arm})


def test_a_known_effect_comes_out_right_and_inside_the_interval():
    salts, inside, errors = 10, [], []
    for number in range(2):
        world = make_world(
            "tiny",
            seed=50 + number,
            values={"size.persons": 2000, "purchase.base": -3.8, "stock.on": False},
        )
        drawn = []

        def contacted(people, number=number, drawn=drawn):
            ids = [f"p{person:05d}" for person in people]
            drawn.extend(
                assign_holdout(ids, "r", share=0.3, salt=f"{number:>04}{salt:>032}", at=SENT)
                for salt in range(salts)
            )
            return [(arms["arm"] == "contact").to_numpy() for arms in drawn]

        lived = message_outcomes(
            world, np.arange(2000), 40, effect=1.2, days=4, contacted=contacted
        ).assign(person_id=lambda f: [f"p{person:05d}" for person in f["person"]])
        course = dict(iter(lived.groupby("course")))
        names = ["bought", "net_margin_fen"]
        truth = course[EVERYBODY][names].mean() - course[NOBODY][names].mean()
        assert (truth > 0).all()
        for salt, arms in enumerate(drawn):
            found = recall_effect(course[2 + salt], arms).set_index("outcome").loc[names]
            inside += ((found["low"] <= truth) & (truth <= found["high"])).tolist()
            errors += (found["difference"] / truth - 1).tolist()
    spread = np.std(errors) / math.sqrt(len(errors))
    assert abs(np.mean(errors)) < 4 * spread and spread < 0.1
    assert 0.88 < np.mean(inside) <= 1.0


def test_the_order_of_rows_decides_nothing():
    done, arms = persons(400)
    one = recall_effect(done.assign(net_margin_fen=done["net_margin_fen"] / 3), arms)
    mixed = done.assign(net_margin_fen=done["net_margin_fen"] / 3).sample(frac=1, random_state=1)
    assert recall_effect(mixed, arms[::-1]).equals(one)


def test_costs_are_those_of_contacting():
    done, arms = persons(500)
    free = recall_effect(done, arms).set_index("outcome")
    paid = recall_effect(done, arms, message_cost_fen=30).set_index("outcome")
    assert paid.loc["net_margin_fen", "difference"] == pytest.approx(
        free.loc["net_margin_fen", "difference"] - 30
    )
    assert paid.loc["bought", "difference"] == free.loc["bought", "difference"]
    unsent = arms.assign(sent=arms["person_id"] >= "p00100")
    less = recall_effect(done, unsent, message_cost_fen=30).set_index("outcome")
    contacted = (arms["arm"] == "contact").sum()
    saved = ((arms["arm"] == "contact") & ~unsent["sent"]).sum() * 30 / contacted
    assert less.loc["net_margin_fen", "difference"] == pytest.approx(
        paid.loc["net_margin_fen", "difference"] + saved
    )
    coupons = recall_effect(done.assign(coupon_fen=done["orders"] * 200), arms).set_index("outcome")
    mean = done.loc[(arms["arm"] == "contact").to_numpy(), "orders"].mean()
    assert coupons.loc["net_margin_fen", "difference"] == pytest.approx(
        free.loc["net_margin_fen", "difference"] - 200 * mean
    )


def test_what_cannot_be_told_is_said():
    done, arms = persons(300)
    alone = recall_effect(done, arms.assign(arm="contact"))
    assert set(alone["reason"]) == {"no_holdout"} and alone["difference"].isna().all()
    lost = arms[(arms["arm"] == "contact") | (arms["person_id"] < "p00100")]
    assert set(recall_effect(done, lost, share=0.2)["reason"]) == {"ratio_mismatch"}
    nobody = recall_effect(done[:0], arms, message_cost_fen=10).set_index("outcome")
    assert nobody["reason"].tolist() == [None, None, "few_people"]
    assert nobody["detectable"].tolist() == [False, False, None]
    with pytest.raises(ParameterError, match="message_cost_fen"):
        recall_effect(done, arms, message_cost_fen=-1)


def test_a_handful_of_held_out_people_does_not_look_exact():
    done, arms = persons(4000, share=0.1, rate=0.1)
    contact, held = (arms.index[arms["arm"] == arm] for arm in ("contact", "holdout"))
    truth = done["net_margin_fen"].groupby(arms["arm"]).mean()
    truth, rng, missed = truth["contact"] - truth["holdout"], np.random.default_rng(4), 0
    for _ in range(60):
        pick = np.r_[rng.choice(contact, 90, replace=False), rng.choice(held, 10, replace=False)]
        found = recall_effect(done.loc[pick], arms.loc[pick]).set_index("outcome")
        row = found.loc["net_margin_fen"]
        missed += not row["low"] <= truth <= row["high"]
        assert row["total_low"] == pytest.approx(row["low"] * 90)
    assert missed <= 8  # 3 expected at 95 %; Welch's interval alone leaves it out some 20 times


def test_a_narrow_interval_around_nothing_is_a_finding():
    done, arms = persons(300)
    same = done.assign(bought=True, orders=1, net_margin_fen=1000)
    found = recall_effect(same, arms, message_cost_fen=400).set_index("outcome")
    assert found.loc["orders", "detectable"] and found.loc["orders", "difference"] == 0


@settings(max_examples=8)
@given(st.integers(0, 10_000), st.lists(st.integers(40, 300), min_size=2, max_size=4))
def test_the_pool_is_the_sum_of_its_lists_and_ignores_their_order(seed, sizes):
    lists = []
    for number, n in enumerate(sizes):
        done, arms = persons(n, seed=[seed, number])
        if arms["arm"].value_counts().reindex(["contact", "holdout"], fill_value=0).min() > 1:
            lists.append(ListOutcomes(done, arms, message_cost_fen=5.0 * number))
    if not lists:
        return
    whole = pooled_effect(lists).set_index("outcome")
    each = [
        recall_effect(x.outcomes, x.arms, message_cost_fen=x.message_cost_fen).set_index("outcome")
        for x in lists
    ]
    total = sum(one["total"] for one in each)
    assert whole["total"].tolist() == pytest.approx(total.tolist(), abs=1e-6)
    other = pooled_effect(lists[::-1]).set_index("outcome")
    assert other["low"].tolist() == pytest.approx(whole["low"].tolist(), abs=1e-6)
    assert (whole["low"] <= whole["difference"]).all()


def test_one_list_pooled_has_the_interval_of_equal_weight():
    done, arms = persons(4000)
    one = recall_effect(done, arms).set_index("outcome").loc["orders"]
    whole = pooled_effect([ListOutcomes(done, arms)]).set_index("outcome").loc["orders"]
    assert whole["difference"] == pytest.approx(one["difference"])
    assert whole["high"] - whole["low"] == pytest.approx(one["high"] - one["low"], rel=0.02)


def test_a_small_list_without_held_out_buyers_does_not_rule():
    big, arms = persons(3000)
    small, other = persons(30, seed=3)
    small = small.assign(bought=False, orders=0, net_margin_fen=0)
    alone = pooled_effect([ListOutcomes(big, arms)]).set_index("outcome").loc["bought"]
    both = pooled_effect([ListOutcomes(big, arms), ListOutcomes(small, other)]).set_index("outcome")
    nobody = pooled_effect([ListOutcomes(small, other)] * 2)
    assert set(nobody["reason"]) == {"few_people"} and nobody["detectable"].isna().all()
    assert both.loc["bought", "difference"] == pytest.approx(alone["difference"], rel=0.05)


def member(rows, list_id, person, arm, **more):
    rows.add("audience_member", audience_id=list_id, person_id=person, arm=arm, pos=1, kind="phone",
             token="t", why="{}", **more)  # fmt: skip


def listed(rows, list_id, sent=SENT, **more):
    plain = {"definition": "high_intent", "frozen_at": sent - timedelta(hours=1), "send_from_at": sent,
             "expires_at": sent + timedelta(days=7), "outcome_days": 7, "holdout_share": 0.0,
             "as_of": date(2026, 3, 9), "message_cost_fen": 10}  # fmt: skip
    rows.add("audience", audience_id=list_id, **{**plain, **more})


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    rows = Rows()
    for number in range(40):
        rows.add("person_member", kind=account_kind(""), id=f"a{number}", person_id=f"p{number}",
                 known_from_at=at("01-01 00:00"))  # fmt: skip
    for list_id, sent in (("L1", SENT), ("L2", at("03-12 09:00")), ("L3", at("04-20 09:00"))):
        listed(rows, list_id, sent, coupon_cost_fen=50 if list_id == "L2" else 0)
    for number in range(20):
        arm = "contact" if number < 14 else "holdout"
        member(rows, "L1", f"p{number}", arm)
        member(rows, "L2", f"p{number + 20}" if number < 19 else "p19", arm)
        member(rows, "L3", f"p{number}", arm)
    for number, time, fen in (
        (0, "03-10 08:59", 900), (1, "03-10 09:00", 1000), (2, "03-17 08:59", 1000), (3, "03-17 09:00", 900),
        (14, "03-11 10:00", 1000), (4, "03-12 10:00", 1000), (25, "03-13 10:00", 3000),
    ):  # fmt: skip
        rows.bought(time, f"o{number}", fen, account_token=f"a{number}")
        rows.rows["order_line"][-1] |= {"merchant_code": "g", "sub_shop_fen": 20}
    rows.add("sku_cogs", merchant_sku="g", valid_from_on=date(2026, 1, 1), cogs_fen=300)
    rows.add("refund", platform="mall", refund_id="r", shop_id="s", order_id="o4", refund_fen=1000,
             status="done", type="refund_only", done_at=at("03-20 10:00"))  # fmt: skip
    return rows.lake(tmp_path_factory.mktemp("recall") / "lake")


def result(lake, as_of):
    rows = lake.sql("SELECT * FROM recall_result WHERE as_of = $on", on=as_of)
    return rows.set_index(["audience_id", "outcome"])


def test_the_lake_counts_orders_of_the_window_net_of_what_is_known(lake):
    measure_recall(lake, as_of="2026-03-19")
    early = result(lake, date(2026, 3, 19))
    one = early.loc["L1"]
    assert one.loc["orders", "contact"] == pytest.approx(3 / 14)
    assert one.loc["orders", "holdout"] == pytest.approx(1 / 6)
    assert one.loc["net_margin_fen", "contact"] == pytest.approx((3 * 700 - 14 * 10) / 14)
    assert one.loc["bought", "refund_days"] == 2
    measure_recall(lake, as_of="2026-04-02")
    late = result(lake, date(2026, 4, 2))
    assert late.loc[("L1", "orders"), "contact"] == pytest.approx(2 / 14)
    kept_goods = 2 * 700 - 300 - 14 * 10  # money back, goods not
    assert late.loc[("L1", "net_margin_fen"), "contact"] == pytest.approx(kept_goods / 14)
    assert late.loc[("L1", "bought"), "refund_days"] == 16
    margin = 3000 - 300 - (50 - 20) - 14 * 10  # the shop bore 20 of the coupon in the price
    assert late.loc[("L2", "net_margin_fen"), "contact"] == pytest.approx(margin / 14)
    assert result(lake, date(2026, 3, 19)).equals(early)


def test_open_windows_have_no_number_and_the_pool_has_the_others(lake):
    summary = measure_recall(lake, as_of="2026-03-18", force=True)
    found = result(lake, date(2026, 3, 18))
    assert set(found.loc["L2", "reason"]) == {"too_early"} and "L3" not in found.index
    assert ALL not in found.index
    assert any("L2: no number (too_early)" in note for note in summary.notes)
    measure_recall(lake, as_of="2026-04-21")
    found = result(lake, date(2026, 4, 21))
    assert set(found.loc["L3", "reason"]) == {"too_early"}
    pool, lists = found.loc[(ALL, "orders")], found.loc[(["L1", "L2"], "orders"), "total"]
    assert pool["total"] == pytest.approx(lists.sum()) and pool["n_contact"] == 28


def test_one_list_alone_leaves_the_others_alone_and_unknown_ones_are_refused(lake):
    measure_recall(lake, as_of="2026-04-03")
    before = result(lake, date(2026, 4, 3))
    measure_recall(lake, "L1", as_of="2026-04-03", level=0.8)
    after = result(lake, date(2026, 4, 3))
    assert after.loc["L2"].equals(before.loc["L2"]) and set(after.loc["L1", "level"]) == {0.8}
    with pytest.raises(ParameterError, match="L1"):
        measure_recall(lake, "L11", as_of="2026-04-03")


def test_held_out_people_of_one_list_on_another_are_told_of(lake):
    summary = measure_recall(lake, as_of="2026-04-04")
    notes = [note for note in summary.notes if "contacted by another" in note]
    assert notes == []  # p19 is held out of both
    rows = Rows()
    listed(rows, "A")
    listed(rows, "B", SENT + timedelta(days=2))
    for number in range(8):
        member(rows, "A", f"p{number}", "holdout" if number < 4 else "contact")
        member(rows, "B", f"p{number}", "contact" if number != 1 else "holdout")
    own = rows.lake(lake.path.parent / "crossed")
    summary = measure_recall(own, as_of="2026-04-04")
    assert [n for n in summary.notes if "A: 3 of those held out" in n]


def test_people_who_were_merged_keep_the_arm_of_the_id_that_stayed(tmp_path):
    rows = Rows()
    listed(rows, "A")
    for number in range(8):
        member(rows, "A", f"p{number}", "holdout" if number % 2 else "contact")
    rows.add("person_alias", old_person_id="p0", person_id="p1", why="merge", at=at("03-11 00:00"))
    rows.add("person_alias", old_person_id="p2", person_id="q", why="merge", at=at("03-11 00:00"))
    rows.add(
        "person_member",
        kind=account_kind(""),
        id="a",
        person_id="q",
        known_from_at=at("01-01 00:00"),
    )
    own = rows.bought("03-12 10:00", "1", 500).lake(tmp_path / "lake")
    measure_recall(own, as_of="2026-04-04")
    found = result(own, date(2026, 4, 4)).loc[("A", "orders")]
    assert (found["n_contact"], found["n_holdout"]) == (3, 4)
    assert found["contact"] == pytest.approx(1 / 3)
