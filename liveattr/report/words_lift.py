"""Words on lift, what would not have happened: key → (zh, en), part of `words.WORDS`."""

from __future__ import annotations

__all__ = ["LIFT"]

_FIRST = {
    "lift.roi": (
        "真实 ROI（只算没有它就没有的订单，扣退款与全部成本）",
        "True ROI (orders that would not exist without it, after refunds and every cost)",
    ),
    "lift.roi_at_most": (
        "真实 ROI 的上限（还有成本没有提供）",
        "True ROI at most (some costs are not given)",
    ),
    "lift.roi_gross": (
        "真实 ROI 的上限（提前购买还没扣）",
        "True ROI at most (what was only bought ahead is still in it)",
    ),
    "lift.kept_gross": (
        "毛增量留存销售额（提前购买还没扣）",
        "Kept sales it brought (what was only bought ahead is still in it)",
    ),
    "lift.kept": (
        "净增量留存销售额（没有它就没有的）",
        "Kept sales that would not exist without it",
    ),
    "lift.orders": ("净增量订单（没有它就没有的）", "Orders that would not exist without it"),
    "lift.none": ("真实 ROI（只算没有它就没有的订单）", "True ROI (orders it truly added)"),
    "lift.none_big": ("这份数据识别不出", "Not identified from this data"),
    "lift.interval": ("{level} 区间 {low}\u00a0– {high}", "{level} interval {low}\u00a0– {high}"),
    "lift.no_interval": ("没有区间", "no interval"),
    "lift.break_even": ("打平线是 1", "break-even is 1"),
    "lift.grade": ("{grade} 级", "grade {grade}"),
    "lift.won": ("赚了 {money}。", "It earned {money}."),
    "lift.lost": ("亏了 {money}。", "It lost {money}."),
    "lift.unsure_won": (
        "是赚是亏还不能断定：估计赚 {money}，区间跨过打平线。",
        "Won or lost is open: {money} earned by the estimate, but the interval spans break-even.",
    ),
    "lift.unsure_lost": (
        "是赚是亏还不能断定：估计亏 {money}，区间跨过打平线。",
        "Won or lost is open: {money} lost by the estimate, but the interval spans break-even.",
    ),
    "lift.at_most": ("最多赚 {money}。", "It earned {money} at most."),
    "lift.lost_at_least": ("至少亏 {money}。", "It lost {money} at least."),
    "lift.story": (
        "它带来 {gross} 单，其中 {ahead} 单只是提前买了；净增 {net} 单。",
        "It brought {gross} orders, {ahead} of them only bought ahead: {net} net.",
    ),
    "lift.story_gross": (
        "它带来 {gross} 单；其中多少只是提前买了，还不知道。",
        "It brought {gross} orders; how many of them were only bought ahead is not known.",
    ),
    "lift.story_same": (
        "它带来 {net} 单，看不出提前购买。",
        "It brought {net} orders; none of them look bought ahead.",
    ),
    "lift.story_less": (
        "没有它，订单估计也不会更少（{gross} 单）。",
        "Without it there would have been no fewer orders by the estimate ({gross}).",
    ),
    "lift.story_money": (
        "净增留存 {kept}，变动成本 {variable}，固定成本 {fixed}。",
        "Net kept sales {kept}, variable costs {variable}, fixed costs {fixed}.",
    ),
    "lift.gross_roi": ("毛增量 ROI {value}", "ROI on gross {value}"),
    "lift.gross_contribution": ("按毛增量 {money}", "on gross {money}"),
    "lift.how": ("{grade} 级：{method}。", "Grade {grade}: {method}. "),
    "lift.net_model": (
        "净增量 = 毛增量 × 模型算的系数（{grade} 级）。",
        "Net is gross times a factor from a model (grade {grade}). ",
    ),
    "lift.net_measured": ("净增量也是实测的。", "Net is measured too. "),
    "lift.mde": (
        "毛增量至少约 {n} 单才查得出（八成把握{roi}）。",
        "A gross lift under about {n} orders would not be found (80% power{roi}). ",
    ),
    "lift.mde_roi": ("，合 ROI {value}", ", ROI {value}"),
    "lift.placebo": (
        "{n} 个没有直播的日子里，误报 {rate}（应约 {wanted}）{wider}。",
        "On {n} days without a broadcast it raised a false alarm in {rate} (about {wanted} is "
        "right){wider}. ",
    ),
    "lift.wider": ("，区间已放宽 {factor} 倍", "; the interval was made {factor} times as wide"),
    "lift.restated": ("退款算到 {date}。", "Refunds up to {date} are in it."),
    "lift.credit": ("归功 ROI：归功，不是因果", "Credited ROI: credit, not cause"),
    "lift.credit_kept": (
        "归功的留存销售额：归功，不是因果",
        "Kept sales credited: credit, not cause",
    ),
    "lift.credit_said": (
        "{n} 单碰过它，贡献利润 {money}。没有它，其中一些也会来。",
        "{n} orders touched it, contribution {money}. Some would have come without it.",
    ),
    "lift.credit_said_kept": (
        "{n} 单碰过它。没有它，其中一些也会来。",
        "{n} orders touched it. Some would have come without it.",
    ),
    "lift.why_anyway": (
        "没有它也会来、或只是提前来的（占支付的 {rate}）",
        "orders that would have come anyway or later ({rate} of what was paid)",
    ),
    "fact.lift_orders": ("净增量订单", "Net orders"),
    "fact.lift_gross": ("毛增量 {n}", "gross {n}"),
    "fact.lift_contribution": ("净增量贡献利润", "Net contribution"),
}

_TURN = {
    "turn.lead": ("什么会改变答案：", "What would change the answer: "),
    "turn.costs": (
        "补齐成本，数字只会更低：{needs}。",
        "the missing costs can only lower it: {needs}.",
    ),
    "turn.costs_some": (
        "部分订单的货品成本或平台结算，补齐了数字只会更低。",
        "cost of goods or the platform's settlement of some orders: given, they can only lower it.",
    ),
    "turn.no_net": (
        "「提前购买」要扣多少，这份数据识别不出；扣了只会更低。",
        "how much was only bought ahead: not identified from this data, and it can only lower it.",
    ),
    "turn.spans": (
        "更窄的区间（现在跨过 1）。下次留出随机的停播日，或多看几场。",
        "a narrower interval (it spans 1). Plan off days drawn at random, or look at more "
        "broadcasts.",
    ),
    "turn.spans_drawn": (
        "更窄的区间（现在跨过 1）。抽签已经有了，再多几周就会收窄。",
        "a narrower interval (it spans 1). The draw is random already: more weeks make it so.",
    ),
    "turn.net": (
        "「提前购买」扣多少。按毛增量 ROI 是 {gross}，结论就反过来；这个系数来自模型。",
        "how much was only bought ahead. On gross the ROI is {gross} and the answer turns; that "
        "factor comes from a model.",
    ),
    "turn.refunds": (
        "还没走完的退款：只有 {share} 的金额过了退款期。",
        "refunds still to come: only {share} of the money is past its refund window.",
    ),
    "turn.tipping": (
        "看不见的购买意愿。它要让看播和下单都多到 {times} 倍，才能抹掉全部毛增量。",
        "hidden intent. It would have to multiply both watching and buying by {times} to take all "
        "of the gross lift away.",
    ),
    "turn.nothing": (
        "整个区间都在打平线的同一边；试过的都改变不了它。",
        "the whole interval lies on one side of break-even; nothing that was tried turns it.",
    ),
}

_REASONS = {
    "reason.few_days": ("可比的日子太少", "too few days to compare with"),
    "reason.no_off_days": ("天天都播，没有停播的日子可比", "no off days: it was on air every day"),
    "reason.poor_fit": (
        "没有它的日子，销量也预测不准",
        "sales on days without it cannot be predicted well",
    ),
    "reason.on_festival": (
        "撞上大促或节日，没有别的同类日子可比",
        "it fell on a festival, and there is no other one to compare with",
    ),
    "reason.not_seen": (
        "平台不告诉我们谁看过",
        "the platform does not show who watched",
    ),
    "reason.no_orders": ("这些天没有付款订单", "no paid orders on these days"),
    "reason.overlapping": (
        "与另一场挨得太近，分不开",
        "too close to another broadcast to tell the two apart",
    ),
    "reason.few_broadcasts": ("播得太少", "too few broadcasts"),
    "reason.not_kept": (
        "实际开播没有照排期来",
        "the room was not on air as the drawn calendar said",
    ),
    "todo.few_broadcasts": ("多播几场再看。", "Look again after some more broadcasts."),
    "todo.not_kept": ("下次照排期开播和停播。", "Keep to the drawn days next time."),
    "todo.few_days": ("再攒几周每日订单。", "Collect some more weeks of daily orders."),
    "todo.no_off_days": (
        "排几天随机的停播日，就能识别。",
        "Plan some off days, drawn at random, and it can be.",
    ),
    "todo.poor_fit": (
        "补上促销与节日的日历，或排随机的停播日。",
        "Give the calendar of promotions and festivals, or plan off days drawn at random.",
    ),
    "todo.on_festival": (
        "下次避开大促，或在平常日子再播一场。",
        "Hold the next one away from the festival, or one more on an ordinary day.",
    ),
    "todo.not_seen": (
        "排几天随机的停播日：不用知道谁看过。",
        "Plan some off days, drawn at random: they need nobody's name.",
    ),
    "todo.no_orders": (
        "看看这些天的订单文件是否都已载入。",
        "See whether the order files of these days are loaded.",
    ),
    "todo.overlapping": (
        "下次把两场错开几天。",
        "Hold the next ones some days apart.",
    ),
    "reason.why": ("原因：{why}。", "Why: {why}."),
    "reason.weak": ("注意：{why}。", "Note: {why}."),
    "reason.unknown": ("没有记下原因", "no reason is on record"),
}

_METHODS = {
    "method.holdout": ("随机留出人群", "a holdout drawn at random"),
    "method.off_days": ("随机停播日", "off days drawn at random"),
    "method.baseline": ("与本店没有它时的销量比", "against the shop's own sales without it"),
    "method.pooled": (
        "观众模型，用更硬的证据校准",
        "a model of viewers, calibrated by harder evidence",
    ),
    "method.hazard": ("观众模型，未校准", "a model of viewers, not calibrated"),
}

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

LIFT = {
    **_FIRST, **_TURN, **_REASONS, **_METHODS, **_BAND, **_TABLE, **_TRUTH,
}  # fmt: skip
"""Key → (Chinese, English)."""
