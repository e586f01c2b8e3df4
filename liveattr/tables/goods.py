"""Goods, costs and stock."""

from liveattr.tables.model import table

__all__ = ["TABLES"]

TABLES = (
    table(
        "product",
        "the brand's own list of goods",
        "merchant_sku",
        """
        merchant_sku text! the merchant's code
        name         text  name
        spec         text  specification
        category     text  category
        brand        text  brand
        price_band   text  price band
        launched_on  on    first sold
        """,
        room="Goods",
        canonical=True,
        again="restate",
    ),
    table(
        "sku_map",
        "the platform's SKU → the merchant's SKU",
        "platform platform_sku_id valid_from_at",
        """
        platform        text! platform
        platform_sku_id text! the platform's SKU
        valid_from_at   at!   from
        merchant_sku    text! the merchant's code
        confidence      double 0 to 1
        approved_by     text  who said so
        """,
        room="Goods",
        canonical=True,
        again="restate",
    ),
    table(
        "sku_cogs",
        "unit cost of goods, valid from a day on",
        "merchant_sku valid_from_on",
        """
        merchant_sku  text!   the merchant's code
        valid_from_on on!     from
        cogs_fen      bigint! cost of one piece
        """,
        room="Goods",
        canonical=True,
        again="restate",
    ),
    table(
        "stock_snapshot",
        "stock as counted",
        "merchant_sku warehouse captured_at",
        """
        merchant_sku text!   the merchant's code
        warehouse    text!   warehouse
        captured_at  at!     when
        on_hand      bigint! [pieces] on hand
        reserved     bigint  [pieces] reserved
        in_stock     bool    sellable
        """,
        room="Goods",
        canonical=True,
        again="restate",
    ),
    table(
        "supply_terms",
        "what a supplier asks for",
        "merchant_sku supplier_id",
        """
        merchant_sku   text!   the merchant's code
        supplier_id    text!   supplier
        lead_time_days double! order to receipt
        review_days    double  between two orders
        pack           bigint  [pieces] pieces in a pack
        moq            bigint  [pieces] least order
        min_order_fen  bigint  least order value
        shelf_life_days double shelf life
        unit_cost_fen  bigint  cost of one piece
        """,
        room="Goods",
        canonical=True,
        again="restate",
    ),
    table(
        "purchase_order",
        "what is on its way",
        "po_id merchant_sku",
        """
        po_id        text!   purchase order
        merchant_sku text!   the merchant's code
        qty          bigint! [pieces] ordered
        ordered_on   on!     ordered
        eta_on       on      expected
        received_qty bigint  [pieces] received
        """,
        room="Goods",
        canonical=True,
        again="restate",
    ),
)
