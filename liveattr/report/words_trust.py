"""Words on the tests of a lift: key → (zh, en), part of `words.WORDS`."""

from __future__ import annotations

__all__ = ["TRUST"]

TRUST = {
    "trust.title": ("这个数字可信吗", "Can this number be trusted"),
    "trust.lead": (
        "每项检验都能推翻上面的数字。没有跑的也写在这里。",
        "Each test could show the figures above wrong. What was not run is named too.",
    ),
    "trust.none": (
        "这些检验还没有跑。liveattr trust 会在这份数据上跑一遍。",
        "None of the tests was run yet. liveattr trust runs them on this data.",
    ),
    "trust.not_run": ("没有跑：{tests}。", "Not run: {tests}."),
    "trust.pass": ("通过", "pass"),
    "trust.fail": ("不通过", "fail"),
    "trust.unsure": ("样本太少，不能断定", "unsure: too few cases"),
    "trust.wanted": ("应为 {wanted}", "should be {wanted}"),
    "trust.range": ("{low} 到 {high} 算通过", "passes from {low} to {high}"),
    "trust.at_least": ("不低于 {low} 算通过", "passes from {low} up"),
    "trust.at_most": ("不超过 {high} 算通过", "passes up to {high}"),
    "trust.n": ("n = {n}", "n = {n}"),
    "trust.all": ("全店", "the whole shop"),
    "trust.old": ("测于 {date}", "tested {date}"),
    "trust.times": ("{value} 倍", "{value}×"),
    "trust.orders": ("{value} 单", "{value} orders"),
    "test.fake_broadcasts": ("假直播误报率", "False alarms on fake broadcasts"),
    "test.never_shown": ("从没上过播的商品", "Products that were never shown"),
    "test.aa_split": ("A/A 两半人群之差", "A/A: two halves of the people"),
    "test.spike_series_10": ("植入 +10% 找回多少", "+10% planted: share found"),
    "test.spike_series_20": ("植入 +20% 找回多少", "+20% planted: share found"),
    "test.spike_series_40": ("植入 +40% 找回多少", "+40% planted: share found"),
    "test.spike_events_20": ("植入假订单走全程", "Planted orders, whole pipeline"),
    "test.hidden_intent": ("隐藏意愿要多强才推翻", "Hidden intent that would undo it"),
    "test.world_coverage": (
        "像你店的模拟世界里，区间包住真相",
        "Interval holds the truth in worlds like yours",
    ),
}
"""Key → (Chinese, English)."""
