"""Words of the planners' report on stocking: key → (zh, en), part of `words.WORDS`."""

from __future__ import annotations

__all__ = ["ORDER"]

_FIRST = {
    "order.title": ("备货建议", "What to order"),
    "order.page": ("{title}", "{title}"),
    "order.sub": ("给备货与计划", "for planners"),
    "order.big": ("建议订货金额", "Suggested orders"),
    "order.say": (
        "{n} 个 SKU 要订货，共 {pieces} 件。",
        "SKUs to order: {n}; pieces in all: {pieces}.",
    ),
    "order.wrong": (
        "照建议订，备货周期内预计还会因缺货少赚 {short}，因剩货损失 {over}。",
        "With these orders, expected in the window: {short} of margin lost to stock-outs, {over} of cost for "
        "pieces left over.",
    ),
    "order.wrong_over": (
        "照建议订，备货周期内预计因剩货损失 {over}；没有售价，算不出缺货少赚多少。",
        "With these orders, expected in the window: {over} of cost for pieces left over; without prices, lost "
        "margin is not known.",
    ),
    "order.uncosted": (
        "{n} 个要订的 SKU 没有成本，金额里不含它们。",
        "SKUs to order without a cost: {n}; the amount is without them.",
    ),
    "order.nothing": ("现在不用订货。", "Nothing needs to be ordered now."),
    "order.out_big": ("备货周期内会断货的 SKU", "SKUs that run out within the window"),
    "order.out_say": ("最早：{name}，{date}。", "First: {name}, {date}."),
    "order.out_gone": ("其中 {n} 个已经断货。", "Of these out of stock already: {n}."),
    "order.out_none": (
        "按平均需求，提前期加盘点周期内没有 SKU 会断货。",
        "At mean demand no SKU runs out within lead time and review period.",
    ),
    "order.out_note": (
        "按平均需求推算；备货周期是提前期加盘点周期。",
        "At mean demand; the window is lead time plus review period.",
    ),
    "order.over_big": ("压在多余库存里的钱", "Money tied in too much stock"),
    "order.over_say": (
        "{n} 个 SKU 的可用库存超过备货周期内 95% 情况下的需求。",
        "SKUs: {n}, with more available than is wanted in the window in 19 of 20 cases.",
    ),
}

_TABLES = {
    "order.first": ("先订这些", "Order these first"),
    "order.first_lead": (
        "最早断货的在前，最多 {n} 个；全部在工作簿里，计划员在那里填决定。可售天数按备货周期的日均需求算；"
        "几天后断货是逐日推算的，有直播的日子卖得快。",
        "Those that run out first at the head, {n} at most; the workbook has all, and takes decisions. Days of "
        "cover are at the window's daily mean; the day it runs out is told day by day, broadcasts and all.",
    ),
    "order.sku": ("商品", "Product"),
    "order.available": ("可用库存", "Available"),
    "order.cover": ("可售天数", "Days of cover"),
    "order.qty": ("建议订货量", "Suggested order"),
    "order.amount": ("金额", "Amount"),
    "order.why": ("为什么", "Why"),
    "order.up_to": (
        "目标库存 {n} 件，{level} 的情况够卖",
        "stock up to {n}, enough in {level} of cases",
    ),
    "order.runs": ("断货与压货", "Runs out, and too much"),
    "order.runs_lead": (
        "日期按平均需求推算；多出的件数是可用库存减去 95% 情况下的需求。",
        "Dates are at mean demand; too much is what is available beyond demand in 19 of 20 cases.",
    ),
    "order.runs_out": ("会断货", "Runs out"),
    "order.too_much": ("压货", "Too much"),
    "order.on": ("预计断货日", "Runs out on"),
    "order.wanted": ("备货周期内需求", "Wanted in the window"),
    "order.window": ("{n} 天", "{n} days"),
    "order.extra": ("多出件数", "Pieces too many"),
    "order.tied": ("压住的钱", "Money tied"),
    "order.more": ("还有 {n} 个，在工作簿里。", "{n} more are in the workbook."),
    "order.fan": ("前三个商品的需求", "Demand of the first three"),
    "order.fan_lead": (
        "线是中位数，深色带 {inner}，浅色带 {outer}：每天单独看。竖条是有直播计划的日子。",
        "The line is the median, the dark band {inner}, the light one {outer}, each day by itself. "
        "Grey columns are days with a planned broadcast.",
    ),
    "order.axis": ("件/天", "Pieces a day"),
    "order.event": (
        "备货周期 {days} 天里，计划直播带来 {n} 件。",
        "Planned broadcasts bring {n} pieces in the window of {days} days.",
    ),
}

_SHOWS = {
    "order.shows": ("下几场直播，货够不够", "The next broadcasts, and whether there is enough"),
    "order.shows_lead": (
        "当天全部需求（件），含平常销量；同一天有几场的，是几场合计。剩余按平均需求推到开播当天早上，不含现在才订的货。"
        "P80：五次里有四次，需求不超过这个数。",
        "The whole day's demand (pieces), ordinary sales included; several shows on one day share it. What "
        "is left is at mean demand until that morning, without what is ordered now. P80: in four of five "
        "such days no more is wanted.",
    ),
    "order.shows_say": (
        "{n} 个商品，P80 时 {short} 个不够。",
        "Products: {n}; short at P80: {short}.",
    ),
    "order.shows_enough": (
        "{n} 个商品，P80 时都够。",
        "Products: {n}; at P80 there is enough of all.",
    ),
    "order.shows_blind": ("没有预测的 {n} 个。", " Without a forecast: {n}."),
    "order.more_shows": ("还有 {n} 场，在工作簿里。", "{n} more broadcasts are in the workbook."),
    "order.usual_day": ("平常一天", "Usual day"),
    "order.p50": ("P50", "P50"),
    "order.p80": ("P80", "P80"),
    "order.p95": ("P95", "P95"),
    "order.left": ("当天早上剩余", "Left that morning"),
    "order.short": ("P80 缺口", "Short at P80"),
}

_CAUSES = {
    "order.cold": ("直播间热、商城冷", "Hot in the room, cold in the mall"),
    "order.cold_lead": (
        "直播间点得多，商城却买得少的商品，和最可能的原因。把握是模型给出的概率，不是证明。",
        "Products that are clicked in the room and not bought in the mall, with the likely cause. The "
        "chance is the model's, not a proof.",
    ),
    "order.cause": ("原因", "Cause"),
    "order.strength": ("把握", "Chance"),
    "order.heat": ("热度", "Heat"),
    "order.conversion": ("商城转化（对同类）", "Mall conversion, to peers"),
    "order.evidence": ("证据", "Evidence"),
    "order.cause_price": ("价格", "price"),
    "order.cause_page": ("页面", "page"),
    "order.cause_logistics": ("物流", "delivery"),
    "order.cause_stock": ("缺货", "stock"),
    "order.cause_count": ("有原因的 {n} 个", "{n} with a cause"),
    "order.cause_none": ("没有毛病：{n} 个。", "Nothing wrong: {n}."),
    "order.cause_few": ("数据不够：{n} 个。", "Not enough data: {n}."),
    "order.no_cause": ("没有看出原因的商品。", "No product with a cause was found."),
}

_TRUST = {
    "order.trust": ("这个预测可信吗", "Can this forecast be trusted"),
    "order.trust_lead": (
        "把时间倒回去，只用当时知道的数据预测，再和真实需求比；旁边是商家自己的算法。",
        "Back in time: each forecast knew only what was known that day. Beside it, the merchant's own "
        "rules.",
    ),
    "order.trust_note": (
        "偏差为正是报多了；90% 覆盖越接近 90% 越好；总误差、分位损失、MASE、95% 订货损失越小越好。满足率和库存天数，"
        "是过去照它订货会有的结果。",
        "Bias above 0 is too much. 90% covers: the nearer to 90% the better. Of error, loss, MASE and cost less is "
        "better. Fill rate and days of stock are what orders by it would have led to.",
    ),
    "order.model": ("算法", "Rule or model"),
    "order.pinball": ("分位损失", "Quantile loss"),
    "order.wape": ("总误差", "Error (WAPE)"),
    "order.mase": ("MASE", "MASE"),
    "order.bias": ("偏差", "Bias"),
    "order.coverage_90": ("90% 覆盖", "90% covers"),
    "order.newsvendor_95": ("95% 订货损失", "Cost at 95%"),
    "order.fill_rate": ("满足率", "Fill rate"),
    "order.stock_days": ("库存天数", "Days of stock"),
    "order.tests": ("次数", "Tests"),
    "order.used": ("采用", "used"),
    "order.class_used": ("{name}：{model}", "{name}: {model}"),
    "order.by_class": ("各类需求采用的算法：{said}。", "Used by class of demand: {said}."),
    "order.last_7": ("近 7 天均值（商家）", "last 7 days (merchant's)"),
    "order.last_30": ("近 30 天均值（商家）", "last 30 days (merchant's)"),
    "order.glm": ("回归", "regression"),
    "order.empirical": ("近期分布", "recent distribution"),
    "order.glm+empirical": ("回归与近期分布", "regression and recent distribution"),
    "order.start": ("新品起步", "start of a new product"),
    "order.boost": ("梯度提升", "gradient boosting"),
    "order.none": ("没有", "none"),
    "order.widened": ("{name}（已加宽）", "{name}, widened"),
    "order.class_smooth": ("平稳", "smooth"),
    "order.class_intermittent": ("间断", "intermittent"),
    "order.class_erratic": ("波动", "erratic"),
    "order.class_lumpy": ("间断且波动", "lumpy"),
    "order.class_event": ("靠直播", "by event"),
    "order.class_new": ("新品", "new"),
    "order.override": ("计划员改了什么", "What planners decided instead"),
    "order.override_lead": (
        "从工作簿读回的决定，和建议相比。改得对不对，等这段需求过去就能算。",
        "Decisions read back from the workbook, beside the suggestion. Whether they were right is told once "
        "the days have passed.",
    ),
    "order.worth": ("过去改的，值不值", "What earlier changes were worth"),
    "order.scored": ("已能算的改动", "Changes that can be told"),
    "order.better": ("比建议省钱", "Cheaper than suggested"),
    "order.worse": ("比建议更贵", "Dearer than suggested"),
    "order.saved": ("合计省下", "Saved in all"),
    "order.spent": ("合计多花", "Lost in all"),
    "order.worth_few": (
        "改动太少，看不出是本事还是运气。",
        "Too few changes to tell skill from chance.",
    ),
    "order.worth_clear": (
        "省下的钱，90% 区间：{low} 到 {high}。缺货按少赚的毛利算，剩货按资金与跌价成本算。",
        "Saved, 90% interval: {low} to {high}. Short counts as lost margin, left over as cost of money and "
        "ageing.",
    ),
    "order.worth_lost": (
        "多花的钱，90% 区间：{low} 到 {high}。缺货按少赚的毛利算，剩货按资金与跌价成本算。",
        "Lost, 90% interval: {low} to {high}. Short counts as lost margin, left over as cost of money and "
        "ageing.",
    ),
    "order.worth_unclear": (
        "省下的钱，90% 区间：{low} 到 {high}，含零：还看不出改得值不值。",
        "Saved, 90% interval: {low} to {high}; it holds zero: not known yet whether changes pay.",
    ),
    "order.auto": ("自动选择", "automatic choice"),
    "order.decided": ("决定", "Decided"),
    "order.changed": ("改了", "Changed"),
    "order.net": ("净变化（件）", "Net change (pieces)"),
    "order.net_cost": ("净变化（金额）", "Net change (money)"),
    "order.foot": (
        "不确定性都在分位数里。数量是建议：下单由人决定。成本缺失的 SKU 不计金额。",
        "Uncertainty is in the quantiles. Quantities are suggestions: people place the order. SKUs "
        "without a cost have no amount.",
    ),
    "order.index": ("备货", "Stocking"),
    "order.index_said": ("建议订 {amount}，{n} 个 SKU", "{amount} suggested, {n} SKUs"),
}

ORDER = {**_FIRST, **_TABLES, **_SHOWS, **_CAUSES, **_TRUST}
