"""The same job in plain pandas, as one writes it in a notebook; `path.py` compares with it.

It is not a straw man: reading takes only the needed columns, what is an event about comes from
merges and `np.select`, sessions come from one sort and `groupby.diff`. What makes it naive is what
most notebooks do next: a dictionary with the touches of each person, and a loop over the orders
that looks up each one's touches, cuts out the window and shares out the money.
"""

from __future__ import annotations

from collections import defaultdict
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
RULES = ("first", "last", "last_non_direct", "linear", "position", "time_decay")
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
    touch = touch.sort_values(["person", "ts_us", "facet"])
    of_person = dict(list(touch.groupby("person")))
    lines = {
        key: part.net_fen.tolist()
        for key, part in ledger.groupby(["platform", "shop_id", "order_id"])
    }
    total: dict[str, int] = defaultdict(int)
    n_rows = n_orders = 0
    for row in order.itertuples():
        money = lines[row.platform, row.shop_id, row.order_id]
        path = None if row.is_test else of_person.get(row.person)
        if path is not None:
            before = (path.ts_us < row.order_ts_us) & (path.ts_us >= row.order_ts_us - LOOKBACK_US)
            path = path[before]
        if path is None or path.empty:
            for rule in RULES:
                total[f"{rule} (unattributed)"] += sum(money)
            continue
        n_rows, n_orders = n_rows + len(path), n_orders + 1
        channels, times = path.channel.tolist(), path.ts_us.tolist()
        for rule in RULES:
            weight = weights(rule, channels, times)
            for net_fen in money:
                for channel, fen in zip(channels, cut(net_fen, weight), strict=True):
                    total[f"{rule} {channel}"] += fen
    end = max(touch.ts_us.max(), order.order_ts_us.max())
    null = touch[~touch.person.isin(order.person) & (touch.ts_us >= end - LOOKBACK_US)]
    others = {"rows": len(null), "people": null.person.nunique()}
    return {"rows": n_rows, "orders": n_orders}, others, dict(total)


def weights(rule: str, channels: list[str], times: list[int]) -> list[int]:
    n = len(channels)
    if rule == "linear":
        return [1] * n
    if rule == "time_decay":
        return [round(10**12 * 2 ** ((t - times[-1]) / HALF_LIFE_US)) for t in times]
    if rule == "position":
        if n <= 2:
            return [1] * n
        return [2 * (n - 2)] + [1] * (n - 2) + [2 * (n - 2)]
    at = {"first": 0, "last": n - 1}.get(rule)
    if at is None:
        kept = [i for i, channel in enumerate(channels) if channel not in SKIP]
        at = kept[-1] if kept else n - 1
    return [int(i == at) for i in range(n)]


def cut(net_fen: int, weight: list[int]) -> list[int]:
    """Whole fen by the largest remainder."""
    total, amount = sum(weight), abs(net_fen)
    parts = [amount * w // total for w in weight]
    rests = [amount * w % total for w in weight]
    turn = sorted(range(len(weight)), key=lambda i: (-rests[i], i))
    for i in turn[: amount - sum(parts)]:
        parts[i] += 1
    return parts if net_fen >= 0 else [-part for part in parts]
