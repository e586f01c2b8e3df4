"""Words of the planners' report on repurchase: key → (zh, en), part of `words.WORDS`."""

from __future__ import annotations

__all__ = ["REPURCHASE"]

REPURCHASE = {
    "again.title": ("老客复购预测", "Who buys again, and when"),
    "again.page": ("{title}", "{title}"),
    "again.sub": ("给备货与计划", "for planners"),
    "again.orders_big": ("未来 4 周老客订单", "Orders from known customers in 4 weeks"),
    "again.orders_say": (
        "{people} 位老客中，预计 {buyers} 人会在 30 天内再下单。",
        "Of {people} customers, {buyers} are expected to order within 30 days.",
    ),
    "again.none_big": ("不给出个人预测", "No prediction for single people"),
    "again.few_buyers": (
        "老客不足 500 人：样本太少。",
        "There are fewer than 500 customers: too few to learn from.",
    ),
    "again.few_days": (
        "订单历史不足 180 天。",
        "The orders go back less than 180 days.",
    ),
    "again.stale": (
        "最近 30 天没有订单：数据太旧。",
        "There was no order in the last 30 days: the data is too old.",
    ),
    "again.few_repeats": (
        "买过三次以上的人太少。",
        "Too few people ordered three times or more.",
    ),
    "again.not_better": (
        "回测没有胜过「人人一样」和「照旧」两条基线，所以不给出个人预测。",
        "In the backtest it did not beat the two plain baselines (everybody alike; same as before), so "
        "nobody gets a number.",
    ),
    "again.value_big": ("90 天净额", "Net value in 90 days"),
    "again.value_say": (
        "预计订单 {orders} 笔，退款已扣。",
        "{orders} orders expected; refunds are off.",
    ),
    "again.limits": (
        "只算已知的老客：新客不在内。大促和节日不在模型里，旺季前这类预测通常偏低。",
        "Known customers only: new ones are not in it. Promotions and holidays are not in the model; before "
        "a high season such forecasts tend to be low.",
    ),
    "again.old_data": (
        "数据里最新的事件是 {n} 天前的。",
        "The newest event in the data is {n} days old.",
    ),
    "again.weeks": ("每周会有多少订单", "How many orders each week will bring"),
    "again.weeks_lead": (
        "竖条是预计，细线是 {level} 区间。周一开始算一周；不满 7 天的周颜色较浅。",
        "Bars are expected, lines the {level} interval. Weeks begin on Monday; a part of a week is paler.",
    ),
    "again.axis": ("订单（笔/周）", "Orders per week"),
    "again.goods": ("每个品类、每一周", "By category and week"),
    "again.goods_lead": (
        "订单，括号里是件数；下面小字是 {level} 区间。全部周在 CSV 里。",
        "Orders, units in brackets; the {level} interval under them. The CSV has all weeks.",
    ),
    "again.category": ("品类", "Category"),
    "again.all": ("合计", "All"),
    "again.days": ("（{n} 天）", " ({n} days)"),
    "again.who": ("谁会再买", "Who will order again"),
    "again.who_lead": (
        "按 30 天内再下单的可能分组。",
        "Grouped by the chance of an order within 30 days.",
    ),
    "again.chance": ("30 天内的可能", "Chance in 30 days"),
    "again.people": ("人数", "People"),
    "again.buyers_30": ("30 天内会买", "Will order in 30 days"),
    "again.buyers_90": ("90 天内会买", "in 90 days"),
    "again.orders_90": ("90 天订单", "Orders in 90 days"),
    "again.value_90": ("90 天净额", "Net value in 90 days"),
    "again.band_1": ("50% 以上", "50% and more"),
    "again.band_2": ("20% – 50%", "20% – 50%"),
    "again.band_3": ("10% – 20%", "10% – 20%"),
    "again.band_4": ("5% – 10%", "5% – 10%"),
    "again.band_5": ("5% 以下", "under 5%"),
    "again.beyond": (
        "{n} 人的沉默已超过数据见过的最长间隔：他们的数字是外推。",
        "{n} people have been silent for longer than was ever observed: their figures are extrapolated.",
    ),
    "again.undated": (
        "{n} 人一年内更可能不再下单，所以没有「下次下单日」。",
        "{n} people are more likely not to order within a year, so they have no next date.",
    ),
    "again.trust": ("这个预测可信吗", "Can this forecast be trusted"),
    "again.trust_lead": (
        "把时间倒回去：每次只用当时已知的数据预测，再看实际来了多少人。各切点平均。",
        "Back in time: each forecast knew only what was known that day; then it is held against what came. "
        "Means over the cuts.",
    ),
    "again.model": ("模型", "Model"),
    "again.horizon": ("天数", "Days"),
    "again.cuts": ("切点", "Cuts"),
    "again.loss": ("对数损失（低为好）", "Log loss (low is good)"),
    "again.auc": ("排序 AUC", "Ranking (AUC)"),
    "again.ece": ("校准误差", "Calibration error"),
    "again.told": ("预计 / 实际人数", "Told / came"),
    "again.chosen": ("采用", "used"),
    "again.constant": ("人人一样", "everybody alike"),
    "again.same_rate": ("照旧的频率", "same rate as before"),
    "again.bgnbd": ("BG/NBD 计数模型", "BG/NBD, a model of counts"),
    "again.foot": (
        "模型 {model}，学自 {people} 人；区间为 {level}。人数少于 {k} 的格子不显示。",
        "Model {model}, learnt from {people} people; intervals are {level}. Cells under {k} people are not "
        "shown.",
    ),
    "again.foot_none": (
        "数据不够，没有模型。人数少于 {k} 的格子不显示。",
        "There is no model: the data does not carry it. Cells under {k} people are not shown.",
    ),
    "again.index": ("老客复购", "Repurchase"),
    "again.index_orders": (
        "未来 4 周预计 {n} 单",
        "{n} orders expected in the next 4 weeks",
    ),
}
