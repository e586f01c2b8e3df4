"""Identifiers: one name space a platform, whose they are, and when."""

import numpy as np
import pandas as pd
import pytest

from liveattr.simulate.accounts import (
    CASHIER_PHONE,
    make_identifiers,
    second_account,
)
from liveattr.simulate.consenting import BINDINGS, consent_acts
from liveattr.simulate.draw import make_world
from liveattr.simulate.ownership import identifier_truth
from liveattr.simulate.world import BOT, BRUSH, REAL
from tests.simulate.event_worlds import tiny, told


@pytest.fixture(scope="module")
def many() -> tuple[object, pd.DataFrame]:
    world = make_world("tiny", values={"size.persons": 4000})
    return world, make_identifiers(world)


_UNIQUE = (
    "sec_open_id", "sec_open_id_2", "douyin_open_id", "douyin_open_id_2", "finder_openid",
    "channels_openid", "unionid", "wx_openid", "yz_open_id", "mall_user", "member_card", "visitor",
    "visitor_2",
)  # fmt: skip


def test_no_identifier_is_given_twice(many):
    _, ids = many
    whole = pd.concat([ids[c].dropna() for c in _UNIQUE])
    assert whole.is_unique
    assert ids.loc[ids["own_phone"], "phone"].dropna().is_unique


def test_phones_are_eleven_digits_of_a_range_that_is_given_to_nobody(many):
    _, ids = many
    assert ids["phone"].dropna().str.fullmatch("14[12][0-9]{8}").all()
    none = ids[~ids["own_phone"]]["phone"].dropna()
    assert len(none) > 10
    assert (none == CASHIER_PHONE).all()


def test_other_identifiers_look_like_no_phone(many):
    _, ids = many
    for column in (*_UNIQUE, "device"):
        assert not ids[column].dropna().str.fullmatch("1[3-9][0-9]{9}").any()


def test_shares_are_those_of_the_parameters(many):
    world, ids = many
    real = (world.people["kind"] == REAL).to_numpy()
    assert ids["sec_open_id_2"][real].notna().mean() == pytest.approx(0.15, abs=0.02)
    assert ids["mall_user"][real].notna().mean() == pytest.approx(0.75, abs=0.02)
    shared = ids["device"][real].duplicated(keep=False).mean()
    assert shared == pytest.approx(0.18, abs=0.03)
    assert (
        ids["ip"][real].duplicated(keep=False)[ids["device"][real].duplicated(keep=False)]
    ).all()


def test_guests_bots_and_brushers_have_no_more_than_they_need(many):
    world, ids = many
    kind = world.people["kind"].to_numpy()
    guest = ~world.people["linked"].to_numpy() & (kind == REAL)
    assert ids.loc[guest, ["mall_user", "wx_openid", "member_card"]].isna().all(axis=None)
    assert ids.loc[guest, "yz_open_id"].notna().all()
    assert ids.loc[kind == BOT, ["douyin_open_id", "yz_open_id", "phone"]].isna().all(axis=None)
    assert ids.loc[kind == BRUSH, ["sec_open_id", "visitor"]].isna().all(axis=None)
    assert (ids["linked_day"].to_numpy() >= 0).tolist() == ids["mall_user"].notna().to_list()


def test_a_resold_device_is_one_persons_until_a_day_and_anothers_from_then_on(many):
    world, ids = many
    truth = identifier_truth(world, ids).to_pandas()
    device = truth[truth["kind"] == "device"]
    sold = device[
        device["to_at"].notna()
        & device["value"].isin(device.loc[device["from_at"].notna(), "value"])
    ]
    assert len(sold) > 10
    both = sold.merge(device[device["from_at"].notna()], on="value", suffixes=("", "_new"))
    assert (both["to_at"] == both["from_at_new"]).all()
    assert (both["person"] != both["person_new"]).all()


def test_the_truth_names_every_identifier_once_but_shared_devices(many):
    world, ids = many
    truth = identifier_truth(world, ids).to_pandas()
    twice = truth[truth.duplicated(["kind", "value"], keep=False)]
    assert set(twice["kind"]) == {"device"}
    cashier = truth[truth["value"] == f"+86{CASHIER_PHONE}"]
    assert cashier["person"].to_list() == [-1]


def test_identifiers_do_not_depend_on_how_many_there_are(many):
    _, ids = many
    fewer = make_identifiers(make_world("tiny", values={"size.persons": 300}))
    columns = ["sec_open_id", "yz_open_id", "phone", "visitor"]
    pd.testing.assert_frame_equal(fewer.loc[:99, columns], ids.loc[:99, columns])


def test_switched_off_everybody_has_one_of_each():
    ids = make_identifiers(make_world("tiny", values={"accounts.on": False}))
    assert ids[["sec_open_id_2", "visitor_2", "device_later"]].isna().all(axis=None)
    assert ids["device"].is_unique
    assert ids["own_phone"].all()


def test_the_account_in_use_is_a_matter_of_person_and_day(many):
    world, ids = many
    person = np.arange(1000)
    use = second_account(world, ids, person, np.full(1000, 9))
    assert not use[ids["sec_open_id_2"].isna().to_numpy()[:1000]].any()
    assert 0.15 < use[ids["sec_open_id_2"].notna().to_numpy()[:1000]].mean() < 0.45
    assert (second_account(world, ids, person[::-1], np.full(1000, 9))[::-1] == use).all()


def test_consents_are_granted_before_they_are_withdrawn(many):
    world, ids = many
    acts = consent_acts(world, ids)
    assert acts["seq"].is_monotonic_increasing
    assert acts["ts_us"].is_monotonic_increasing
    assert (acts["ts_us"] < world.end_us).all()
    first = acts.groupby(["person", "purpose"])["action"].agg(list)
    assert set(map(tuple, first)) >= {(0,), (0, 1)}
    assert all(one[0] == 0 and one[1::2] == [1] * (len(one) // 2) for one in first)
    agreed = acts.loc[acts["purpose"] == 0, "person"].nunique()
    assert agreed / (ids["linked_day"] >= 0).sum() == pytest.approx(0.80, abs=0.03)
    assert not len(consent_acts(told({"consents.on": False}).world, tiny().identifiers))


def test_bindings_tie_identifiers_of_one_person_and_nobody_without_an_account():
    bindings = tiny().all("bindings")
    assert bindings["binding"].is_unique
    since = tiny().identifiers["linked_day"].to_numpy()
    assert (since[bindings["person"]] >= 0).all()
    for code, tie in enumerate(BINDINGS):
        who = bindings.loc[bindings["kind"] == code, "person"].to_numpy()
        ids = tiny().identifiers.iloc[who]
        assert ids[[tie.left, tie.right]].notna().all(axis=None)
    phones = bindings.loc[bindings["kind"] == 5, "person"]
    assert tiny().identifiers["own_phone"].to_numpy()[phones].all()
