"""Whatever the ledger and the journeys are, credit sums to the ledger, to the fen, everywhere."""

from datetime import date
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveattr.attribution import RULES, RuleParameters, create_credit, credit_sql, total_sql
from liveattr.attribution.money import GRAINS

AS_OF = date(2026, 1, 22)
FEN = st.one_of(st.integers(-50, 50), st.integers(-(10**12), 10**12))
TOUCH = st.fixed_dictionaries(
    {
        "channel": st.sampled_from(["live", "sms", "direct"]),
        "ts_us": st.integers(0, 30 * 86_400_000_000),
        **{g: st.sampled_from([None, "x", "y"]) for g in GRAINS[1:]},
    }
)
ORDER = st.fixed_dictionaries(
    {
        "lines": st.lists(st.tuples(FEN, st.booleans()), max_size=4),
        "touches": st.lists(TOUCH, max_size=7),
        "known": st.booleans(),
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
            journeys.append((i + 1, pos, len(path), touch_id, touch["ts_us"]))
            touches.append((touch_id, *(code_of.get((g, touch[g])) for g in GRAINS)))
    return {
        "line_ledger": frame(lines, "platform line_id shop_id order_id counted paid_at net_fen"),
        "journey": frame(journeys, "order_key pos n touch_id ts_us"),
        "touch": frame(touches, "touch_id " + " ".join(GRAINS)),
        "dimension": frame(codes, "kind code value"),
    }


_TEXT = ("platform", "line_id", "shop_id", "order_id", "kind", "value")
_TYPES = {**dict.fromkeys(_TEXT, pa.string()), "counted": pa.bool_(), "paid_at": pa.date32()}


def frame(rows: list[tuple[Any, ...]], columns: str) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns.split(), dtype=object)


def credited(orders: list[dict[str, Any]], parameters: RuleParameters) -> dict[str, pd.DataFrame]:
    with duckdb.connect(config={"threads": 1}) as con:
        tables = working_tables(orders)
        for name, rows in tables.items():
            typed = {c: pa.array(rows[c], type=_TYPES.get(str(c), pa.int64())) for c in rows}
            con.register(name, pa.table(typed))
        create_credit(con, parameters=parameters)
        return {
            "ledger": tables["line_ledger"],
            "credit": con.execute(credit_sql(AS_OF)).df(),
            "total": con.execute(total_sql(AS_OF)).df(),
        }


@settings(deadline=None, max_examples=25)
@given(ORDERS, PARAMETERS)
def test_credit_sums_to_the_ledger_at_every_grain_for_every_rule(orders, parameters) -> None:
    found = credited(orders, parameters)
    ledger, credit, total = found["ledger"], found["credit"], found["total"]
    money = int(ledger.net_fen.sum())
    paid = ledger[ledger.counted.astype(bool)]
    for rule in RULES:
        for grain in GRAINS:
            part = total[(total.model == rule) & (total.grain == grain)]
            assert int(part.net_fen.sum()) == money
            assert part.orders.sum() == pytest.approx(paid.order_id.nunique(), abs=1e-6)
            assert part.value.is_unique
            assert "(unattributed)" in set(part.value)
            assert part.n.sum() >= len(paid)
        lines = credit[credit.model == rule].groupby("line_id")
        assert lines.net_fen.sum().to_dict() == dict(
            zip(ledger.line_id, ledger.net_fen, strict=True)
        )
        assert (lines.share.sum() - 1).abs().max() < 1e-9 if len(ledger) else True


@settings(deadline=None, max_examples=10)
@given(ORDERS, PARAMETERS)
def test_a_part_is_within_one_fen_of_its_share_and_has_the_sign_of_the_line(
    orders, parameters
) -> None:
    found = credited(orders, parameters)
    net = dict(zip(found["ledger"].line_id, found["ledger"].net_fen, strict=True))
    for row in found["credit"].itertuples():
        exact = net[row.line_id] * row.share
        assert abs(row.net_fen - exact) < 1 + 1e-9 * abs(net[row.line_id])
        assert row.net_fen * net[row.line_id] >= 0
    assert not found["credit"].duplicated(["model", "line_id", "touch_id"]).any()


@settings(deadline=None, max_examples=10)
@given(ORDERS)
def test_sums_of_credit_rows_are_the_totals(orders) -> None:
    found = credited(orders, RuleParameters())
    credit, total = found["credit"], found["total"]
    columns = dict(
        zip(GRAINS, ("channel", "campaign_id", "broadcast_id", "host_id", "sku_id"), strict=True)
    )
    for grain, column in columns.items():
        value = credit[column].where(credit.touch_id > 0, "(unattributed)").fillna("(none)")
        by_rows = credit.groupby([credit.model, value]).net_fen.sum()
        part = total[total.grain == grain].set_index(["model", "value"]).net_fen
        assert {k: v for k, v in by_rows.items() if v} == {k: v for k, v in part.items() if v}
