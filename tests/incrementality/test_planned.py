"""A room whose evenings off were drawn by lot stands on that, and on nothing softer."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from liveattr.incrementality.memory import memory_of
from liveattr.incrementality.planned import plan_marks, with_plans
from liveattr.incrementality.planner import plan_off_days
from liveattr.incrementality.rows import NAMES
from liveattr.incrementality.shop_days import ShopDays
from liveattr.settings import Settings

FIRST, PAST, DAYS = date(2026, 1, 5), 56, 140
ROOM, OTHER = "douyin/a", "channels/b"


def _shop(seed=0):
    """Eight weeks on air every day, then twelve by a plan; a broadcast brings 40 orders in all."""
    rng = np.random.default_rng(seed)
    past = pd.DataFrame(
        {"day_on": pd.date_range(FIRST, periods=PAST), "orders": rng.poisson(140, PAST)}
    )
    since = FIRST + timedelta(days=PAST)
    plan = plan_off_days(past, [ROOM], since=since, until=FIRST + timedelta(days=DAYS - 1), seed=1)
    on = np.r_[np.ones(PAST), plan.days.sort_values("day_on")["on_air"]]
    orders = rng.poisson(100 + 40 * 0.55 * memory_of(on, 0.45))
    held = pd.DataFrame({"day": np.flatnonzero(on), "room": ROOM, "campaign_id": "c"})
    held["day_on"] = [FIRST + timedelta(days=int(day)) for day in held["day"]]
    held["broadcast_id"] = "b" + held["day"].astype(str)
    return ShopDays(FIRST, orders, (ROOM,), held), plan


def _rows():
    blank = dict.fromkeys(NAMES) | {"method": "pooled", "subject_kind": "room", "chosen": True}
    return pd.DataFrame([blank | {"subject": room, "gross": 1.0} for room in (ROOM, OTHER)])


def test_the_planned_room_takes_grade_a_and_others_stay(tmp_path):
    shop, plan = _shop()
    plan.write_csv(tmp_path / "plan.csv")
    settings = Settings(off_day_plans=(str(tmp_path / "plan.csv"),))
    found = with_plans(_rows(), shop, settings).set_index(["subject", "method"])
    assert found.loc[(ROOM, "off_days"), "grade"] == "A"
    assert found["chosen"].to_dict() == {
        (ROOM, "pooled"): False, (OTHER, "pooled"): True, (ROOM, "off_days"): True
    }  # fmt: skip
    held = int((shop.broadcasts["day"] >= PAST).sum())
    row = found.loc[(ROOM, "off_days")]
    assert row["gross_low"] <= 40 * held <= row["gross_high"]


def test_a_plan_that_was_not_kept_changes_nothing(tmp_path):
    shop, plan = _shop()
    plan.write_csv(tmp_path / "plan.csv")
    always = pd.DataFrame({"day": range(DAYS), "room": ROOM, "campaign_id": "c"})
    always["day_on"] = [FIRST + timedelta(days=day) for day in range(DAYS)]
    kept = ShopDays(
        FIRST, shop.orders, (ROOM,), always.assign(broadcast_id=always["day"].astype(str))
    )
    settings = Settings(off_day_plans=(str(tmp_path / "plan.csv"),))
    found = with_plans(_rows(), kept, settings)
    assert found.loc[found["method"] == "pooled", "chosen"].all()
    assert found.loc[found["method"] == "off_days", "reason"].tolist() == ["not_kept"]


def test_another_content_is_another_mark(tmp_path):
    file = tmp_path / "plan.csv"
    file.write_text("a", encoding="utf-8")
    before = plan_marks([str(file)])
    file.write_text("b", encoding="utf-8")
    assert plan_marks([str(file)]) != before
    assert with_plans(_rows(), _shop()[0], Settings()).equals(_rows())
