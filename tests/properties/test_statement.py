"""Conservation: campaigns and (unattributed) together are the ledger, to the fen, always."""

import random
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.profit.world import FAR, World, at

DAYS = ("01-22 20:30", "01-22 21:59", "01-24 10:00", "02-28 09:00")
CALM = settings(deadline=None, max_examples=8)
fen = st.integers(0, 99_999)
weights = st.lists(st.integers(0, 4), min_size=4, max_size=4)
lines = st.fixed_dictionaries(
    {
        "paid_fen": fen,
        "sub_platform_fen": st.integers(0, 500),
        "sub_author_fen": st.integers(0, 500),
        "qty": st.integers(1, 3),
        "room_id": st.sampled_from([None, None, "r1", "r2"]),
        "host_id": st.sampled_from([None, "h1"]),
        "merchant_code": st.sampled_from(["sku", "other"]),
        "is_gift": st.sampled_from([False, False, False, True]),
    }
)
orders = st.fixed_dictionaries(
    {
        "platform": st.sampled_from(["douyin", "mall"]),
        "day": st.sampled_from(DAYS),
        "paid": st.booleans() | st.just(True),
        "is_test": st.sampled_from([False, False, True]),
        "lines": st.lists(st.tuples(lines, weights), min_size=1, max_size=3),
        "refund": st.none() | st.tuples(fen, st.integers(0, 900), st.booleans(), st.booleans()),
        "fees": st.none() | st.tuples(fen, fen, st.booleans()),
        "account": st.none() | st.tuples(st.sampled_from(["subsidy_back", "compensation"]), fen),
    }
)


def build(drawn: list[dict[str, Any]]) -> World:
    """A world with two broadcasts of two campaigns and a mailing, from what was drawn."""
    world = World().add("touch", touch_id=1).add("sku_cogs", cogs_fen=137)
    for name in "ABM":
        world.add("campaign", campaign_id=name)
    for n, name in ((1, "A"), (2, "B")):
        room = {"platform_room_id": f"r{n}", "host_id": f"h{n}"}
        world.add("broadcast", broadcast_id=f"b{n}", campaign_id=name, **room)
    for n, order in enumerate(drawn):
        _add_order(world, f"o{n}", order)
    return world


def _add_order(world: World, name: str, order: dict[str, Any]) -> None:
    made = at(order["day"])
    place = {"platform": order["platform"]}
    paid_at = made if order["paid"] else None
    children = [{"line_id": f"{name}-{k}", **line} for k, (line, _) in enumerate(order["lines"])]
    world.order(
        name, *children, created_at=made, paid_at=paid_at, is_test=order["is_test"], **place
    )
    for k, (_, weight) in enumerate(order["lines"]):
        _add_credit(world, f"{name}-{k}", place, weight)
    if order["refund"]:
        money, subsidy, whole, before = order["refund"]
        refund = {"refund_id": name, "order_id": name, **place}
        back = {"refund_fen": money, "subsidy_back_fen": subsidy}
        world.add("refund", **refund, **back, before_shipping=before)
        if not whole:
            world.add("refund_line", **refund, **back, line_id=f"{name}-0")
    if order["fees"]:
        commission, service, reversed_ = order["fees"]
        for trade, sign in ((0, 1), (1, -1))[: 1 + reversed_]:
            world.add(
                "settlement_line",
                request_no="q",
                line_id=f"{name}-0",
                order_id=name,
                trade_type=trade,
                commission_fen=sign * commission,
                service_fee_fen=sign * service,
                **place,
            )
    if order["account"]:
        tag, money = order["account"]
        row = {"account_trade_no": name, "order_id": name, "direction": "out", **place}
        world.add("account_ledger", **row, tag=tag, amount_fen=money)


def _add_credit(world: World, line: str, place: dict[str, str], weight: list[int]) -> None:
    total = sum(weight)
    targets = (("A", "b1"), ("B", "b2"), ("M", None), (None, None))
    for n, (campaign, broadcast) in enumerate(targets):
        share = weight[n] / total if total else float(campaign is None)
        world.add(
            "credit",
            line_id=line,
            touch_id=n if campaign else -1,
            campaign_id=campaign,
            broadcast_id=broadcast,
            share=share,
            **place,
        )


LEDGER = """
SELECT sum(gmv_created_fen) AS gmv_created, sum(paid_fen) AS gmv_paid,
       sum(sub_platform_fen) AS subsidy_platform, sum(sub_author_fen) AS subsidy_author,
       -sum(refund_before_fen) AS refund_before_shipping,
       -sum(refund_after_fen) AS refund_after_shipping, -sum(subsidy_back_fen) AS subsidy_back,
       -sum(CASE WHEN counted AND paid_at IS NOT NULL AND merchant_sku = 'sku'
                 THEN 137 * (qty - qty_back) ELSE 0 END) AS cogs
FROM line_ledger
"""
FEES = """
SELECT -sum(CASE WHEN s.trade_type = 0 THEN s.commission_fen END) AS commission,
       -sum(CASE WHEN s.trade_type = 0 THEN s.service_fee_fen END) AS service_fee,
       -sum(CASE WHEN s.trade_type <> 0 THEN s.commission_fen END) AS commission_back,
       -sum(CASE WHEN s.trade_type <> 0 THEN s.service_fee_fen END) AS service_fee_back
FROM settlement_line AS s JOIN line_ledger AS l USING (platform, line_id) WHERE l.counted
"""
UNSHARED = """
SELECT v.variant, m.line, sum(m.amount_fen) AS fen
FROM money_row AS m CROSS JOIN (VALUES ('low'), ('base'), ('high')) AS v (variant)
WHERE NOT EXISTS (SELECT 1 FROM share AS s WHERE s.variant = v.variant
                  AND s.platform = m.platform AND s.line_id = m.line_id)
GROUP BY ALL
"""


@CALM
@given(st.lists(orders, min_size=1, max_size=12))
def test_campaigns_and_the_rest_are_the_ledger(drawn: list[dict[str, Any]]) -> None:
    with build(drawn).settled(shared_only=False) as con:
        ledger = {**_first(con, LEDGER), **_first(con, FEES)}
        shared = con.execute(
            "SELECT variant, line, sum(amount_fen) AS fen FROM cut_row GROUP BY ALL"
        ).df()
        rest = con.execute(UNSHARED).df()
        found = pd.concat([shared, rest]).groupby(["variant", "line"]).fen.sum()
        for variant in ("low", "base", "high"):
            for line, total in ledger.items():
                assert found.get((variant, line), 0) == total, (variant, line)
        net = con.execute("SELECT sum(net_fen) FROM line_ledger").fetchall()[0][0]
        parts = ["gmv_paid", "subsidy_platform", "subsidy_author", "subsidy_back"]
        parts += ["refund_before_shipping", "refund_after_shipping"]
        assert sum(found.get(("base", line), 0) for line in parts) == net
        rows = con.execute(
            "SELECT count(*) FROM (SELECT variant, row_no, any_value(m.amount_fen) AS whole, "
            "sum(c.amount_fen) AS cut FROM cut_row AS c JOIN money_row AS m "
            "USING (platform, line_id, line, source_table, source_key) GROUP BY ALL) "
            "WHERE whole <> cut"
        ).fetchall()
        assert rows == [(0,)]


@CALM
@given(st.lists(orders, min_size=1, max_size=12))
def test_statements_add_up_to_their_rows_and_low_base_high_only_grow(
    drawn: list[dict[str, Any]],
) -> None:
    with build(drawn).settled() as con:
        result = con.execute("FROM result").df()
        rows = con.execute(
            "SELECT campaign_id, variant, line, sum(amount_fen) AS fen FROM campaign_row "
            "WHERE amount_fen <> 0 GROUP BY ALL"
        ).df()
    keys = ["campaign_id", "variant", "line"]
    stated = result.set_index(keys).amount_fen
    for key, total in rows.set_index(keys).fen.items():
        assert stated[key] == total
    paid = result[result.line == "gmv_paid"].set_index(["campaign_id", "variant"]).amount_fen
    for name in "ABM":
        assert paid[name, "low"] <= paid[name, "base"] <= paid[name, "high"]


@settings(CALM, max_examples=4)
@given(st.lists(orders, min_size=1, max_size=12), st.integers(0, 2**16))
def test_arrival_changes_nothing(drawn: list[dict[str, Any]], seed: int) -> None:
    world = build(drawn)
    first = _result(world)
    for rows in world.rows.values():
        random.Random(seed).shuffle(rows)
    pd.testing.assert_frame_equal(_result(world), first)


def _result(world: World) -> pd.DataFrame:
    with world.settled(FAR) as con:
        return con.execute("FROM result ORDER BY campaign_id, variant, pos").df()


def _first(con: Any, sql: str) -> dict[str, int]:
    row = con.execute(sql).df().iloc[0]
    return {str(k): 0 if pd.isna(v) else int(v) for k, v in row.items()}
