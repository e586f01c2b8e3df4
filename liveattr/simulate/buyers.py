"""Under which account each order was placed, and what the shop learns of the buyer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from liveattr.simulate.accounts import second_account
from liveattr.simulate.streams import cells
from liveattr.simulate.world import MALL

if TYPE_CHECKING:
    from liveattr.simulate.world import World

__all__ = ["buyer_columns"]

_IN_WECHAT = 0.6
"""Orders of members that are placed in the mall's mini program; the others come by a browser."""


def buyer_columns(headers: pd.DataFrame, world: World, identifiers: pd.DataFrame) -> pd.DataFrame:
    """Return what an order says of its buyer: texts, null where the platform gives none.

    Parameters
    ----------
    headers
        `person, day, place`.
    identifiers
        From `make_identifiers`.

    Returns
    -------
    pandas.DataFrame
        Aligned with `headers`: `account` (the buyer's account in the shop; a person with two
        Douyin accounts uses the one of that day), `unionid` (Channels), `openid` (mall: WeChat
        OpenID of orders of the mini program), `phone` (mall: only where the buyer bound one, or
        the cashier's where he has none).
    """
    person = headers["person"].to_numpy()
    day = headers["day"].to_numpy()
    place = headers["place"].to_numpy()
    known = {name: pa.array(identifiers[name]) for name in _NAMES}
    at = pa.array(person)

    def of(name: str) -> pa.Array:
        return pc.take(known[name], at)

    two = second_account(world, identifiers, person, day)
    linked = identifiers["linked_day"].to_numpy()[person]
    member = (place == MALL) & (linked >= 0) & (day >= linked)
    wechat = member & (cells(world.seed, "mini program", person, day)[0] < _IN_WECHAT)
    cashier = (place == MALL) & ~identifiers["own_phone"].to_numpy(dtype=bool)[person]
    none = pa.scalar(None, pa.string())
    first, second = of("douyin_open_id"), of("douyin_open_id_2")
    account = pc.case_when(
        pc.make_struct(*(pa.array(x) for x in (two & (place == 0), place == 0, place == 1))),
        second,
        first,
        of("channels_openid"),
        of("yz_open_id"),
    )
    columns = {
        "account": account,
        "unionid": pc.if_else(pa.array(place == 1), of("unionid"), none),
        "openid": pc.if_else(pa.array(wechat), of("wx_openid"), none),
        "phone": pc.if_else(pa.array(member | cashier), of("phone"), none),
    }
    text = pd.ArrowDtype(pa.string())
    return pd.DataFrame(
        {name: pd.Series(values, dtype=text) for name, values in columns.items()},
        index=np.arange(len(headers)),
    )


_NAMES = (
    "douyin_open_id",
    "douyin_open_id_2",
    "channels_openid",
    "unionid",
    "yz_open_id",
    "wx_openid",
    "phone",
)
