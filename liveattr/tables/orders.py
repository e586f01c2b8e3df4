"""Orders, refunds, settlements."""

from liveattr.tables.model import table

__all__ = ["TABLES"]

TABLES = (
    table(
        "order_header",
        "one order; the row is a fold over version or event time, never over arrival",
        "platform shop_id order_id",
        """
        platform         text!   where it was sold
        shop_id          text!   shop; (default) where the file has none
        order_id         text!   order
        created_at       at!     placed
        paid_at          at      paid
        finished_at      at      finished
        updated_at       at      the source's own time of this state
        status           text!   created, paid, shipped, finished, cancelled, closed, unknown
        status_raw       text    the platform's word
        account_token    text    buyer: platform UID, open id or mall account
        phone_token      text    buyer: phone (unverified)
        openid_token     text    buyer: WeChat OpenID
        unionid_token    text    buyer: WeChat UnionID
        member_token     text    buyer: member card
        order_fen        bigint  amount before discounts
        paid_fen         bigint  what the buyer pays, postage included
        postage_fen      bigint  postage
        tax_fen          bigint  tax
        sub_platform_fen bigint  discount that the platform (or a payment channel) bears
        sub_author_fen   bigint  discount that the host bears
        sub_shop_fen     bigint  discount that the shop bears
        version          bigint  the platform's version, where it has one
        currency         text!   ISO 4217
        source_code      text    `source=` of the tracked link on the order
        link_id          text    tracked link on the order
        is_test          bool!   a test account bought it
        """,
        room="Orders",
        canonical=True,
        version_by="version updated_at",
    ),
    table(
        "order_line",
        "one product of an order (a child order)",
        "platform line_id",
        """
        platform         text!   where it was sold
        line_id          text!   child order, or order id and number
        shop_id          text!   shop; (default) where the file has none
        order_id         text!   order
        sku_id           text    the platform's SKU
        merchant_code    text    the merchant's code on the line
        product_id       text    the platform's product
        title            text    product title
        qty              bigint! [pieces] pieces
        list_fen         bigint  before discounts
        paid_fen         bigint! what the buyer pays for the line, postage not included
        sub_platform_fen bigint! discount that the platform bears: the shop gets it back
        sub_author_fen   bigint! discount that the host bears: the shop gets it back
        sub_shop_fen     bigint! discount that the shop bears
        host_id          text    host on the line
        room_id          text    the platform's room id on the line
        video_id         text    short video on the line
        is_gift          bool!   gift row
        trade_kind       text!   normal, sample, zero_yuan, lottery, other
        """,
        room="Orders",
        canonical=True,
        part_of="platform shop_id order_id",
    ),
    table(
        "order_state_event",
        "every state that was seen of an order; append-only",
        "platform order_id line_id state state_at",
        """
        platform   text!  where
        order_id   text!  order
        line_id    text!  line; (order) for the order itself
        state      text!  as order_header.status
        state_at   at!    when, by the source
        version    bigint the platform's version
        message_key text  raw_message key, where a message told it
        """,
        room="Orders",
        canonical=True,
        again="keep",
    ),
    table(
        "line_basis",
        "every evidence that ties an order line to a broadcast; many rows a line",
        "platform line_id basis broadcast_id",
        """
        platform      text! where it was sold
        line_id       text! line
        basis         text! explicit_room, tracked_link, platform_ad, host_time, window
        broadcast_id  text! broadcast
        evidence      text! room id, link id, ad id, host and time
        confidence    double! 0 to 1; 1 for what the platform or a signed link states
        decided_at    at!   moment of the evidence (the order's creation)
        superseded_at at    when better evidence took its place; null: it still counts
        """,
        room="Orders",
    ),
    table(
        "refund",
        "a claim and its money",
        "platform refund_id",
        """
        platform         text!   where
        refund_id        text!   claim
        shop_id          text!   shop; (default) where the file has none
        order_id         text!   order
        type             text!   return_refund, refund_only, before_shipping, exchange, price_protection, reship, repair, other
        status           text!   applied, running, done, refused, failed, withdrawn, unknown
        status_raw       text    the platform's word
        applied_at       at      claimed
        done_at          at      money back
        updated_at       at      the source's own time of this state
        refund_fen       bigint! money back to the buyer, postage included
        postage_fen      bigint! of it, postage
        subsidy_back_fen bigint! subsidies that go back to who gave them
        qty              bigint  [pieces] pieces
        reason_code      text    reason
        before_shipping  bool    money went back before the parcel left; null: the type says it
        version          bigint  the platform's version
        """,
        room="Orders",
        canonical=True,
        version_by="version updated_at",
    ),
    table(
        "refund_line",
        "the part of a claim that belongs to one order line",
        "platform refund_id line_id",
        """
        platform         text!   where
        refund_id        text!   claim
        line_id          text!   order line
        shop_id          text!   shop; (default) where the file has none
        order_id         text!   order
        refund_fen       bigint! goods money back, postage not included
        subsidy_back_fen bigint! subsidies that go back
        qty              bigint! [pieces] pieces
        """,
        room="Orders",
        canonical=True,
        part_of="platform refund_id",
    ),
    table(
        "settlement_line",
        "what the platform settled for an order line; fees are positive costs, what comes back is negative",
        "platform request_no line_id trade_type",
        """
        platform            text!   where
        request_no          text!   settlement request
        line_id             text!   order line
        order_id            text!   order
        trade_type          int!    0 settled; 1, 2, 3 reversal after settlement
        settled_at          at!     when
        income_fen          bigint! income
        outcome_fen         bigint! sum of the fees
        settle_fen          bigint! income - outcome
        service_fee_fen     bigint! platform technical fee
        commission_fen      bigint! KOL commission
        channel_fee_fen     bigint! good-goods channel and channel promotion fees
        colonel_fee_fen     bigint! leader (团长) fee
        other_fee_fen       bigint! other sharing
        sub_platform_fen    bigint! subsidy of the platform (and payment channel) in the income
        sub_author_fen      bigint! subsidy of the host in the income
        refund_before_fen   bigint! refunded before settlement
        """,
        room="Orders",
        canonical=True,
    ),
    table(
        "account_ledger",
        "movements of the shop's account",
        "platform account_trade_no",
        """
        platform         text!   where
        account_trade_no text!   movement
        at               at!     when
        direction        text!   in, out
        amount_fen       bigint! amount, positive
        tag              text!   commission, commission_back, service_fee_back, subsidy_back, freight_insurance, compensation, other
        tag_raw          text    the platform's tag
        order_id         text    order or child order
        """,
        room="Orders",
        canonical=True,
    ),
)
