"""Scored links in the world of the demo, where a platform tells neither address nor device nor city.

`default`: the Douyin push tells entries, comments and likes; `full`: an own player tells clicks. Of
both sides only moments are known then, and `score_links` must refuse. What it could do if the
platform told the address's /24 and the city is tried beside. Landings follow a click by three
seconds always in this world, so those numbers are from an easy case. Both clocks are wrong and are set right by
the known offset first. Run by `event_identity.py`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from liveattr.identity.scored import score_links
from liveattr.simulate import live_through, make_world
from liveattr.simulate.accounts import make_identifiers
from liveattr.simulate.noise import clock_truth
from liveattr.simulate.world import World

ACTS = {
    "full": ["live_product_click", "live_link_click"],
    "default": ["live_enter", "live_comment", "live_like"],
}
TRACKED = 0.3
SIZE = {
    "size.persons": 10_000,
    "size.days": 40,
    "size.burn_in_days": 5,
    "size.after_days": 0,
}


def demo(visibility: str, seed: int, told: tuple[str, ...] = ()) -> dict[str, object]:
    """Return how well viewers of a demo world are linked.

    `told` are traits (ip, city) that the platform is made to tell beside what it does tell.
    """
    world = make_world("demo", seed=seed, values={**SIZE, "visibility.preset": visibility})
    frames = live_through(world, truth="none").frames()
    event = frames["event"]
    ahead = clock_truth(world).set_index("source")["ahead_s"]
    person_of = _people(world)
    live = event[(event["source"] == "live_events") & event["name"].isin(ACTS[visibility])]
    mall = event[(event["source"] == "mall_events") & (event["name"] == "mall_landing")]
    room = frames["broadcast"].set_index("platform_room_id")["broadcast_id"]
    sku = dict(zip(world.goods["product_douyin"], world.goods["merchant_sku"], strict=True))
    clicks = pd.DataFrame(
        {
            "uid": live["account_token"],
            "at": live["event_at"] - pd.to_timedelta(ahead["live_events"], unit="s"),
            "broadcast": live["room_id"].map(room),
            "product": live["product_id"].map(sku),
        }
    )
    person = clicks["uid"].map(person_of)
    address = make_identifiers(world)["ip"].str.replace(r"[.][0-9]+$", "", regex=True)
    known = {"ip": "ip24:" + address, "city": world.people["city"].astype(object)}
    for trait in told:
        clicks[trait] = person.map(known[trait].reset_index(drop=True))
    views = pd.DataFrame(
        {
            "visitor": mall["visitor_token"],
            "at": mall["event_at"] - pd.to_timedelta(ahead["mall_events"], unit="s"),
            "ip": mall["ip24_token"],
            "city": mall["city"],
        }
    )
    met = _met(clicks, views, person_of)
    is_tracked = np.random.default_rng(seed).random(len(met)) < TRACKED
    try:
        made = score_links(clicks, views, met[is_tracked], on_air=_on_air(frames), seed=seed)
    except ValueError as error:
        return {"linkable": int((~is_tracked).sum()), "refused": str(error)}
    right = made.links["left_id"].map(person_of) == made.links["right_id"].map(person_of)
    wanted = set(met.loc[~is_tracked, "uid"].map(person_of))
    found = set(made.links.loc[right, "left_id"].map(person_of)) & wanted
    return {
        "tracked": int(is_tracked.sum()),
        "linkable": len(wanted),
        "links": len(made.links),
        "precision": round(float(right.mean()), 4) if len(right) else None,
        "recall": round(len(found) / max(len(wanted), 1), 4),
        "bound": round(float(made.links["false_match_bound"].max()), 4) if len(right) else None,
    }


def _people(world: World) -> pd.Series:
    """Identifier → person."""
    ids = make_identifiers(world)
    parts = []
    for column, kind in (("sec_open_id", "uid_douyin"), ("visitor", "visitor")):
        for name in (column, f"{column}_2"):
            texts = ids[name].dropna()
            parts.append(pd.Series(texts.index, index=f"{kind}:" + texts.astype(str)))
    both = pd.concat(parts)
    return both[~both.index.duplicated()]


def _on_air(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    plan = frames["broadcast_plan"].sort_values(["broadcast_id", "slot"])
    start = frames["broadcast"].set_index("broadcast_id")["start_at"]
    minutes = pd.to_timedelta(plan["minutes"], unit="min")
    upto = minutes.groupby(plan["broadcast_id"]).cumsum()
    begin = plan["broadcast_id"].map(start)
    return pd.DataFrame(
        {
            "broadcast": plan["broadcast_id"],
            "product": plan["sku_id"],
            "from_at": begin + upto - minutes,
            "to_at": begin + upto,
        }
    ).dropna()


def _met(clicks: pd.DataFrame, views: pd.DataFrame, person_of: pd.Series) -> pd.DataFrame:
    """Return the pairs of one person whose visit followed an act in the room: linkable ones."""
    left = clicks.assign(person=clicks["uid"].map(person_of))
    right = views.assign(person=views["visitor"].map(person_of))
    both = left.merge(right, on="person", suffixes=("", "_seen"))
    gap = (both["at_seen"] - both["at"]).dt.total_seconds()
    near = both[(gap >= 0) & (gap <= 120)]
    pairs = near.groupby(["person", "uid", "visitor"]).size().reset_index(name="n")
    best = pairs.sort_values(["n", "uid", "visitor"], ascending=[False, True, True])
    best = best.drop_duplicates("person")
    return best.sort_values("uid")[["uid", "visitor"]].reset_index(drop=True)
