"""The sample broadcast worked out by hand: expected values as literals. See sample_broadcast.md.

Every number below was added up from the raw files and the written definitions, never taken from
the program. Money is fen. Where a test and a number here disagree, find out who is right by the
definitions; a number here is never changed to make a test pass.
"""

from __future__ import annotations

AS_OF = ("2026-01-23", "2026-02-06", "2026-02-21")
"""Business dates: D+1, D+15 and D+30 of the main broadcast."""

VARIANTS = ("low", "base", "high")

FILES = {
    "bindings/bindings.csv": (36, 36, 0, 0, 0, 0),
    "broadcast_plan/plan.csv": (6, 6, 0, 0, 0, 0),
    "broadcasts/broadcasts.csv": (2, 2, 0, 0, 0, 0),
    "campaign_costs/costs.csv": (14, 14, 0, 0, 0, 0),
    "compass_live_traffic/traffic_2026-01-22.csv": (13, 5, 0, 0, 0, 8),
    "consents/consents.csv": (5, 5, 0, 0, 0, 0),
    "doudian_account_ledger/account_2026-02-21.json": (20, 20, 0, 0, 0, 0),
    "doudian_aftersale/claims_2026-02-21.jsonl": (11, 11, 0, 0, 0, 0),
    "doudian_aftersale/resent_2026-02-02.jsonl": (3, 3, 2, 1, 0, 0),
    "doudian_orders/export_2026-02-21.jsonl": (28, 28, 0, 0, 0, 0),
    "doudian_orders/resent_2026-01-24.json": (26, 26, 1, 25, 0, 0),
    "doudian_settle_v3/bill_2026-02-01_06.json": (21, 20, 0, 0, 0, 1),
    "doudian_settle_v3/bill_2026-02-07_21.json": (4, 4, 0, 0, 0, 0),
    "impact_assessments/samples.csv": (3, 3, 0, 0, 0, 0),
    "live_events/room_2026-01-22_24.jsonl": (25, 25, 0, 0, 0, 0),
    "mall_events/mall_2026-01.jsonl": (24, 24, 0, 0, 0, 0),
    "products/products.csv": (7, 7, 0, 0, 0, 0),
    "qianchuan_orders/orders_2026-02-01.json": (6, 6, 0, 0, 0, 0),
    "qianchuan_report/ads_2026-01-22_24.csv": (12, 11, 0, 0, 0, 1),
    "sku_cogs/cogs.csv": (8, 8, 0, 0, 0, 0),
    "sku_map/sku_map.csv": (9, 9, 0, 0, 0, 0),
    "test_accounts/test_accounts.csv": (2, 2, 0, 0, 0, 0),
    "tracked_links/links.csv": (3, 3, 0, 0, 0, 0),
    "youzan_trades/trades_2026-02-21.json": (5, 5, 0, 0, 0, 0),
}
"""File → records in, ok, of these repeated, of these older, bad, set aside.

Older or repeated in the second order file: only order O03 had not changed since (repeated); in the
second file of claims the withdrawn claim and the one of O04 had not, that of O08 had.
"""

JOURNEYS = {
    "O01": ("live A",),
    "O02": ("short_video", "live A"),
    "O04": ("short_video", "live A"),
    "O06": ("live A",),
    "O13.1": ("live A", "live A"),
    "O13.2": ("live A", "live A"),
    "O18": ("short_video", "live A", "live A", "direct"),
    "O19": ("live",),
    "O20": ("live A", "sms", "live B"),
    "O23": ("live A",),
    "O27": ("live A", "sms"),
    "M1": ("live A", "live A", "direct", "direct"),
    "M2": ("sms",),
    "M4": ("live A", "direct"),
    "M5": ("live A", "live A", "direct"),
}
"""Line → its touches in order: channel and, where it has one, the broadcast. The others have none."""

CREDIT = {
    "first": {
        "channel": {"live": 83_334, "short_video": 21_858, "sms": 8_951, "(unattributed)": 77_727},
        "broadcast": {"live_20260122_A": 70_427, "(none)": 43_716, "(unattributed)": 77_727},
    },
    "last": {
        "channel": {"live": 67_073, "sms": 13_854, "direct": 33_216, "(unattributed)": 77_727},
        "broadcast": {
            "live_20260122_A": 41_259,
            "live_20260124_B": 12_907,
            "(none)": 59_977,
            "(unattributed)": 77_727,
        },
    },
    "last_non_direct": {
        "channel": {"live": 100_289, "sms": 13_854, "(unattributed)": 77_727},
        "broadcast": {
            "live_20260122_A": 74_475,
            "live_20260124_B": 12_907,
            "(none)": 26_761,
            "(unattributed)": 77_727,
        },
    },
    "linear": {
        "channel": {
            "live": 78_590,
            "short_video": 7_703,
            "sms": 15_704,
            "direct": 12_146,
            "(unattributed)": 77_727,
        },
        "broadcast": {
            "live_20260122_A": 61_381,
            "live_20260124_B": 4_302,
            "(none)": 48_460,
            "(unattributed)": 77_727,
        },
    },
    "position": {
        "channel": {
            "live": 75_944,
            "short_video": 9_639,
            "sms": 13_983,
            "direct": 14_577,
            "(unattributed)": 77_727,
        },
        "broadcast": {
            "live_20260122_A": 57_874,
            "live_20260124_B": 5_163,
            "(none)": 51_106,
            "(unattributed)": 77_727,
        },
    },
    "time_decay": {
        "channel": {
            "live": 79_146,
            "short_video": 6_291,
            "sms": 15_951,
            "direct": 12_755,
            "(unattributed)": 77_727,
        },
        "broadcast": {
            "live_20260122_A": 61_609,
            "live_20260124_B": 4_630,
            "(none)": 47_904,
            "(unattributed)": 77_727,
        },
    },
}
"""Rule → grain → value → credited money at D+30 [fen]; what is 0 is left out."""

TIERS = {
    ("2026-01-23", "low"): {
        ("(unattributed)", "none"): 35_967,
        ("live_20260122_A", "explicit_room"): 151_618,
        ("live_20260122_A", "platform_ad"): 12_907,
        ("live_20260122_A", "tracked_link"): 12_907,
    },
    ("2026-01-23", "base"): {
        ("(unattributed)", "none"): 23_662,
        ("live_20260122_A", "explicit_room"): 151_618,
        ("live_20260122_A", "platform_ad"): 12_907,
        ("live_20260122_A", "rule"): 12_305,
        ("live_20260122_A", "tracked_link"): 12_907,
    },
    ("2026-01-23", "high"): {
        ("(unattributed)", "none"): 6_107,
        ("live_20260122_A", "explicit_room"): 151_618,
        ("live_20260122_A", "host_time"): 3_701,
        ("live_20260122_A", "platform_ad"): 12_907,
        ("live_20260122_A", "rule"): 12_305,
        ("live_20260122_A", "tracked_link"): 12_907,
        ("live_20260122_A", "window"): 13_854,
    },
    ("2026-02-06", "low"): {
        ("(unattributed)", "none"): 49_821,
        ("live_20260122_A", "explicit_room"): 122_696,
        ("live_20260122_A", "platform_ad"): 12_907,
        ("live_20260122_A", "tracked_link"): 12_907,
        ("spring_glow_2026", "explicit_room"): 18_216,
    },
    ("2026-02-06", "base"): {
        ("(unattributed)", "none"): 37_516,
        ("live_20260122_A", "explicit_room"): 122_696,
        ("live_20260122_A", "platform_ad"): 12_907,
        ("live_20260122_A", "rule"): 12_305,
        ("live_20260122_A", "tracked_link"): 12_907,
        ("spring_glow_2026", "explicit_room"): 18_216,
    },
    ("2026-02-06", "high"): {
        ("(unattributed)", "none"): 19_961,
        ("live_20260122_A", "explicit_room"): 122_696,
        ("live_20260122_A", "host_time"): 3_701,
        ("live_20260122_A", "platform_ad"): 12_907,
        ("live_20260122_A", "rule"): 12_305,
        ("live_20260122_A", "tracked_link"): 12_907,
        ("live_20260122_A", "window"): 13_854,
        ("spring_glow_2026", "explicit_room"): 18_216,
    },
    ("2026-02-21", "low"): {
        ("(unattributed)", "none"): 49_821,
        ("live_20260122_A", "explicit_room"): 98_019,
        ("live_20260122_A", "platform_ad"): 12_907,
        ("live_20260122_A", "tracked_link"): 12_907,
        ("spring_glow_2026", "explicit_room"): 18_216,
    },
    ("2026-02-21", "base"): {
        ("(unattributed)", "none"): 37_516,
        ("live_20260122_A", "explicit_room"): 98_019,
        ("live_20260122_A", "platform_ad"): 12_907,
        ("live_20260122_A", "rule"): 12_305,
        ("live_20260122_A", "tracked_link"): 12_907,
        ("spring_glow_2026", "explicit_room"): 18_216,
    },
    ("2026-02-21", "high"): {
        ("(unattributed)", "none"): 19_961,
        ("live_20260122_A", "explicit_room"): 98_019,
        ("live_20260122_A", "host_time"): 3_701,
        ("live_20260122_A", "platform_ad"): 12_907,
        ("live_20260122_A", "rule"): 12_305,
        ("live_20260122_A", "tracked_link"): 12_907,
        ("live_20260122_A", "window"): 13_854,
        ("spring_glow_2026", "explicit_room"): 18_216,
    },
}
"""(as of, variant) → (campaign, tier) → money that stayed [fen]; sums to the ledger."""

LEDGER = {"2026-01-23": 213_399, "2026-02-06": 216_547, "2026-02-21": 191_870}
"""As of → money that stayed of all lines [fen]."""

LINEAR_BASE = {
    "gmv_paid": 200_285,
    "revenue": 136_123,
    "cogs": -35_354,
    "commission": -25_497,
    "service_fee": -7_135,
    "compensation": -638,
}
"""Main campaign, base, D+30, where the rule `linear` shares out the lines without hard evidence:
of O27 one of two touches, of M5 two of three are the broadcast's, so whole fen must be cut."""

BASIS = {
    "O01": ("explicit_room A", "platform_ad A", "host_time A", "window A"),
    "O09": ("explicit_room A", "host_time A", "window A"),
    "O20": ("explicit_room B", "platform_ad A", "host_time B", "window B"),
    "O22": ("host_time A", "window A"),
    "O24": ("window A",),
    "O25": (),
    "O26": ("platform_ad A", "window A"),
    "M1": ("tracked_link A",),
    "M2": (),
    "M5": (),
}
"""Line → all its evidence, best first; the first counts, the others are kept as superseded."""
