"""The brand's own sheets as CSV files with Chinese headings, as the templates ask for them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from liveattr.units import fen_to_text

__all__ = ["write_templates"]

_KIND = {"broadcast": "直播", "show": "专场", "series": "系列直播"}
_PLATFORM = {"douyin": "抖音", "channels": "视频号", "youzan": "有赞"}
_LINE = {
    "slot_fee": "坑位费", "crew": "主播团队", "samples": "样品", "gifts": "赠品", "agency_fee": "服务商费",
    "plugin": "平台工具费", "freight_out": "发货运费", "packing": "包装", "payment_fee": "支付手续费",
    "return_freight": "退货运费", "write_off": "报废", "compensation": "赔付",
}  # fmt: skip


def write_templates(frames: dict[str, pd.DataFrame], folder: Path) -> list[Path]:
    """Write `templates.template_frames` into `folder/<preset>/`; returns the files."""
    made = []
    for preset, frame in _sheets(frames).items():
        path = folder / preset / f"{preset}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
        made.append(path)
    return made


def _sheets(t: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    campaign = t["campaign"].set_index("campaign_id")
    b, plan, cost, goods = t["broadcast"], t["broadcast_plan"], t["campaign_cost"], t["product"]
    stock, terms, bought, codes = (
        t["stock_snapshot"],
        t["supply_terms"],
        t["purchase_order"],
        t["sku_map"],
    )
    mine = campaign.reindex(b["campaign_id"])
    return {
        "broadcasts": pd.DataFrame(
            {
                "场次编号": b["broadcast_id"], "活动编号": b["campaign_id"],
                "活动名称": mine["title"].to_numpy(), "活动类型": mine["kind"].map(_KIND).to_numpy(),
                "直播标题": b["title"], "平台": b["platform"].map(_PLATFORM),
                "直播间ID": b["platform_room_id"], "主播ID": b["host_id"], "开播账号": b["account_id"],
                "开播时间": _local(b["start_at"]), "下播时间": _local(b["end_at"]), "来源代码": b["source_code"],
            }
        ),
        "broadcast_plan": pd.DataFrame(
            {
                "场次编号": plan["broadcast_id"], "商品编码": plan["sku_id"], "状态": "已播",
                "序号": plan["slot"], "讲解分钟": plan["minutes"], "直播价": _yuan(plan["price_fen"]),
            }
        ),
        "campaign_costs": pd.DataFrame(
            {
                "费用编号": cost["cost_id"], "活动编号": cost["campaign_id"], "场次编号": cost["broadcast_id"],
                "费用类型": cost["line"].map(_LINE), "金额": _yuan(cost["amount_fen"]),
                "发生日期": _local(cost["incurred_at"]),
            }
        ),
        "products": pd.DataFrame(
            {
                "商家编码": goods["merchant_sku"], "商品名称": goods["name"], "规格": goods["spec"],
                "类目": goods["category"], "品牌": goods["brand"], "价格带": goods["price_band"],
                "上市日期": goods["launched_on"],
            }
        ),
        "sku_map": pd.DataFrame(
            {
                "平台": codes["platform"].map(_PLATFORM), "平台SKU": codes["platform_sku_id"],
                "商家编码": codes["merchant_sku"], "可信度": codes["confidence"], "确认人": codes["approved_by"],
            }
        ),
        "sku_cogs": pd.DataFrame(
            {
                "商家编码": t["sku_cogs"]["merchant_sku"], "生效日期": t["sku_cogs"]["valid_from_on"],
                "单件成本": _yuan(t["sku_cogs"]["cogs_fen"]),
            }
        ),
        "stock_snapshots": pd.DataFrame(
            {
                "商家编码": stock["merchant_sku"], "仓库": stock["warehouse"], "盘点时间": _local(stock["captured_at"]),
                "在库": stock["on_hand"], "占用": stock["reserved"],
                "可售": stock["in_stock"].map({True: "是", False: "否"}),
            }
        ),
        "supply_terms": pd.DataFrame(
            {
                "商家编码": terms["merchant_sku"], "供应商": terms["supplier_id"], "交期天数": terms["lead_time_days"],
                "补货周期天数": terms["review_days"], "箱规": terms["pack"], "起订量": terms["moq"],
                "起订金额": _yuan(terms["min_order_fen"]), "保质期": terms["shelf_life_days"],
                "进货单价": _yuan(terms["unit_cost_fen"]),
            }
        ),
        "purchase_orders": pd.DataFrame(
            {
                "采购单号": bought["po_id"], "商家编码": bought["merchant_sku"], "采购数量": bought["qty"],
                "下单日期": bought["ordered_on"], "预计到货": bought["eta_on"], "已到数量": bought["received_qty"],
            }
        ),
    }  # fmt: skip


def _local(at: pd.Series) -> pd.Series:
    return at.dt.tz_convert("Asia/Shanghai").dt.strftime("%Y-%m-%d %H:%M:%S")


def _yuan(fen: pd.Series) -> pd.Series:
    return fen.map(lambda one: fen_to_text(int(one)).replace(",", ""))
