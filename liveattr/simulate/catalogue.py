"""What is sold: a skin-care brand's catalogue, its codes on each platform, and its prices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.simulate.knobs import Block, knob
from liveattr.simulate.streams import cells, words
from liveattr.simulate.world import PLACES

__all__ = ["CATEGORIES", "Goods", "draw_goods", "draw_prices"]

CATEGORIES = pd.DataFrame(
    {
        "category": ["洁面", "面霜", "精华", "面膜", "防晒"],
        "cycle_days": [45.0, 50.0, 50.0, 30.0, 55.0],
        "weight": [0.18, 0.24, 0.24, 0.22, 0.12],
    }
)
"""Category, how long one unit lasts [days], and how many persons prefer it."""

# name, specification, category, price [yuan], cost of goods as a share of it, popularity, launched on day
_LIST = (
    ("山茶花氨基酸洁面乳", "120克", 0, 89, 0.24, 1.6, None),
    ("山茶花氨基酸洁面乳", "60克 旅行装", 0, 49, 0.30, 0.7, None),
    ("温和卸妆膏", "90克", 0, 128, 0.25, 0.9, None),
    ("净澈洁面慕斯", "150毫升", 0, 99, 0.26, 0.6, None),
    ("保湿修护面霜", "50克", 1, 169, 0.22, 1.8, None),
    ("保湿修护面霜", "30克", 1, 119, 0.25, 0.8, None),
    ("清爽控油乳霜", "50克", 1, 149, 0.23, 0.7, None),
    ("夜间焕能面霜", "50克", 1, 239, 0.20, 0.9, None),
    ("眼周紧致眼霜", "15克", 1, 199, 0.19, 1.0, None),
    ("玻尿酸精华液", "30毫升", 2, 199, 0.18, 1.7, None),
    ("烟酰胺亮肤精华", "30毫升", 2, 219, 0.18, 1.2, None),
    ("多肽紧致精华", "30毫升", 2, 329, 0.17, 0.7, None),
    ("修护精华油", "20毫升", 2, 179, 0.20, 0.5, None),
    ("次抛精华", "1.5毫升×30支", 2, 259, 0.21, 0.9, None),
    ("玻尿酸补水面膜", "5片", 3, 69, 0.28, 1.9, None),
    ("玻尿酸补水面膜", "20片 家庭装", 3, 199, 0.26, 1.0, None),
    ("积雪草舒缓面膜", "5片", 3, 79, 0.27, 1.0, None),
    ("清洁泥膜", "100克", 3, 109, 0.24, 0.6, None),
    ("睡眠面膜", "80克", 3, 139, 0.23, 0.5, None),
    ("轻薄防晒乳 SPF50+", "50毫升", 4, 99, 0.25, 1.5, None),
    ("物理防晒霜 SPF50+", "40克", 4, 129, 0.25, 0.7, None),
    ("防晒喷雾", "150毫升", 4, 109, 0.27, 0.8, None),
    ("山茶花焕活水乳套装", "120毫升+100毫升", 1, 269, 0.22, 0.9, 75),
    ("冻干粉修护精华", "5支装", 2, 289, 0.19, 0.8, 105),
)

_BRAND = "山茶记"
_HALO = 0.924
"""Price in a live room as a share of the shelf's: 7.6 % lower (Zhang, Liu, Liu, Muller 2023)."""


@dataclass(frozen=True)
class Goods(Block):
    """Prices in the rooms, and how the shelf prices of the shops drift apart (`on`)."""

    room_price: float = knob(
        _HALO, 0.3, 1.2, "price in own rooms ÷ list price", source="SSRN 4318978: 7.6 % lower"
    )
    kol_price: float = knob(0.80, 0.2, 1.2, "price in a KOL show ÷ list price")
    drift_share: float = knob(0.25, 0, 1, "SKUs of a shop whose price is changed in 30 days")
    drift_size: float = knob(0.08, 0, 0.5, "largest change of a price")
    drift_days: int = knob(21, 1, 365, "how long a changed price stays", unit="days")
    home_share: float = knob(0.75, 0, 1, "purchases in the person's own category")
    second_line: float = knob(0.15, 0, 1, "orders with a second SKU")


def draw_goods(seed: int) -> pd.DataFrame:
    """Draw the codes of the catalogue on each platform; columns as `World.goods`."""
    frame = pd.DataFrame(
        _LIST, columns=["name", "spec", "category", "yuan", "cost", "popularity", "launched_day"]
    )
    n = len(frame)
    code = frame["category"].to_numpy()
    number = frame.groupby("category").cumcount() + 1
    letters = np.array(["CLN", "CRM", "SER", "MSK", "SUN"])[code]
    goods = pd.DataFrame(
        {
            "merchant_sku": [f"{a}-{b:02d}" for a, b in zip(letters, number, strict=True)],
            "name": frame["name"],
            "spec": frame["spec"],
            "category": CATEGORIES["category"].to_numpy()[code],
            "category_code": code.astype(np.int8),
            "brand": _BRAND,
            "cycle_days": CATEGORIES["cycle_days"].to_numpy()[code],
            "price_fen": (frame["yuan"] * 100).astype(np.int64),
            "cogs_fen": (frame["yuan"] * frame["cost"] * 100).round().astype(np.int64),
            "popularity": frame["popularity"],
            "launched_day": frame["launched_day"].fillna(-400).astype(np.int16),
        }
    )
    digits = {"douyin": 19, "channels": 11, "youzan": 10}
    for p, place in enumerate(PLACES):
        for what in ("product", "sku"):
            goods[f"{what}_{place}"] = _numbers(seed, f"{what} {place}", n, digits[place], p)
    goods.index = pd.RangeIndex(n, name="sku")
    return goods


def _numbers(seed: int, purpose: str, n: int, digits: int, place: int) -> list[str]:
    """Return long numbers as text, as platforms give them; they begin with 3 and look no phone."""
    low, high = words(seed, f"number {purpose}", np.arange(n), place)[:2]
    return [
        f"3{(int(a) << 32 | int(b)) % 10 ** (digits - 1):0{digits - 1}d}"
        for a, b in zip(low, high, strict=True)
    ]


def draw_prices(seed: int, goods: pd.DataFrame, block: Goods, days: int) -> NDArray[np.int64]:
    """Return shelf prices, shape (places, SKUs, days) [fen]; whole yuan.

    A price is changed at most once in 30 days, for `drift_days`, by up to `drift_size`: each shop
    decides for itself, so the platforms and the mall drift apart.
    """
    base = goods["price_fen"].to_numpy()
    prices = np.repeat(np.tile(base, (len(PLACES), 1))[:, :, None], days, axis=2)
    if not block.on:
        return prices
    sku = np.arange(len(goods))
    for place in range(len(PLACES)):
        for month in range(-(-days // 30)):
            changed, size, first, _ = cells(seed, "price drift", sku, place, month)
            factor = 1 + block.drift_size * (2 * size - 1)
            begin = month * 30 + (first * 30).astype(int)
            for one in np.flatnonzero(changed < block.drift_share):
                new = round(base[one] * factor[one] / 100) * 100
                prices[place, one, begin[one] : begin[one] + block.drift_days] = new
    return prices
