"""The stage on a small simulated world: every product of a broadcast once, and nothing new the second time."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from liveattr.diagnosis import diagnose
from liveattr.diagnosis.stage import READS
from liveattr.lake import open_lake
from liveattr.simulate.canonical import canonical_frames
from liveattr.simulate.draw import make_world
from liveattr.simulate.story import Telling
from liveattr.simulate.world import Interventions
from liveattr.tables import get_table

AS_OF = date(2026, 2, 20)
PLANTED = {"MSK-01": "page", "CRM-01": "logistics"}


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    values = {"size.persons": 3000, "size.after_days": 0}
    faults = pd.DataFrame(
        {
            "sku": list(PLANTED),
            "kind": list(PLANTED.values()),
            "from_on": AS_OF - timedelta(days=13),
            "to_on": AS_OF,
            "strength": 0.9,
        }
    )
    given = Interventions(faults=faults)
    world = make_world("tiny", seed=305, values=values, interventions=given)
    telling = Telling(world, "none")
    frames = canonical_frames(world, list(telling.segments()), telling.book)
    made = open_lake(tmp_path_factory.mktemp("diagnosis") / "lake", threads=1)
    for name in READS:
        if name in frames:
            frame = frames[name]
            rest = {
                c: "x"
                for c in ("source", "ingest_id")
                if c in get_table(name).names and c not in frame
            }
            if "source_row" in get_table(name).names:
                rest["source_row"] = range(len(frame))
            made.write(name, frame.assign(**rest))
    return made


def test_every_product_shown_has_one_row_and_again_nothing_is_new(lake):
    summary = diagnose(lake, as_of=AS_OF)
    told = lake.table("diagnosis")
    shown = lake.sql(
        "SELECT DISTINCT p.broadcast_id, p.sku_id FROM broadcast_plan AS p "
        "JOIN broadcast AS b USING (broadcast_id) "
        "WHERE b.business_on BETWEEN DATE '2026-01-24' AND DATE '2026-02-20'"
    )
    assert len(told) == len(shown) == summary.outputs["diagnosis"] > 50
    assert not told.duplicated(["broadcast_id", "merchant_sku"]).any()
    assert (told["carts"] <= told["visitors"]).all() and (told["refunded"] <= told["paid"]).all()
    assert told["visitors"].sum() > 0 and told["price_ratio"].notna().any()
    assert diagnose(lake, as_of=AS_OF).skipped
    before = lake.table("diagnosis")
    diagnose(lake, as_of=AS_OF, force=True)
    assert lake.table("diagnosis").equals(before)


def test_planted_faults_are_named_and_healthy_products_are_not(lake):
    diagnose(lake, as_of=AS_OF)
    told = lake.sql(
        "SELECT d.merchant_sku, d.cause FROM diagnosis AS d JOIN broadcast AS b USING (broadcast_id) "
        f"WHERE b.business_on > DATE '{AS_OF - timedelta(days=14)}'"
    )
    for sku, cause in PLANTED.items():
        mine = told.loc[told["merchant_sku"] == sku, "cause"]
        assert len(mine) and set(mine) == {cause}, sku
    healthy = told[~told["merchant_sku"].isin(PLANTED)]
    assert set(healthy["cause"]) <= {"none", "not enough data", "stock"}
