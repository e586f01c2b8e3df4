"""Words on the known truth of a simulated world: key → (zh, en), part of `words.WORDS`.

A page with this box has two figures that somebody might call true. So here the statement's is
"credited ROI", the world's "incremental ROI", and the difference is said in a sentence.
"""

from __future__ import annotations

__all__ = ["TRUTH"]

TRUTH = {
    "truth.title": ("已知真相：没有它会怎样", "The known truth: what if it had not been held"),
    "truth.tag": (
        "仅因为这是模拟世界才知道",
        "known only because this world is simulated",
    ),
    "truth.lead": (
        "真实的店没有这一栏：同样的日子不能去掉它再过一遍。模拟世界能（{world}）。",
        "A real shop has no such box: the same days cannot be lived again without it. "
        "A simulated world ({world}) can.",
    ),
    "truth.surface": ("平台显示的 ROI", "ROI that the platform shows"),
    "truth.surface_n": ("支付 GMV ÷ 投流消耗", "paid GMV ÷ ad spend"),
    "truth.surface_none": ("没有投流消耗", "no ad spend"),
    "truth.credited": ("归功 ROI（即上面的“真实 ROI”）", "Credited ROI (“true ROI” above)"),
    "truth.credited_n": (
        "算在它头上的订单，扣掉退款与全部成本",
        "orders tied to it, after refunds and every cost",
    ),
    "truth.net": ("增量 ROI（真相）", "Incremental ROI (the truth)"),
    "truth.net_n": (
        "只算没有它就没有的订单，同样的成本",
        "only orders that would not exist without it, the same costs",
    ),
    "truth.no_cost": ("没有固定成本", "no fixed costs"),
    "truth.two": (
        "上面的“真实 ROI”问：算在它头上的订单，钱真的留下多少。这里再问一句：没有它，这些订单还会不会有。",
        "The “true ROI” above asks how much money truly stayed on the orders tied to it. This box asks "
        "one thing more: would those orders exist without it?",
    ),
    "truth.open": (
        "真相已算到最后一笔退款；归功只算到 {date}，退款还没走完。",
        "The truth knows every refund to come; credit knows those up to {date}, and some are still open.",
    ),
    "truth.young": (
        "它刚过去不久：提前买的还没有全显出来，真相之后还会再低一些。",
        "It is not long ago: not all that was bought ahead has shown yet, and the truth will get lower.",
    ),
    "truth.less": (
        "算在它头上 {credited} 单，因它才有的只有 {net} 单，少 {share}："
        "算给它的，有不少没有它也会来（从别处，或晚几天），或是刷出来的。",
        "{credited} orders are credited to it, but only {net} exist because of it, {share} fewer: many of "
        "the credited would have come anyway (by another way, or some days later) or are fake.",
    ),
    "truth.more": (
        "因它才有的有 {net} 单，比算在它头上的 {credited} 单还多：有人看了它，后来从别处下单，没留下证据。",
        "{net} orders exist because of it, more than the {credited} credited to it: some saw it, bought "
        "later by another way, and left no evidence.",
    ),
    "truth.same": (
        "算在它头上 {credited} 单，因它才有的 {net} 单：相差不到一成。",
        "{credited} orders are credited to it and {net} exist because of it: less than a tenth apart.",
    ),
    "truth.none": (
        "算在它头上 {credited} 单，可是没有它，店里也不会少卖。",
        "{credited} orders are credited to it, but without it the shop would have sold no less.",
    ),
    "truth.nothing": (
        "没有订单算在它头上，也没有一单因它而来。",
        "No order is credited to it, and none exists because of it.",
    ),
    "truth.ahead": (
        "当时多出 {gross} 单，其中 {share} 后来又少了回去：买的人只是提前买了。",
        "At once it set off {gross} orders; {share} of them were missing again later: people had only "
        "bought ahead.",
    ),
    "truth.flips_down": (
        "按归功看它赚回了成本，按真相没有。",
        "By credit it earned its costs back; in truth it did not.",
    ),
    "truth.flips_up": (
        "按归功看它没赚回成本，按真相赚回了。",
        "By credit it did not earn its costs back; in truth it did.",
    ),
    "truth.who": ("谁这么说", "Who says so"),
    "truth.orders": ("订单", "Orders"),
    "truth.kept": ("留存销售额", "Kept sales"),
    "truth.margin": ("再扣变动成本", "After variable costs"),
    "truth.roi": ("ROI", "ROI"),
    "truth.row_credited": ("归功（本报告）", "Credit (this page)"),
    "truth.row_gross": ("真相：当时", "Truth: at once"),
    "truth.row_net_3": ("真相：3 天后", "Truth: after 3 days"),
    "truth.row_net_14": ("真相：14 天后", "Truth: after 14 days"),
    "truth.row_net_60": ("真相：60 天后", "Truth: after 60 days"),
    "truth.row_net": ("真相：到最后", "Truth: in the end"),
    "truth.shows": ("抽出来单独验证的场次", "Broadcasts that were tried one by one"),
    "truth.shows_lead": (
        "每一场都单独去掉过一次，订单 n。各场之和不等于整月：一场停播，别场会接走一部分。",
        "Each was left out by itself; orders n. They do not add up to the month: where one is left out, "
        "others take up a part.",
    ),
    "truth.show": ("场次", "Broadcast"),
    "truth.show_credited": ("算在它头上", "Credited"),
    "truth.show_gross": ("当时多出", "Added at once"),
    "truth.show_net": ("到最后", "In the end"),
    "first.not_causal_known": (
        "按归到这里的订单算。没有它，这些订单还会不会有，这份数据回答不了；只有模拟世界才有的答案在下面。",
        "Counted on the orders tied to it. Whether they would have come without it is not identified "
        "from this data; the answer that only a simulated world has is below.",
    ),
    "index.truth": ("增量 ROI（真相）", "Incremental ROI, known"),
    "index.truth_credited": ("归功 {n} 单，", "{n} credited, "),
    "index.truth_added": ("实增 {n} 单", "{n} added"),
    "index.truth_note": (
        "「增量 ROI」一栏仅因为这是模拟世界才知道（{world}）：没有它就没有的订单，扣掉同样的成本。"
        "贡献利润一栏的 ROI 是归功 ROI，只说订单算在谁头上。",
        "“Incremental ROI” is known only because this world is simulated ({world}): orders that would not "
        "exist without it, after the same costs. The ROI under contribution is credited: it says whom "
        "the orders are tied to.",
    ),
    "index.singles": ("单场直播（{n} 场，要看再做）", "Single broadcasts ({n}, made on demand)"),
    "index.singles_lead": (
        "上面的报告一场大专场一份，日常直播一个月一份。带 ● 的场次单独去掉过一次，所以知道真相。要看其中一场：",
        "Above is one report per show and one per month of a daily room. Those with ● were left out by "
        "themselves, so their truth is known. For a single broadcast:",
    ),
}
"""Key → (Chinese, English)."""
