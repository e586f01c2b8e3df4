"""A shop with forty products for the planners' report and workbook: made up, and always the same."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from liveattr.lake import Lake, open_lake
from tests.report.world import AS_OF, Rows, frame

QUANTILES = (0.05, *(at / 10 for at in range(1, 10)), 0.95, 0.99)
_KINDS = {
    "面膜": (
        "玻尿酸补水面膜 5 片装",
        "积雪草舒缓面膜 10 片装",
        "胶原蛋白提拉面膜",
        "熬夜修护睡眠面膜",
    ),
    "精华": (
        "烟酰胺亮肤精华 30ml",
        "二裂酵母修护精华 50ml",
        "早 C 晚 A 精华套装",
        "虾青素抗氧化精华液",
    ),
    "防晒": ("清透防晒乳 SPF50+ 50ml", "物理防晒霜 敏感肌可用", "防晒喷雾 150ml", "儿童防晒露 60g"),
    "洁面": ("氨基酸洁面乳 120g", "净透清洁泥膜 100g", "卸妆油 200ml 温和不辣眼", "洁颜蜜 150ml"),
    "彩妆": ("丝绒哑光口红 #01 正红", "持妆粉底液 自然色", "九色眼影盘 大地色", "极细眼线液笔 黑"),
}
_SUPPLIERS = ("广州美妍", "上海澄肌", "杭州花见", None)
_CLASSES = ("smooth", "intermittent", "erratic", "lumpy", "event", "new")


def plan_rows(n: int = 40, seed: int = 7) -> Rows:
    """Rows of `order_plan`: some out of stock, some with too much, one without a cost."""
    rng = np.random.default_rng(seed)
    rows: Rows = []
    for at in range(n):
        kind = list(_KINDS)[at % len(_KINDS)]
        name = _KINDS[kind][at // len(_KINDS) % 4] + ("" if at < 20 else " 升级版")
        days, level = int(rng.choice([10, 14, 21])), float(rng.choice([0.8, 0.9, 0.95, 0.97]))
        mean = float(np.round(days * rng.gamma(1.2, 9) + 1, 1))
        spread = mean * rng.uniform(0.2, 0.6)
        upto, available = mean + 1.5 * spread, int(mean * rng.choice([0, 0.3, 0.8, 1.1, 2.6]))
        transit, pack = int(available * rng.choice([0, 0.3])), int(rng.choice([1, 6, 12, 24]))
        need = max(upto - available, 0)
        qty = int(np.ceil(need / pack) * pack)
        cost = None if at == 19 else int(rng.integers(600, 9_900))
        cover = available / (mean / days)
        out_on = AS_OF + timedelta(days=int(cover)) if cover <= 28 else None
        event = float(np.round(mean * rng.choice([0, 0, 0.35]), 1))
        reasons: list[list[Any]] = [["demand_window", days, mean]]
        reasons += [["event", event]] if event else []
        reasons += [["stockout", int(cover)]] if out_on and qty else [["enough", round(cover, 1)]]
        reasons += [["pack", pack]] if pack > 1 and qty else []
        reasons += [["no_cost"]] if cost is None else []
        reasons += [["diagnosis_cap", "price"]] if at == 5 else []
        reasons += [["new_sku"]] if at % 13 == 12 else []
        before = None if at % 5 == 4 else int(max(qty + rng.integers(-40, 40), 0))
        rows.append(
            {
                "as_of": AS_OF, "merchant_sku": f"HM{2600 + at:06d}", "name": name,
                "category": kind, "supplier_id": _SUPPLIERS[at % 4], "on_hand": available - transit + 5,
                "reserved": 5, "in_transit": transit, "returns_due": float(at % 3),
                "available": available, "mean_7": round(mean / days * 1.1, 3),
                "mean_30": round(mean / days * 0.9, 3), "days": days, "demand_mean": mean,
                "demand_p50": round(mean * 0.95, 2), "demand_p80": round(mean + 0.8 * spread, 2),
                "demand_p95": round(mean + 1.6 * spread, 2), "event_units": event,
                "service_level": level, "safety_stock": round(upto - mean, 2),
                "reorder_point": round(mean * 0.7, 2), "order_up_to": round(upto, 2),
                "suggested_qty": qty, "unit_cost_fen": cost,
                "amount_fen": None if cost is None else cost * qty, "stockout_on": out_on,
                "cover_days": round(cover, 2), "short_cost_fen": int(rng.integers(0, 90_000)),
                "over_cost_fen": int(rng.integers(0, 40_000)),
                "unit_short_cost": cost, "unit_over_cost": None if cost is None else cost * 0.02,
                "abc": "AABCC"[at % 5], "xyz": "XYZ"[at % 3], "demand_class": _CLASSES[at % 6],
                "model_used": ("glm+empirical", "glm", "empirical")[at % 3],
                "fallback_reason": "fewer than 28 days of history" if at % 13 == 12 else None,
                "basis": ("own history", "clicks", "analogue")[0 if at % 13 != 12 else 2],
                "reasons": json.dumps(reasons), "diagnosis": "price" if at == 5 else None,
                "previous_qty": before, "previous_on": before and AS_OF - timedelta(days=7),
            }
        )  # fmt: skip
    return rows


def day_rows(plan: Rows, shows: tuple[int, ...] = (3, 9), seed: int = 8) -> Rows:
    """Rows of `demand_forecast`, single days; a planned broadcast triples a day."""
    rng = np.random.default_rng(seed)
    rows: Rows = []
    for each in plan:
        base = each["demand_mean"] / each["days"] * rng.uniform(0.8, 1.2, 28)
        for day in range(1, 29):
            centre = base[day - 1] * (3 if day in shows and each["event_units"] else 1)
            rows += [
                {"as_of": AS_OF, "merchant_sku": each["merchant_sku"], "days": 1, "quantile": q}
                | {"from_on": AS_OF + timedelta(days=day), "units": centre * (0.4 + 1.2 * q)}
                | {k: each[k] for k in ("demand_class", "model_used", "basis")}
                for q in QUANTILES
            ]
    return rows


def score_rows() -> Rows:
    """Rows of `demand_backtest`: three models by class, and the points of their frontiers."""
    scores = {
        "glm+empirical": (0.141, 0.31, -0.02, 0.91), "last_30": (0.236, 0.47, 0.06, 0.7),
        "last_7": (0.265, 0.52, 0.04, 0.6),
    }  # fmt: skip
    rows = [
        {"as_of": AS_OF, "model": model, "demand_class": kind, "metric": metric, "score": score}
        | {"n": 420 if kind == "(all)" else 140, "champion": model == "glm+empirical"}
        for model, told in scores.items()
        for kind in ("(all)", "smooth", "lumpy", "event")
        for metric, score in zip(("pinball", "wape", "bias", "coverage_90"), told, strict=True)
        if metric != "coverage_90" or not model.startswith("last_")
    ]
    stock = {"glm+empirical": 11.0, "last_30": 17.8, "last_7": 20.3}
    for model, days in stock.items():
        for at, level in enumerate((0.8, 0.9, 0.95, 0.97)):
            points = {"fill_rate": 0.9 + 0.024 * at, "stock_days": days * (0.7 + 0.18 * at)}
            rows += [
                {"as_of": AS_OF, "model": f"{model}@{level}", "demand_class": "(all)"}
                | {"metric": metric, "score": score, "n": 420, "champion": False}
                for metric, score in points.items()
            ]
    return rows


def show_rows(plan: Rows) -> dict[str, Rows]:
    """Rows of two planned broadcasts and of their lists of goods."""
    shows, goods = [], []
    for at, (day, host, title) in enumerate(
        ((3, "小鹿", "冬季修护专场"), (9, "阿哲", "年货节 · 彩妆之夜"))
    ):
        on = AS_OF + timedelta(days=day)
        start = pd.Timestamp(on, tz="UTC") + pd.Timedelta(hours=11.5)
        name = f"live_{on:%Y%m%d}_{'AB'[at]}"
        shows.append(
            {"broadcast_id": name, "campaign_id": name, "platform": "douyin", "account_id": "a"}
            | {"business_on": on, "start_at": start, "end_at": start + pd.Timedelta(hours=4)}
            | {"host_id": host, "title": title}
        )
        chosen = [each for each in plan if each["event_units"]][at::2]
        goods += [
            {"broadcast_id": name, "sku_id": each["merchant_sku"], "state": "planned", "slot": slot}
            | {"price_fen": 9_900}
            for slot, each in enumerate(chosen, 1)
        ]
    return {"broadcast": shows, "broadcast_plan": goods}


def make_stock(folder: Path, n: int = 40) -> Lake:
    """Make the lake."""
    lake, plan = open_lake(folder, threads=1), plan_rows(n)
    tables = {
        "order_plan": plan,
        "demand_forecast": day_rows(plan),
        "demand_backtest": score_rows(),
        **show_rows(plan),
    }
    for name, rows in tables.items():
        lake.write(name, frame(name, rows))
    return lake
