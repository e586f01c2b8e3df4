"""Words of the reasons of an order and of the evidence of a cause: key → (zh, en), part of `words.WORDS`.

`{a}` and `{b}` are the numbers that follow the code; `words_reason` says how each is written.
"""

from __future__ import annotations

__all__ = ["CODES"]

_ORDER = {
    "reason.demand_window": ("{a} 天预计需求 {b} 件", "{b} wanted in {a} days"),
    "reason.event": ("其中直播带来 {a} 件", "{a} of it from broadcasts"),
    "reason.stockout": ("{a} 天后断货", "runs out in {a} days"),
    "reason.stockout_now": ("已经断货", "out of stock now"),
    "reason.enough": ("可用库存够卖 {a} 天", "stock lasts {a} days"),
    "reason.pack": ("按每箱 {a} 件取整", "whole packs of {a}"),
    "reason.moq": ("补到起订量 {a} 件", "raised to the least order of {a}"),
    "reason.min_order": ("凑到供应商起订额 {a}", "raised to the supplier's least value, {a}"),
    "reason.pack_too_much": (
        "一箱 {a} 件太多，不划算，不订",
        "none: a pack of {a} would not pay",
    ),
    "reason.moq_too_much": (
        "起订量 {a} 件太多，不划算，不订",
        "none: the least order of {a} would not pay",
    ),
    "reason.min_order_too_much": (
        "起订额 {a} 太高，不划算，不订",
        "none: the supplier's least value, {a}, would not pay",
    ),
    "reason.shelf_life": ("保质期 {a} 天，订多卖不完", "cut: shelf life is {a} days"),
    "reason.budget": ("预算不够，减 {a} 件", "cut by {a} for the budget"),
    "reason.diagnosis_cap": ("商城卖不动（{a}），先少订", "capped: sells badly in the mall ({a})"),
    "reason.new_sku": ("新品，参照同类商品", "new: told by its like"),
    "reason.no_terms": ("没有供货条件，按默认值", "no supply terms: defaults"),
    "reason.no_cost": ("没有成本，不计金额", "no cost: amount unknown"),
    "reason.no_price": ("没有售价，按 ABC 目标备货", "no price: stocked to its class target"),
    "reason.no_stock": ("没有库存数据，按 0 算", "stock unknown: taken as 0"),
    "reason.no_forecast": ("没有预测", "without a forecast"),
    "reason.returns": ("预计退回 {a} 件可再卖", "{a} expected back to sell"),
    "reason.negative_margin": ("卖一件亏一件，不补货", "loses money on each piece"),
}

_EVIDENCE = {
    "reason.price_gap": ("商城价是直播间的 {a}", "mall price is {a} the room's"),
    "reason.view_to_cart": ("加购率是同类的 {a}", "cart rate is {a} its peers'"),
    "reason.cart_to_order": ("加购后下单率是同类的 {a}", "orders per cart are {a} its peers'"),
    "reason.bounce": ("跳出率是同类的 {a}", "bounce rate is {a} its peers'"),
    "reason.refund_rate": ("退款率是同类的 {a}", "refund rate is {a} its peers'"),
    "reason.late_share": ("{a} 的订单发货晚或有投诉", "{a} of orders late or complained about"),
    "reason.days_to_ship": ("平均 {a} 天发货", "{a} days to ship"),
    "reason.out_share": ("{a} 的时间商城缺货", "out of stock {a} of the time"),
    "reason.heat": ("直播间点击是同类的 {a}", "clicks in the room are {a} its peers'"),
    "reason.conversion": ("商城转化是同类的 {a}", "mall conversion is {a} its peers'"),
    "reason.ratio": ("{n} 倍", "{n} times"),
    "reason.percent": ("{n}", "{n} of"),
}

_FALLBACK = {
    "fallback.the calendar does not name this SKU": (
        "日历里没有这个 SKU",
        "the calendar does not name this SKU",
    ),
    "fallback.the history is too short for the model": (
        "历史太短，用不了模型",
        "the history is too short for the model",
    ),
    "fallback.fewer than 14 steps in which it could be bought": (
        "能买到的天数不到 14 天",
        "fewer than 14 days in which it could be bought",
    ),
    "fallback.nothing is known of it, nor of its like": (
        "它和同类都没有数据",
        "nothing is known of it, nor of its like",
    ),
    "fallback.the forecast does not tell this SKU": (
        "没有预测到这个 SKU",
        "the forecast does not tell this SKU",
    ),
    "fallback.only the calendar names this SKU": (
        "历史里没有，只有日历提到这个 SKU",
        "only the calendar names this SKU",
    ),
    "fallback.the calendar does not tell": ("日历里没写 {x}", "the calendar does not tell {x}"),
    "fallback.the history has no": ("历史里没有 {x}", "the history has no {x}"),
    "fallback.no forecast of": ("没有这么长窗口的预测（{x}），按比例折算", "no forecast of {x}"),
}
"""What `fallback_reason` says, or begins with; other words of it are shown as they are."""

CODES = {**_ORDER, **_EVIDENCE, **_FALLBACK}
