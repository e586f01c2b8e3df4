"""Lift: what would not have happened without a broadcast, and how far that can be trusted."""

from liveattr.tables.model import table

__all__ = ["TABLES"]

TABLES = (
    table(
        "lift",
        "orders that would not have come without a broadcast, campaign or room, and how sure that is",
        "method subject_kind subject as_of",
        """
        method       text!   holdout, off_days (A): drawn at random; baseline (B): the shop's own series; pooled (C): viewers, calibrated by A and B; hazard (C): viewers alone, not calibrated
        subject_kind text!   room, campaign, broadcast
        subject      text!   its id; a room is platform/account, all guest shows of a platform are platform/shows
        as_of        on!     business date: what was known at its end
        since_on     on!     first day whose orders may be of it
        until_on     on!     last day
        n            bigint! [orders] paid orders of all the brand's shops on these days
        people       bigint  [people] seen in the room on these days; null: the platform shows none
        gross        double  [orders] that would not have come on their day; null: not identified
        gross_low    double  [orders] lower end
        gross_high   double  [orders] upper end
        net          double  [orders] gross less what was only brought forward
        net_low      double  [orders] lower end
        net_high     double  [orders] upper end
        level        double  level of both intervals, e.g. 0.9
        grade        text    of gross: A drawn at random, B baseline, C pooled; null: not identified
        net_grade    text    of net: A measured over the whole time, D gross times a factor from a model
        p_value      double  two-sided, that gross is 0, from the draws of the interval
        mde          double  [orders] smallest gross effect that would be found with 80 % power at this level
        placebo_rate double  share of fake broadcasts on days without one whose interval excludes 0, before it was recalibrated
        placebo_n    int     fake broadcasts
        width_factor double  by how much they made the interval wider
        hazard_ratio double  how many times likelier a viewer bought with its memory than without; null: not from viewers
        tipping      double  by how much hidden intent must multiply both watching and buying to take all of gross away; null: not from viewers
        chosen       bool!   the row that statements and reports use of all methods for this subject
        reason       text    why there is no number, or what weakens it: few_days, no_off_days, poor_fit, on_festival, not_seen, no_orders, …
        """,
        room="Lift",
    ),
    table(
        "lift_day",
        "sales day by day, with and without a campaign: the band of the picture",
        "campaign_id as_of day_on",
        """
        campaign_id text!   campaign
        as_of       on!     business date
        day_on      on!     day; from three weeks before to three weeks after
        n_orders    bigint! [orders] paid orders of all the brand's shops
        baseline    double! [orders] without the campaign
        low         double! [orders] lower end
        high        double! [orders] upper end
        held        bool!   the campaign was on air, or its effect is counted here
        level       double! level of the band
        """,
        room="Lift",
    ),
    table(
        "lift_order",
        "which part of each order would not have come: the way from a lift down to the orders that are seen",
        "campaign_id as_of platform shop_id order_id",
        """
        campaign_id text!   campaign
        as_of       on!     business date
        platform    text!   where it was sold
        shop_id     text!   shop
        order_id    text!   order
        weight      double! part of the order that is due to the campaign; they sum to that part of gross of which the orders are known
        """,
        room="Lift",
    ),
    table(
        "lift_statement",
        "the statement of one campaign over the orders that would not have come without it",
        "campaign_id as_of horizon line",
        """
        campaign_id text!   campaign
        as_of       on!     business date
        horizon     text!   gross, net
        line        text!   line of the statement; also revenue, variable_cost, fixed_cost, contribution, true_roi
        section     text!   revenue, variable, fixed, result
        pos         int!    place in the statement
        amount_fen  bigint  signed amount; null: not given
        low_fen     bigint  [fen] lower end, of results only
        high_fen    bigint  [fen] upper end
        value_ppm   bigint  ratio lines: value
        low_ppm     bigint  [ppm] lower end
        high_ppm    bigint  [ppm] upper end
        given       bool!   false: an input is missing; the result is then at most this
        method      text!   of the lift behind it
        grade       text!   A to D
        restated_on on      business date of the newest refund in it
        """,
        room="Lift",
    ),
    table(
        "trust",
        "tests that would have shown a lift wrong, on the user's own data",
        "subject test as_of",
        """
        subject  text!   a room, or (all)
        test     text!   fake_broadcasts, never_shown, aa_split, spike_series_10, …, spike_events_20, hidden_intent, world_coverage, …
        as_of    on!     business date
        found    double  what came out
        wanted   double  what it should be
        low      double  from here on …
        high     double  … to here it passes
        n        bigint! [cases] behind it
        verdict  text!   pass, fail, unsure (too few cases), not_run
        unit     text!   share, ratio, orders, odds
        note     text    in a few words
        """,
        room="Lift",
    ),
    table(
        "holdout_group",
        "who is contacted and who is held out, drawn by salted hash",
        "scope person_id",
        """
        scope        text!  what the draw is for, e.g. a recall campaign
        person_id    text!  person
        arm          text!  contact, holdout, never
        salt_version text!  which salt; never the salt
        assigned_at  at!    when
        """,
        room="Lift",
    ),
)
