"""The sample broadcast, from raw files to its statement, against numbers worked out by hand."""

from __future__ import annotations

import csv
import importlib.util
import shutil
from collections import defaultdict
from datetime import date
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from liveattr.attribution.stage import attribute
from liveattr.identity.stage import resolve
from liveattr.journeys.stage import build_journeys
from liveattr.lake import Lake
from liveattr.ledger import line_ledger
from liveattr.profit.stage import settle
from liveattr.settings import Settings
from liveattr.sources import datasets

_GOLDEN = Path(__file__).parent / "golden"
_FREE = {"lines_settled_ppm", "refund_maturity", "break_even_roas", "surface_roi"}
"""Ratios for which the definitions do not say when they are given."""


def _golden() -> ModuleType:
    spec = importlib.util.spec_from_file_location("golden_sample", _GOLDEN / "sample_broadcast.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


HAND = _golden()


def _rows(name: str) -> list[dict[str, str]]:
    with (_GOLDEN / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _number(text: str) -> int | None:
    return int(text) if text else None


@pytest.fixture(scope="module")
def lake(sample_demos: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Return the lake with people and journeys."""
    root = shutil.copytree(sample_demos, tmp_path_factory.mktemp("demo") / "copy")
    lake = datasets.load("sample_broadcast", root=root)
    resolve(lake)
    build_journeys(lake, settings=Settings())
    return lake


@pytest.fixture(scope="module")
def found(lake: Lake) -> dict[str, dict[str, pd.DataFrame]]:
    """Return the result tables as of each date; `linear` is D+30 under another rule."""
    out = {}
    for day in HAND.AS_OF:
        on = date.fromisoformat(day)
        attribute(lake, as_of=on, settings=Settings())
        settle(lake, as_of=on, settings=Settings())
        where = f"WHERE as_of = DATE '{day}'"
        names = ("statement", "statement_row", "line_share", "credit_total")
        out[day] = {n: lake.sql(f"SELECT * FROM {n} {where}") for n in names}
        out[day]["credit"] = lake.table("credit")
        out[day]["ledger"] = line_ledger(lake, as_of=on, settings=Settings())
    settle(lake, as_of=on, rule="linear", settings=Settings())
    out["linear"] = {n: lake.sql(f"SELECT * FROM {n} {where}") for n in ("statement", "line_share")}
    return out


def test_every_record_ends_in_a_table_or_in_quarantine(lake: Lake) -> None:
    got = lake.sql(
        "SELECT path, rows_in, rows_ok, rows_repeated, rows_older, rows_bad, rows_set_aside "
        "FROM ingest_batch ORDER BY path"
    )
    assert {r[0]: tuple(r[1:]) for r in got.itertuples(index=False)} == HAND.FILES
    assert (got.rows_in == got.rows_ok + got.rows_bad + got.rows_set_aside).all()
    codes = lake.sql("SELECT reason_code, count(*) AS n FROM quarantine_row GROUP BY ALL")
    assert dict(codes.itertuples(index=False)) == {"TOTAL_ROW": 9, "ORPHAN": 1}


def test_an_older_export_read_later_changes_no_state(lake: Lake) -> None:
    got = lake.sql("SELECT order_id, status FROM order_header WHERE platform = 'douyin'")
    status = {o[15:17]: s for o, s in got.itertuples(index=False)}
    assert status["17"] == "cancelled"
    assert status["08"] == "closed"
    assert sorted(set(status.values())) == ["cancelled", "closed", "finished"]
    assert lake.sql("SELECT order_id FROM order_header WHERE is_test").order_id.tolist() == [
        "6926012200000001511"
    ]


def test_journeys(lake: Lake) -> None:
    got = lake.sql("""
        SELECT o.value AS order_id, j.pos, c.value || coalesce(' ' || right(b.value, 1), '') AS touch
        FROM journey AS j
        JOIN touch AS t USING (touch_id)
        JOIN dimension AS o ON o.kind = 'order' AND o.code = j.order_key
        JOIN dimension AS c ON c.kind = 'channel' AND c.code = t.channel
        LEFT JOIN dimension AS b ON b.kind = 'broadcast' AND b.code = t.broadcast
        WHERE j.order_key IS NOT NULL ORDER BY 1, 2""")
    journeys = got.groupby("order_id").touch.agg(tuple).to_dict()
    order = lake.sql(
        "SELECT line_id, platform || chr(9) || shop_id || chr(9) || order_id AS o FROM order_line"
    )
    order_of = dict(order.itertuples(index=False))
    names = {r["name"]: r["line_id"] for r in _rows("sample_broadcast_lines.csv")}
    assert {n: journeys[order_of[names[n]]] for n in HAND.JOURNEYS} == HAND.JOURNEYS
    assert set(journeys) == {order_of[names[n]] for n in HAND.JOURNEYS}


@pytest.mark.parametrize("day", HAND.AS_OF)
def test_money_of_each_line(day: str, found: dict[str, dict[str, pd.DataFrame]]) -> None:
    ledger = found[day]["ledger"]
    got = {
        (p, i): n for p, i, n in ledger[["platform", "line_id", "net_fen"]].itertuples(index=False)
    }
    column = f"net_{dict(zip(HAND.AS_OF, ('d1', 'd15', 'd30'), strict=True))[day]}"
    hand = {
        (r["platform"], r["line_id"]): int(r[column])
        for r in _rows("sample_broadcast_lines.csv")
        if r[column]
    }
    assert got == hand
    assert sum(hand.values()) == HAND.LEDGER[day]


def _hand_lines(day: str) -> dict[tuple[str, str], dict[str, int | None]]:
    """Return (campaign, line) → variant → value of one date."""
    return {
        (r["campaign_id"], r["line"]): {v: _number(r[v]) for v in HAND.VARIANTS}
        for r in _rows("sample_broadcast_statement.csv")
        if r["as_of"] == day and r["unit"] != "yes/no"
    }


def _lines(statement: pd.DataFrame, column: str) -> dict[tuple[str, str], dict[str, object]]:
    out: dict[tuple[str, str], dict[str, object]] = defaultdict(dict)
    for campaign, variant, line, value in statement[
        ["campaign_id", "variant", "line", column]
    ].itertuples(index=False):
        out[campaign, line][variant] = None if pd.isna(value) else value
    return dict(out)


_WHERE = {
    "orders": [("orders", "n_rows")],
    "cogs_coverage": [("cogs", "coverage_ppm")],
    "fee_coverage": [("commission", "coverage_ppm"), ("service_fee", "coverage_ppm")],
} | {
    r["line"]: [(r["line"], "amount_fen")]
    for r in _rows("sample_broadcast_statement.csv")
    if r["unit"] == "fen"
}
"""Line of the hand-worked table → where the program keeps it; else it is a ratio."""


@pytest.mark.parametrize("day", HAND.AS_OF)
@pytest.mark.parametrize("campaign", ["live_20260122_A", "spring_glow_2026"])
def test_every_statement_line(
    campaign: str, day: str, found: dict[str, dict[str, pd.DataFrame]]
) -> None:
    statement = found[day]["statement"]
    got = {}
    for (of, line), hand in _hand_lines(day).items():
        for name, column in _WHERE.get(line, [(line, "value_ppm")]) if of == campaign else []:
            value = _lines(statement, column)[campaign, name]
            if value != hand:
                got[name, column] = (value, hand)
    assert got == {}, "line: (program, by hand)"


@pytest.mark.parametrize("day", HAND.AS_OF)
def test_what_is_not_given_is_never_zero(
    day: str, found: dict[str, dict[str, pd.DataFrame]]
) -> None:
    given = _lines(found[day]["statement"], "given")
    complete = {
        r["campaign_id"]: {v: r[v] == "yes" for v in HAND.VARIANTS}
        for r in _rows("sample_broadcast_statement.csv")
        if r["as_of"] == day and r["line"] == "complete"
    }
    for (campaign, line), hand in _hand_lines(day).items():
        if line in _FREE or line.endswith("_coverage"):
            continue
        wanted = {v: x is not None for v, x in hand.items()}
        if line in ("contribution", "true_roi"):
            wanted = complete[campaign]
        assert given[campaign, line] == wanted, (campaign, line)


@pytest.mark.parametrize("day", HAND.AS_OF)
def test_statement_lines_lead_down_to_their_rows(
    day: str, found: dict[str, dict[str, pd.DataFrame]]
) -> None:
    keys = ["campaign_id", "variant", "line"]
    rows = found[day]["statement_row"].groupby(keys).amount_fen.sum()
    lines = found[day]["statement"].set_index(keys).amount_fen
    totals = {"revenue", "gsv", "variable_cost", "fixed_cost", "contribution", "gmv_paid_surface"}
    lines = lines[lines.fillna(0) != 0]
    lines = lines[~lines.index.get_level_values("line").isin(totals)]
    assert lines.astype(int).to_dict() == rows[rows != 0].to_dict()


@pytest.mark.parametrize("day", HAND.AS_OF)
def test_shares_and_tiers(day: str, found: dict[str, dict[str, pd.DataFrame]]) -> None:
    share = found[day]["line_share"]
    ledger = found[day]["ledger"].set_index(["platform", "line_id"])
    counted = ledger[ledger.counted]
    hand = {(r["platform"], r["line_id"]): r for r in _rows("sample_broadcast_lines.csv")}
    for variant in HAND.VARIANTS:
        mine = share[(share.variant == variant) & (share.campaign_id != "(unattributed)")]
        got = {
            (r.platform, r.line_id): (r.campaign_id, r.tier, r.share)
            for r in mine.itertuples()
            if (r.platform, r.line_id) in counted.index
        }
        wanted = {
            key: (hand[key]["campaign_id"], hand[key][variant], 1.0)
            for key in counted.index
            if hand[key][variant]
        }
        assert got == wanted
        money: dict[tuple[str, str], int] = defaultdict(int)
        for key, net in counted[counted.paid_at.notna()].net_fen.items():
            campaign, tier, _ = got.get(key, ("(unattributed)", "none", 1.0))
            money[campaign, tier] += net
        assert dict(money) == HAND.TIERS[day, variant]


def test_every_evidence_is_kept(lake: Lake, found: dict[str, dict[str, pd.DataFrame]]) -> None:
    basis = lake.sql("SELECT * FROM line_basis")
    tiers = ["explicit_room", "tracked_link", "platform_ad", "host_time", "window"]
    basis = basis.assign(tier=basis.basis.map(tiers.index)).sort_values(["tier", "broadcast_id"])
    for name, line_id in ((r["name"], r["line_id"]) for r in _rows("sample_broadcast_lines.csv")):
        if name in HAND.BASIS:
            mine = basis[basis.line_id == line_id]
            got = [f"{b} {i[-1]}" for b, i in zip(mine.basis, mine.broadcast_id, strict=True)]
            assert tuple(got) == HAND.BASIS[name], name
            assert mine.superseded_at.isna().tolist() == [n == 0 for n in range(len(mine))], name


@pytest.mark.parametrize("rule", HAND.CREDIT)
@pytest.mark.parametrize("grain", ["channel", "broadcast"])
def test_the_six_rules(grain: str, rule: str, found: dict[str, dict[str, pd.DataFrame]]) -> None:
    total = found[HAND.AS_OF[-1]]["credit_total"]
    mine = total[(total.model == rule) & (total.grain == grain)].set_index("value").net_fen
    assert mine[mine != 0].to_dict() == HAND.CREDIT[rule][grain]


@pytest.mark.parametrize("day", HAND.AS_OF)
def test_credit_and_unattributed_are_the_ledger(
    day: str, found: dict[str, dict[str, pd.DataFrame]]
) -> None:
    totals = found[day]["credit_total"].groupby(["model", "grain"]).net_fen.sum()
    assert set(totals) == {HAND.LEDGER[day]}
    lines = found[day]["credit"].groupby(["model", "platform", "line_id"]).net_fen.sum()
    ledger = found[day]["ledger"].set_index(["platform", "line_id"]).net_fen
    for _, of_rule in lines.groupby("model"):
        assert of_rule.droplevel("model").to_dict() == ledger.to_dict()


def test_a_rule_that_splits_an_order_cuts_whole_fen(
    found: dict[str, dict[str, pd.DataFrame]],
) -> None:
    amount = _lines(found["linear"]["statement"], "amount_fen")
    got = {line: amount["live_20260122_A", line]["base"] for line in HAND.LINEAR_BASE}
    assert got == HAND.LINEAR_BASE
