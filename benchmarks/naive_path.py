"""The same job in plain pandas, as one writes it in a notebook; `path.py` compares with it.

It is not a straw man: reading takes only the needed columns, what an event is about comes from
merges, sessions come from one sort and `groupby.diff`, money is cut in whole columns. What makes it
naive is what most notebooks do in between: a dictionary with the touches of each person, a loop over
the orders that looks up each one's touches and cuts out the window, and rules that are functions of
one path, given to `groupby.apply`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

GAP_US = 30 * 60_000_000
DAY_US = 86_400_000_000
LOOKBACK_US = 30 * DAY_US
HALF_LIFE_US = 7 * DAY_US
SKIP = ("direct",)
ROOM_EVENTS = {"live_enter": 3, "live_product_click": 2, "live_like": 1}
STRONG = ("login", "phone_verified", "unionid", "link_login", "member_card")
TOUCH_ORDER = ["person", "ts_us", "lane", "facet"]


def micros(column: pd.Series) -> pd.Series:
    return column.dt.as_unit("us").astype("int64")


def kind_of(frame: pd.DataFrame) -> np.ndarray:
    own = frame.platform.isin(["douyin", "kuaishou", "channels", "taobao"])
    account = np.where(own, "uid_" + frame.platform, "mall_account")
    visitor = frame.visitor_token.notna() if "visitor_token" in frame else False
    return np.select(
        [frame.account_token.notna(), frame.unionid_token.notna(), frame.openid_token.notna(),
         frame.member_token.notna(), visitor],
        [account, "unionid", "openid", "member_card", "visitor"],
        "",
    )  # fmt: skip


def id_of(frame: pd.DataFrame) -> pd.Series:
    out = frame.account_token
    for column in ("unionid_token", "openid_token", "member_token", "visitor_token"):
        if column in frame:
            out = out.fillna(frame[column])
    return out


def people(folder: Path, events: pd.Series, orders: pd.Series) -> dict[str, str]:
    """Identifier → person: the smallest identifier that bindings tie to it."""
    binding = pd.read_parquet(folder / "binding.parquet")
    binding = binding[binding.evidence.isin(STRONG)]
    graph = nx.Graph()
    graph.add_nodes_from(events.unique())
    graph.add_nodes_from(orders.unique())
    left = binding.left_kind + ":" + binding.left_token
    right = binding.right_kind + ":" + binding.right_token
    graph.add_edges_from(zip(left, right, strict=True))
    person_of = {}
    for component in nx.connected_components(graph):
        person = min(component)
        for identifier in component:
            person_of[identifier] = person
    return person_of


def from_canonical(folder: Path) -> dict[str, Any]:
    tokens = ["account_token", "unionid_token", "openid_token", "member_token", "visitor_token"]
    about = ["platform", "name", "channel", "broadcast_id", "room_id", "link_id", "campaign_id"]
    about += ["host_id", "sku_id", "product_id"]
    event = pd.read_parquet(folder / "event.parquet", columns=[*tokens, *about, "event_at"])
    order = pd.read_parquet(folder / "order_header.parquet")
    event["identifier"] = kind_of(event) + ":" + id_of(event)
    order["identifier"] = kind_of(order) + ":" + id_of(order)
    person_of = people(folder, event.identifier, order.identifier)
    event["person"] = event.identifier.map(person_of)
    event = event.drop(columns=[*tokens, "identifier"])
    order["person"] = order.identifier.map(person_of)
    order["order_ts_us"] = micros(order.created_at)
    event["ts_us"] = micros(event.event_at)
    event = about_what(event.drop(columns="event_at"), folder)
    event["lane"] = event.groupby(["channel", "broadcast", "link"], sort=False).ngroup()
    event["facet"] = event.touch_kind
    ledger = pd.read_parquet(folder / "line_ledger.parquet")
    return finish(event, order, ledger, len(set(person_of.values())))


def about_what(event: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Channel, campaign, broadcast, host, SKU and kind of touch, by merges."""
    room = pd.read_parquet(folder / "broadcast.parquet")
    link = pd.read_parquet(folder / "tracked_link.parquet")
    link = link[link.signature_ok]
    link["from_us"], link["to_us"] = micros(link.valid_from_at), micros(link.valid_to_at)
    link = link[["link_id", "from_us", "to_us", "broadcast_id", "product_id"]]
    link = link.rename(columns={"broadcast_id": "link_broadcast", "product_id": "link_product"})
    event = event.merge(link, on="link_id", how="left")
    bad = ~((event.ts_us >= event.from_us) & (event.ts_us < event.to_us))
    event.loc[bad, ["link_broadcast", "link_product"]] = None
    event["link"] = event.link_id.where(~bad)
    by_room = room[["platform", "platform_room_id", "broadcast_id"]].rename(
        columns={"platform_room_id": "room_id", "broadcast_id": "room_broadcast"}
    )
    event = event.merge(by_room, on=["platform", "room_id"], how="left")
    event["broadcast"] = event.broadcast_id.fillna(event.link_broadcast).fillna(
        event.room_broadcast
    )
    more = room[["broadcast_id", "campaign_id", "host_id"]]
    event = event.merge(
        more.rename(columns={"broadcast_id": "broadcast"}), on="broadcast", how="left",
        suffixes=("", "_of_broadcast"),
    )  # fmt: skip
    live = event.broadcast.notna() | event.name.str.startswith("live_")
    outside = ~event.name.str.startswith("live_")
    out = pd.DataFrame({"person": event.person, "ts_us": event.ts_us})
    out["channel"] = event.channel.fillna(pd.Series(np.where(live, "live", "direct")))
    out["campaign"] = event.campaign_id.fillna(event.campaign_id_of_broadcast)
    out["broadcast"] = event.broadcast.fillna("")
    out["host"] = event.host_id.fillna(event.host_id_of_broadcast)
    out["sku"] = event.sku_id.fillna(event.product_id).fillna(event.link_product)
    out["link"] = event.link.fillna("")
    out["touch_kind"] = np.where(
        outside & event.link.notna(), 2, event.name.map(ROOM_EVENTS).fillna(1)
    )
    return out


def from_coded(folder: Path) -> dict[str, Any]:
    event = pd.read_parquet(folder / "coded", columns=["person", "ts_us", "lane", "facet"])
    facet = pd.read_parquet(folder / "facet.parquet")
    text = pd.read_parquet(folder / "text_code.parquet")
    order = pd.read_parquet(folder / "order_code.parquet")
    split = order.value.str.split("\t", expand=True)
    order["platform"], order["shop_id"], order["order_id"] = split[0], split[1], split[2]
    ledger = pd.read_parquet(folder / "line_ledger.parquet")
    channel = text[text.kind == "channel"].set_index("code").value
    event = event.merge(facet[["facet", "channel"]], on="facet")
    event["channel"] = event.channel.map(channel)
    people_count = len(pd.read_parquet(folder / "person_code.parquet"))
    return finish(event, order, ledger, people_count)


def finish(
    event: pd.DataFrame, order: pd.DataFrame, ledger: pd.DataFrame, n_people: int
) -> dict[str, Any]:
    touch = touches(event)
    rows, nulls, credit = credits(touch, order, ledger)
    return {
        "people": n_people,
        "touches": len(touch),
        "journey_rows": rows["rows"] + nulls["rows"],
        "converted_orders": rows["orders"],
        "null_journeys": nulls["people"],
        "credit_fen": credit,
    }


def touches(event: pd.DataFrame) -> pd.DataFrame:
    event = event.sort_values(TOUCH_ORDER)
    pause = event.groupby(["person", "lane"]).ts_us.diff()
    return event[pause.isna() | (pause > GAP_US)]


def credits(
    touch: pd.DataFrame, order: pd.DataFrame, ledger: pd.DataFrame
) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    order["order"] = order.platform + "/" + order.shop_id + "/" + order.order_id
    ledger["order"] = ledger.platform + "/" + ledger.shop_id + "/" + ledger.order_id
    journey = journeys(touch, order)
    total = {}
    for name, rule in WEIGHTS.items():
        for channel, fen in by_channel(journey, ledger, rule).items():
            total[f"{name} {channel}"] = int(fen)
    end = max(touch.ts_us.max(), order.order_ts_us.max())
    null = touch[~touch.person.isin(order.person) & (touch.ts_us >= end - LOOKBACK_US)]
    rows = {"rows": len(journey), "orders": journey.order.nunique()}
    return rows, {"rows": len(null), "people": null.person.nunique()}, total


def journeys(touch: pd.DataFrame, order: pd.DataFrame) -> pd.DataFrame:
    """The touches of each order's person within the window before it."""
    of_person = dict(list(touch.sort_values(["person", "ts_us", "facet"]).groupby("person")))
    found = []
    for row in order[~order.is_test].itertuples():
        path = of_person.get(row.person)
        if path is None:
            continue
        before = (path.ts_us < row.order_ts_us) & (path.ts_us >= row.order_ts_us - LOOKBACK_US)
        if before.any():
            found.append(path[before].assign(order=row.order))
    return pd.concat(found, ignore_index=True)


def first(path: pd.DataFrame) -> pd.Series:
    return pd.Series([1] + [0] * (len(path) - 1), index=path.index)


def last(path: pd.DataFrame) -> pd.Series:
    return pd.Series([0] * (len(path) - 1) + [1], index=path.index)


def last_non_direct(path: pd.DataFrame) -> pd.Series:
    kept = path[~path.channel.isin(SKIP)]
    winner = kept.index[-1] if len(kept) else path.index[-1]
    return pd.Series((path.index == winner).astype(int), index=path.index)


def linear(path: pd.DataFrame) -> pd.Series:
    return pd.Series(1, index=path.index)


def position(path: pd.DataFrame) -> pd.Series:
    n = len(path)
    end = 2 * (n - 2) if n > 2 else 1
    return pd.Series([end] + [1] * (n - 2) + [end] * (n > 1), index=path.index)


def time_decay(path: pd.DataFrame) -> pd.Series:
    age = (path.ts_us - path.ts_us.max()) / HALF_LIFE_US
    return (10**12 * 2.0**age).round().astype("int64")


WEIGHTS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    f.__name__: f for f in (first, last, last_non_direct, linear, position, time_decay)
}


def by_channel(
    journey: pd.DataFrame, ledger: pd.DataFrame, rule: Callable[[pd.DataFrame], pd.Series]
) -> pd.Series:
    """Money of each channel under one rule: the lines' fen cut by the largest remainder."""
    path = journey[["order", "channel", "ts_us"]].copy()
    path["weight"] = path.groupby("order", group_keys=False)[["channel", "ts_us"]].apply(rule)
    path["total"] = path.groupby("order").weight.transform("sum")
    part = ledger.reset_index(names="line").merge(path, on="order", how="left")
    part["channel"] = part.channel.fillna("(unattributed)")
    part[["weight", "total"]] = part[["weight", "total"]].fillna(1).astype("int64")
    exact = part.net_fen.abs().astype(object) * part.weight  # beyond 64 bits: Python's own numbers
    part["floor"] = (exact // part.total).astype("int64")
    part["rest"] = (exact % part.total).astype("int64")
    left = part.net_fen.abs() - part.groupby("line").floor.transform("sum")
    part = part.assign(left=left).sort_values(
        ["line", "rest", "ts_us"], ascending=[True, False, True]
    )
    part["floor"] += part.groupby("line").cumcount() < part.left
    return (part.floor * np.sign(part.net_fen)).groupby(part.channel).sum()
