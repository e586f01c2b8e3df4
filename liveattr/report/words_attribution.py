"""Words of the sections on credit and paths: key → (zh, en), part of `words.WORDS`."""

from __future__ import annotations

__all__ = ["ATTRIBUTION"]

_MODELS = {
    "rules.title": ("谁碰过这些订单", "Who touched these orders"),
    "rules.lead": (
        "每个模型各自给这里多少留存销售额。归功回答「谁碰过这笔订单」，不回答「没有它会不会发生」。",
        "What each model credits to it, in kept sales. Credit says who touched this order, "
        "not whether it would have happened.",
    ),
    "rules.rule": ("模型", "Model"),
    "rules.kept": ("归功的留存销售额", "Kept sales credited"),
    "rules.share": ("占全店", "Of the whole shop"),
    "rules.orders": ("订单（n 为订单行）", "Orders (n: order lines)"),
    "rules.used": ("本报告用", "used here"),
    "rules.interval": (
        "小字与细线是 {level} 区间：换一批同样的顾客，数字会在这个范围里动。它不说明哪个模型对。",
        "Small figures and thin lines are the {level} interval: how far the figure would move with "
        "other customers of the same kind. It does not say which model is right.",
    ),
    "rules.spread": (
        "最低与最高相差 {money}：模型怎么选，数字就怎么变。",
        "Lowest and highest differ by {money}: the choice of model moves the figure.",
    ),
    "rules.aria": ("{money}，区间 {low} 到 {high}", "{money}, interval {low} to {high}"),
    "rule.first": ("首次触点", "First touch"),
    "rule.last": ("末次触点", "Last touch"),
    "rule.last_non_direct": ("末次非直接触点", "Last non-direct touch"),
    "rule.linear": ("平均分", "Linear"),
    "rule.position": ("首尾加权", "Position"),
    "rule.time_decay": ("越近越多", "Time decay"),
    "rule.markov": ("马尔可夫（一阶）", "Markov, order 1"),
    "rule.markov_2": ("马尔可夫（二阶）", "Markov, order 2"),
    "rule.markov_3": ("马尔可夫（三阶）", "Markov, order 3"),
    "rule.markov_4": ("马尔可夫（四阶）", "Markov, order 4"),
    "rule.shapley": ("夏普利", "Shapley"),
}

_ADS = {
    "ads.title": ("投流平台自己怎么数", "What the ad platform itself counts"),
    "ads.name": ("投流平台自己的数", "The ad platform's own count"),
    "ads.said": (
        "投流平台自己数到 {n} 笔订单（直接 {direct}，间接 {indirect}），支付 {paid}，其中 {net}留了下来；"
        "{touched} 笔之前，我们也看到这个活动的触点。它按自己的规则数，不能与归功的数字相加。",
        "The ad platform counts {n} orders (direct {direct}, indirect {indirect}), {paid} paid, of "
        "which {net} stayed; in {touched} of them we too saw a touch of this campaign. It counts by "
        "its own rule: never add it to credited figures.",
    ),
}

_PATHS = {
    "flow.title": ("下单前的最后几步", "The last steps to the order"),
    "flow.lead": (
        "{n} 笔订单之前有这个活动的触点。带子越宽，走这一步的订单越多；其他来源的触点也画在里面。",
        "A touch of this campaign precedes {n} orders. The wider a band, the more of them took that "
        "step; touches of other origin are drawn too.",
    ),
    "flow.note": (
        "数字是订单数。左边没有带子接进来的部分，路径从这里开始。同一渠道连着几次算一步。",
        "Figures are orders. Where no band comes in from the left, the path begins. A channel several "
        "times in a row is one step.",
    ),
    "flow.aria": ("到下单为止的最后几步", "Flow of the last steps to the order"),
    "flow.pos.0": ("下单", "Order"),
    "flow.pos.1": ("最后一步", "Last step"),
    "flow.pos.2": ("倒数第 2 步", "2nd to last"),
    "flow.pos.3": ("倒数第 3 步", "3rd to last"),
    "flow.pos.4": ("倒数第 4 步", "4th to last"),
    "flow.(order)": ("下单", "order"),
    "flow.(earlier)": ("更早的触点", "earlier touches"),
    "flow.(other)": ("其他渠道", "other channels"),
    "paths.title": ("最常见的路径", "The most common paths"),
    "paths.lead": (
        "人们先后碰到了哪些渠道再下单。金额是这些订单留存的全部销售额，不是归功。",
        "Which channels people met before they ordered. The money is all that was kept of these "
        "orders, not credit.",
    ),
    "paths.path": ("路径", "Path"),
    "paths.orders": ("订单", "Orders"),
    "paths.share": ("占比", "Share"),
    "paths.people": ("人数", "People"),
    "paths.kept": ("留存销售额", "Kept sales"),
    "paths.each": ("每单 {money}", "{money} per order"),
    "paths.other": ("其他路径", "Other paths"),
    "delay.title": ("触点之后多久下单", "How long after the touch people ordered"),
    "delay.half": (
        "从这个活动的最后一次触点算到下单：{share} 在 {within}以内。",
        "Counted from the last touch of this campaign to the order: {share} within {within}.",
    ),
    "delay.late": (
        "从这个活动的最后一次触点算到下单：{share} 在 {within}以后。",
        "Counted from the last touch of this campaign to the order: {share} more than {within} later.",
    ),
    "delay.time": ("触点到下单的时间", "Time from touch to order"),
    "delay.orders": ("订单（笔）", "Orders (number)"),
    "delay.share": ("占比", "Share"),
    "delay.up_to": ("{within}以内", "up to {within}"),
    "delay.over": ("{within}以上", "over {within}"),
    "delay.10 min": ("10 分钟", "10 min"),
    "delay.1 h": ("1 小时", "1 h"),
    "delay.6 h": ("6 小时", "6 h"),
    "delay.1 d": ("1 天", "1 day"),
    "delay.3 d": ("3 天", "3 days"),
    "delay.7 d": ("7 天", "7 days"),
    "delay.14 d": ("14 天", "14 days"),
}

_CHANNELS = {
    "channel.live": ("直播", "live"),
    "channel.direct": ("直接访问", "direct"),
    "channel.link": ("链接", "link"),
    "channel.sms": ("短信", "SMS"),
    "channel.email": ("邮件", "e-mail"),
    "channel.push": ("推送", "push message"),
    "channel.mailing": ("邮寄", "mailing"),
    "channel.mailed_offer": ("邮寄优惠", "mailed offer"),
    "channel.coupon": ("优惠券", "coupon"),
    "channel.other": ("其他活动", "other campaign"),
    "channel.own_room": ("品牌自播间", "own room"),
    "channel.second_room": ("第二直播间", "second room"),
    "channel.kol": ("达人直播", "host's room"),
    "channel.search": ("搜索", "search"),
    "channel.feed": ("信息流", "feed"),
    "channel.wecom": ("企业微信", "WeCom"),
    "channel.short_video": ("短视频", "short video"),
    "channel.shelf": ("商城货架", "shelf"),
}

ATTRIBUTION = {**_MODELS, **_ADS, **_PATHS, **_CHANNELS}
