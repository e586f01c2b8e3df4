"""Events with the words of the platforms: codes become texts, in blocks, nothing is joined."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from liveattr.simulate.accounts import newer_device, second_account
from liveattr.simulate.behaviour import Behaviour
from liveattr.simulate.browsing import MALL_NAMES
from liveattr.simulate.consenting import ACTIONS, BINDINGS, PURPOSES
from liveattr.simulate.jump import links
from liveattr.simulate.watching import LIVE_NAMES
from liveattr.simulate.world import CHANNELS, LIVE, SEARCH, SHELF, World

__all__ = ["BLOCK_ROWS", "binding_rows", "consent_rows", "live_rows", "mall_rows", "read_rows"]

BLOCK_ROWS = 250_000
"""Rows whose texts are in memory at one time."""

_LOGIN = MALL_NAMES.index("login")
_CLIENTS = (*("mini_program",) * 6, "ios", "ios", "android", "web")
"""Classes of clients, as often as they come."""


def read_rows(
    make: Callable[[pd.DataFrame], pa.Table], frame: pd.DataFrame
) -> pa.RecordBatchReader:
    """Return the rows of a frame as a stream of blocks, in their order."""
    schema = make(frame.iloc[:0]).schema

    def blocks() -> Iterator[pa.RecordBatch]:
        for start in range(0, len(frame), BLOCK_ROWS):
            yield from make(frame.iloc[start : start + BLOCK_ROWS]).to_batches()

    return pa.RecordBatchReader.from_batches(schema, blocks())


def live_rows(behaviour: Behaviour, world: World) -> Callable[[pd.DataFrame], pa.Table]:
    """Return a function that gives rows of `Behaviour.live` their texts.

    Its columns: `event, name, ts_us, received_us, again, sec_open_id, openid, unionid, device_id,
    nickname, room_id, broadcast_id, host_id, product_id, lid, source, watch_ms, gift_value, gift_num,
    like_num, comment_length`.
    """
    ids, calendar, link = behaviour.identifiers, world.calendar, links(world)
    goods = [*world.goods["product_douyin"], *world.goods["product_channels"]]
    skus = len(world.goods)

    def make(part: pd.DataFrame) -> pa.Table:
        person, day = part["person"].to_numpy(), part["day"].to_numpy()
        name, broadcast = part["name"].to_numpy(), part["broadcast"].to_numpy()
        two = second_account(world, ids, person, day)
        sku = part["sku"].to_numpy().astype(np.int32)
        number = part["number"].to_numpy()
        likes, gifts, words = (
            np.where(name == LIVE_NAMES.index(n), number, -1)
            for n in ("live_like", "live_gift", "live_comment")
        )
        return pa.table(
            {
                **_common(part, LIVE_NAMES),
                "sec_open_id": _either(ids, "sec_open_id", "sec_open_id_2", person, two),
                "openid": _texts(ids, "finder_openid", person),
                "unionid": _texts(ids, "unionid", person),
                "device_id": _device(ids, person, day),
                "nickname": _nickname(person),
                "room_id": _coded(calendar["platform_room_id"], broadcast),
                "broadcast_id": _coded(calendar["broadcast_id"], broadcast),
                "host_id": _coded(calendar["host_id"], broadcast),
                "product_id": _coded(
                    goods, np.where(sku >= 0, sku + skus * part["source"].to_numpy(), -1)
                ),
                "lid": _coded(link["link_id"], part["link"].to_numpy()),
                "source": _coded(link["source_code"], part["link"].to_numpy()),
                "watch_ms": _number(part["watch_ms"].to_numpy()),
                "gift_value": _number(part["value_fen"].to_numpy()),
                "gift_num": _number(gifts),
                "like_num": _number(likes),
                "comment_length": _number(words),
            }
        )

    return make


def mall_rows(behaviour: Behaviour, world: World) -> Callable[[pd.DataFrame], pa.Table]:
    """Return a function that gives rows of `Behaviour.mall` their texts.

    Its columns: `event, name, ts_us, received_us, again, user_id, visitor_id, device_id, unionid,
    openid, member_card, phone, ip, ua_class, city, session, lid, source, channel, sku_id, order_id,
    quantity, value_fen`. Device, address, client and city stand on the landing and on the login, the
    member's identifiers on the login. The channel stands where the link does not name a room: in the link of a feed
    ad, short video or message that kept its parameters, and for searches and the shelf.
    """
    ids, orders, link = behaviour.identifiers, behaviour.mall_orders, links(world)
    own_phone, city = ids["own_phone"].to_numpy(), world.people["city"].cat
    in_room = np.isin(np.arange(len(CHANNELS)), LIVE)
    by_itself = np.isin(np.arange(len(CHANNELS)), (SEARCH, SHELF))

    def make(part: pd.DataFrame) -> pa.Table:
        person, day = part["person"].to_numpy(), part["day"].to_numpy()
        logged, took = part["logged"].to_numpy(), part["link"].to_numpy()
        name = part["name"].to_numpy()
        told, begins = np.where(name == _LOGIN, person, -1), name <= _LOGIN
        client = np.where(begins, (person * 7 + part["browser2"].to_numpy()) % 10, -1)
        channel = part["channel"].to_numpy()
        named = channel.clip(max=len(CHANNELS) - 1)
        known = (channel < len(CHANNELS)) & (by_itself[named] | ((took >= 0) & ~in_room[named]))
        order = part["mall_order"].to_numpy()
        return pa.table(
            {
                **_common(part, MALL_NAMES),
                "user_id": _texts(ids, "mall_user", np.where(logged, person, -1)),
                "visitor_id": _either(
                    ids, "visitor", "visitor_2", person, part["browser2"].to_numpy()
                ),
                "device_id": _device(ids, np.where(begins, person, -1), day),
                "unionid": _texts(ids, "unionid", told),
                "openid": _texts(ids, "wx_openid", told),
                "member_card": _texts(ids, "member_card", told),
                "phone": _texts(ids, "phone", np.where(own_phone[person], told, -1)),
                "ip": _texts(ids, "ip", np.where(begins, person, -1)),
                "ua_class": _coded(_CLIENTS, client),
                "city": _coded(
                    city.categories, np.where(begins, city.codes.to_numpy()[person], -1)
                ),
                "session": pa.array(part["session"].to_numpy()),
                "lid": _coded(link["link_id"], took),
                "source": _coded(link["source_code"], took),
                "channel": _coded(CHANNELS, np.where(known, channel, -1)),
                "sku_id": _coded(world.goods["merchant_sku"], part["sku"].to_numpy()),
                "order_id": _texts(orders, "order_id", order),
                "quantity": _picked(orders["qty"].to_numpy(), order),
                "value_fen": _picked(orders["value_fen"].to_numpy(), order),
            }
        )

    return make


def binding_rows(identifiers: pd.DataFrame) -> Callable[[pd.DataFrame], pa.Table]:
    """Return a function that gives rows of `Behaviour.bindings` their texts.

    Its columns: `binding, ts_us, left_kind, left_id, right_kind, right_id, evidence`; ids as the
    template wants them (mall accounts as platform/id).
    """
    starts = {"mall_user": "mall/", "yz_open_id": "youzan/"}

    def make(part: pd.DataFrame) -> pa.Table:
        person, kind = part["person"].to_numpy(), part["kind"].to_numpy()
        order = np.argsort(kind, kind="stable")
        back, bounds = np.argsort(order), np.searchsorted(kind[order], range(len(BINDINGS) + 1))
        sides = {}
        for side in ("left", "right"):
            parts = []
            for code, tie in enumerate(BINDINGS):
                column = getattr(tie, side)
                mine = person[order[bounds[code] : bounds[code + 1]]]
                text = _texts(identifiers, column, mine)
                start = starts.get(column, "")
                parts.append(pc.binary_join_element_wise(start, text, "") if start else text)
            sides[f"{side}_kind"] = _coded([getattr(t, f"{side}_kind") for t in BINDINGS], kind)
            sides[f"{side}_id"] = pa.concat_arrays(parts).take(pa.array(back))
        return pa.table(
            {
                "binding": pa.array(part["binding"].to_numpy()),
                "ts_us": pa.array(part["ts_us"].to_numpy()),
                **sides,
                "evidence": _coded([t.evidence for t in BINDINGS], kind),
            }
        )

    return make


def consent_rows(identifiers: pd.DataFrame) -> Callable[[pd.DataFrame], pa.Table]:
    """Return a function that gives rows of `consent_acts` their texts.

    Its columns: `seq, ts_us, subject_kind, subject_id` (a member's mall account; mall/…), `purpose,
    action, channel, version`.
    """

    def make(part: pd.DataFrame) -> pa.Table:
        member = _texts(identifiers, "mall_user", part["person"].to_numpy())
        same = np.zeros(len(part), dtype=np.int8)
        return pa.table(
            {
                "seq": pa.array(part["seq"].to_numpy()),
                "ts_us": pa.array(part["ts_us"].to_numpy()),
                "subject_kind": _coded(["mall_account"], same),
                "subject_id": pc.binary_join_element_wise("mall/", member, ""),
                "purpose": _coded([*PURPOSES], part["purpose"].to_numpy()),
                "action": _coded(ACTIONS, part["action"].to_numpy()),
                "channel": _coded(["小程序"], same),
                "version": _coded(["v3"], same),
            }
        )

    return make


def _common(part: pd.DataFrame, names: Sequence[str]) -> dict[str, pa.Array]:
    return {
        "event": pa.array(part["event"].to_numpy()),
        "name": _coded(names, part["name"].to_numpy()),
        "ts_us": pa.array(part["ts_us"].to_numpy()),
        "received_us": pa.array(part["received_us"].to_numpy()),
        "again": pa.array(part["again"].to_numpy()),
    }


def _coded(texts: Sequence[str] | pd.Series | pd.Index, code: NDArray[np.integer]) -> pa.Array:
    """Return the text of each code, null below 0; kept as codes."""
    values = pa.array([*texts] or [""], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(code.astype(np.int32), mask=code < 0), values)


def _texts(frame: pd.DataFrame, column: str, row: NDArray[np.integer]) -> pa.Array:
    """Return the text of each row, null below 0."""
    at = pa.array(row.astype(np.int64), mask=row < 0)
    whole = pa.array(frame[column], pa.string())
    whole = whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole
    return whole.take(at)


def _either(
    ids: pd.DataFrame, one: str, two: str, person: NDArray[np.integer], other: NDArray[np.bool_]
) -> pa.Array:
    if not other.any():
        return _texts(ids, one, person)
    return pc.if_else(pa.array(other), _texts(ids, two, person), _texts(ids, one, person))


def _device(ids: pd.DataFrame, person: NDArray[np.integer], day: NDArray[np.integer]) -> pa.Array:
    return _either(ids, "device", "device_later", person, newer_device(ids, person, day))


def _nickname(person: NDArray[np.integer]) -> pa.Array:
    number = pa.array((person.astype(np.int64) * 7919) % 100_000).cast(pa.string())
    return pc.binary_join_element_wise("茶友", number, "")


def _number(values: NDArray[np.integer]) -> pa.Array:
    return pa.array(values.astype(np.int64), mask=values < 0)


def _picked(values: NDArray[np.integer], at: NDArray[np.integer]) -> pa.Array:
    if not len(values):
        return pa.nulls(len(at), pa.int64())
    return pa.array(values[at].astype(np.int64), mask=at < 0)
