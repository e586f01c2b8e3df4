"""Two recall lists of one show, one of them with a result, and a shop that foretells its orders."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from liveattr.lake import Lake, open_lake
from tests.report.world import AS_OF, EVIL, Rows, frame

SHOW = "own_20260210"
FROZEN = datetime(2026, 2, 11, 0, tzinfo=UTC)
LATE = "late_1_push"
NAMES = ("high_intent_1_sms", "high_intent_1_wecom")


def audience(audience_id: str, channel: str, **known: Any) -> dict[str, Any]:
    return {
        "audience_id": audience_id,
        "definition": "high_intent",
        "version": "1",
        "definition_sha256": "ab" * 32,
        "definition_text": "name: high_intent\nwhere: >-\n  carts >= 1\n",
        "title_zh": "高意向未成交",
        "title_en": "High intent, not converted",
        "broadcast_id": SHOW,
        "channel": channel,
        "scope": audience_id,
        "as_of": date(2026, 2, 10),
        "frozen_at": FROZEN,
        "send_from_at": FROZEN + timedelta(hours=1),
        "expires_at": FROZEN + timedelta(days=7),
        "n_found": 1_000, "n_excluded": 40, "n_capped": 3, "n_refused": 207,
        "refused": json.dumps({"no_consent": 150, "withdrawn": 55, "opted_out": 2}),
        "n_contact": 670, "n_holdout": 73, "n_never": 7,
        "holdout_share": 0.1,
        "expected_rate": 0.04,
        "mde": 0.071,
        "outcome_days": 7,
        "message_cost_fen": 5,
        "coupon_cost_fen": 0,
        "never_raises_price": True,
        **known,
    }  # fmt: skip


def members(audience_id: str, contact: int, holdout: int) -> Rows:
    rows: Rows = []
    for at in range(contact + holdout):
        arm = "contact" if at < contact else "holdout"
        why = {"watch_s": 300 + at, "carts": int(at % 3 == 0), EVIL: int(at == 1)}
        rows.append(
            {"audience_id": audience_id, "person_id": f"secret-person-{at}", "arm": arm}
            | {"pos": at + 1, "kind": "phone", "token": f"{at:064x}", "score": 0.2}
            | {"sku_id": "SKU-1" if at % 20 else "SKU-2", "why": json.dumps(why)}
            | {"removed_at": FROZEN if at < 6 else None}
            | {"removed_why": "withdrawn" if at < 6 else None}
        )
    return rows


def result(audience_id: str, outcome: str, **known: Any) -> dict[str, Any]:
    return {
        "audience_id": audience_id, "as_of": AS_OF, "outcome": outcome, "refund_days": 3,
        "n_contact": 670, "n_holdout": 73, "level": 0.95, **known,
    }  # fmt: skip


def told(mean: float, held: float, low: float, high: float, **known: Any) -> dict[str, Any]:
    gap = mean - held
    return {
        "contact": mean, "holdout": held, "difference": gap, "low": low, "high": high,
        "total": 670 * gap, "total_low": 670 * low, "total_high": 670 * high,
        "p_value": 0.5, "mde": 0.07, "detectable": False, **known,
    }  # fmt: skip


RESULTS = [
    result(NAMES[0], "bought", **told(0.09, 0.04, 0.01, 0.09, detectable=True)),
    result(NAMES[0], "orders", **told(0.11, 0.05, -0.01, 0.13)),
    result(NAMES[0], "net_margin_fen", **told(910, 400, 30, 990, detectable=True)),
    result(NAMES[0], "bought", reason="too_early") | {"as_of": AS_OF - timedelta(days=9)},
    result(NAMES[1], "bought", reason="few_people", n_holdout=3, n_contact=31, contact=0.25),
]


def recall_lake(folder: Path, names: tuple[str, ...] = NAMES) -> Lake:
    lake = open_lake(folder, threads=1)
    lists = [audience(NAMES[0], "sms"), audience(NAMES[1], "wecom", n_contact=31, n_holdout=3)]
    lists.append(audience(LATE, "push", frozen_at=FROZEN + timedelta(days=90)))
    show = {"broadcast_id": SHOW, "platform": "douyin", "start_at": FROZEN - timedelta(hours=12)}
    show |= {"campaign_id": SHOW, "end_at": FROZEN - timedelta(hours=9)}
    tables: dict[str, Rows] = {
        "broadcast": [show | {"account_id": "acc-1", "business_on": date(2026, 2, 10)}],
        "audience": [each for each in lists if each["audience_id"] in (*names, LATE)],
        "audience_member": [*members(NAMES[0], 670, 73), *members(NAMES[1], 31, 3)],
        "recall_result": [each for each in RESULTS if each["audience_id"] in names],
    }
    for name, rows in tables.items():
        lake.write(name, frame(name, rows))
    return lake


def person(at: int, chance: float) -> dict[str, Any]:
    return {
        "person_id": f"secret-person-{at}", "as_of": AS_OF, "n_orders": 2, "last_on": AS_OF,
        "recency_days": 5, "level": 0.8, "data_age_days": 9, "beyond": at % 40 == 0, "model": "cox",
        "p_30": chance, "p_60": chance, "p_90": chance, "expected_orders": 2 * chance,
        "low_orders": 0.0, "high_orders": 2.0, "expected_value_fen": 10_000, "low_value_fen": 0,
        "high_value_fen": 90_000, "next_order_on": AS_OF if at % 2 else None,
        **{f"{end}_{h}": chance for end in ("low", "high") for h in (30, 60, 90)},
        "top_reasons": json.dumps([["log_recency", -0.5], ["log_frequency", 0.2]]),
    }  # fmt: skip


def repurchase_lake(folder: Path, reason: str | None = None) -> Lake:
    lake = open_lake(folder, threads=1)
    known = {"model": "cox", "model_json": "{}", "n_people": 600, "n": 3_000}
    tables: dict[str, Rows] = {
        "repurchase_model": [{"as_of": AS_OF, **known, "reason": reason}],
        "repurchase": [],
        "repurchase_week": [],
        "repurchase_score": [],
    }
    if reason is None:
        chances = [0.6] * 3 + [0.3] * 90 + [0.15] * 200 + [0.01] * 307
        tables["repurchase"] = [person(at, p) for at, p in enumerate(chances)]
        tables["repurchase_week"] = weeks()
        tables["repurchase_score"] = scores()
    for name, rows in tables.items():
        lake.write(name, frame(name, rows))
    return lake


def weeks() -> Rows:
    rows: Rows = []
    for category, part in (("(all)", 1.0), ("面膜", 0.7), (EVIL, 0.2)):
        for at in range(13):
            orders = part * (30 - at) * (1 if at else 2 / 7)
            rows.append(
                {"as_of": AS_OF, "category": category, "days": 7 if at else 2, "level": 0.8}
                | {"week_on": date(2026, 2, 16) + timedelta(days=7 * at)}
                | {"expected_orders": orders, "expected_units": 1.4 * orders}
                | {"low_orders": 0.8 * orders, "high_orders": 1.2 * orders}
            )
    return rows


def scores() -> Rows:
    return [
        {"as_of": AS_OF, "model": model, "cut_on": AS_OF - timedelta(days=90 + 30 * cut)}
        | {"horizon_days": 30, "n": 500, "log_loss": loss, "brier": 0.1, "auc": auc}
        | {"ece": 0.01, "told": 50.0, "came": 48, "orders_came": 52, "chosen": model == "cox"}
        for model, loss, auc in (("cox", 0.22, 0.79), ("constant", 0.27, None))
        for cut in range(3)
    ]
