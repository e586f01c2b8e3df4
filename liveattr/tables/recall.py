"""Repurchase and recall: who buys again and when, who is called back, and what it brought."""

from liveattr.tables.model import table

__all__ = ["TABLES"]

TABLES = (
    table(
        "repurchase",
        "how likely each person orders again, and when",
        "person_id as_of",
        """
        person_id          text!   person
        as_of              on!     business date: what was known at its end
        n_orders           bigint! [orders] so far, refunded ones not counted; days with several orders count once
        last_on            on!     business date of the newest of them
        recency_days       int!    [days] from it to as_of
        p_30               double! chance of an order in the next 30 days, given that there was none since
        p_60               double! … 60 days
        p_90               double! … 90 days
        low_30             double! lower end of p_30
        high_30            double! upper end
        low_60             double! lower end of p_60
        high_60            double! upper end
        low_90             double! lower end of p_90
        high_90            double! upper end
        next_order_on      on      median day of the next order, told today; null: no order within a year is likelier
        expected_orders    double! [orders] in the next 90 days
        low_orders         double! [orders] lower end
        high_orders        double! [orders] upper end
        expected_value_fen bigint! net value of these orders
        low_value_fen      bigint! lower end
        high_value_fen     bigint! upper end
        level              double! level of all intervals, e.g. 0.8
        top_reasons        text    JSON: up to three [column, effect on the log of the time to the next order]
        data_age_days      int!    [days] from the newest event in the data to as_of
        beyond             bool!   the person's silence, or a horizon, lies past the longest time that was observed: extrapolated
        model              text!   what the number comes from, e.g. weibull, weibull+bgnbd
        """,
        room="Recall",
    ),
    table(
        "repurchase_model",
        "the fitted model of repurchase, a dozen numbers",
        "as_of",
        """
        as_of      on!     business date
        model      text!   what was chosen, e.g. weibull+bgnbd; empty: refused
        model_json text    parameters, as RepurchaseModel.to_json writes them; null: refused
        n_people   bigint! [people] learnt from
        n          bigint! [person × snapshot] learnt from
        reason     text    why there is none, or what is missing for persons: few_buyers, few_days, stale, few_repeats, not_better
        """,
        room="Recall",
    ),
    table(
        "repurchase_score",
        "how well each model foretold what then happened, cut by cut",
        "as_of model cut_on horizon_days",
        """
        as_of        on!     business date
        model        text!   candidate, or baseline: constant, same_rate, bgnbd
        cut_on       on!     the model knew what was known at the end of this day
        horizon_days int!    [days]
        n            bigint! [people]
        log_loss     double! mean, probabilities clipped to 0.0001 and 0.9999
        brier        double! mean squared error
        auc          double  null: all or nobody ordered
        ece          double! mean absolute difference of told and came over ten groups of equal size
        told         double! [people] expected to order
        came         bigint! [people] who did
        orders_told  double  [orders] expected; null: the model counts none
        orders_came  bigint! [orders] that came
        chosen       bool!   the model that scores people
        """,
        room="Recall",
    ),
    table(
        "repurchase_week",
        "orders to be expected from known customers, by week and category: for planners",
        "as_of category week_on",
        """
        as_of           on!     business date
        category        text!   category of the product; (all): all together
        week_on         on!     Monday of the week
        days            int!    [days] of this week that lie after as_of, and are told
        expected_orders double! [orders] with a product of the category
        low_orders      double! [orders] lower end
        high_orders     double! [orders] upper end
        expected_units  double! [units]
        level           double! level of the interval
        """,
        room="Recall",
    ),
    table(
        "audience",
        "a list of people to be called back: by what definition, how many, what can be expected",
        "audience_id",
        """
        audience_id        text!   definition, version, broadcast and channel in one id
        definition         text!   name
        version            text!   of the definition
        definition_sha256  text!   of its text
        definition_text    text!   YAML, as it was when the list was frozen
        title_zh           text!   title
        title_en           text!   title
        broadcast_id       text    broadcast it is about; null: about no single one
        campaign_id        text    its campaign
        channel            text!   sms, wecom, push
        scope              text!   scope of the draw in holdout_group
        as_of              on!     business date: what was known at its end
        frozen_at          at!     from what was in the lake at this moment
        send_from_at       at!     earliest moment to send; quiet hours are left out
        expires_at         at!     afterwards the list must not be sent
        n_found            bigint! [people] who meet the definition
        n_excluded         bigint! [people] left out by exclusions of the definition
        n_capped           bigint! [people] left out because they were contacted lately
        n_refused          bigint! [people] refused by the consent gate
        refused            text    JSON: reason → people
        n_contact          bigint! [people] to be contacted
        n_holdout          bigint! [people] held out
        n_never            bigint! [people] whom no list contacts
        holdout_share      double! share that is held out
        expected_rate      double  expected share of the held out who order within the window
        mde                double  smallest difference of that share that would be found with 80 % power
        outcome_days       int!    [days] in which orders count
        message_cost_fen   bigint! cost of one message
        coupon_cost_fen    bigint! cost of the coupon for each order that comes with it; 0: none
        never_raises_price bool!   checked: the list is not used to ask anybody for more
        """,
        room="Recall",
    ),
    table(
        "audience_member",
        "who is on a list, in which arm, and why; a token stands for the address",
        "audience_id person_id",
        """
        audience_id text!   list
        person_id   text!   person
        arm         text!   contact, holdout, never
        pos         int!    place in the list; 1 first
        kind        text!   of the address: phone, wecom_external_userid, …
        token       token!  address as a token
        sku_id      text    product the list is about, of several the one with most interest
        score       double  what the list is sorted by, e.g. p_30
        why         text!   JSON: what made the person meet the definition, name → number
        removed_at  at      taken off the list since: nothing may be sent any more
        removed_why text    withdrawn, expired, erased, merged
        """,
        room="Recall",
    ),
    table(
        "recall_result",
        "what a list brought: contacted people against those held out, by intention to treat",
        "audience_id as_of outcome",
        """
        audience_id  text!   list; (all): all lists pooled
        as_of        on!     business date: what was known at its end
        outcome      text!   bought [share], orders, net_margin_fen (after refunds, goods, coupon and messages)
        refund_days  int!    [days] after payment that refunds have had at least: under 15 the number still falls
        n_contact    bigint! [people]
        n_holdout    bigint! [people]
        contact      double  mean of the contacted
        holdout      double  mean of the held out
        difference   double  of the two
        low          double  lower end
        high         double  upper end
        total        double  difference × contacted people
        total_low    double  lower end
        total_high   double  upper end
        p_value      double  two-sided, that it is 0
        mde          double  smallest difference that would be found with 80 % power
        level        double! level of the intervals
        detectable   bool    the interval excludes 0, or is narrower than the effect that would pay the list; false: not detectable at this size
        reason       text    why there is no number: too_early, few_people, ratio_mismatch, no_holdout
        """,
        room="Recall",
    ),
)
