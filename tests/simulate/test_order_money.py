import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.simulate.money import order_money
from liveattr.simulate.order_life import Orders, live_on
from liveattr.simulate.world import DAY_US, World

from .made import lived, rows

MONEY = ["gross_fen", "refund_fen", "net_fen", "cogs_fen", "commission_fen", "service_fee_fen"]


def by_order(frame: pd.DataFrame, column: pd.Series, orders: pd.DataFrame) -> np.ndarray:
    found = column.groupby(frame["order"].to_numpy()).sum()
    return found.reindex(orders["order"], fill_value=0).to_numpy()


def told(life: Orders, orders: pd.DataFrame, world: World) -> pd.DataFrame:
    """Return the money of orders as the detailed frames tell it at the end of the world."""
    paid = life.headers.set_index("order")["paid_us"].reindex(orders["order"]).to_numpy() > 0
    lines, claims, parts = life.lines, life.claims, life.claim_lines
    gross = by_order(lines, lines["list_fen"] - lines["shop_fen"], orders) * paid
    done = claims.loc[claims["state"] == 1, "claim_id"]
    back = parts[parts["claim_id"].isin(done)]
    refund = by_order(back, back["refund_fen"] + back["platform_fen"] + back["author_fen"], orders)
    goods = back.merge(claims[["claim_id", "type"]], on="claim_id")
    goods = goods[goods["type"] != "refund_only"].merge(lines[["line_id", "sku"]], on="line_id")
    cost = world.goods["cogs_fen"].to_numpy()
    real = lines[~lines["is_gift"]]
    cogs = by_order(real, real["qty"] * cost[real["sku"]], orders) * paid
    cogs -= by_order(goods, goods["qty"] * cost[goods["sku"]], orders)
    bill = life.settlements
    sign = 1 - 2 * (bill["trade_type"] != 0)
    silent = life.ledger[life.ledger["order"].isin(bill.loc[sign == 1, "order"])]
    reversed_ = bill.loc[bill["trade_type"] == 1, "order"]
    silent = silent[~silent["order"].isin(reversed_)]
    fees = {}
    for name, tag in (("commission", 2), ("service", 6)):
        by_account = silent[silent["tag"] == tag]
        fees[name] = by_order(bill, sign * bill[f"{name}_fen"], orders)
        fees[name] -= by_order(by_account, by_account["amount_fen"], orders)
    return pd.DataFrame(
        {
            "gross_fen": gross,
            "refund_fen": refund,
            "net_fen": gross - refund,
            "cogs_fen": cogs,
            "commission_fen": fees["commission"],
            "service_fee_fen": fees["service"],
        }
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 90))
def test_the_short_way_and_the_long_way_agree_to_the_fen(seed: int, days: int) -> None:
    world, _ = lived()
    orders = rows(world, 200, seed)
    money = order_money(orders, world)
    amounts = money.drop(columns=["paid", "margin_fen"])
    assert (amounts >= 0).all(axis=None)
    assert (money["refund_fen"] <= money["gross_fen"]).all()
    assert (amounts[~money["paid"]] == 0).all(axis=None)
    assert (money["net_fen"] == money["gross_fen"] - money["refund_fen"]).all()
    costs = money[["cogs_fen", "commission_fen", "service_fee_fen", "freight_fen"]].sum(axis=1)
    assert (money["margin_fen"] == money["net_fen"] - costs).all()
    until = order_money(orders, world, as_of_us=world.end_us)
    short = until[MONEY].assign(service_fee_fen=until["service_fee_fen"] - until["payment_fee_fen"])
    pd.testing.assert_frame_equal(
        short, told(live_on(orders, world), orders, world), check_dtype=False
    )
    early = order_money(orders, world, as_of_us=world.start_us + days * DAY_US)
    assert (early["gross_fen"] <= money["gross_fen"]).all()
    assert (early["refund_fen"] <= money["refund_fen"]).all()
    far = order_money(orders, world, as_of_us=world.end_us + 400 * DAY_US)
    pd.testing.assert_frame_equal(far, money)


def test_every_amount_of_an_order_adds_up() -> None:
    world, orders = lived()
    life = live_on(orders, world)
    head, lines = life.headers, life.lines
    for name in ("list_fen", "shop_fen", "platform_fen", "author_fen"):
        assert (by_order(lines, lines[name], head) == head[name]).all()
    goods = by_order(lines, lines["paid_fen"], head)
    assert (goods + head["postage_fen"] == head["paid_fen"]).all()
    off = lines[["shop_fen", "platform_fen", "author_fen"]].sum(axis=1)
    assert (lines["list_fen"] - off == lines["paid_fen"]).all()
    assert lines["line_id"].is_unique and head["order_id"].is_unique
    assert life.claims["claim_id"].is_unique
    paid = life.claims.merge(head, on="order", suffixes=("", "_order"))
    assert (paid["refund_fen"] <= paid["paid_fen"]).all()
    claimed = life.claim_lines.groupby("claim_id")["refund_fen"].sum()
    stated = life.claims.set_index("claim_id")
    assert (claimed.reindex(stated.index) == stated["refund_fen"] - stated["postage_fen"]).all()


def test_a_room_has_its_own_price_and_subsidies_only_there() -> None:
    world, orders = lived()
    life = live_on(orders, world)
    lines = life.lines.merge(orders, on="order", suffixes=("", "_order"))
    lines = lines[~lines["is_gift"]]
    room = lines[(lines["broadcast"] >= 0) & (lines["place"] != 2)]
    slots = world.slots.groupby(["broadcast", "sku"], as_index=False)["price_fen"].last()
    shown = room.merge(slots, on=["broadcast", "sku"])
    assert len(shown) and (shown["list_fen"] == shown["price_fen"] * shown["qty"]).all()
    elsewhere = lines.drop(room.index)
    assert (elsewhere[["platform_fen", "author_fen"]] == 0).all(axis=None)
    shelf = world.prices[elsewhere["place"], elsewhere["sku"], elsewhere["day"]]
    assert (elsewhere["list_fen"] == shelf * elsewhere["qty"]).all()
    assert (room["platform_fen"] > 0).any() and (room["author_fen"] > 0).any()
