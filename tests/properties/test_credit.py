"""Whatever the ledger and the journeys are, credit sums to the ledger, to the fen, everywhere."""

from datetime import date
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.attribution import (
    CreditPlan,
    RuleParameters,
    create_credit,
    credit_sql,
    credit_totals,
)
from liveattr.attribution.money import GRAINS
from liveattr.settings import RULES

AS_OF = date(2026, 1, 22)
COLUMNS = ("channel", "campaign_id", "broadcast_id", "host_id", "sku_id", "event_name")
SIDES = ("broadcast", "host", "sku")
END_US = 31 * 86_400_000_000
FEN = st.one_of(st.integers(-50, 50), st.integers(-(10**12), 10**12))
TOUCH = st.fixed_dictionaries(
    {
        "channel": st.sampled_from(["live", "sms", "direct"]),
        "ts_us": st.integers(0, 30 * 86_400_000_000),
        "weight": st.sampled_from([1.0, 1.0, 1.0, 0.7, 0.2]),
        **{g: st.sampled_from([None, "x", "y"]) for g in GRAINS[1:]},
    }
)
ORDER = st.fixed_dictionaries(
    {
        "lines": st.lists(st.tuples(FEN, st.booleans()), max_size=4),
        "touches": st.lists(TOUCH, max_size=7),
        "known": st.booleans(),
        "person": st.integers(1, 3),
    }
)
ORDERS = st.lists(ORDER, max_size=8)
PARAMETERS = st.builds(
    RuleParameters,
    skip=st.sampled_from([(), ("direct",), ("direct", "sms", "live")]),
    position_weights=st.sampled_from([(0.4, 0.2, 0.4), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0)]),
    half_life_days=st.sampled_from([0.01, 7.0, 1000.0]),
)


def working_tables(orders: list[dict[str, Any]]) -> dict[str, pd.DataFrame]:
    """The relations that credit is made from; orders that are not `known` have no code."""
    lines, journeys, touches = [], [], []
    codes = [("order", i + 1, f"mall\ts\t{i}") for i, o in enumerate(orders) if o["known"]]
    for grain in GRAINS:
        values = sorted({t[grain] for o in orders for t in o["touches"] if t[grain]})
        codes += [(grain, code, value) for code, value in enumerate(values, start=1)]
    code_of = {(kind, value): code for kind, code, value in codes}
    for i, order in enumerate(orders):
        for number, (fen, counted) in enumerate(order["lines"]):
            lines.append(("mall", f"{i}-{number}", "s", str(i), counted, AS_OF, fen))
        path = sorted(order["touches"], key=lambda t: t["ts_us"])
        for pos, touch in enumerate(path, start=1):
            touch_id = len(touches) + 1
            key = i + 1 if order["known"] else None
            head = (i + 1, key, order["person"], pos, len(path), touch_id)
            journeys.append((*head, touch["ts_us"], END_US, touch["weight"]))
            touches.append((touch_id, 1, *(code_of.get((g, touch[g])) for g in GRAINS)))
    return {
        "line_ledger": frame(lines, "platform line_id shop_id order_id counted paid_at net_fen"),
        "journey": frame(
            journeys, "journey_id order_key person pos n touch_id ts_us order_ts_us weight"
        ),
        "touch": frame(touches, "touch_id touch_kind " + " ".join(GRAINS)),
        "dimension": frame(codes, "kind code value"),
    }


_TEXT = ("platform", "line_id", "shop_id", "order_id", "kind", "value")
_TYPES = {
    **dict.fromkeys(_TEXT, pa.string()),
    "counted": pa.bool_(),
    "paid_at": pa.date32(),
    "weight": pa.float64(),
}


def frame(rows: list[tuple[Any, ...]], columns: str) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns.split(), dtype=object)


def credited(
    orders: list[dict[str, Any]], parameters: RuleParameters, chain: str
) -> dict[str, pd.DataFrame]:
    with duckdb.connect(config={"threads": 1}) as con:
        tables = working_tables(orders)
        for name, rows in tables.items():
            typed = {c: pa.array(rows[c], type=_TYPES.get(str(c), pa.int64())) for c in rows}
            con.register(name, pa.table(typed))
        plan = CreditPlan((*RULES, chain, "shapley"), parameters)
        fits = create_credit(con, plan)
        totals = [
            credit_totals(con, plan, [grain], fits=fits, interval=0.9)
            .rename(columns={grain: "value"})
            .assign(grain=grain)
            for grain in GRAINS
        ]
        return {
            "ledger": tables["line_ledger"],
            "credit": con.execute(credit_sql(AS_OF)).df(),
            "total": pd.concat(totals),
            "cube": credit_totals(con, plan, SIDES, fits=fits),
        }


@settings(deadline=None, max_examples=15)
@given(ORDERS, PARAMETERS, st.sampled_from(["markov", "markov_2", "markov_3"]))
def test_credit_is_the_ledger_shared_out(orders, parameters, chain) -> None:
    found = credited(orders, parameters, chain)
    check_totals(found)
    check_lines(found)
    check_rows_and_cube(found)


def check_totals(found: dict[str, pd.DataFrame]) -> None:
    """Every model and grain sums to the ledger, to the fen."""
    ledger, total = found["ledger"], found["total"]
    money = int(ledger.net_fen.sum())
    paid = ledger[ledger.counted.astype(bool)]
    sums = total.groupby(["model", "grain"])
    assert len(sums) == (len(RULES) + 2) * len(GRAINS)
    assert (sums.net_fen.sum() == money).all()
    assert (sums.orders.sum() - paid.order_id.nunique()).abs().max() < 1e-6
    assert (sums.n.sum() >= len(paid)).all()
    assert not total.duplicated(["model", "grain", "value"]).any()
    assert (total.value == "(unattributed)").sum() == len(sums)
    assert (total.low <= total.net_fen).all() and (total.net_fen <= total.high).all()


def check_lines(found: dict[str, pd.DataFrame]) -> None:
    """A line's parts sum to it; each is within one fen of its share and has the line's sign."""
    ledger, credit = found["ledger"], found["credit"]
    net = dict(zip(ledger.line_id, ledger.net_fen, strict=True))
    for _, part in credit.groupby("model"):
        lines = part.groupby("line_id")
        assert lines.net_fen.sum().to_dict() == net
        assert (lines.share.sum() - 1).abs().max() < 1e-9
    whole = credit.line_id.map(net).astype("int64")
    exact = whole * credit.share
    assert ((credit.net_fen - exact).abs() < 1 + 1e-9 * whole.abs()).all()
    assert (np.sign(credit.net_fen) * np.sign(whole) >= 0).all()
    assert not credit.duplicated(["model", "line_id", "touch_id"]).any()


def check_rows_and_cube(found: dict[str, pd.DataFrame]) -> None:
    """Rows of credit add up to the totals, and the cube to its sides."""
    credit, total, cube = found["credit"], found["total"], found["cube"]
    for grain, column in zip(GRAINS, COLUMNS, strict=True):
        value = credit[column].where(credit.touch_id > 0, "(unattributed)").fillna("(none)")
        part = total[total.grain == grain].set_index(["model", "value"]).net_fen
        assert seen(credit.groupby([credit.model, value]).net_fen.sum()) == seen(part)
        if grain in SIDES:
            assert seen(cube.groupby(["model", grain]).net_fen.sum()) == seen(part)


def seen(money: pd.Series) -> dict[Any, int]:
    return {key: fen for key, fen in money.items() if fen}
