"""Results: credit, shares, statements, runs."""

from liveattr.tables.model import table

__all__ = ["TABLES"]

TABLES = (
    table(
        "credit",
        "who touched a line's order, in money; the parts of a line sum to its money to the fen",
        "model version platform line_id touch_id",
        """
        model     text!   first, last, last_non_direct, linear, position, time_decay, markov, markov_2, …, shapley
        version   text!   version of the model's definition and its parameters
        platform  text!   where it was sold
        line_id   text!   order line
        touch_id  bigint! touch; -1 is the row (unattributed)
        channel   text!   channel, or (unattributed)
        campaign_id  text campaign
        broadcast_id text broadcast
        host_id   text    host
        sku_id    text    SKU that the touch was about
        event_name text   name of the event that was the touch
        share     double! share of the line; sums to 1 over the line
        net_fen   bigint! share of the line's money that stayed as of `as_of`
        as_of     on!     business date
        """,
        room="Results",
    ),
    table(
        "credit_total",
        "credit rolled up",
        "model version grain value as_of",
        """
        model   text!   model
        version text!   version
        grain   text!   channel, campaign, broadcast, host, sku, action
        value   text!   member of the grain, or (unattributed)
        as_of   on!     business date
        orders  double! [orders] sum of shares, a line counting by its part of the order's lines
        net_fen bigint! money that stayed
        low     double  [fen] lower end of the interval of net_fen, people being drawn anew; null: not asked for
        high    double  [fen] upper end
        level   double  level of the interval, e.g. 0.95
        n       bigint! [lines] lines with a share
        """,
        room="Results",
    ),
    table(
        "path_total",
        "the paths that people took to their orders: channels, repeats in a row taken as one",
        "campaign_id path as_of",
        """
        campaign_id text!   orders that a touch of this campaign precedes; empty: the whole shop
        path        text!   e.g. live > sms; (other): rare ones together, so that no path is of fewer than 5 people
        as_of       on!     business date
        n_orders    bigint! orders
        people      bigint! [people] whose orders they are
        net_fen     bigint! money that stayed of these orders, of all touches together
        """,
        room="Results",
    ),
    table(
        "path_step",
        "the last steps to the order, for a picture of flows",
        "campaign_id pos from_channel to_channel as_of",
        """
        campaign_id  text!   as in path_total
        pos          int!    1 is the step to the order, 2 the one before, up to 4
        from_channel text!   channel; (start): the path begins here; (earlier): it is longer
        to_channel   text!   channel, or (order)
        as_of        on!     business date
        n_orders     bigint! orders
        """,
        room="Results",
    ),
    table(
        "order_delay",
        "how long after the last touch of a campaign people ordered",
        "campaign_id within as_of",
        """
        campaign_id text!   campaign; empty: any touch, of the whole shop
        within      text!   10 min, 1 h, 6 h, 1 d, 3 d, 7 d, 14 d, later: up to so long
        as_of       on!     business date
        pos         int!    place of `within`, from 1
        n_orders    bigint! orders
        """,
        room="Results",
    ),
    table(
        "ad_credit",
        "what the ad platform's report by order gives to a campaign, beside what was seen of these orders",
        "campaign_id pay_type as_of",
        """
        campaign_id  text!   campaign of the broadcast that the ad led to
        pay_type     text!   direct, indirect
        as_of        on!     business date
        n_orders     bigint! orders that the ad platform counts and that are in the ledger
        paid_fen     bigint! paid money of them
        net_fen      bigint! money that stayed of them
        also_touched bigint! orders of them that a touch of the campaign precedes
        """,
        room="Results",
    ),
    table(
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
    table(
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
    table(
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
    table(
        "known_truth",
        "what a campaign or broadcast of a simulated world truly added; no real shop has it, no stage reads it",
        "campaign_id broadcast_id horizon",
        """
        campaign_id    text!   campaign
        broadcast_id   text!   broadcast; empty: the campaign as a whole
        horizon        text!   gross: orders that would not have come on their day; net_3, net_14, net_60: all that changed within so many days, purchases that would have come later taken off; net: to the end of the world
        orders         double! [orders] paid, with it minus without it
        gmv_fen        bigint! paid money, subsidies of others included, with it minus without it
        net_fen        bigint! money that stayed in the end, with it minus without it
        margin_fen     bigint! the same after cost of goods, commission, fees and freight
        fixed_cost_fen bigint  what it cost anyway, of its newest statement; null: not given
        true_roi       double  margin / fixed cost; null: no fixed cost
        world          text!   preset and seed
        """,
        room="Results",
    ),
    table(
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
