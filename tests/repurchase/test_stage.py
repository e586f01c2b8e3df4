"""The stage `predict_people` on a lake: what it writes, and when it refuses."""

from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from liveattr.lake import Lake, open_lake
from liveattr.repurchase.foretell import cuts_before, foretell, whole_orders
from liveattr.repurchase.history import HISTORY_READS, read_history
from liveattr.repurchase.landmark_rows import features_at
from liveattr.repurchase.model import RepurchaseModel
from liveattr.repurchase.stage import WRITES, predict_people
from liveattr.settings import Settings
from liveattr.tables import get_table
from tests.rows import Rows, at

AS_OF = date(2026, 7, 9)
SETTINGS = Settings(threads=1)


def order_rows(people: int, days: int, seed: int) -> pd.DataFrame:
    """Orders at a steady rate of each person's own, until a day on which some stop."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(1.0, 0.02, people)
    first, stop = rng.integers(0, days * 0.7, people), rng.exponential(200, people)
    later = rng.random((people, days)) < rate[:, None]
    after = np.arange(days)[None, :] - first[:, None]
    bought = (later & (after > 0) & (after < stop[:, None])) | (after == 0)
    person, day = np.nonzero(bought)
    return pd.DataFrame({"person": person, "day": day})


def write_shop(lake: Lake, orders: pd.DataFrame) -> None:
    blank = (
        Rows()
        .bought("01-01 10:00")
        .add("person_member", kind="mall_account", known_from_at=at("01-01 00:00"))
    )
    number = orders.index.astype(str)
    moment = pd.Timestamp(at("01-01 10:00")) + pd.to_timedelta(orders["day"], unit="D")
    head = {"order_id": number, "account_token": "a" + orders["person"].astype(str)}
    head |= {"created_at": moment, "paid_at": moment}
    line = {"order_id": number, "line_id": number, "paid_fen": 1000 + orders["person"] % 7 * 500}
    people = pd.Series(orders["person"].unique()).astype(str)
    member = {"id": "a" + people, "person_id": "p" + people}
    for table, columns in (("order_header", head), ("order_line", line), ("person_member", member)):
        frame = pd.DataFrame({**columns})
        rest = {k: v for k, v in blank.rows[table][0].items() if k not in columns}
        lake.write(
            table,
            frame.assign(**{k: pd.Series([v] * len(frame), dtype=object) for k, v in rest.items()}),
        )


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    made = open_lake(tmp_path_factory.mktemp("shop") / "lake", threads=1)
    write_shop(made, order_rows(550, 190, seed=1))
    return made


@pytest.fixture(scope="module")
def done(lake):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("liveattr.repurchase.foretell.MOST_CUTS", 1)
        summary = predict_people(lake, as_of=AS_OF, settings=SETTINGS)
        assert predict_people(lake, as_of=AS_OF, settings=SETTINGS).skipped
    return summary


def test_everybody_with_an_order_is_told(lake, done):
    told = lake.table("repurchase")
    assert len(told) == done.outputs["repurchase"] == 550
    assert set(told["model"]) == set(lake.table("repurchase_model")["model"])
    chances = told[["p_30", "p_60", "p_90"]]
    assert ((chances > 0) & (chances < 1)).all(axis=None)
    assert (chances.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    for horizon in (30, 60, 90):
        assert (told[f"low_{horizon}"] <= told[f"p_{horizon}"]).all()
        assert (told[f"p_{horizon}"] <= told[f"high_{horizon}"]).all()
    assert set(told["as_of"]) == {AS_OF} and set(told["data_age_days"]) == {0}


def test_the_kept_model_tells_the_same(lake, done):
    [row] = lake.table("repurchase_model").to_dict("records")
    assert row["n_people"] == 550 and row["reason"] is None
    again = RepurchaseModel.from_json(row["model_json"])
    with lake.connect(HISTORY_READS) as con:
        history = read_history(con, AS_OF)
    now = features_at(history.orders, AS_OF, events=history.events)
    told = lake.table("repurchase").set_index("person_id").loc[now["person_id"]]
    np.testing.assert_allclose(again.chance(now), told[["p_30", "p_60", "p_90"]], atol=1e-9)


@pytest.mark.slow
def test_the_same_again_is_the_same_to_the_bit_whatever_the_order_of_rows(lake, done, tmp_path):
    other = open_lake(tmp_path / "lake", threads=2)
    for name in ("order_header", "order_line", "person_member"):
        other.write(name, lake.table(name)[::-1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("liveattr.repurchase.foretell.MOST_CUTS", 1)
        predict_people(other, as_of=AS_OF, settings=Settings(threads=2))
    for name in ("repurchase", "repurchase_model", "repurchase_week"):
        keys = list(get_table(name).key)
        one, two = (made.table(name).sort_values(keys, ignore_index=True) for made in (lake, other))
        pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_the_backtest_is_kept_with_its_baselines(lake, done):
    scores = lake.table("repurchase_score")
    assert set(scores["cut_on"]) == {AS_OF - timedelta(days=30)}
    assert {"constant", "same_rate", "bgnbd"} < set(scores["model"])
    mean = scores[scores["horizon_days"] == 30].groupby("model")["log_loss"].mean()
    chosen = scores.loc[scores["chosen"], "model"].unique()
    assert len(chosen) == 1 and mean[chosen[0]] < min(mean["constant"], mean["same_rate"])


def test_weeks_are_told_for_all_and_by_category(lake, done):
    weeks = lake.table("repurchase_week")
    assert {"(all)", "(unknown)"} <= set(weeks["category"])
    assert (weeks["low_orders"] <= weeks["expected_orders"]).all()
    assert (weeks["expected_orders"] <= weeks["high_orders"]).all()


def test_people_who_took_consent_back_leave_a_count_in_the_audit(lake, done):
    row = lake.table("audit").query("gate == 'G7'").iloc[0]
    assert (row["rows_in"], row["rows_refused"], row["actor"]) == (550, 0, "predict_people")


def test_too_little_is_refused_and_says_so(tmp_path):
    lake = open_lake(tmp_path / "lake", threads=1)
    write_shop(lake, order_rows(30, 100, seed=2))
    summary = predict_people(lake, as_of=AS_OF, settings=SETTINGS)
    assert "fewer than 500 people" in summary.notes[0]
    [row] = lake.table("repurchase_model").to_dict("records")
    assert (row["model"], row["reason"], row["n_people"]) == ("", "few_buyers", 30)
    assert all(lake.table(name).empty for name in WRITES if name != "repurchase_model")


def test_an_empty_lake_is_refused(tmp_path):
    lake = open_lake(tmp_path / "lake", threads=1)
    predict_people(lake, as_of=AS_OF, settings=SETTINGS)
    assert lake.table("repurchase_model")["reason"].tolist() == ["few_buyers"]


def test_a_model_that_tells_no_more_than_the_share_of_everybody_is_refused(lake, done, monkeypatch):
    scores = lake.table("repurchase_score").copy()
    shares = scores.loc[scores["model"] == "constant", "log_loss"].to_numpy()
    scores.loc[scores["chosen"], "log_loss"] = shares  # a tie is not better
    monkeypatch.setattr(
        "liveattr.repurchase.foretell.backtest", lambda *_, **__: SimpleNamespace(scores=scores)
    )
    with lake.connect(HISTORY_READS) as con:
        told = foretell(read_history(con, AS_OF), AS_OF)
    assert told.reason == "not_better" == told.model["reason"].item()
    assert told.people.empty and told.weeks.empty and len(told.scores) == len(scores)
    assert told.model["model_json"].isna().all()


def test_categories_of_an_order_are_put_together():
    rows = Rows().add(
        "person_member",
        kind="mall_account",
        id="a",
        person_id="pa",
        known_from_at=at("01-01 00:00"),
    )
    rows.bought("01-10 10:00", "1", 100, 50).bought("01-11 10:00", "2", 30)
    rows.rows["order_line"][0] |= {"merchant_code": "tea"}
    rows.add("product", merchant_sku="tea", category="Tea")
    rows.add(
        "refund", platform="mall", refund_id="r", shop_id="s", order_id="1", status="done",
        done_at=at("01-12 10:00"), refund_fen=30, type="refund_only",
    )  # fmt: skip
    told = read_history(rows.connect(), AS_OF).orders
    whole = whole_orders(told)
    assert (len(told), whole["value_fen"].tolist(), whole["refunded_fen"].tolist()) == (
        3,
        [150, 30],
        [30, 0],
    )
    assert whole["refunded_at"].isna().tolist() == [False, True]
    assert whole["live"].tolist() == [False, False]


def test_cuts_have_enough_before_them():
    cuts = cuts_before(date(2026, 1, 1), AS_OF)
    assert len(cuts) == 2 and cuts == sorted(cuts, reverse=True)
    assert (cuts[-1] - date(2026, 1, 1)).days >= 112 and cuts_before(AS_OF, AS_OF) == []
