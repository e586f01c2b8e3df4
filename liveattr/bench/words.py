"""Every word of the bench's page, in Chinese and English: key → (zh, en)."""

from __future__ import annotations

__all__ = ["FACTOR_WORDS", "LANGS", "SAYS", "WORDS", "word"]

LANGS = ("zh", "en")

WORDS = {
    "title": ("真值检验台", "Truth bench"),
    "other": ("English", "中文"),
    "about": (
        "{worlds} 个模拟世界 · 规模 {preset} · 种子 {seed} · 程序 {code}",
        "{worlds} simulated worlds · size {preset} · seed {seed} · code {code}",
    ),
    "lead": (
        "在模拟世界里，我们知道没有这场直播会怎样。每个方法只看到店铺自己能看到的数据，"
        "它的答案和真值放在一起比。",
        "In a simulated world we know what would have happened without the broadcast. Each method sees "
        "only what a shop can see; its answer stands beside the truth.",
    ),
    "oracle.ok": (
        "检验台可信：用世界自己的概率算出的直播间订单与真值相差 {error}，上限 {limit}。",
        "The bench can be trusted: orders of the rooms from the world's own probabilities differ from "
        "the truth by {error}; the limit is {limit}.",
    ),
    "oracle.broken": (
        "检验台坏了：用世界自己的概率算出的直播间订单与真值相差 {error}，上限 {limit}。下面的数字都不能用。",
        "The bench is broken: orders of the rooms from the world's own probabilities differ from the "
        "truth by {error}; the limit is {limit}. None of the figures below can be used.",
    ),
    "oracle.small": (
        "这些世界太小：光是偶然就有 ±{noise}，所以上限放宽到三倍偶然误差。四个 demo 世界就够用 4% 的上限。",
        "These worlds are small: chance alone makes ±{noise}, so the limit is three times that. With "
        "four demo worlds it is 4%.",
    ),
    "failed": ("{n} 个世界没跑完（{which}）", "worlds that failed: {n} ({which})"),
    "room": ("直播间：谁接近真值", "Live rooms: who comes near the truth"),
    "channel": ("全部八个渠道", "All eight channels"),
    "campaign": ("单场大场与各月直播", "KOL shows and room-months"),
    "broadcast": ("单场直播", "Single broadcasts"),
    "kind.lead": (
        "订单数。净增：没有它就没有、也不是把以后的购买提前的订单；毛增：没有它当时就没有的订单。"
        "图里圆点对净增，菱形对毛增，竖线是真值。",
        "Orders. Net: orders that would not exist without it and were not merely pulled forward; gross: "
        "orders that would not have come at that time. In the picture the dot is against net, the diamond "
        "against gross, the line is the truth.",
    ),
    "by_factor": ("什么时候会错", "When it goes wrong"),
    "by_factor.lead": (
        "直播间，各因素每一档：对净增的偏差，下面小字是加权误差。",
        "Live rooms, by level of each factor: bias against net; below it in small type the weighted error.",
    ),
    "few": (
        "世界少于 {n} 个：几个因素的档会一起变，档与档的差别不能归给一个因素。",
        "Fewer than {n} worlds: levels of several factors go together, so a difference between levels "
        "cannot be put down to one factor.",
    ),
    "details": ("每一档的完整表", "The full table of every level"),
    "level": ("{factor}：{level}", "{factor}: {level}"),
    "read": ("怎么读", "How to read this"),
    "read.bias": (
        "偏差：估计之和比真值之和多多少。0 最好；+100% 是多算一倍。",
        "Bias: by how much the sum of the estimates is above the sum of the truth. 0 is best; +100% is "
        "twice the truth.",
    ),
    "read.wape": (
        "加权误差：逐个对象的误差之和 ÷ 真值之和。正负不抵消。",
        "Weighted error: errors of the single subjects, summed without sign, over the sum of the truth.",
    ),
    "read.rank": (
        "排序：每个世界里估计与真值的秩相关，1 是次序全对。次序对，ROI 不一定对。",
        "Rank: rank correlation of estimate and truth within a world; 1 is the right order. The right "
        "order does not make a right ROI.",
    ),
    "read.coverage": (
        "覆盖：区间里含真值的比例；标称 90% 的区间应接近 90%。宽度：区间宽 ÷ 真值。“无区间”就是没有给。",
        "Coverage: share of intervals that hold the truth; of nominal 90% intervals about 90% should. "
        'Width: interval over truth. "none": the method gives no interval.',
    ),
    "read.seconds": (
        "用时：每个世界，不含大家共用的找人与路径（平均 {shared} 秒）。",
        "Time: per world, without finding people and journeys, which all share ({shared} s on average).",
    ),
    "read.oracle": (
        "oracle 知道真值的概率，不是方法：它只证明检验台本身没错。",
        "The oracle knows the world's probabilities. It is no method: it shows that the bench is right.",
    ),
    "read.files": (
        "同一文件夹：scores.csv 是全部得分，rows.csv 是每个世界、方法、对象一行。",
        "In this folder: scores.csv has all scores, rows.csv one row a world, method and subject.",
    ),
    "method": ("方法", "method"),
    "picture": ("估计 ÷ 真值", "estimate ÷ truth"),
    "bias.net": ("对净增偏差", "bias vs net"),
    "wape.net": ("对净增误差", "error vs net"),
    "bias.gross": ("对毛增偏差", "bias vs gross"),
    "wape.gross": ("对毛增误差", "error vs gross"),
    "rank": ("排序", "rank"),
    "coverage": ("覆盖（净/毛）", "coverage (net/gross)"),
    "width": ("宽度", "width"),
    "seconds": ("秒", "s"),
    "n": ("世界/行", "worlds/rows"),
    "none": ("无区间", "none"),
    "unknown": ("–", "–"),
}

FACTOR_WORDS = {
    "kappa": ("购买意愿对曝光的影响（kappa）", "how much intent drives exposure (kappa)"),
    "pull_forward": ("提前购买", "purchases pulled forward"),
    "tracking_loss": ("跳转时链接参数丢失", "tracked links lost on the way"),
    "off_days": ("两个自有直播间停播的日子", "days off air of the two rooms"),
    "brushing": ("刷单占直播订单", "fake orders, share of live orders"),
    "mechanism": ("购买机制", "form of the purchase decision"),
    "visibility": ("平台给看多少", "what platforms show"),
}

SAYS = {
    "oracle": ("世界自己的概率", "the world's own probabilities"),
    "first": ("首次触点得全部", "the first touch gets the order"),
    "last": ("末次触点得全部", "the last touch gets the order"),
    "last_non_direct": (
        "末次非直接触点得全部",
        "the last touch that is no direct visit gets the order",
    ),
    "linear": ("各触点平分", "every touch gets an equal part"),
    "position": ("首尾各 40%", "40 % to the first, 40 % to the last"),
    "time_decay": ("越近越多", "the later the touch, the more"),
    "last_click_7d": ("7 天内末次点击得全部", "the last click within 7 days gets the order"),
    "any_live_click_7d": (
        "7 天内点过直播就算（后台口径）",
        "any live click within 7 days: a back office",
    ),
    "room_orders": ("在直播间里下的订单", "orders placed in the room itself"),
}
"""What an estimator does; one that is not here says it in its own words."""


def word(key: str, lang: str, **values: object) -> str:
    """Return a text in one language, its fields filled in."""
    return WORDS[key][LANGS.index(lang)].format(**values)
