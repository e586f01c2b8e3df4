"""The chance to buy the product within a week: learnt from earlier broadcasts only, and right in sum."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from liveattr.audience.build import AUDIENCE_READS, build_audience
from liveattr.audience.features import create_people_codes, read_features
from liveattr.audience.soon import FEWEST_BUYERS, bought_soon, earlier_rows, fit_soon
from liveattr.lake import Lake
from tests.audience.test_lists import KNOWN, record, token_map
from tests.rows import Rows, at

SHOWS, PEOPLE, EVERY = 5, 60, 10
READS = (*AUDIENCE_READS, "audience", "audience_member")


def moment(show: int, hour: int = 20, days: float = 0.0) -> datetime:
    """Shop time of a show, every ten days from 2 January."""
    return at("01-02 00:00") + timedelta(days=EVERY * show + days, hours=hour)


def write_shows(path: Path, after: int = 0) -> Lake:
    """Shows of one account. Even people put the product into the cart thrice, odd ones click once; of the even ones
    two thirds buy it three days later, of the odd ones one in fifteen. `after` moves what comes after the last show."""
    rows = Rows()
    for show in range(SHOWS):
        begin, day = moment(show), moment(show, 8).date()
        rows.add("broadcast", broadcast_id=f"B{show}", platform_room_id=f"r{show}", account_id="host",
                 start_at=begin, end_at=begin + timedelta(hours=2), business_on=day)  # fmt: skip
        for n in range(PEOPLE):
            keen, person = n % 2 == 0, f"{show}x{n}"
            rows.add("event", event_id=f"w{person}", platform="douyin", name="live_enter", room_id=f"r{show}",
                     account_token=f"a{person}", event_at=begin + timedelta(minutes=5), watch_ms=200_000)  # fmt: skip
            did = "add_to_cart" if keen else "view_item"
            for k in range(3 if keen else 1):
                seen = begin + timedelta(minutes=20)
                rows.add("event", event_id=f"c{person}{k}", account_token=f"m{person}", sku_id="S",
                         name=did, event_at=seen)  # fmt: skip
            for kind, token in (
                ("uid_douyin", f"a{person}"),
                ("mall_account", f"m{person}"),
                ("phone", f"t{person}"),
            ):
                rows.add("person_member", kind=kind, id=token, person_id=f"p{person}",
                         known_from_at=at("01-01 00:00"))  # fmt: skip
            buys = n % 3 > 0 if keen else n % 15 == 0
            if buys and not (show == SHOWS - 1 and after):
                paid = moment(show, 12, 3.5)
                rows.add(
                    "order_header",
                    order_id=f"o{person}",
                    account_token=f"m{person}",
                    created_at=paid,
                    paid_at=paid,
                )
                rows.add(
                    "order_line",
                    order_id=f"o{person}",
                    line_id=f"l{person}",
                    sku_id="S",
                    paid_fen=100,
                )
    return rows.lake(path)


def chances(lake: Lake) -> pd.DataFrame:
    """The last show's features with the chance, as its list is frozen."""
    frozen = moment(SHOWS - 1, 8, 1.0)
    with lake.connect(READS) as con:
        create_people_codes(con, KNOWN)
        earlier = earlier_rows(con, f"B{SHOWS - 1}", frozen, KNOWN)
        assert len(earlier) == SHOWS - 1
        now = read_features(con, as_of=frozen.date(), from_at=moment(SHOWS - 1), at=frozen,
                             settings=KNOWN, broadcast_id=f"B{SHOWS - 1}")  # fmt: skip
        rows = pd.concat([part.assign(soon=bought_soon(con, part, when)) for when, part in earlier])
    model = fit_soon(rows)
    assert model is not None and model.broadcasts == SHOWS - 1
    return now[now["sku_id"] == "S"].assign(told=lambda f: model.chance(f), buyers=model.buyers)


def test_chances_are_those_of_the_shows_before_and_see_nothing_that_comes(tmp_path: Path) -> None:
    whole = chances(write_shows(tmp_path / "a"))
    keen = whole["carts"] > 0
    assert len(whole) == PEOPLE and keen.sum() == PEOPLE // 2
    assert whole.loc[keen, "told"].mean() == pytest.approx(2 / 3, abs=0.07)
    assert whole.loc[~keen, "told"].mean() == pytest.approx(2 / 30, abs=0.04)
    cut = chances(write_shows(tmp_path / "b", after=1))
    assert np.allclose(whole["told"], cut["told"]), "orders after the freezing change nothing"


def test_whom_a_list_wrote_to_does_not_teach(tmp_path: Path) -> None:
    lake = write_shows(tmp_path / "lake")
    written = [f"p1x{n}" for n in range(PEOPLE)]
    sent, over = moment(1, 9, 1.0), moment(1, 8, 8.0)
    rows = Rows().add("audience", audience_id="L", send_from_at=sent, expires_at=over, frozen_at=sent,
                      as_of=sent.date())  # fmt: skip
    for n, person in enumerate(written):
        person = "called otherwise" if n == 1 else person
        rows.add("audience_member", audience_id="L", person_id=person, kind="phone", token=f"t1x{n}",
                 arm="contact" if n % 2 else "holdout")  # fmt: skip
    for name in ("audience", "audience_member"):
        lake.write(name, rows.frame(name))
    frozen = moment(SHOWS - 1, 8, 1.0)
    with lake.connect(READS) as con:
        create_people_codes(con, KNOWN)
        known = pd.concat([part for _, part in earlier_rows(con, f"B{SHOWS - 1}", frozen, KNOWN)])
    there = set(known["person_id"])
    assert not there & set(written[1::2]) and set(written[::2]) <= there, "held-out people teach"


def test_a_list_is_ranked_by_it_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVEATTR_TOKEN_KEY", "t" * 40)
    monkeypatch.setenv("LIVEATTR_HOLDOUT_SALT", "s" * 40)
    lake = write_shows(tmp_path / "lake")
    record(lake, [(token, "recall_sms", "granted") for token in token_map(lake).values()])
    told = build_audience(lake, "high_intent", f"B{SHOWS - 1}", settings=KNOWN)
    assert any("ranked by the chance to buy the product" in note for note in told.notes)
    first = build_audience(lake, "high_intent", "B0", settings=KNOWN)
    assert not any("ranked by" in note for note in first.notes)
    members = lake.table("audience_member")
    last = members[members["audience_id"].str.contains("B4")].sort_values("pos")
    assert last["score"].notna().all() and last["score"].is_monotonic_decreasing
    carts = last["why"].str.contains("carts").to_numpy()
    assert carts[: carts.sum()].all(), "who filled a cart comes first"
    assert members.loc[members["audience_id"].str.contains("B0"), "score"].isna().all()


def test_too_little_tells_no_number() -> None:
    plain = {name: 0.0 for name in ("clicks", "jumps", "views", "carts", "unpaid", "watch_s", "comments",
                                    "orders", "orders_since", "orders_before", "bought")}  # fmt: skip
    many = pd.DataFrame({"sku_id": ["S"] * 400, "recency_days": np.nan, **plain})
    many = many.assign(broadcast_id=np.arange(400) % 4, soon=np.arange(400) < FEWEST_BUYERS)
    assert fit_soon(many) is not None
    assert fit_soon(many.assign(soon=np.arange(400) < FEWEST_BUYERS - 1)) is None
    assert fit_soon(many.assign(broadcast_id=np.arange(400) % 2)) is None
