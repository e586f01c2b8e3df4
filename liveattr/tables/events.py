"""What people did."""

from liveattr.tables.model import table

__all__ = ["TABLES"]

TABLES = (
    table(
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
    table(
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
        consented  bool  the record itself says that the person agreed
        """,
        room="What people did",
        canonical=True,
    ),
)
