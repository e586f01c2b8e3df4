"""Words of the sections on lift, below the first screen: key → (zh, en), part of `words.WORDS`."""

from __future__ import annotations

__all__ = ["LIFT_PAGES"]

_BAND = {
    "band.title": ("没有它会怎样", "What would have happened without it"),
    "band.lead": (
        "实线是实际付款订单；虚线和灰带是没有它时的预期（{level}）；绿柱是算作它带来的。",
        "Solid: paid orders. Dashed with the grey band: expected without it ({level}). Green bars: "
        "what counts as brought by it.",
    ),
    "band.orders": ("付款订单（笔 / 天）", "Paid orders a day"),
    "band.live": ("直播 {date}", "live {date}"),
    "band.on_air": ("▲ 是有直播的日子。", "▲ marks days on air."),
    "band.actual": ("实际 {n}", "actual {n}"),
    "band.without": ("没有它 {n}", "without it {n}"),
    "band.dip": ("回落", "dip"),
    "band.dip_note": (
        "其后 {days} 天比预期合计少 {n} 单：一部分订单只是提前了。",
        "In the {days} days after, {n} orders fewer than expected: some had only been bought ahead.",
    ),
    "band.no_dip": (
        "其后 {days} 天没有明显低于预期；提前购买可能分散在更长的时间里。",
        "In the {days} days after, sales are not clearly under what was expected; what was bought "
        "ahead may be spread over a longer time.",
    ),
    "band.aria": (
        "每天付款订单，与没有它时的预期",
        "Paid orders by day, and what was expected without it",
    ),
}

_TABLE = {
    "lifts.title": ("真实与归功，摆在一起", "Cause and credit side by side"),
    "lifts.lead": (
        "净增量：没有它就没有的。毛增量还含提前买的。归功：碰过它的订单，有些没有它也会来。",
        "Net: what would not exist without it. Gross includes what was only bought ahead. Credit: "
        "orders that touched it, some of which would have come anyway.",
    ),
    "lifts.net": ("净增量", "Net"),
    "lifts.gross": ("毛增量", "Gross"),
    "lifts.credit": ("归功", "Credit"),
    "lifts.orders": ("订单", "Orders"),
    "lifts.how_title": ("每种方法各自怎么说", "What each method says"),
    "lifts.method": ("方法", "Method"),
    "lifts.n": ("期间订单 n", "Orders of the days, n"),
    "lifts.mde": ("查得出的最小值", "Smallest to be found"),
    "lifts.room": ("直播间 {subject}", "room {subject}"),
    "lifts.broadcast": ("场次 {subject}", "broadcast {subject}"),
    "lifts.used": ("本报告用", "used here"),
    "lifts.more": ("另有 {n} 行在 tables/lift.csv。", "{n} more rows are in tables/lift.csv."),
    "lifts.since": ("{since} 至 {until}", "{since} to {until}"),
    "line.credited_roi": ("归功 ROI", "Credited ROI"),
    "statement.lead_credit": (
        "按归功的订单算（不是因果）。钱进来为正，出去为负。硬证据的订单行全额归入，其余按规则「{rule}」分。",
        "Over credited orders (not cause). Money in is positive, money out negative. Lines with hard "
        "evidence count wholly, the others by the rule “{rule}”.",
    ),
    "money.anyway": ("没有它也会来", "Would have come anyway"),
    "money.unseen": ("没留下证据的", "Left no evidence"),
    "money.ahead": ("只是提前买", "Only bought ahead"),
    "money.net_kept": ("净增留存", "Net kept sales"),
    "money.lead_lift": (
        "从碰过它的订单付了多少，到它真正带来的利润。归功在前，因果在后。",
        "From what was paid on orders that touched it to what it truly earned: first credit, then cause.",
    ),
    "money.net_gain": ("净增贡献利润", "Net contribution"),
    "money.variable": ("变动成本", "Variable costs"),
    "money.all_fixed": ("固定成本", "Fixed costs"),
    "rules.title_lift": ("谁怎么说", "Who says what"),
    "rules.lead_lift": (
        "绿色是因果：没有它就没有的。灰色是归功：谁碰过，不是因果。琥珀色是平台自己的数。",
        "Green is cause: what would not exist without it. Grey is credit: who touched it, not cause. "
        "Amber is the platform's own count.",
    ),
    "rules.interval_lift": (
        "绿色的细线是 {level} 区间：真实的增量大概在这里面。",
        "Thin green lines are the {level} interval: the true lift most likely lies in it.",
    ),
    "rules.used_lift": ("归功用它", "used for credit"),
    "rules.lift_net": ("净增量", "Net lift"),
    "rules.lift_gross": ("毛增量", "Gross lift"),
    "rules.orders_lift": ("订单", "Orders"),
    "rules.kept_lift": ("留存销售额", "Kept sales"),
}

_TRUTH = {
    "truth.lead_lift": (
        "真实的店没有这一栏：同样的日子不能去掉它再过一遍。模拟世界能（{world}），所以能拿上面的估计对答案。",
        "A real shop has no such box: the same days cannot be lived again without it. "
        "A simulated world ({world}) can, so the estimate above is held against the answer.",
    ),
    "truth.credited_lift": ("归功 ROI", "Credited ROI"),
    "truth.lift": ("估计的真实 ROI（本报告）", "True ROI as estimated (this page)"),
    "truth.lift_n": ("{level} 区间 {low}\u00a0– {high}", "{level} interval {low}\u00a0– {high}"),
    "truth.lift_none": ("这份数据识别不出", "not identified from this data"),
    "truth.net_lift": ("真实 ROI（真相）", "True ROI (the truth)"),
    "truth.inside": (
        "真相 {truth} 在估计的区间里。",
        "The truth, {truth}, lies inside the interval of the estimate.",
    ),
    "truth.outside": (
        "真相 {truth} 在估计的区间外面：{level} 的区间，这种事本该少见。",
        "The truth, {truth}, lies outside the interval of the estimate: with a {level} interval "
        "that should be rare.",
    ),
    "truth.row_lift_gross": ("估计：毛增量", "Estimate: gross"),
    "truth.row_lift_net": ("估计：净增量", "Estimate: net"),
    "truth.show_lift": ("估计的毛增量", "Gross, estimated"),
    "index.lift": ("真实 ROI", "True ROI"),
    "index.lift_ends": ("（{low}\u00a0– {high}）", " ({low}\u00a0– {high})"),
    "index.lift_contribution": ("贡献利润、真实 ROI", "Contribution, true ROI"),
    "index.truth_lift": ("真实 ROI（真相）", "True ROI, known"),
    "index.credit_roi": ("归功 ROI {value}", "credited ROI {value}"),
    "index.lift_none": ("识别不出", "not identified"),
    "index.lift_note": (
        "有 A、B、C 级标记的，贡献利润与 ROI 只算没有它就没有的订单（净增量），括号里是区间；"
        "没有标记的是归功，不是因果。",
        "Where a grade A, B or C stands, contribution and ROI count only orders that would not exist "
        "without it (net), the interval in brackets; without a grade they are credit, not cause.",
    ),
    "index.truth_note_lift": (
        "「真相」一栏仅因为这是模拟世界才知道（{world}）：没有它就没有的订单，扣掉同样的成本。",
        "“True ROI, known” is known only because this world is simulated ({world}): orders that would not exist "
        "without it, after the same costs.",
    ),
}

LIFT_PAGES = {**_BAND, **_TABLE, **_TRUTH}
"""Key → (Chinese, English)."""
