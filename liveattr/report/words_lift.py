"""Words on lift, what would not have happened: key → (zh, en), part of `words.WORDS`."""

from __future__ import annotations

from liveattr.report.words_lift_pages import LIFT_PAGES

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
    "turn.weak": ("{why}。{todo}", "{why}. {todo}"),
    "turn.tipping_roi": (
        "看不见的购买意愿。它让看播和下单都多到 {times} 倍时，真实 ROI 就跌破 1。",
        "hidden intent. If it made both watching and buying {times} times likelier, the true ROI would "
        "fall below 1.",
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
    "reason.no_days": ("这些日子不在数据里", "its days are not in the data"),
    "todo.no_days": (
        "看看这些天的订单文件是否都已载入。",
        "See whether the order files of these days are loaded.",
    ),
    "todo.few_broadcasts": ("多播几场再看。", "Look again after some more broadcasts."),
    "todo.not_kept": ("下次照排期开播和停播。", "Keep to the drawn days next time."),
    "todo.few_days": ("再攒几周每日订单。", "Collect some more weeks of daily orders."),
    "todo.no_off_days": (
        "排几天随机的停播日，就有得比了。",
        "Plan some off days, drawn at random: then there is something to compare with.",
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

LIFT = {**_FIRST, **_TURN, **_REASONS, **_METHODS, **LIFT_PAGES}
"""Key → (Chinese, English)."""
