"""Every canonical table of the lake: columns, type, unit, key, meaning.

This is the only place where a column name is spelled for the first time. A block below reads
`column  type  meaning`; `!` after the type means that it is never null, `[unit]` opens the
meaning where the unit is not in the name. Suffixes say the rest: `*_fen` whole 1/100 of
`currency`, `*_ppm` parts per million, `*_at` UTC timestamp, `*_on` business date of the shop,
`ts_us` microseconds since 1970 UTC, `*_token` keyed HMAC-SHA256 of an identifier.

Tables marked `canonical` also carry `source, ingest_id, source_row`: the preset, the batch and
the record in the file that the row came from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from liveattr.errors import TableError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "IDENTIFIER_COLUMNS",
    "LIVE_PLATFORMS",
    "TABLES",
    "TYPES",
    "Column",
    "Table",
    "account_kind",
    "describe",
    "get_table",
    "markdown",
]

TYPES = {
    "text": "VARCHAR",
    "bigint": "BIGINT",
    "int": "INTEGER",
    "double": "DOUBLE",
    "bool": "BOOLEAN",
    "at": "TIMESTAMP WITH TIME ZONE",
    "on": "DATE",
}
"""Short type name → DuckDB type."""

_UNITS = {
    "_fen": "fen",
    "_ppm": "ppm",
    "_at": "UTC",
    "_on": "business date",
    "_us": "µs since 1970 UTC",
    "_s": "s",
    "_ms": "ms",
    "_days": "days",
    "_token": "keyed HMAC-SHA256, hex",
}


@dataclass(frozen=True)
class Column:
    """One column: its type (a key of `TYPES`), whether it may be null, unit and meaning."""

    name: str
    type: str
    required: bool
    unit: str
    meaning: str

    @property
    def sql_type(self) -> str:
        """The DuckDB type."""
        return TYPES[self.type]


@dataclass(frozen=True)
class Table:
    """One table of the lake.

    Attributes
    ----------
    version_by
        Columns that say which of two rows with one key is the newer (a fold over version or
        time, never over arrival).
    part_of
        The key of the owner, where a row lives and dies with its owner: a newer order brings
        all its lines, so the older ones go.
    again
        What a second row with one key means when its content differs: `refuse` (a conflict),
        `restate` (a later file corrects an earlier one, as ad reports and templates do) or
        `keep` (the first one stands, as in a log). Tables with `version_by` keep the newest.
    """

    name: str
    room: str
    about: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    version_by: tuple[str, ...] = ()
    part_of: tuple[str, ...] = ()
    again: str = "refuse"

    @property
    def names(self) -> tuple[str, ...]:
        """The column names, in order."""
        return tuple(c.name for c in self.columns)

    def column(self, name: str) -> Column:
        """Return one column; an unknown name is an error with a suggestion."""
        for column in self.columns:
            if column.name == name:
                return column
        raise TableError(
            f"table {self.name!r} has no column {name!r}; {did_you_mean(name, self.names)}"
        )


_PROVENANCE = """
source       text   preset that read the row
ingest_id    text   batch; ties the row to a file and its sha256
source_row   bigint record of the file, counted from 1
"""
_LINE = re.compile(r"(?P<name>\w+)\s+(?P<type>\w+)(?P<need>!?)\s+(\[(?P<unit>[^]]+)\]\s*)?(?P<what>.+)")


def _columns(text: str) -> tuple[Column, ...]:
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        part = _LINE.fullmatch(line)
        if part is None or part["type"] not in TYPES:
            raise TableError(f"cannot read the column declaration {line!r}")
        unit = part["unit"] or next((u for s, u in _UNITS.items() if part["name"].endswith(s)), "")
        found.append(Column(part["name"], part["type"], bool(part["need"]), unit, part["what"]))
    return tuple(found)


def _table(
    name: str,
    about: str,
    key: str,
    columns: str,
    *,
    room: str,
    canonical: bool = False,
    version_by: str = "",
    part_of: str = "",
    again: str = "refuse",
) -> Table:
    text = columns + _PROVENANCE if canonical else columns
    return Table(
        name,
        room,
        about,
        tuple(key.split()),
        _columns(text),
        tuple(version_by.split()),
        tuple(part_of.split()),
        again,
    )


_INTAKE = (
    _table(
        "raw_message",
        "a web-hook body as received (the body itself stays in the raw file until it is encrypted)",
        "source dedupe_key",
        """
        source        text!  preset that read the envelope
        dedupe_key    text!  what makes a repeat a repeat (msg_id, event id, hash)
        event_name    text   the platform's name of the message (tag, type)
        object_id     text   the order or refund that it is about
        received_at   at     when our receiver got it
        event_at      at     when the platform says that it happened
        version       bigint the platform's version of the object; the higher one wins
        verified      bool   signature checked: true, false, or null where it was not checked
        body_sha256   text   of the decrypted body
        parse_status  text!  parsed, or kept
        ingest_id     text   batch; ties the row to a file and its sha256
        source_row    bigint record of the file, counted from 1
        """,
        room="Intake",
        again="keep",
    ),
    _table(
        "ingest_batch",
        "one file read with one preset; rows_in = rows_ok + rows_bad + rows_set_aside",
        "ingest_id",
        """
        ingest_id       text!   hash of the file's content, the preset and its version
        path            text!   file, relative to the folder that was ingested
        sha256          text!   of the file
        preset          text!   preset name
        preset_version  int!    version of the preset
        status          text!   loaded, or failed (too many bad rows: no table was changed)
        rows_in         bigint! records in the file
        rows_ok         bigint! records that went into tables (repeats of known content among them)
        rows_repeated   bigint! of these, records whose content was known already
        rows_older      bigint! of these, records that an already known newer version outranks
        rows_bad        bigint! records in quarantine because something is wrong with them
        rows_set_aside  bigint! records in quarantine that are expected: totals, orphans
        bad_by_code     text!   JSON: reason code → records
        notes           text!   JSON: unknown statuses, sign of reversals, checks of totals
        legal_basis     text!   contract, consent, research …
        key_id          text    which token key was used (never the key)
        loaded_at       at!     when
        """,
        room="Intake",
    ),
    _table(
        "quarantine_row",
        "a record that is in no table, with the reason; release re-reads it from the raw file",
        "ingest_id source_row",
        """
        ingest_id       text!   batch
        source_row      bigint! record of the file, counted from 1
        preset          text!   preset name
        path            text!   file, relative to the folder that was ingested
        reason_code     text!   SIG_BAD, SCHEMA_MISSING, TYPE_BAD, ID_PRECISION, …
        field           text    field of the file
        value_redacted  text    the value, letters and digits masked where it could be personal
        detail          text    what was expected
        waits_for       text    ORPHAN: the order that must come first
        expected        bool!   true for totals and orphans: set aside, not bad
        released_at     at      when it was released into its tables
        """,
        room="Intake",
    ),
)

_BROADCAST = (
    _table(
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
    _table(
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
    _table(
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
    _table(
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
    _table(
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
    _table(
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
    _table(
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
    _table(
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

_EVENTS = (
    _table(
        "event",
        "what people did, in the room and in the mall (vocabulary: docs/events.md)",
        "platform event_id",
        """
        platform       text!  douyin, …, mall
        event_id       text!  id
        name           text!  canonical event name
        event_at       at!    when, by the source's clock
        received_at    at     when we got it
        account_token  text   account: platform UID or mall account
        visitor_token  text   visitor without an account
        device_token   text   device
        unionid_token  text   WeChat UnionID
        openid_token   text   WeChat OpenID
        phone_token    text   verified phone
        member_token   text   member card
        ip_token       text   only under the fuzzy-match scope, kept 7 days
        ip24_token     text   /24 of the address
        ua_class       text   class of the user agent
        city           text   city
        session_id     text   session of the source
        room_id        text   the platform's room id
        broadcast_id   text   broadcast, where the source names it
        link_id        text   tracked link
        campaign_id    text   campaign, where the source names it
        channel        text   channel, where the source names it
        host_id        text   host, where the source names it
        product_id     text   product
        sku_id         text   SKU
        touch_kind     text   view, click, live_watch, where the source names it
        value_fen      bigint value
        watch_ms       bigint watched
        props          text   JSON of what else was kept
        """,
        room="What people did",
        canonical=True,
    ),
    _table(
        "binding",
        "two identifiers seen together",
        "platform binding_id",
        """
        platform   text! where
        binding_id text! id
        left_kind  text! uid_douyin, …, mall_account, phone, openid, unionid, member_card, device, link_token, visitor
        left_token text! identifier
        right_kind text! as left_kind
        right_token text! identifier
        at         at!   when
        evidence   text! login, phone_verified, unionid, link_login, member_card …
        """,
        room="What people did",
        canonical=True,
    ),
)

_ORDERS = (
    _table(
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
    _table(
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
    _table(
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
    _table(
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
    _table(
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
    _table(
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
    _table(
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
    _table(
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

_GOODS = (
    _table(
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
    _table(
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
    _table(
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
    _table(
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
    _table(
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
    _table(
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

_PEOPLE = (
    _table(
        "consent",
        "who agreed to what, as the merchant recorded it (the hash-chained ledger is built on it)",
        "seq",
        """
        seq          text! entry
        subject_kind text! kind of identifier
        subject_token text! identifier
        purpose      text! attribution, recall, fuzzy_match …
        action       text! granted or withdrawn
        at           at!   when
        channel      text  where it was asked
        version      text  version of the text that was agreed to
        """,
        room="People and consent",
        canonical=True,
    ),
    _table(
        "test_account",
        "accounts of the brand's own people; their orders are kept apart",
        "kind id_token",
        """
        kind     text! kind of identifier
        id_token text! identifier
        label    text  who
        """,
        room="People and consent",
        canonical=True,
        again="restate",
    ),
    _table(
        "person_member",
        "which identifier belongs to which person",
        "kind id known_from_at",
        """
        kind          text! kind of identifier
        id            text! identifier (token)
        person_id     text! person
        known_from_at at!   since when we know
        known_to_at   at    until when we thought so
        valid_from_at at    since when it is so
        valid_to_at   at    until when it is so
        """,
        room="People and consent",
    ),
)

_WORKING = (
    _table(
        "touch",
        "first event of each 30-minute session per person, channel, broadcast and link",
        "touch_id",
        """
        touch_id   bigint! id
        person     int!    person (dimension `person`)
        ts_us      bigint! time
        bucket     int!    person modulo the number of buckets
        channel    int!    dimension `channel`: what models are fitted on (model_key)
        campaign   int     dimension `campaign`
        broadcast  int     dimension `broadcast`
        host       int     dimension `host`
        sku        int     dimension `sku`
        action     int!    dimension `action`: name of the event
        touch_kind int!    1 view, 2 click, 3 live_watch
        weight     double! 1, or the probability of a fuzzy identity link
        """,
        room="Working layers",
    ),
    _table(
        "journey",
        "touches of a person within the lookback before an order, in order; also of those who did not buy",
        "journey_id pos",
        """
        journey_id  bigint! id; orders first
        order_key   bigint  dimension `order`; null where nothing was bought
        person      int!    person
        pos         int!    1 is the earliest touch
        n           int!    [touches] touches of the journey
        touch_id    bigint! touch
        ts_us       bigint! time of the touch
        order_ts_us bigint  time of the order
        """,
        room="Working layers",
    ),
    _table(
        "dimension",
        "code → text of the working layers",
        "kind code",
        """
        kind  text!   person, channel, campaign, broadcast, host, sku, action, order
        code  bigint! code
        value text!   text; order: platform, shop and order id joined by a tab
        """,
        room="Working layers",
    ),
)

_RESULTS = (
    _table(
        "credit",
        "who touched a line's order, in money; the parts of a line sum to its money to the fen",
        "model version platform line_id touch_id",
        """
        model     text!   first, last, last_non_direct, linear, position, time_decay
        version   text!   version of the model's definition and its parameters
        platform  text!   where it was sold
        line_id   text!   order line
        touch_id  bigint! touch; -1 is the row (unattributed)
        channel   text!   channel, or (unattributed)
        campaign_id  text campaign
        broadcast_id text broadcast
        host_id   text    host
        sku_id    text    SKU that the touch was about
        share     double! share of the line; sums to 1 over the line
        net_fen   bigint! share of the line's money that stayed as of `as_of`
        as_of     on!     business date
        """,
        room="Results",
    ),
    _table(
        "credit_total",
        "credit rolled up",
        "model version grain value as_of",
        """
        model   text!   model
        version text!   version
        grain   text!   channel, campaign, broadcast, host, sku
        value   text!   member of the grain, or (unattributed)
        as_of   on!     business date
        orders  double! [orders] sum of shares, a line counting by its part of the order's lines
        net_fen bigint! money that stayed
        low     double  lower end of the interval; null: the model has none
        high    double  upper end
        level   double  level of the interval
        n       bigint! [lines] lines with a share
        """,
        room="Results",
    ),
    _table(
        "line_share",
        "which part of an order line's money belongs to which campaign, and on what evidence; a line without a row is wholly (unattributed)",
        "as_of variant platform line_id campaign_id broadcast_id tier",
        """
        as_of        on!     business date
        variant      text!   low: hard evidence only; base: hard evidence, else the rule; high: any evidence
        platform     text!   where it was sold
        line_id      text!   line
        campaign_id  text!   campaign, or (unattributed)
        broadcast_id text!   broadcast; (none) where the campaign has none
        tier         text!   explicit_room, tracked_link, platform_ad, host_time, window, rule, none
        share        double! sums to 1 over the line
        """,
        room="Results",
    ),
    _table(
        "statement",
        "the statement of one campaign; amounts are signed: money in +, money out -",
        "campaign_id as_of variant line",
        """
        campaign_id  text!   campaign
        as_of        on!     business date
        variant      text!   low, base, high (evidence range)
        line         text!   line, e.g. gmv_paid
        section      text!   memo, revenue, variable, fixed, result
        pos          int!    place in the statement
        amount_fen   bigint  amount; null: not given
        value_ppm    bigint  ratio lines: value; null: not given
        given        bool!   false: no source has it; never shown as 0
        coverage_ppm int     share of the order lines for which the amount is known
        n_rows       bigint! [rows] source rows behind the amount
        source_tables text!  tables, comma separated
        """,
        room="Results",
    ),
    _table(
        "statement_row",
        "the source rows of each statement line: the way down to the orders",
        "campaign_id as_of variant line source_table source_key",
        """
        campaign_id  text!   campaign
        as_of        on!     business date
        variant      text!   low, base, high
        line         text!   statement line
        source_table text!   table
        source_key   text!   key of its row
        amount_fen   bigint! signed part that belongs to the campaign
        """,
        room="Results",
    ),
    _table(
        "run",
        "one row a run of a stage",
        "run_id",
        """
        run_id          text!   id
        stage           text!   stage
        options         text!   JSON
        input_versions  text!   JSON: table → version read
        output_versions text!   JSON: table → version written
        rows_in         bigint! rows read
        rows_out        bigint! rows written
        rows_refused    bigint! rows refused
        outputs         text!   JSON: table → rows written
        notes           text!   JSON: list of remarks
        code_version    text!   package version and hash of its code
        started_at      at!     when
        seconds         double! outside every hash
        """,
        room="Results",
    ),
)

TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        *_INTAKE,
        *_BROADCAST,
        *_EVENTS,
        *_ORDERS,
        *_GOODS,
        *_PEOPLE,
        *_WORKING,
        *_RESULTS,
    )
}
"""All tables by name, in reading order."""


def get_table(name: str) -> Table:
    """Return one declared table; an unknown name is an error with a suggestion."""
    if name not in TABLES:
        raise TableError(f"there is no table {name!r}; {did_you_mean(name, TABLES)}")
    return TABLES[name]


def describe(name: str | None = None) -> pd.DataFrame:
    """Show one table's columns, or all tables, as a frame.

    Parameters
    ----------
    name
        A table; without it all tables are listed.

    Returns
    -------
    pandas.DataFrame
        With a name: `column, type, null, unit, meaning` (key columns are marked with `*`).
        Without: `table, room, key, about`.

    Raises
    ------
    TableError
        If there is no such table.

    Examples
    --------
    >>> describe("order_line").query("column == 'paid_fen'").unit.item()
    'fen'
    """
    import pandas as pd

    if name is None:
        rows = [(t.name, t.room, ", ".join(t.key), t.about) for t in TABLES.values()]
        return pd.DataFrame(rows, columns=["table", "room", "key", "about"])
    table = get_table(name)
    cells = [
        (
            c.name + ("*" if c.name in table.key else ""),
            c.type,
            "" if c.required else "yes",
            c.unit,
            c.meaning,
        )
        for c in table.columns
    ]
    return pd.DataFrame(cells, columns=["column", "type", "null", "unit", "meaning"])


def markdown() -> str:
    """Write all tables as the text of `docs/tables.md`."""
    out = ["# The tables of the lake", "", "Generated from `liveattr/tables.py`; do not edit.", ""]
    room = ""
    for table in TABLES.values():
        if table.room != room:
            room = table.room
            out += [f"## {room}", ""]
        out += [f"### {table.name}", "", f"{table.about[0].upper()}{table.about[1:]}.", ""]
        out += [f"Key: `{', '.join(table.key)}`.", ""]
        out += ["| column | type | null | unit | meaning |", "|---|---|---|---|---|"]
        out += [
            f"| {c.name} | {c.type} | {'' if c.required else 'yes'} | {c.unit} | {c.meaning} |"
            for c in table.columns
        ]
        out.append("")
    return "\n".join(out)


IDENTIFIER_COLUMNS = {
    "account_token": "account",
    "unionid_token": "unionid",
    "openid_token": "openid",
    "member_token": "member_card",
    "phone_token": "phone",
    "visitor_token": "visitor",
    "device_token": "device",
}
"""Token column of `event` and `order_header` → kind of identifier, strongest first.

The kind of `account_token` depends on the platform: see `account_kind`.
"""

LIVE_PLATFORMS = ("douyin", "kuaishou", "channels", "taobao")
"""Platforms whose accounts are a kind of identifier of their own."""


def account_kind(platform: str) -> str:
    """Return the kind of identifier that an account of a platform is.

    Examples
    --------
    >>> account_kind("douyin"), account_kind("youzan")
    ('uid_douyin', 'mall_account')
    """
    return f"uid_{platform}" if platform in LIVE_PLATFORMS else "mall_account"
