"""Intervals of sums on a lake are those of drawing people anew, guessed links and refits included."""

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from liveattr.attribution import CreditPlan, create_credit, credit_totals

DAY_US = 86_400_000_000
PLAN = CreditPlan(models=("linear", "markov", "markov_2", "shapley"))


def habits(n_people: int) -> list[list[tuple[Any, ...]]]:
    """Journeys by person: channels, weights, campaigns, bought, fen."""
    rng = np.random.default_rng(5)
    people = []
    for taste in rng.dirichlet(np.full(4, 0.7), n_people):
        journeys = []
        for _ in range(rng.integers(1, 4)):
            n = rng.geometric(0.4)
            channels = rng.choice(4, n, p=taste)
            weights = np.ones(n)
            if rng.random() < 0.15:
                weights[rng.integers(0, n)] = 0.6
            pull = np.array([0.5, -0.3, 0.8, 0.0])[channels].sum() / 2 - 0.8
            bought = rng.random() < 1 / (1 + np.exp(-pull))
            fen = int(rng.lognormal(8, 0.8))
            journeys.append((channels, weights, rng.integers(0, 3, n), bought, fen))
        people.append(journeys)
    return people


def tables(drawn: list[list[tuple[Any, ...]]]) -> dict[str, pd.DataFrame]:
    journeys, touches, lines = [], [], []
    codes = [("channel", i, name) for i, name in enumerate("abcd")]
    codes += [("campaign", i, name) for i, name in enumerate("xyz")]
    order, other = 0, 10_000_000
    for person, mine in enumerate(drawn, start=1):
        for channels, weights, campaigns, bought, fen in mine:
            if bought:
                order += 1
                codes.append(("order", order, f"mall\ts\t{order}"))
                lines.append(("mall", f"{order}-1", "s", str(order), True, 1, fen))
            else:
                other += 1
            journey, key = (order, order) if bought else (other, None)
            for pos, channel in enumerate(channels, start=1):
                touch = len(touches) + 1
                nothing = (None, None, None, None)
                touches.append((touch, int(channel), int(campaigns[pos - 1]), *nothing, 1))
                weight = float(weights[pos - 1]) if bought else 1.0
                head = (journey, key, person, pos, len(channels), touch, pos * DAY_US)
                journeys.append((*head, 9 * DAY_US if bought else None, weight))
    whole = dict.fromkeys(
        ("order_key", "order_ts_us", "broadcast", "host", "sku", "action"), "Int64"
    )
    named = {
        "journey": (
            journeys,
            "journey_id order_key person pos n touch_id ts_us order_ts_us weight",
        ),
        "touch": (touches, "touch_id channel campaign broadcast host sku action touch_kind"),
        "dimension": (codes, "kind code value"),
        "line_ledger": (lines, "platform line_id shop_id order_id counted paid_at net_fen"),
    }
    frames = {}
    for name, (rows, columns) in named.items():
        frame = pd.DataFrame(rows, columns=columns.split())
        frames[name] = frame.astype({c: t for c, t in whole.items() if c in frame})
    return frames


def sums(drawn: list[list[tuple[Any, ...]]], interval: float | None = None) -> pd.DataFrame:
    with duckdb.connect(config={"threads": 1}) as con:
        for name, frame in tables(drawn).items():
            con.register(name, frame)
        fits = create_credit(con, PLAN)
        parts = [
            credit_totals(con, PLAN, [grain], fits=fits, interval=interval)
            .rename(columns={grain: "value"})
            .assign(grain=grain)
            for grain in ("channel", "campaign")
        ]
    return pd.concat(parts).set_index(["model", "grain", "value"]).sort_index()


@pytest.mark.slow
def test_standard_errors_are_those_of_drawing_people_anew() -> None:
    people = habits(500)
    found = sums(people, 0.95)
    rng = np.random.default_rng(11)
    drawn = [sums([people[i] for i in rng.integers(0, 500, 500)]).net_fen for _ in range(200)]
    ratio = pd.concat(drawn, axis=1).std(axis=1) / ((found.high - found.low) / 2 / 1.959964)
    by_model = ratio.groupby("model").mean()
    assert by_model.between(0.93, 1.07).all(), by_model
    assert ratio.between(0.8, 1.25).all(), ratio


def test_a_chain_varies_more_than_its_shares_do() -> None:
    """What a refit adds to the variance is there, and is small beside what people bring."""
    people = habits(300)
    found = sums(people, 0.95)
    width = (found.high - found.low).unstack("model")
    assert (width["markov"] != width["linear"]).any()
    assert (width["markov"].loc["channel"] < 1.5 * width["linear"].loc["channel"]).all()
    assert (found.loc["markov", "low"] < found.loc["markov", "net_fen"]).all()
