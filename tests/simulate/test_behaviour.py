"""What people do: sessions hold their orders, links are lost, noise is noise, nothing depends on order."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from liveattr.simulate.behaviour import make_events
from liveattr.simulate.browsing import MALL_NAMES
from liveattr.simulate.jump import KEPT, LINKED, links
from liveattr.simulate.noise import clock_skew
from liveattr.simulate.order_ids import order_ids
from liveattr.simulate.visits import LOST, event_number, visit_key, visits
from liveattr.simulate.watching import LIVE_NAMES
from liveattr.simulate.world import (
    BOT,
    BRUSHED,
    DIRECT,
    FEED,
    INJECTED,
    KOL,
    MALL,
    NORMAL,
    OWN,
    Interventions,
)
from tests.simulate.event_worlds import QUIET, quiet, tiny, told

PURCHASE, CREATED, LANDING = (
    MALL_NAMES.index(n) for n in ("purchase", "order_created", "mall_landing")
)
ENTER, LEAVE = LIVE_NAMES.index("live_enter"), LIVE_NAMES.index("live_leave")


def orders_of(world_told):
    return pd.concat([c.segment.orders for c in world_told.chapters], ignore_index=True)


def test_every_paid_mall_order_has_one_purchase_at_the_second_it_was_paid():
    for one in quiet().behaviours:
        orders, mall = one.mall_orders, one.mall
        inside = orders["paid"] & (orders["paid_us"] < quiet().world.end_us)
        bought = mall[mall["name"] == PURCHASE].set_index("mall_order")["ts_us"].sort_index()
        assert bought.index.to_list() == np.flatnonzero(inside).tolist()
        assert (bought == orders["paid_us"][inside]).all()
        placed = mall[mall["name"] == CREATED].set_index("mall_order")["ts_us"].sort_index()
        assert placed.index.to_list() == list(range(len(orders)))
        assert (placed == orders["created_us"]).all()


def test_the_purchase_names_the_order_of_the_shop():
    for chapter in quiet().chapters:
        orders = chapter.segment.orders
        mall = orders[orders["place"] == MALL]
        told_ids = set(chapter.behaviour.mall_orders["order_id"])
        assert told_ids == set(order_ids(mall).to_pylist())


def test_a_session_with_an_order_begins_before_it_and_all_steps_are_in_order():
    mall = quiet().all("mall")
    steps = mall[mall["session"].isin(mall.loc[mall["mall_order"] >= 0, "session"])]
    steps = steps.sort_values(["session", "ts_us", "name"])
    first = steps.groupby("session")["name"].first()
    assert (first == LANDING).all()
    names = steps.groupby("session")["name"].agg(set)
    needed = {LANDING, MALL_NAMES.index("view_item"), MALL_NAMES.index("add_to_cart"), CREATED}
    assert all(needed <= one for one in names)
    assert (steps.groupby("session")["name"].is_monotonic_increasing).mean() > 0.9


def test_every_real_order_has_its_click_before_it():
    orders = orders_of(quiet())
    orders = orders[orders["kind"] == NORMAL]
    clicks = quiet().all("clicks")
    joined = orders.merge(clicks, on="order", suffixes=("", "_click"))
    assert len(joined) == len(orders)
    assert (joined["ts_us"] <= joined["created_us"]).all()
    assert (joined["channel"] == joined["path"]).all()
    assert (joined["mall"] == (joined["place"] == MALL)).all()


def test_an_order_through_a_room_lies_inside_the_stay():
    live, orders = quiet().all("live"), orders_of(quiet())
    orders = orders[(orders["broadcast"] >= 0) & (orders["kind"] == NORMAL)]
    assert len(orders) > 20
    stay = live[live["name"].isin((ENTER, LEAVE))].pivot_table(
        index=["person", "broadcast"], columns="name", values="ts_us"
    )
    at = stay.loc[pd.MultiIndex.from_frame(orders[["person", "broadcast"]])]
    assert (at[ENTER].to_numpy() <= orders["created_us"]).all()
    assert (orders["created_us"] <= at[LEAVE].to_numpy()).all()


def test_everything_in_a_room_happens_while_it_is_on_air_and_the_viewer_is_there():
    live, calendar = quiet().all("live"), quiet().world.calendar
    begin = calendar["start_us"].to_numpy()[live["broadcast"]]
    assert (live["ts_us"] >= begin).all()
    stay = live.groupby(["person", "broadcast"])["ts_us"]
    enters = live[live["name"] == ENTER].set_index(["person", "broadcast"])["ts_us"]
    assert (stay.min() == enters.sort_index()).all()
    watched = live[live["name"] == LEAVE]
    assert (watched["watch_ms"] >= 0).all()
    assert (live.loc[live["name"] != LEAVE, "watch_ms"] == -1).all()


def test_links_lose_their_parameters_as_often_as_the_parameters_say():
    clicks = told({"size.persons": 3000, "size.days": 31, **QUIET}).all("clicks")
    took = clicks[clicks["link"] >= 0]
    assert set(took["channel"]) <= set(LINKED)
    assert 0.25 < (took["fate"] != KEPT).mean() < 0.35
    assert (took["tracked"] == (took["fate"] == KEPT)).all()


def test_a_lost_link_leaves_no_link_in_the_mall():
    mall = quiet().all("mall")
    assert mall["lost"].any()
    assert (mall.loc[mall["lost"], "link"] == -1).all()
    table, world = links(quiet().world), quiet().world
    kept = mall[mall["link"] >= 0]
    of = table.loc[kept["link"]]
    assert (of["channel"].to_numpy() == kept["channel"]).all()
    landing = kept[kept["name"] == LANDING]
    valid = table.loc[landing["link"]]
    assert (landing["ts_us"].to_numpy() >= valid["valid_from_us"]).all()
    assert (landing["ts_us"].to_numpy() <= valid["valid_to_us"]).all()
    assert table["link_id"].is_unique
    assert world.parameters.jump.on
    assert not told({"jump.on": False}).all("mall")["lost"].any()


def test_guests_never_log_in_and_members_always_do_to_order():
    mall, ids = quiet().all("mall"), quiet().identifiers
    guest = ids["mall_user"].isna().to_numpy()[mall["person"]]
    assert not mall["logged"][guest].any()
    assert mall.loc[(mall["name"] == CREATED) & ~guest, "logged"].all()


def test_a_wish_that_came_to_nothing_ends_on_the_products_page():
    found = 0
    for chapter in quiet().chapters:
        frame = visits(chapter.segment, quiet().world)
        lost = frame[(frame["aim"] == LOST) & (frame["place"] == MALL)]
        session = event_number(visit_key(lost), 255)
        steps = chapter.behaviour.mall
        steps = steps[steps["session"].isin(session)]
        found += len(lost)
        assert set(steps["session"]) == set(session)
        assert not steps["name"].isin((CREATED, PURCHASE)).any()
        last = steps.sort_values(["session", "ts_us"]).groupby("session").tail(1)
        assert (last["name"] == MALL_NAMES.index("view_item")).all()
    assert found


def test_brushed_orders_are_clicked_and_browsed_by_nobody():
    busy = told({"size.persons": 1000, "brushing.share": 0.08})
    orders = orders_of(busy)
    brushed = orders.loc[orders["kind"] == BRUSHED, "order"]
    assert len(brushed)
    assert not busy.all("clicks")["order"].isin(brushed).any()


def test_platforms_show_what_they_show():
    live, calendar = tiny().all("live"), tiny().world.calendar
    seen = {LIVE_NAMES[code] for code in live["name"]}
    assert seen <= {
        "live_enter",
        "live_like",
        "live_comment",
        "live_gift",
        "live_follow",
        "live_fansclub_join",
    }
    assert set(calendar["platform"].to_numpy()[live["broadcast"]]) == {"douyin"}
    full = quiet().all("live")
    assert set(calendar["platform"].to_numpy()[full["broadcast"]]) == {"douyin", "channels"}
    assert {LIVE_NAMES[c] for c in full["name"]} >= {
        "live_leave",
        "live_product_click",
        "live_link_click",
    }
    assert not len(told({"visibility.on": False}).all("live"))
    quiet_kol = told({"visibility.kol_rooms": 0.0}).all("live")
    rooms = calendar["channel"].to_numpy()[quiet_kol["broadcast"]]
    assert OWN in rooms
    assert KOL not in rooms


def test_a_rooms_aggregates_are_the_sums_of_what_happened_in_it():
    click = LIVE_NAMES.index("live_product_click")
    for chapter in quiet().chapters:
        rooms, live = chapter.behaviour.rooms, chapter.behaviour.live
        whole = rooms.whole.set_index("broadcast")
        viewers = live[live["name"] == ENTER].groupby("broadcast").size()
        assert (whole["watch_uv"] == viewers).all()
        assert (rooms.traffic.groupby("broadcast")["watch_pv"].sum() == viewers).all()
        pressed = live[live["name"] == click].groupby("broadcast").size()
        assert (whole["click_pv"] == pressed.reindex(whole.index).fillna(0)).all()
        assert (rooms.products.groupby("broadcast")["click_pv"].sum() == whole["click_pv"]).all()
        orders = chapter.segment.orders
        own = orders[(orders["broadcast"] >= 0) & (orders["place"] != MALL)]
        assert whole["create_pv"].sum() == len(own)
        assert (whole["pay_pv"] <= whole["create_pv"]).all()
        for frame in (rooms.traffic, rooms.products):
            assert (frame.groupby("broadcast")["gmv_fen"].sum() == whole["gmv_fen"]).all()
        assert (whole["online_uv"] <= whole["watch_uv"]).all()
        assert (rooms.products["exp_pv"] >= rooms.products["click_uv"]).mean() > 0.8


def test_bots_are_a_fifth_of_the_viewers_and_buy_nothing():
    noisy = told({"size.persons": 2000, "size.days": 31, "visibility.preset": "full"})
    live = noisy.all("live")
    enter = live[(live["name"] == ENTER) & ~live["again"]]
    bot = (noisy.world.people["kind"] == BOT).to_numpy()[enter["person"]]
    assert bot.mean() == pytest.approx(0.2, abs=0.04)
    assert not (noisy.world.people["kind"] == BOT).to_numpy()[noisy.all("mall")["person"]].any()


def test_noise_is_duplicates_lateness_and_clocks_and_nothing_else():
    noisy = told({"visibility.preset": "full", "brushing.on": False, "noise.bots": 0.0})
    clean = told({"visibility.preset": "full", **QUIET})
    for name, sources in (("live", ("live_events", "generic_events")), ("mall", ("mall_events",))):
        with_noise, without = noisy.all(name), clean.all(name)
        once = with_noise[~with_noise["again"]].sort_values("event", ignore_index=True)
        without = without.sort_values("event", ignore_index=True)
        assert once["event"].is_unique
        assert (once["event"] == without["event"]).all()
        ahead = [clock_skew(noisy.world, source) for source in sources]
        source = once["source"] if name == "live" else np.zeros(len(once), dtype=int)
        assert (once["ts_us"] - np.array(ahead)[source] == without["ts_us"]).all()
        again = with_noise[with_noise["again"]].set_index("event")["received_us"]
        first = once.set_index("event")["received_us"].loc[again.index]
        assert (again > first).all()
    mall = noisy.all("mall")
    assert mall["again"].mean() == pytest.approx(0.02, abs=0.008)
    late = mall["received_us"] - mall["ts_us"] > 300_000_000
    assert 0.04 < late.mean() < 0.15
    assert not noisy.behaviours[0].mall["ts_us"].is_monotonic_increasing
    assert noisy.behaviours[0].mall["received_us"].is_monotonic_increasing


def test_what_people_do_does_not_depend_on_the_order_of_the_rows():
    chapter, world, ids = quiet().chapters[0], quiet().world, quiet().identifiers
    mixed = replace(
        chapter.segment,
        exposures=chapter.segment.exposures.sample(frac=1, random_state=1),
        orders=chapter.segment.orders.sample(frac=1, random_state=2),
        lost=chapter.segment.lost.sample(frac=1, random_state=3),
    )
    other = make_events(mixed, world, ids)
    for name in ("live", "mall", "bindings", "mall_orders"):
        pd.testing.assert_frame_equal(getattr(other, name), getattr(chapter.behaviour, name))
    key = ["person", "day", "channel", "ts_us"]
    pd.testing.assert_frame_equal(
        other.clicks.sort_values(key, ignore_index=True),
        chapter.behaviour.clicks.sort_values(key, ignore_index=True),
    )


def test_a_person_acts_the_same_whatever_others_do():
    chapter, world, ids = quiet().chapters[0], quiet().world, quiet().identifiers
    frames = ("exposures", "orders", "lost")
    half = {n: getattr(chapter.segment, n).query("person < 300") for n in frames}
    alone = make_events(replace(chapter.segment, **half), world, ids)
    for name in ("live", "mall"):
        whole = getattr(chapter.behaviour, name).query("person < 300")
        columns = [c for c in whole.columns if c != "mall_order"]
        left = getattr(alone, name)[columns].sort_values("event", ignore_index=True)
        pd.testing.assert_frame_equal(left, whole[columns].sort_values("event", ignore_index=True))


def test_an_injected_order_has_exactly_the_touches_that_were_given():
    world = quiet().world
    show = world.calendar[(world.calendar["channel"] == KOL) & (world.calendar["day"] < 50)].iloc[0]
    begin = pd.Timestamp(show["start_us"], unit="us") + pd.Timedelta(hours=8)
    at = begin + pd.Timedelta(days=1)
    path = [("kol", 24 * 60 - 30), ("feed", 90)]
    given = pd.DataFrame(
        {
            "person": [3],
            "at": [at],
            "place": ["youzan"],
            "sku": [world.goods["merchant_sku"][0]],
            "path": [path],
        }
    )
    values = {"size.persons": 20, "exposure.kappa": 0.0, **QUIET}
    one = told(values, interventions=Interventions(orders=given))
    clicks = one.all("clicks")
    mine = clicks[(clicks["person"] == 3) & clicks["ts_us"].isin(_moments(at, path))]
    assert mine["channel"].to_list() == [KOL, FEED]
    assert (mine["fate"] == KEPT).all()
    assert (mine["link"] >= 0).all()
    assert mine["broadcast"].to_list() == [show.name, -1]
    placed = orders_of(one).set_index("kind").loc[[INJECTED], "order"]
    own = clicks[clicks["order"].isin(placed)]
    assert own["channel"].to_list() == [DIRECT]


def _moments(at, path):
    zone = pd.Timedelta(hours=8)
    stamps = [at - zone - pd.Timedelta(minutes=minutes) for _, minutes in path]
    return [stamp.value // 1000 for stamp in stamps]
