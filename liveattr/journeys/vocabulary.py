"""Which events are touches: name → channel and kind. One table, in words that people can check.

An event is a touch if it names a channel, or if its name, its broadcast or its tracked link maps
to one. A tracked link counts only while it is valid and unless its signature is wrong.

Channel, the first that holds:

1. the one that the event names;
2. `live`, if the broadcast is known or the name is `live_*`;
3. for visits to the mall and for any event with a tracked link: the kind of the campaign that the
   event or the link names (`live` for kinds broadcast, show, series), else `link` with a link,
   else `direct`;
4. none: the event is no touch (a name that is not in `NAMES`, or one in `NEVER`).

Kind of touch, the first that holds:

1. the one that the event names;
2. view: `live_leave` without `watch_ms`;
3. click: any event outside the room with a tracked link;
4. what `NAMES` says: live_watch for `live_enter` and `live_leave`, click for
   `live_product_click` and `live_link_click`;
5. view.
"""

from __future__ import annotations

__all__ = [
    "CHANNEL_DIRECT",
    "CHANNEL_LINK",
    "CHANNEL_LIVE",
    "CLICK",
    "LIVE_WATCH",
    "NAMES",
    "NEVER",
    "TOUCH_KINDS",
    "VIEW",
]

CHANNEL_LIVE = "live"
CHANNEL_LINK = "link"
CHANNEL_DIRECT = "direct"
"""A visit to the mall of which nothing says where it came from; last_non_direct skips it."""

VIEW, CLICK, LIVE_WATCH = 1, 2, 3
TOUCH_KINDS = {"view": VIEW, "click": CLICK, "live_watch": LIVE_WATCH}
"""Word of `event.touch_kind` → code of `touch.touch_kind`."""

_LIVE = {
    "live_impression": VIEW,
    "live_enter": LIVE_WATCH,
    "live_leave": LIVE_WATCH,
    "live_like": VIEW,
    "live_comment": VIEW,
    "live_share": VIEW,
    "live_follow": VIEW,
    "live_gift": VIEW,
    "live_fansclub_join": VIEW,
    "live_product_exposure": VIEW,
    "live_product_click": CLICK,
    "live_cart_open": VIEW,
    "live_link_click": CLICK,
}

_MALL = (
    "mall_landing",
    "page_view",
    "search",
    "view_item_list",
    "select_item",
    "view_item",
    "add_to_cart",
    "remove_from_cart",
    "view_cart",
    "add_to_wishlist",
    "begin_checkout",
    "add_shipping_info",
    "add_payment_info",
)

NAMES: dict[str, tuple[str, int]] = {
    **{name: (CHANNEL_LIVE, kind) for name, kind in _LIVE.items()},
    **{name: (CHANNEL_DIRECT, VIEW) for name in _MALL},
}
"""Event name → the channel where the event names none, and the kind of touch."""

NEVER = (
    "order_created",
    "purchase",
    "order_cancelled",
    "refund_requested",
    "refund",
    "return_received",
    "exchange",
    "login",
    "sign_up",
    "bind_phone",
    "consent_granted",
    "consent_withdrawn",
)
"""Events that are never a touch, even if they name a channel."""
