"""Every word of the reports, in Chinese and English: one mapping, key → (zh, en).

Sentences carry `{name}` fields; `word` fills them in. What a user wrote (titles, hosts, SKU
names) is never in here.
"""

from __future__ import annotations

from liveattr.errors import ParameterError, did_you_mean
from liveattr.report.words_attribution import ATTRIBUTION
from liveattr.report.words_book import BOOK
from liveattr.report.words_codes import CODES
from liveattr.report.words_lift import LIFT
from liveattr.report.words_order import ORDER
from liveattr.report.words_people import PEOPLE
from liveattr.report.words_recall import RECALL
from liveattr.report.words_repurchase import REPURCHASE
from liveattr.report.words_trust import TRUST
from liveattr.report.words_truth import TRUTH

__all__ = ["LANGS", "WORDS", "word"]

LANGS = ("zh", "en")
"""The languages that a report can be written in."""

_LINES = {
    "line.gmv_created": ("下单 GMV", "GMV of placed orders"),
    "line.gmv_paid_surface": ("支付 GMV（平台口径）", "Paid GMV as the platform shows it"),
    "line.gmv_paid": ("支付 GMV", "Paid GMV"),
    "line.subsidy_platform": ("平台补贴", "Platform subsidy"),
    "line.subsidy_author": ("主播补贴", "Host subsidy"),
    "line.refund_before_shipping": ("发货前退款", "Refunds before shipping"),
    "line.refund_after_shipping": ("发货后退款", "Refunds after shipping"),
    "line.subsidy_back": ("退回的补贴", "Subsidies given back"),
    "line.revenue": ("留存销售额", "Kept sales"),
    "line.gsv": ("GSV（支付减退款）", "GSV (paid minus refunds)"),
    "line.cogs": ("货品成本", "Cost of goods"),
    "line.commission": ("达人佣金", "Host commission"),
    "line.service_fee": ("平台技术服务费", "Platform service fee"),
    "line.channel_fee": ("渠道与团长费", "Channel and leader fees"),
    "line.commission_back": ("退回的佣金", "Commission given back"),
    "line.service_fee_back": ("退回的服务费", "Service fee given back"),
    "line.channel_fee_back": ("退回的渠道与团长费", "Channel and leader fees given back"),
    "line.payment_fee": ("支付手续费", "Payment fee"),
    "line.freight_out": ("发货运费", "Outbound freight"),
    "line.packing": ("包装", "Packing"),
    "line.freight_insurance": ("运费险", "Freight insurance"),
    "line.return_freight": ("退货运费", "Return freight"),
    "line.write_off": ("质检与报损", "Inspection and write-off"),
    "line.compensation": ("赔付", "Compensation"),
    "line.variable_cost": ("变动成本合计", "Variable costs"),
    "line.slot_fee": ("坑位费", "Slot fee"),
    "line.crew": ("主播与团队", "Host and crew"),
    "line.ads": ("投流", "Ad spend"),
    "line.samples": ("样品", "Samples"),
    "line.gifts": ("福袋与赠品", "Lucky bags and gifts"),
    "line.agency_fee": ("机构服务费", "Agency fee"),
    "line.plugin": ("平台插件", "Platform plug-ins"),
    "line.fixed_cost": ("固定成本合计", "Fixed costs"),
    "line.contribution": ("贡献利润", "Contribution"),
    "line.true_roi": ("真实 ROI", "True ROI"),
    "line.break_even_roas": ("保本 ROAS", "Break-even ROAS"),
    "line.surface_roi": ("平台口径 ROI", "ROI as the platform shows it"),
    "line.orders": ("订单", "Orders"),
    "line.lines_settled_ppm": ("已结算的订单行", "Settled order lines"),
    "line.refund_maturity": ("退款成熟度", "Refund maturity"),
    "section.memo": ("备查", "For reference"),
    "section.revenue": ("收入", "Income"),
    "section.variable": ("变动成本", "Variable costs"),
    "section.fixed": ("固定成本", "Fixed costs"),
    "section.result": ("结果", "Result"),
}

_CAMPAIGN = {
    "kind.broadcast": ("直播", "Broadcast"),
    "kind.show": ("专场", "Show"),
    "kind.series": ("系列直播", "Series of broadcasts"),
    "kind.mailing": ("邮寄活动", "Mailing"),
    "kind.other": ("活动", "Campaign"),
    "platform.douyin": ("抖音", "Douyin"),
    "platform.kuaishou": ("快手", "Kuaishou"),
    "platform.channels": ("微信视频号", "WeChat Channels"),
    "platform.taobao": ("淘宝", "Taobao"),
    "platform.youzan": ("有赞", "Youzan"),
    "platform.weimob": ("微盟", "Weimob"),
    "platform.shopify": ("Shopify", "Shopify"),
    "platform.mall": ("自有商城", "Own mall"),
    "head.host": ("主播「{host}」", "host “{host}”"),
    "head.broadcasts": ("{n} 场直播", "{n} broadcasts"),
    "head.as_of": ("截至 {date}", "As of {date}"),
    "head.as_of_day": ("截至 {date}（第 {day} 天）", "As of {date} (day {day})"),
    "head.page": ("{title} · 真实收益", "{title} · what it truly earned"),
    "head.whole_shop": ("全店订单", "All orders of the shop"),
    "head.unattributed": ("不属于任何活动的订单", "Orders of no campaign"),
}

_FIRST = {
    "first.roi": (
        "真实 ROI（扣除退款与全部成本）",
        "True ROI (after refunds and every cost)",
    ),
    "first.roi_at_most": (
        "真实 ROI 的上限（还有成本没有提供）",
        "True ROI at most (some costs are not given)",
    ),
    "first.at_most": ("最多", "at most"),
    "first.kept": (
        "留存销售额（支付与补贴，减退款）",
        "Kept sales (paid and subsidies, minus refunds)",
    ),
    "first.range": ("按证据松紧：{low} – {high}", "By strictness of evidence: {low} – {high}"),
    "first.range_one": (
        "证据松紧不改变这个数字",
        "The strictness of the evidence does not change it",
    ),
    "first.range_no_high": (
        "只算硬证据：{low}；上限算不出",
        "Hard evidence only: {low}; no upper end can be computed",
    ),
    "first.break_even": ("打平线是 1", "break-even is 1"),
    "first.won": ("赚了 {money}。", "It earned {money}."),
    "first.lost": ("亏了 {money}。", "It lost {money}."),
    "first.even": ("不赚不亏。", "It broke even."),
    "first.unsure": (
        "不能断定赚钱：换一种证据口径，结论就会变。",
        "Whether it earned money is open: other rules of evidence turn the answer.",
    ),
    "first.won_at_most": ("最多赚 {money}。", "It earned {money} at most."),
    "first.lost_at_least": ("至少亏 {money}。", "It lost {money} at least."),
    "first.even_at_most": ("最多不赚不亏。", "It broke even at best."),
    "first.story": (
        "付款 {paid}，退款 {refunds}，留存 {kept}；变动成本 {variable}，固定成本 {fixed}。",
        "Paid {paid}, refunded {refunds}, kept {kept}; variable costs {variable}, "
        "fixed costs {fixed}.",
    ),
    "first.kept_story": (
        "付款 {paid}，退款 {refunds}（{rate}），留存 {kept}。",
        "Paid {paid}, refunded {refunds} ({rate}), kept {kept}.",
    ),
    "first.kept_story_no_refund": (
        "付款 {paid}，数据里没有退款记录。",
        "Paid {paid}; the data has no refund record.",
    ),
    "first.none": (
        "没有一笔订单能归到这里。",
        "No order can be tied to it.",
    ),
    "first.none_but": (
        "没有硬证据，也没有触点把订单归到这里；只按时间推断，最多 {high}。",
        "Neither hard evidence nor a touch ties an order to it; by time alone it is "
        "{high} at most.",
    ),
    "first.fill": ("要算真实 ROI，请补：", "To get the true ROI, fill in:"),
    "first.fill_who": (
        "要知道哪一场带来了这些订单，请补：",
        "To see which broadcast brought these orders, fill in:",
    ),
    "first.missing": ("还缺：", "Still missing:"),
    "first.not_causal": (
        "按归到这里的订单算。没有它，这些订单还会不会有，这份数据还回答不了。",
        "Counted on the orders tied to it. Whether they would have come without it is "
        "not identified from this data.",
    ),
    "first.surface": ("平台后台显示的 ROI", "ROI that the platform shows"),
    "first.surface_how": ("支付 GMV ÷ 投流消耗", "paid GMV ÷ ad spend"),
    "first.surface_gmv": ("平台后台显示的支付 GMV", "Paid GMV that the platform shows"),
    "first.surface_till": ("付款时的销售额", "Sales at the till"),
    "first.surface_none": (
        "没有投流消耗，平台口径 ROI 算不出。",
        "Without ad spend there is no ROI as the platform shows it.",
    ),
    "first.why": ("差距主要来自：{causes}。", "The gap comes mainly from: {causes}."),
    "first.why_refund": ("退款（占支付的 {rate}）", "refunds ({rate} of what was paid)"),
    "first.why_costs": ("没有算进去的{costs}", "what it leaves out: {costs}"),
    "first.why_subsidy": ("补贴（{money}）", "subsidies ({money})"),
    "first.why_same": (
        "两个数字相同：数据里没有退款，也没有成本。",
        "Both figures are the same: the data has neither refunds nor costs.",
    ),
    "first.why_no_orders": (
        "没有可比的订单。",
        "There are no orders to compare.",
    ),
    "need.cogs": (
        "货品成本（模板 sku_cogs）",
        "cost of goods (template sku_cogs)",
    ),
    "need.cogs_part": (
        "货品成本（已覆盖 {share} 的订单行；模板 sku_cogs）",
        "cost of goods (known for {share} of the order lines; template sku_cogs)",
    ),
    "need.fixed": (
        "坑位费、投流、团队等固定成本（模板 campaign_costs）",
        "fixed costs: slot fee, ads, crew … (template campaign_costs)",
    ),
    "need.fixed_plain": (
        "活动本身的成本（模板 campaign_costs）",
        "what the campaign itself cost (template campaign_costs)",
    ),
    "need.broadcasts": (
        "直播场次（模板 broadcasts）",
        "the broadcasts (template broadcasts)",
    ),
    "need.touches": (
        "追踪链接与商城行为（模板 tracked_links，预设 mall_events）",
        "tracked links and mall events (template tracked_links, preset mall_events)",
    ),
    "need.settled": (
        "平台结算单（已结算 {share} 的订单行）",
        "the platform's settlement file ({share} of the order lines settled)",
    ),
}

_FIGURES = {
    "fact.orders": ("订单", "Orders"),
    "fact.orders_n": ("{n} 个订单行", "{n} order lines"),
    "fact.refund_rate": ("退款率（按金额）", "Refund rate (by money)"),
    "fact.refund_n": ("{n} 个订单行有退款", "{n} order lines with a refund"),
    "fact.refund_waiting": (
        "；另有 {n} 行在等订单，未计入",
        "; {n} more rows wait for their order and are not counted",
    ),
    "fact.hard": ("硬证据占比", "Hard evidence"),
    "fact.hard_n": (
        "占支付 GMV：直播间号、追踪链接、投流回传",
        "of paid GMV: room id, tracked link, ad report",
    ),
    "fact.maturity": ("退款成熟度", "Refund maturity"),
    "fact.maturity_n": ("已过退款期的金额占比", "share of the money past its refund window"),
}

_MONEY = {
    "money.title": ("钱去了哪里", "Where the money went"),
    "money.lead": (
        "从付款到留下的钱。每一格在 tables/ 里都有订单。",
        "From what was paid to what stayed. The orders behind each bar are in tables/.",
    ),
    "money.lead_kept": (
        "从付款到留存销售额。成本没有提供，所以到此为止。",
        "From what was paid to what was kept. Costs are not given, so it ends here.",
    ),
    "money.not_given": (
        "没有提供，所以图里没有：{costs}。",
        "Not given, so not in the picture: {costs}.",
    ),
    "money.subsidy": ("补贴", "Subsidies"),
    "money.refund": ("退款", "Refunds"),
    "money.fees": ("佣金与服务费", "Commission and fees"),
    "money.logistics": ("运费与售后", "Freight, after-sale"),
    "money.other_fixed": ("其他固定成本", "Other fixed costs"),
    "money.unit_1": ("{currency}", "{currency}"),
    "money.unit_big": ("万{currency}", "thousand {currency}"),
    "money.kind.surface": ("平台口径", "platform"),
    "money.kind.total": ("合计", "total"),
    "money.kind.in": ("加", "in"),
    "money.kind.out": ("减", "out"),
    "money.aria": ("从付款到留下的钱的瀑布图", "Waterfall from what was paid to what stayed"),
}

_STATEMENT = {
    "statement.title": ("损益表", "The statement"),
    "statement.lead": (
        "钱进来为正，出去为负。硬证据的订单行全额归入，其余按规则「{rule}」分。",
        "Money in is positive, money out negative. Lines with hard evidence count wholly, "
        "the others by the rule “{rule}”.",
    ),
    "statement.line": ("项目", "Line"),
    "statement.amount": ("金额（{unit}）", "Amount ({unit})"),
    "statement.coverage": ("覆盖", "Coverage"),
    "statement.rows": ("来源行", "Source rows"),
    "statement.not_given": ("未提供", "not given"),
    "statement.all_missing": ("未提供：{lines}", "Not given: {lines}"),
    "statement.no_result": ("还算不出：{lines}", "Cannot be computed yet: {lines}"),
    "statement.at_most": ("最多 {value}", "at most {value}"),
    "range.title": ("证据松紧不同，结果差多少", "How far the evidence moves the result"),
    "range.low": ("只算硬证据", "Hard evidence only"),
    "range.base": ("硬证据加规则", "Hard evidence and the rule"),
    "range.high": ("再加时间推断", "And inferred from time"),
}

_EVIDENCE = {
    "evidence.title": ("订单凭什么算在这里", "On what evidence"),
    "evidence.lead": (
        "越靠左证据越硬。推断的部分决定了上面的范围有多宽。",
        "The further left, the harder the evidence. The inferred part sets how wide the "
        "range above is.",
    ),
    "evidence.tier": ("证据", "Evidence"),
    "evidence.paid": ("支付 GMV", "Paid GMV"),
    "evidence.share": ("占比（含推断）", "Share, inferred included"),
    "evidence.lines": ("订单行 n", "Order lines n"),
    "evidence.aria": ("按证据分的支付 GMV", "Paid GMV by evidence"),
    "evidence.base_ends": (
        "前 {share} 是上面的数字；其余只在「再加时间推断」里。",
        "The first {share} make the figures above; the rest only counts under "
        "“inferred from time”.",
    ),
    "evidence.no_base": (
        "这些只在「再加时间推断」里；上面的数字没有算它们。",
        "All of it only counts under “inferred from time”; the figures above leave it out.",
    ),
    "tier.explicit_room": ("直播间号", "Room id"),
    "tier.tracked_link": ("追踪链接", "Tracked link"),
    "tier.platform_ad": ("平台投流回传", "Platform ad report"),
    "tier.rule": ("规则分配", "Shared by the rule"),
    "tier.host_time": ("主播与时间（推断）", "Host and time (inferred)"),
    "tier.window": ("时间窗（推断）", "Time window (inferred)"),
}

_PRODUCTS = {
    "products.title": ("商品：卖了多少，留下多少", "Products: what was sold, what was kept"),
    "products.lead": (
        "按留存销售额排序，最多 {n} 个；全部在 tables/products.csv。",
        "By kept sales, {n} at most; all of them in tables/products.csv.",
    ),
    "products.product": ("商品", "Product"),
    "products.category": ("品类", "Category"),
    "products.kept": ("留存销售额", "Kept sales"),
    "products.paid": ("支付 GMV", "Paid GMV"),
    "products.rate": ("退款率", "Refund rate"),
    "products.n": ("订单行 n", "Order lines n"),
    "products.unknown": ("（没有商品编号）", "(no product code)"),
    "products.no_category": ("（没有品类）", "(no category)"),
    "products.by_category": ("按品类", "By category"),
    "daily.title": ("付款在哪一天", "On which day it was paid"),
    "daily.lead": (
        "每天支付 GMV；深色是截至 {date} 留下的，浅色是退掉的。",
        "Paid GMV by day; dark is what was kept as of {date}, light what was refunded.",
    ),
    "daily.lead_paid": (
        "每天支付 GMV；数据里没有退款。",
        "Paid GMV by day; the data has no refunds.",
    ),
    "daily.kept": ("留下的", "kept"),
    "daily.refunded": ("退掉的", "refunded"),
    "daily.paid": ("支付 GMV", "Paid GMV"),
    "daily.aria": ("每天支付 GMV，其中退掉的", "Paid GMV by day, and the refunded part"),
}

_FOOT = {
    "foot.again": (
        "可复现：manifest.json · 数据版本 {versions} · liveattr {code} · 截至 {date} · 时区 {zone}",
        "Reproducible: manifest.json · data versions {versions} · liveattr {code} · "
        "as of {date} · time zone {zone}",
    ),
    "foot.held": (
        "隔离区：{held} 行有问题，没有计入；{waiting} 行在等对应的订单。用 liveattr quarantine list 查看。",
        "Held back: {held} rows are wrong and not counted; {waiting} rows wait for an order that is "
        "not in the data. See liveattr quarantine list.",
    ),
    "foot.offline": (
        "无外部链接，可离线打开。金额以{currency}计。",
        "No link to any other host; opens offline. Amounts in {currency}.",
    ),
    "index.title": ("活动报告", "Campaign reports"),
    "index.lead": (
        "先看真实数字：有成本的按贡献利润排序，其余按留存销售额排序。",
        "True figures first: campaigns with costs by contribution, the others by kept sales.",
    ),
    "index.campaign": ("活动", "Campaign"),
    "index.surface": ("平台口径", "As the platform shows it"),
    "index.kept": ("留存销售额", "Kept sales"),
    "index.contribution": ("贡献利润", "Contribution"),
    "index.roi": ("真实 ROI", "True ROI"),
    "index.rate": ("退款率", "Refund rate"),
    "index.picture": ("支付 → 留存 → 贡献", "Paid → kept → contribution"),
    "index.failed": ("{n} 份报告没有做成：", "{n} reports could not be made:"),
    "index.empty": ("还没有报告。", "No report yet."),
    "index.other": ("English", "中文"),
    "index.roi_short": ("ROI {value}", "ROI {value}"),
    "currency.CNY": ("元", "yuan"),
    "currency.USD": ("美元", "US dollars"),
    "currency.GBP": ("英镑", "pounds"),
    "currency.EUR": ("欧元", "euros"),
    "text.and": ("、", ", "),
    "text.none": ("无", "none"),
}

WORDS: dict[str, tuple[str, str]] = {
    **_LINES,
    **_CAMPAIGN,
    **_FIRST,
    **_FIGURES,
    **_MONEY,
    **_STATEMENT,
    **_EVIDENCE,
    **_PRODUCTS,
    **_FOOT,
    **ATTRIBUTION,
    **BOOK,
    **CODES,
    **LIFT,
    **ORDER,
    **PEOPLE,
    **RECALL,
    **REPURCHASE,
    **TRUST,
    **TRUTH,
}
"""Key → (Chinese, English)."""


def word(key: str, lang: str, **values: object) -> str:
    """Return one text in one language, its `{name}` fields filled in.

    Parameters
    ----------
    key
        A key of `WORDS`.
    lang
        `zh` or `en`.
    **values
        What stands in the fields.

    Raises
    ------
    ParameterError
        If the key or the language is unknown.

    Examples
    --------
    >>> word("line.slot_fee", "zh")
    '坑位费'
    >>> word("head.as_of", "en", date="2026-02-21")
    'As of 2026-02-21'
    """
    if lang not in LANGS:
        raise ParameterError(f"there is no language {lang!r}; {did_you_mean(lang, LANGS)}")
    if key not in WORDS:
        raise ParameterError(f"there are no words for {key!r}; {did_you_mean(key, WORDS)}")
    return WORDS[key][LANGS.index(lang)].format(**values)
