"""Words of the planners' workbook: key → (zh, en), part of `words.WORDS`."""

from __future__ import annotations

__all__ = ["BOOK"]

_SHEETS = {
    "book.orders": ("订货清单", "Orders"),
    "book.risk": ("断货与压货", "Risk"),
    "book.events": ("直播备货", "Broadcasts"),
    "book.trust": ("预测检验", "Backtest"),
    "book.about": ("参数与数据截止", "Parameters"),
    "book.guide": ("怎么看", "How to read"),
    "book.orders_title": ("备货建议 · 截至 {date}", "What to order · as of {date}"),
    "book.risk_title": ("断货与压货 · 截至 {date}", "What runs out, and too much · as of {date}"),
    "book.events_title": ("直播备货 · 截至 {date}", "Planned broadcasts · as of {date}"),
    "book.trust_title": ("预测检验 · 截至 {date}", "Can the forecast be trusted · as of {date}"),
    "book.about_title": ("参数与数据截止 · {date}", "Parameters and data cut-off · {date}"),
    "book.guide_title": ("怎么看，怎么填", "How to read it, how to fill it in"),
    "book.total": ("合计（筛选后）", "Total (as filtered)"),
    "book.page": ("第 &P 页，共 &N 页", "Page &P of &N"),
}

_GROUPS = {
    "book.g_goods": ("商品", "Product"),
    "book.g_now": ("现在", "Now"),
    "book.g_order": ("订多少", "Order"),
    "book.g_stock": ("库存构成", "Stock"),
    "book.g_demand": ("备货周期内需求", "Demand in the window"),
    "book.g_rule": ("怎么算的", "How it was set"),
    "book.g_risk": ("错了的代价", "Cost of being wrong"),
    "book.g_class": ("分类", "Class"),
    "book.g_source": ("预测来源", "Forecast"),
    "book.g_before": ("上次", "Last time"),
    "book.g_show": ("直播", "Broadcast"),
    "book.g_day": ("当天需求（件）", "Demand of the day (pcs)"),
    "book.g_ready": ("够不够", "Is it enough"),
}

_ORDER = {
    "book.merchant_sku": ("商品编码", "SKU code"),
    "book.name": ("商品名称", "Product"),
    "book.category": ("品类", "Category"),
    "book.supplier_id": ("供应商", "Supplier"),
    "book.state": ("状态", "Status"),
    "book.state_out": ("已断货", "out of stock"),
    "book.state_low": ("会断货", "runs out"),
    "book.state_over": ("压货", "too much"),
    "book.state_blind": ("没有预测", "no forecast"),
    "book.state_fine": ("正常", "fine"),
    "book.available": ("可用库存\n（件）", "Available\n(pcs)"),
    "book.cover_days": ("可售天数\n（天）", "Cover\n(days)"),
    "book.stockout_on": ("预计断货日", "Runs out on"),
    "book.suggested_qty": ("建议采购量\n（件）", "Suggested\n(pcs)"),
    "book.decision_qty": ("计划员决定\n（件）", "Decision\n(pcs)"),
    "book.note": ("备注", "Note"),
    "book.amount": ("建议金额\n（{unit}）", "Suggested\n({unit})"),
    "book.decided_amount": ("决定金额\n（{unit}）", "Decided\n({unit})"),
    "book.reason": ("为什么", "Why"),
    "book.on_hand": ("在库库存\n（件）", "On hand\n(pcs)"),
    "book.reserved": ("占用库存\n（件）", "Reserved\n(pcs)"),
    "book.in_transit": ("在途\n（件）", "In transit\n(pcs)"),
    "book.returns_due": ("预计退回\n（件）", "Returning\n(pcs)"),
    "book.mean_7": ("近 7 天\n日均销量", "Daily mean\n7 days"),
    "book.mean_30": ("近 30 天\n日均销量", "Daily mean\n30 days"),
    "book.days": ("备货周期\n（天）", "Window\n(days)"),
    "book.demand_mean": ("平均\n（件）", "Mean\n(pcs)"),
    "book.demand_p50": ("P50\n（件）", "P50\n(pcs)"),
    "book.demand_p80": ("P80\n（件）", "P80\n(pcs)"),
    "book.demand_p95": ("P95\n（件）", "P95\n(pcs)"),
    "book.event_units": ("其中直播\n（件）", "Broadcasts'\npart (pcs)"),
    "book.service_level": ("目标\n服务水平", "Service\nlevel"),
    "book.safety_stock": ("安全库存\n（件）", "Safety\nstock (pcs)"),
    "book.reorder_point": ("订货点\n（件）", "Reorder\npoint (pcs)"),
    "book.order_up_to": ("目标库存\n（件）", "Order up\nto (pcs)"),
    "book.unit_cost": ("单件成本\n（{unit}）", "Unit cost\n({unit})"),
    "book.short_cost": ("预计缺货\n损失（{unit}）", "Short: lost\nmargin ({unit})"),
    "book.over_cost": ("预计剩货\n损失（{unit}）", "Left over:\ncost ({unit})"),
    "book.abc": ("ABC", "ABC"),
    "book.xyz": ("XYZ", "XYZ"),
    "book.demand_class": ("需求类型", "Demand"),
    "book.diagnosis": ("商城问题", "Mall problem"),
    "book.model_used": ("预测方法", "Model"),
    "book.basis": ("依据", "Basis"),
    "book.fallback_reason": ("为什么换了方法", "Why not the usual model"),
    "book.previous_qty": ("上次建议\n（件）", "Suggested\n(pcs)"),
    "book.previous_gap": ("比上次\n（件）", "Change\n(pcs)"),
    "book.previous_on": ("上次日期", "On"),
    "book.basis_own history": ("自身历史", "own history"),
    "book.basis_clicks": ("点击", "clicks"),
    "book.basis_none": ("没有", "none"),
    "book.basis_analogue": ("同类商品", "its like"),
}

_OTHER = {
    "book.extra": ("多出\n（件）", "Too many\n(pcs)"),
    "book.tied": ("压住的钱\n（{unit}）", "Money tied\n({unit})"),
    "book.broadcast_id": ("直播编号", "Broadcast"),
    "book.business_on": ("日期", "Day"),
    "book.start_at": ("开播", "Starts"),
    "book.host_id": ("主播", "Host"),
    "book.title": ("标题", "Title"),
    "book.price": ("直播价\n（{unit}）", "Price there\n({unit})"),
    "book.shows_that_day": ("当天\n场次", "Shows\nthat day"),
    "book.ordinary": ("平常一天\nP50", "Usual day\nP50"),
    "book.p50": ("P50", "P50"),
    "book.p80": ("P80", "P80"),
    "book.p95": ("P95", "P95"),
    "book.left_units": ("开播前\n预计剩余（件）", "Left on that\nmorning (pcs)"),
    "book.short_p80": ("P80\n缺口（件）", "Short at\nP80 (pcs)"),
    "book.ready": ("够不够", "Enough"),
    "book.ready_yes": ("够", "enough"),
    "book.ready_no": ("不够", "short"),
    "book.ready_unknown": ("没有预测", "no forecast"),
    "book.whole": ("全部", "all"),
    "book.used": ("采用", "used"),
    "book.used_head": ("采用", "Used"),
    "book.n": ("检验数", "Tests"),
    "book.model": ("算法", "Rule or model"),
    "book.frontier": ("满足率与库存", "Fill rate and stock"),
    "book.frontier_title": (
        "同样的满足率，库存越少越好",
        "At the same fill rate, less stock is better",
    ),
    "book.frontier_x": ("平均库存（天）", "Mean stock (days)"),
    "book.frontier_y": ("满足率", "Fill rate"),
    "book.frontier_level": ("分位水平\n或备货天数", "Level, or\ndays of cover"),
    "book.no_trust": ("还没有检验：历史不够长。", "Not tried yet: the history was too short."),
    "book.no_events": ("没有排期中的直播，或排期没有货品。", "No planned broadcast, or none with a list of goods."),
    "book.no_risk": ("没有断货或压货的商品。", "Nothing runs out, and there is not too much of anything."),
}  # fmt: skip

_ABOUT = {
    "book.a_name": ("项目", "What"),
    "book.a_value": ("值", "Value"),
    "book.a_note": ("说明", "Meaning"),
    "book.a_as_of": ("业务日期", "Business date"),
    "book.a_as_of_note": ("只用到这一天结束时已知的数据", "only what was known at its end"),
    "book.a_zone": ("时区", "Time zone"),
    "book.a_skus": ("SKU 数", "SKUs"),
    "book.a_to_order": ("要订的 SKU 数", "SKUs to order"),
    "book.a_amount": ("建议采购金额（{unit}）", "Suggested orders ({unit})"),
    "book.a_uncosted": ("要订但没有成本的 SKU 数", "SKUs to order without a cost"),
    "book.a_uncosted_note": ("金额里不含它们", "the amount is without them"),
    "book.a_days": ("备货周期（天）", "Window (days)"),
    "book.a_days_note": ("提前期加盘点周期：最短到最长", "lead time plus review period: shortest to longest"),
    "book.a_level": ("目标服务水平", "Service level"),
    "book.a_level_note": (
        "少一件的损失 /（少一件的损失 + 多一件的损失）：最低到最高",
        "cost of one short / (cost of one short + of one over): lowest to highest",
    ),
    "book.a_source_orders": ("数据截止：订单", "Data: orders"),
    "book.a_source_stock": ("数据截止：库存快照", "Data: stock counts"),
    "book.a_source_purchases": ("数据截止：采购单", "Data: purchase orders"),
    "book.a_source_terms": ("数据：供货条件", "Data: supply terms"),
    "book.a_source_broadcasts": ("数据：排期到哪天", "Data: broadcasts planned until"),
    "book.a_rows": ("{n} 行", "{n} rows"),
    "book.a_absent": ("没有", "none"),
    "book.a_model": ("预测方法：{name}", "Model: {name}"),
    "book.a_model_note": ("用它的 SKU 数", "SKUs told by it"),
    "book.a_fallback": ("换了方法：{name}", "Other model: {name}"),
    "book.a_fallback_note": ("因此换方法的 SKU 数", "SKUs for which this was so"),
    "book.a_version": ("表 {name}", "Table {name}"),
    "book.a_version_note": ("数据湖里的版本", "version in the lake"),
}  # fmt: skip

_GUIDE = {
    "book.how_1": (
        "只填黄色的格子：“计划员决定”写整数件数，0 表示不订；“备注”随意写。空着就是按建议；"
        "空着但写了备注，也记为按建议。",
        "Fill in yellow cells only: a whole number of pieces under Decision, 0 for none, and any note. Empty "
        "means as suggested; empty with a note counts as suggested, and the note is kept.",
    ),
    "book.how_2": (
        "可以排序、筛选、插入自己的列、删掉不管的行。不要改商品编码，不要删隐藏的第一行。",
        "Sort, filter, add columns of your own, delete rows as you like. Leave the SKU codes and the hidden "
        "first row as they are.",
    ),
    "book.how_3": (
        "填好后存成 .xlsx，运行：liveattr stocking overrides 文件名。这段需求过去以后，报告会算出改得值不值。",
        "Save it as .xlsx and run: liveattr stocking overrides FILE. Once the days have passed, the report "
        "says whether the changes paid.",
    ),
    "book.how_4": (
        "可用库存 = 在库 − 占用 + 在途。可售天数 = 可用库存 ÷ 备货周期的日均需求；预计断货日按平均需求逐日推算，"
        "有直播的日子卖得快，所以两者可能差一两天。",
        "Available = on hand − reserved + in transit. Cover = available / the window's mean a day. The day it runs "
        "out is told day by day at mean demand, broadcasts and all, so the two may differ by a day or two.",
    ),
    "book.how_5": (
        "备货周期 = 提前期 + 盘点周期：今天订的货要撑到下次订的货到。P80 的意思：五次里有四次，需求不超过这个数。",
        "Window = lead time + review period: today's order must last until the next one arrives. P80: in four "
        "of five cases no more is wanted.",
    ),
    "book.how_6": (
        "目标库存 = 周期内需求在目标服务水平上的分位数；安全库存 = 目标库存 − 平均需求；可用库存低于订货点就该订。",
        "Order up to = the quantile of the window's demand at the service level; safety stock = that less the "
        "mean; order when available falls below the reorder point.",
    ),
    "book.how_7": (
        "建议采购量 = 目标库存 − 可用库存 − 预计退回，再按箱规、起订量、起订额、保质期和预算调整；“为什么”按重要性写。",
        "Suggested = order up to − available − returns due, then packs, least order, least value, shelf life and "
        "budget; Why lists what counted, most important first.",
    ),
    "book.how_8": (
        "状态：已断货 = 现在没有可用库存；会断货 = 按平均需求在备货周期内卖完；"
        "压货 = 可用库存超过 P95；没有预测的不判断；其余正常。",
        "Status: out of stock = none available now; runs out = gone within the window at mean demand; too much "
        "= more available than P95; no forecast = not judged; else fine.",
    ),
    "book.how_9": (
        "ABC：按需求金额，A 占前 80%，B 到 95%，C 其余。XYZ：周销量波动，X 小于 0.5，Y 到 1，Z 更大。",
        "ABC: by money wanted, A the first 80%, B to 95%, C the rest. XYZ: variation of weekly sales, X below "
        "0.5, Y to 1, Z beyond.",
    ),
    "book.how_10": (
        "直播备货里的件数是当天全部需求，含平常销量；同一天有几场的，是几场合计。",
        "Quantities under Broadcasts are the whole day's, ordinary sales included; several shows on one day "
        "share them.",
    ),
    "book.how_11": (
        "预测检验：偏差为正是报多了；90% 覆盖越接近 90% 越好；其他误差越小越好。MASE 小于 1：误差比相邻两周同一天的差"
        "还小。满足率和库存天数，是过去照它订货会有的结果。",
        "Backtest: bias above 0 is too much; 90% covers: the nearer to 90% the better; of the other errors less is "
        "better. MASE below 1: it errs by less than a day differs from the same a week before. Fill rate and stock "
        "are what orders by it would have led to.",
    ),
    "book.how_12": (
        "数量是建议：下单由人决定。没有成本的 SKU 不计金额。",
        "Quantities are suggestions: people place the order. SKUs without a cost have no amount.",
    ),
    "book.valid_head": ("请填整数", "A whole number, please"),
    "book.valid": (
        "写 0 或正整数（件）；空着表示按建议。",
        "0 or a whole number of pieces; empty means as suggested.",
    ),
}

BOOK = {**_SHEETS, **_GROUPS, **_ORDER, **_OTHER, **_ABOUT, **_GUIDE}
