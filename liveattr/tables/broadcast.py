"""The broadcast and its money."""

from liveattr.tables.model import table

__all__ = ["TABLES"]

TABLES = (
    table(
        "campaign",
        "what a report is about",
        "campaign_id",
        """
        campaign_id  text! id
        kind         text! broadcast, show, series, mailing, other
        title        text  title
        start_at     at    begin
        end_at       at    end
        currency     text  ISO 4217
        """,
        room="The broadcast and its money",
        canonical=True,
        again="restate",
    ),
    table(
        "broadcast",
        "one broadcast; one that crosses midnight stays one",
        "broadcast_id",
        """
        broadcast_id      text! id, e.g. live_20260122_A
        campaign_id       text! campaign that it belongs to (its own id where none is given)
        platform          text! douyin, kuaishou, channels, taobao, youzan, mall …
        platform_room_id  text  the platform's room id
        host_id           text  host or KOL
        account_id        text  the account that went on air
        start_at          at!   begin
        end_at            at!   end
        business_on       on!   business date of the begin
        title             text  title
        source_code       text  `source` of its tracked links
        """,
        room="The broadcast and its money",
        canonical=True,
        again="restate",
    ),
    table(
        "broadcast_plan",
        "which SKU stands in which slot",
        "broadcast_id sku_id",
        """
        broadcast_id text!   broadcast
        sku_id       text!   merchant SKU
        state        text    planned or held
        slot         int     place in the running order
        minutes      double  [min] minutes on air
        price_fen    bigint  price in the room
        coupon       text    coupon
        """,
        room="The broadcast and its money",
        canonical=True,
        again="restate",
    ),
    table(
        "broadcast_metric",
        "aggregates of a room; totals of an export are not rows, they only check the sum",
        "broadcast_id grain_start_at grain_s channel product_id metric",
        """
        broadcast_id   text!   broadcast, or the platform's room id where it is not known yet
        grain_start_at at!     begin of the grain
        grain_s        bigint! length of the grain
        channel        text!   traffic channel; (all) where the file has none
        product_id     text!   product; (all) where the file has none
        metric         text!   name
        unit_kind      text!   pv, uv, fen, s, ppm
        value          bigint! in that unit
        """,
        room="The broadcast and its money",
        canonical=True,
        again="restate",
    ),
    table(
        "campaign_cost",
        "costs that only the brand knows",
        "cost_id",
        """
        cost_id      text!   id
        campaign_id  text!   campaign
        broadcast_id text    broadcast, where the cost belongs to one
        line         text!   slot_fee, crew, ads, samples, gifts, agency_fee, plugin, freight_out, packing, payment_fee, return_freight, write_off, compensation, freight_insurance
        amount_fen   bigint! cost, positive
        incurred_at  at!     when it is due
        note         text    note
        """,
        room="The broadcast and its money",
        canonical=True,
        again="restate",
    ),
    table(
        "ad_spend",
        "ad spend by hour",
        "account ad_id hour_at",
        """
        account            text!   advertiser account
        ad_id              text!   ad
        hour_at            at!     begin of the hour (or day)
        room_id            text    the room that the ad led to
        broadcast_id       text    broadcast, where the file says so
        spend_fen          bigint! spend
        shows              bigint  [pv] impressions
        clicks             bigint  [pv] clicks
        live_enters        bigint  [pv] entries into the room
        attributed_pay_fen bigint  what the platform attributes to the ad
        attributed_orders  bigint  [orders] what the platform attributes to the ad
        """,
        room="The broadcast and its money",
        canonical=True,
        again="restate",
    ),
    table(
        "platform_ad_order",
        "orders that the ad platform attributes to an ad",
        "account order_id ad_id window_days",
        """
        account     text!  advertiser account
        order_id    text!  the shop's order or child order
        ad_id       text!  ad
        window_days int!   attribution window
        placed_at   at     when the order was placed
        is_pay      bool   paid
        pay_type    text   direct, indirect
        flow_source text   the platform's flow source
        """,
        room="The broadcast and its money",
        canonical=True,
        again="restate",
    ),
    table(
        "tracked_link",
        "links from a room into the mall",
        "link_id",
        """
        link_id       text! short opaque id (`lid`)
        source_code   text  `source=` value, e.g. live_20260122_A
        broadcast_id  text  broadcast
        campaign_id   text  campaign, where it has no broadcast
        host_id       text  host
        product_id    text  product or SKU
        shelf_no      int   place on the shelf
        valid_from_at at    from
        valid_to_at   at    to
        signature_ok  bool  true signed and right; null not signed
        """,
        room="The broadcast and its money",
        canonical=True,
        again="restate",
    ),
)
