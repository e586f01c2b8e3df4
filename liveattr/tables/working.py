"""Working layers: coded, for portable SQL."""

from liveattr.tables.model import table

__all__ = ["TABLES"]

TABLES = (
    table(
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
        """,
        room="Working layers",
    ),
    table(
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
        weight      double! 1, or the probability of the fuzzy link (tier C) by which the touch is of this journey
        """,
        room="Working layers",
    ),
    table(
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
