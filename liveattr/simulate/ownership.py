"""The truth of identifiers: whose each one is, and since and until when."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from liveattr.simulate.accounts import CASHIER_PHONE
from liveattr.simulate.world import DAY_US, World

__all__ = ["OWNERSHIP", "identifier_truth"]

_MOMENT = pa.timestamp("us", tz="UTC")
OWNERSHIP = pa.schema(
    [
        ("kind", pa.dictionary(pa.int8(), pa.string())),
        ("value", pa.string()),
        ("person", pa.int64()),
        ("from_at", _MOMENT),
        ("to_at", _MOMENT),
    ]
)
"""Columns of the truth of identifiers."""

_COLUMNS = (
    ("uid_douyin", "sec_open_id", ""),
    ("uid_douyin", "douyin_open_id", ""),
    ("uid_douyin", "sec_open_id_2", ""),
    ("uid_douyin", "douyin_open_id_2", ""),
    ("openid", "finder_openid", ""),
    ("openid", "channels_openid", ""),
    ("openid", "wx_openid", ""),
    ("unionid", "unionid", ""),
    ("mall_account", "yz_open_id", "youzan/"),
    ("mall_account", "mall_user", "mall/"),
    ("member_card", "member_card", ""),
    ("visitor", "visitor", ""),
    ("visitor", "visitor_2", ""),
    ("phone", "phone", "+86"),
    ("device", "device", ""),
    ("device", "device_later", ""),
)
"""Kind, column of the identifiers, and what stands before the text where it becomes a token."""

_KINDS = tuple(dict.fromkeys(kind for kind, _, _ in _COLUMNS))


def identifier_truth(
    world: World, identifiers: pd.DataFrame, first: int = 0, last: int | None = None
) -> pa.Table:
    """Say whose each identifier is, and when.

    Parameters
    ----------
    identifiers
        From `make_identifiers`.
    first, last
        The persons from `first` to before `last`; by default everybody.

    Returns
    -------
    pyarrow.Table
        `kind, value, person, from_at, to_at`, one row an identifier, person and time: one column of
        the identifiers after the other, each in the order of persons. `value` is the text before it
        becomes a token (a phone as +86…, a mall account as platform/id). The cashier's phone stands
        once, with the first persons, and its `person` is -1; a device that is shared has a row a
        person. `from_at, to_at` (UTC) are null where it is so all the time.
    """
    part = identifiers.iloc[first:last]
    person = np.arange(first, first + len(part))
    day = part["device_day"].to_numpy().astype(np.int64)
    moved = pa.array(world.start_us + day * DAY_US, mask=day < 0).cast(_MOMENT)
    never = pa.nulls(len(part), _MOMENT)
    pieces = []
    for kind, column, prefix in _COLUMNS:
        since = moved if column == "device_later" else never
        until = moved if column == "device" else never
        whole = _rows(kind, _texts(part, column), person, since, until)
        if column == "phone":
            whole = whole.filter(pa.array(part["own_phone"].to_numpy()))
        whole = whole.filter(pc.is_valid(whole["value"]))
        if prefix:
            named = pc.binary_join_element_wise(prefix, whole["value"], "")
            whole = whole.set_column(1, "value", named)
        pieces.append(whole)
    lacks = identifiers["phone"].notna().to_numpy() & ~identifiers["own_phone"].to_numpy()
    if first == 0 and lacks.any():
        none = pa.nulls(1, _MOMENT)
        number = pa.array([f"+86{CASHIER_PHONE}"])
        pieces.append(_rows("phone", number, np.array([-1]), none, none))
    return pa.concat_tables(pieces)


def _rows(
    kind: str, value: pa.Array, person: NDArray[np.int64], since: pa.Array, until: pa.Array
) -> pa.Table:
    codes = pa.array(np.full(len(person), _KINDS.index(kind), dtype=np.int8))
    kinds = pa.DictionaryArray.from_arrays(codes, pa.array(_KINDS))
    return pa.table([kinds, value, pa.array(person), since, until], schema=OWNERSHIP)


def _texts(part: pd.DataFrame, column: str) -> pa.Array:
    found = pa.array(part[column], pa.string())
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
