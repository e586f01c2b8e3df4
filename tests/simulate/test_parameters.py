"""Parameters say what is wrong with them, and each mechanism can be switched off."""

from __future__ import annotations

import re
from dataclasses import fields

import pandas as pd
import pytest

from liveattr.errors import ParameterError
from liveattr.simulate import (
    PRESETS,
    Interventions,
    describe_parameters,
    make_world,
    orders_without,
)
from liveattr.simulate.knobs import Block
from liveattr.simulate.parameters import Parameters, parameters_of


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"order_life.pay": -0.1}, "OrderLife.pay = -0.1: it must be within 0 and 1"),
        ({"calendar.own_share": 1.2}, "Calendar.own_share = 1.2: it must be within 0 and 1"),
        ({"kol.betta": 1.0}, "there is no parameter 'kol.betta'; did you mean 'kol.beta'?"),
        ({"nothing": 1.0}, "there is no parameter 'nothing'"),
        ({"size.persons": 2.5}, "Size.persons = 2.5: a whole number is wanted"),
        ({"size.persons": True}, "a whole number is wanted"),
        ({"purchase.mechanism": "magic"}, "it is one of logit, additive"),
        ({"size.burn_in_days": 150}, "must be below Size.days = 150"),
        ({"calendar.kol_gap_low": 20}, "is above kol_gap_high = 14"),
    ],
)
def test_wrong_parameters_are_named(values, said):
    with pytest.raises(ParameterError, match=re.escape(said)):
        parameters_of("demo", values)


def test_an_unknown_preset_has_a_suggestion():
    with pytest.raises(ParameterError, match="no preset 'dem'; did you mean 'demo'"):
        parameters_of("dem")


def test_every_parameter_says_what_it_is():
    table = describe_parameters("demo")
    assert (table["meaning"] != "").all()
    assert (table["source"] != "").all()
    assert not table["parameter"].duplicated().any()


def test_every_block_can_be_switched_off():
    assert all(isinstance(getattr(Parameters(), f.name), Block) for f in fields(Parameters))


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_presets_are_valid(preset):
    assert parameters_of(preset).size.persons >= 200


def orders(**values):
    off = {name.replace("__", "."): value for name, value in values.items()}
    return orders_without(make_world("tiny", seed=3, values=off))


def test_switched_off_channels_and_calendars_bring_nobody():
    rooms = orders(calendar__on=False)
    assert (rooms["path"] > 2).all() and (rooms["broadcast"] == -1).all()
    silent = {f"{c}__on": False for c in ("own_room", "kol", "search", "shelf", "wecom")}
    rest = orders(**silent, navigation__on=False)
    assert set(rest["path"]) <= {1, 4, 6, 8}


def test_without_supplies_people_buy_more_often():
    many = orders(supply__on=False, purchase__base=-3.5)
    few = orders(purchase__base=-3.5)
    days = many.groupby("person")["day"].agg(lambda d: d.sort_values().diff().min()).min()
    assert len(many) > len(few)
    assert days == 1


SPAN = {"from_on": ["2026-01-05"], "to_on": ["2026-01-06"]}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"calendar": {"channel": ["shop"], "start_at": ["2026-01-05 20:00"], "minutes": [60]}}, "no room"),
        (
            {
                "calendar": {
                    "channel": ["kol", "kol"],
                    "start_at": ["2026-01-05 12:00", "2026-01-05 20:00"],
                    "minutes": [60, 60],
                }
            },
            "kol has two broadcasts on 2026-01-05",
        ),
        ({"calendar": {"channel": ["kol"], "start_at": ["2025-01-05"], "minutes": [60]}}, "outside the world"),
        (
            {"faults": {"sku": ["X"], "kind": ["page"], **SPAN, "strength": [1.0]}},
            "sku 'X' is not known",
        ),
        (
            {"faults": {"sku": ["CLN-01"], "kind": ["rain"], **SPAN, "strength": [1.0]}},
            "kind 'rain' is not known",
        ),
        (
            {"faults": {"sku": ["CLN-01"], "kind": ["page"], **SPAN, "strength": [2.0]}},
            "within 0 and 1",
        ),
    ],
)  # fmt: skip
def test_wrong_interventions_are_named(given, said):
    frames = {name: pd.DataFrame(one) for name, one in given.items()}
    with pytest.raises(ParameterError, match=said):
        make_world("tiny", interventions=Interventions(**frames))


def test_a_given_calendar_is_the_calendar():
    given = pd.DataFrame({"channel": ["kol"], "start_at": ["2026-01-10 21:30"], "minutes": [240]})
    world = make_world("tiny", interventions=Interventions(calendar=given))
    [one] = world.calendar.to_dict("records")
    assert one["broadcast_id"] == "live_20260110_K"
    assert one["end_us"] - one["start_us"] == 240 * 60_000_000
    assert one["end_us"] > world.start_us + (one["day"] + 1) * 86_400_000_000  # past midnight
