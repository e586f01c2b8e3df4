"""Scored coincidences: what they mean on small cases, and how right they are in a world with truth."""

import numpy as np
import pandas as pd
import pytest

from liveattr.identity.scored import find_coincidences, score_links
from liveattr.identity.scored.coding import code_events
from liveattr.identity.scored.contest import contest
from liveattr.identity.scored.decoy import false_match_curve, make_decoys
from liveattr.identity.scored.pairs import sum_evidence
from liveattr.identity.scored.weights import learn_model

EVENING = pd.Timestamp("2026-01-22T12:00:00Z")


def events(who, *rows):
    names = [who, "at", "product", "ip", "ua", "city"]
    frame = pd.DataFrame([dict(zip(names, row, strict=False)) for row in rows], columns=names)
    frame["at"] = EVENING + pd.to_timedelta(frame["at"], unit="s")
    return frame


def clicked(*rows, room="b1"):
    return events("uid", *rows).assign(broadcast=room)


def seen(*rows):
    return events("visitor", *rows)


def world(seed, n=260, ip=True):
    """Viewers and visitors of two broadcasts; of each third both, a viewer only, a visitor only."""
    rng = np.random.default_rng(seed)
    person = np.arange(3 * n)
    ua, city = rng.integers(12, size=3 * n), rng.integers(6, size=3 * n)
    clicks, views = [], []
    for night in range(2):
        second = night * 86_400 + rng.uniform(0, 3_000, 3 * n)
        product = (second // 100).astype(int)
        address = np.where(rng.random(3 * n) < 0.5, city, 100 + person)
        own = pd.DataFrame(
            {"at": second, "product": product, "ip": address, "ua": ua, "city": city}
        )
        clicks.append(own[: 2 * n].assign(uid=person[: 2 * n], broadcast=night))
        late = rng.lognormal(1.4, 0.8, n)
        jumps = own[:n].assign(visitor=person[:n], at=second[:n] + late)
        jumps.loc[rng.random(n) < 0.1, "ip"] = 50
        strangers = own[2 * n :].assign(visitor=person[2 * n :])
        views += [jumps[rng.random(n) < 0.85], strangers]
    clicks, views = pd.concat(clicks), pd.concat(views)
    for frame in (clicks, views):
        frame["at"] = EVENING + pd.to_timedelta(frame["at"], unit="s")
        for column in frame.columns.drop("at"):
            frame[column] = column[0] + frame[column].astype(str)
    tracked = pd.DataFrame({"uid": clicks["uid"][:80], "visitor": "v" + clicks["uid"].str[1:][:80]})
    return (clicks if ip else clicks.drop(columns="ip")), views, tracked.reset_index(drop=True)


@pytest.fixture(scope="module")
def made():
    return score_links(*world(1), false_match_rate=0.05, seed=3)


def test_a_view_counts_from_the_click_to_the_end_of_the_window():
    clicks = clicked(("u", 100, "p", "i"))
    views = seen(*[("v", 100 + late, "p", "i") for late in (-1, 0, 120, 120.5)])
    assert list(find_coincidences(clicks, views)["delay_s"]) == [0, 120]
    assert list(find_coincidences(clicks, views, window_s=60)["delay_s"]) == [0]


def test_what_nobody_knows_is_null_and_never_agrees():
    clicks = clicked(("u", 0, "p", "i", None, "c"))
    found = find_coincidences(clicks, seen(("v", 1, "q", "i", "a", "c"), ("w", 1, "q", "i", "a")))
    assert list(found["visitor"]) == ["v"]
    row = found.iloc[0]
    assert (row["product"], row["ip"], row["city"]) == (0, 1, 1)
    assert pd.isna(row["ua"])
    bare = find_coincidences(clicks[["uid", "at", "broadcast"]], seen(("v", 1)), agreeing=0)
    assert bare[["product", "ip", "ua", "city"]].isna().all(axis=None)


def test_a_pair_of_events_is_found_once_however_much_agrees():
    found = find_coincidences(
        clicked(("u", 0, "p", "i", "a", "c")), seen(("v", 5, "p", "i", "a", "c"))
    )
    assert len(found) == 1
    assert list(found[["product", "ip", "ua", "city"]].iloc[0]) == [1, 1, 1, 1]


def test_a_click_without_product_means_what_is_on_air():
    clicks = clicked(("u", 59, None, "i"), ("u", 60, None, "i"), ("u", 61, "own", "i"))
    on_air = pd.DataFrame(
        {
            "broadcast": ["b1", "b1", "b2"],
            "product": ["first", "second", "other"],
            "from_at": EVENING + pd.to_timedelta([0, 60, 0], unit="s"),
            "to_at": EVENING + pd.to_timedelta([60, 90, 90], unit="s"),
        }
    )
    views = seen(*[("v", 70, p) for p in ("first", "second", "other", "own")])
    found = find_coincidences(clicks, views, on_air=on_air, agreeing=1)
    assert list(found["delay_s"]) == [11, 10, 9]


def test_a_column_that_is_needed_is_named():
    with pytest.raises(ValueError, match="'broadcast'"):
        find_coincidences(clicked(("u", 0)).drop(columns="broadcast"), seen(("v", 1)))


def test_repeats_of_one_broadcast_count_once_and_broadcasts_add_up():
    found = pd.DataFrame(
        {"uid": 0, "visitor": [0, 0, 0, 1], "broadcast": [0, 0, 1, 0], "click": [0, 1, 2, 0],
         "view": [0, 1, 2, 3]}
    )  # fmt: skip
    clicks = pd.DataFrame({"uid": 0, "broadcast": [0, 0, 1, 1]})
    told = sum_evidence(found, np.array([5.0, 9.0, 30.0, 1.0]), clicks, missed=-1.0).pairs
    assert list(told["weight"]) == [9 + 20 - 1, 1 - 1 - 2]
    assert list(told["broadcasts"]) == [2, 1]


def test_a_winner_is_the_best_of_both_and_a_tie_has_no_odds():
    pairs = pd.DataFrame(
        {"uid": [0, 0, 1, 2, 2], "visitor": [0, 1, 1, 2, 3], "weight": [9.0, 8.0, 12.0, 7.0, 7.0]}
    )
    won = contest(pairs, -5.0)
    assert list(won["row"]) == [0, 2, 3]
    assert list(won["margin"]) == [1, 4, 0]
    assert won["score"].iloc[2] < 0
    alone = contest(pairs.iloc[:1], -5.0)
    assert alone["score"].iloc[0] == pytest.approx(4)
    assert alone["margin"].iloc[0] == pytest.approx(4)


def test_a_decoy_keeps_times_and_products_and_has_another_ones_device():
    views = pd.DataFrame(
        {"visitor": [0, 0, 1, 2, 3], "us": [1, 2, 3, 4, 5], "product": [1, 2, 3, 4, 5],
         "ip": [10, 11, 12, 13, 14], "ua": [0, 0, 1, 2, 3], "city": [0, 0, 0, 0, 1]}
    )  # fmt: skip
    decoys = make_decoys(views, seed=1, within_city=True)
    kept = ["visitor", "us", "product"]
    assert decoys[kept].equals(views.loc[:3, kept])  # the one of the other city has no neighbour
    assert not (decoys["ua"].to_numpy() == views["ua"][:4].to_numpy()).any()
    assert (decoys["city"] == 0).all()
    anywhere = make_decoys(views, seed=1)
    assert sorted(anywhere["visitor"]) == sorted(views["visitor"])
    assert set(anywhere.groupby("visitor")["ua"].nunique()) == {1}


def test_a_decoy_counts_where_it_beats_its_own_visitor():
    links = pd.DataFrame({"visitor": [1, 2, 3], "score": [9.0, 6.0, 2.0]})
    decoys = pd.DataFrame({"visitor": [1, 3, 4], "score": [7.0, 3.0, 5.0]})
    curve = false_match_curve(links, decoys, draws=1)
    assert list(curve["score"]) == [9, 6, 2]
    # visitor 1 keeps its own link; of visitor 3 decoy and link are both false at the lowest score
    assert list(curve["decoys"]) == [0, 0, 3]
    assert (curve["false_match_bound"] >= curve["false_match_rate"]).all()


def test_links_are_right_and_one_to_one(made):
    left, right = made.links["left_id"].str[1:], made.links["right_id"].str[1:]
    assert (left != right).mean() <= 0.05  # as promised
    assert len(made.links) > 120  # of 180 untracked, 2 % of whom never came
    assert left.is_unique
    assert right.is_unique
    assert (made.links["false_match_bound"] <= 0.05).all()
    assert (made.links.loc[(left == right), "probability"] > 0.5).mean() > 0.95
    tracked = world(1)[2]
    assert not made.links["left_id"].isin(tracked["uid"]).any()
    assert not made.links["right_id"].isin(tracked["visitor"]).any()


def test_a_waterfall_tells_every_step_of_a_link(made):
    keys = ["left_id", "right_id"]
    links = made.links.set_index(keys).sort_index()
    steps = made.waterfall
    total = steps.groupby(keys)["weight"].sum()
    assert np.allclose(total, links["score"])
    own = steps[~steps["step"].isin(["prior", "rivals"])].groupby(keys)["weight"].sum()
    assert np.allclose(own, links["weight"])
    assert (steps.groupby(keys)["broadcast"].nunique() == links["broadcasts"]).all()


def test_a_crowd_too_great_is_sampled_and_m_stays(monkeypatch):
    clicks, views, tracked = world(1)
    coded = code_events(clicks, views)
    codes = np.column_stack(
        [np.searchsorted(coded.texts[c], tracked[c].to_numpy()) for c in ("uid", "visitor")]
    )
    every = learn_model(coded, codes).table
    monkeypatch.setattr("liveattr.identity.scored.weights._MOST_PAIRS", 1000)
    some = learn_model(coded, codes).table
    assert every["m"].equals(some["m"])
    assert not every["u"].equals(some["u"])
    assert np.allclose(every.loc[33:, "u"], some.loc[33:, "u"], atol=0.05)


def test_nothing_depends_on_the_order_of_rows(made):
    mixed = [frame.sample(frac=1, random_state=5) for frame in world(1)]
    again = score_links(*mixed, false_match_rate=0.05, seed=3)
    for name in ("links", "decoys", "weights", "waterfall"):
        pd.testing.assert_frame_equal(getattr(made, name), getattr(again, name), check_exact=True)


def test_a_stricter_promise_keeps_fewer_links_and_at_zero_none():
    told = world(2, ip=False)
    loose, strict, none = (
        score_links(*told, false_match_rate=rate, draws=1) for rate in (0.05, 0.04, 0.0)
    )
    for made in (loose, strict):
        assert (made.links["left_id"].str[1:] != made.links["right_id"].str[1:]).mean() <= 0.05
    assert len(loose.candidates) > len(loose.links) > len(strict.links) > 60
    assert set(strict.links["left_id"]) < set(loose.links["left_id"])
    assert none.threshold is None
    assert none.links.empty
    assert none.waterfall.empty


@pytest.mark.parametrize("rate", [-0.01, 0.06])
def test_a_promise_that_decoys_cannot_judge_is_refused(rate):
    with pytest.raises(ValueError, match=r"from 0 to 0\.05"):
        score_links(clicked(), seen(), pd.DataFrame(), false_match_rate=rate)


def test_nothing_is_linked_on_moments_and_products_alone():
    """A decoy has the moments of its visitor: it could not tell how many links are false."""
    clicks, views, tracked = world(1)
    with pytest.raises(ValueError, match="IP, UA or city"):
        score_links(clicks.drop(columns=["ip", "ua", "city"]), views, tracked)


def test_without_tracked_pairs_there_is_nothing_to_learn_from():
    clicks, views, tracked = world(1)
    with pytest.raises(ValueError, match="20 are needed"):
        score_links(clicks, views, tracked[:10])
