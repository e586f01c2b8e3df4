"""Stocking: what will be wanted, what to order, and why a product sells badly."""

from liveattr.tables.model import table

__all__ = ["TABLES"]

TABLES = (
    table(
        "demand_forecast",
        "units that will be wanted, by day and over the days that an order must last",
        "as_of merchant_sku from_on days quantile",
        """
        as_of           on!     business date: what was known at its end
        merchant_sku    text!   the merchant's code
        from_on         on!     first day of the window
        days            int!    [days] length of the window; 1: a single day
        quantile        double! with this chance no more is wanted
        units           double! [pieces] wanted in the whole window, before refunds
        demand_class    text!   smooth, intermittent, erratic, lumpy, event, new
        model_used      text!   what the number comes from, e.g. glm, glm+empirical, empirical
        fallback_reason text    why it is not the model that was asked for; null: it is
        basis           text!   own history, clicks, analogue
        """,
        room="Stocking",
    ),
    table(
        "demand_backtest",
        "how well each model foretold what was then wanted, by demand class",
        "as_of model demand_class metric",
        """
        as_of        on!     business date
        model        text!   member, or the merchant's own rule: last_7, last_30
        demand_class text!   class of demand; (all): all together
        metric       text!   mase, wape, bias, pinball (scaled), coverage_90, newsvendor_95, fill_rate, stock_days
        score        double! of the metric
        n            bigint! [SKU × window] it rests on
        champion     bool!   the model that the class is told by
        """,
        room="Stocking",
    ),
    table(
        "order_plan",
        "what to order, how much, when it runs out, and what it costs to be wrong",
        "as_of merchant_sku",
        """
        as_of            on!     business date: what was known at its end
        merchant_sku     text!   the merchant's code
        name             text    name
        category         text    category
        supplier_id      text    supplier; null: no supply terms are given
        on_hand          bigint! [pieces] on hand, all warehouses
        reserved         bigint! [pieces] promised to orders
        in_transit       bigint! [pieces] ordered and not received
        returns_due      double! [pieces] expected to come back in the window, as far as they count as supply
        available        bigint! [pieces] on hand less reserved plus in transit
        mean_7           double  [pieces a day] last 7 days in which it could be bought
        mean_30          double  [pieces a day] last 30 days in which it could be bought
        days             int!    [days] lead time plus review period: what is ordered today must last so long
        demand_mean      double! [pieces] wanted in these days
        demand_p50       double! [pieces] with even chances no more
        demand_p80       double! [pieces] in four of five cases no more
        demand_p95       double! [pieces] in nineteen of twenty cases no more
        event_units      double! [pieces] part of the mean that planned broadcasts bring
        service_level    double! chance that it lasts which pays best: cost of one short / (cost of one short + of one over)
        safety_stock     double! [pieces] order-up-to less the mean
        reorder_point    double! [pieces] order when available falls below: the quantile over the lead time
        order_up_to      double! [pieces] the quantile of the window at the service level
        suggested_qty    bigint! [pieces] to order, after packs, least order, shelf life and budget
        unit_cost_fen    bigint  cost of one piece
        unit_price_fen   bigint  what a piece brings that is kept
        review_days      double  between two orders
        amount_fen       bigint  cost of the suggested order
        stockout_on      on      day on which the available run out at the mean; null: not within the horizon
        cover_days       double  [days] that the available last at the mean; null: nothing is wanted
        short_cost_fen   bigint  expected lost margin in the window with this order
        over_cost_fen    bigint  expected cost of pieces left over at its end with this order
        unit_short_cost  double  [fen] what a piece short costs: kept margin, else what the service level implies
        unit_over_cost   double  [fen] what a piece over costs: holding and ageing until the next order
        abc              text!   A the first 80 % of the money wanted, B to 95 %, C the rest
        xyz              text!   X steady (variation of weeks below 0.5), Y to 1, Z beyond
        demand_class     text!   smooth, intermittent, erratic, lumpy, event, new
        model_used       text!   what the forecast comes from
        fallback_reason  text    why it is not the model that was asked for
        basis            text!   own history, clicks, analogue
        reasons          text!   JSON: list of [code, number …], what made the quantity, most important first
        diagnosis        text    cause by which the order is capped: price, page, logistics, stock
        previous_qty     bigint  [pieces] suggested the time before
        previous_on      on      when that was
        """,
        room="Stocking",
    ),
    table(
        "order_override",
        "what the planner decided instead, read back from the workbook",
        "as_of merchant_sku",
        """
        as_of         on!     business date of the plan
        merchant_sku  text!   the merchant's code
        suggested_qty bigint! [pieces] that was suggested
        decision_qty  bigint! [pieces] that was decided
        note          text    the planner's words
        file_name     text!   workbook it was read from
        read_at       at!     when
        """,
        room="Stocking",
    ),
    table(
        "diagnosis",
        "hot in the room, cold in the mall: which product, and is it the price, the page, the delivery or the stock",
        "as_of broadcast_id merchant_sku",
        """
        as_of        on!     business date: what was known at its end
        broadcast_id text!   broadcast
        merchant_sku text!   the merchant's code
        shows        bigint  [pv] times it was shown in the room
        clicks       bigint  [pv] times it was clicked there
        visitors     bigint! [visits] visitors by day who opened its page in the mall in the window
        carts        bigint! [visits] of them who put it into the cart
        buyers       bigint! [visits] of them who ordered it
        paid         bigint! [orders] paid in the mall
        refunded     bigint! [orders] of them refunded
        late         bigint! [orders] of all shops, shipped late or complained about as late
        heat         double  clicks over those expected of its peers, shrunk; above 1: hotter
        conversion   double  buyers per visitor over that of its peers, shrunk; below 1: colder
        low          double  lower end of conversion, 90 %
        high         double  upper end
        price_ratio  double  price in the mall / price in the room
        out_share    double  share of the window in which the mall could not sell it
        cause        text!   price, page, logistics, stock, none, or not enough data
        strength     double  chance that this cause is present, told by the model; null: not enough data
        evidence     text!   JSON: list of [code, number …], strongest first
        n            bigint! [visits] the conversion rests on
        """,
        room="Stocking",
    ),
)
