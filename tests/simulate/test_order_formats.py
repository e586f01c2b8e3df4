import hashlib
import hmac
from datetime import timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from liveattr.lake import Lake, open_lake
from liveattr.ledger import create_line_ledger
from liveattr.profit.money import money_rows
from liveattr.simulate.accounts import make_identifiers
from liveattr.simulate.canonical_orders import order_frames
from liveattr.simulate.money import order_money
from liveattr.simulate.order_life import live_on
from liveattr.simulate.planted import plant
from liveattr.simulate.world import TESTED
from liveattr.simulate.write import channels, douyin, hooks, youzan
from liveattr.simulate.write.hooks import DOUDIAN_SECRET, YOUZAN_SECRET
from liveattr.sources import ingest
from liveattr.sources.tokens import DEMO_KEY
from liveattr.tables import get_table

from .made import lived

PROVENANCE = ["source", "ingest_id", "source_row"]


def write(folder: Path, threads: int) -> None:
    world, orders = lived()
    identifiers = make_identifiers(world)
    life = live_on(orders, world)
    with duckdb.connect() as con:
        con.execute(f"SET TimeZone = 'UTC'; SET threads = {threads}")
        for module in (douyin, channels, youzan, hooks):
            module.write_segment(con, life, world, identifiers, folder, 0)


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world") / "raw"
    write(folder, 1)
    return folder


@pytest.fixture(scope="module")
def planted(raw: Path) -> pd.DataFrame:
    return plant(lived()[0], raw)


@pytest.fixture(scope="module")
def lake(raw: Path, planted: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    found = open_lake(tmp_path_factory.mktemp("lake"), threads=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVEATTR_DOUDIAN_SECRET", DOUDIAN_SECRET)
        patch.setenv("LIVEATTR_YOUZAN_SECRET", YOUZAN_SECRET)
        ingest(found, raw, demo=True)
    return found


def test_quarantine_holds_what_was_planted_and_nothing_else(
    raw: Path, planted: pd.DataFrame, lake: Lake
) -> None:
    wanted = set()
    for name, part in planted.groupby("file"):
        lines = (raw / str(name)).read_text(encoding="utf-8").splitlines()
        first = len(lines) - len(part) + 1
        assert lines[first - 1 :] == part["text"].tolist()
        wanted |= {(name, first + k, code) for k, code in enumerate(part["code"])}
    held = lake.table("quarantine_row")
    assert set(zip(held["path"], held["source_row"], held["reason_code"], strict=True)) == wanted
    assert planted["code"].nunique() >= 9 and planted["format"].nunique() == 11
    assert lake.table("raw_message")["verified"].all()


def test_the_lake_holds_the_canonical_frames(lake: Lake) -> None:
    world, orders = lived()
    frames = order_frames(live_on(orders, world), world, make_identifiers(world))
    for name, frame in frames.items():
        table = get_table(name)
        stored = lake.table(name).drop(columns=PROVENANCE)
        for column in (c for c in frame if c.endswith("_token")):
            frame[column] = frame[column].map(_token, na_action="ignore")
        if name == "order_header":  # the lake needs the file of test accounts to know them
            frame["is_test"] = False
        stored = stored.sort_values(list(table.key), ignore_index=True)
        pd.testing.assert_frame_equal(frame, stored)


def _token(text: str) -> str:
    return hmac.new(DEMO_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def test_the_statement_reads_the_money_of_the_world(lake: Lake) -> None:
    world, orders = lived()
    last = world.parameters.size.start_on + timedelta(days=world.parameters.size.days - 1)
    costs = world.goods[["merchant_sku", "cogs_fen"]].assign(
        valid_from_on=pd.Timestamp("2020-01-01")
    )
    with lake.connect() as con:
        con.register("costs", costs)
        con.execute(
            "CREATE OR REPLACE TEMP VIEW sku_cogs AS SELECT merchant_sku, "
            "CAST(valid_from_on AS DATE) AS valid_from_on, cogs_fen FROM costs"
        )
        create_line_ledger(con, as_of=last, zone="Asia/Shanghai", refund_window_days=15)
        con.execute("CREATE TEMP TABLE share (platform VARCHAR, line_id VARCHAR)")
        money_rows(con, as_of=last, zone="Asia/Shanghai", shared_only=False)
        found = con.sql(
            "SELECT order_id, m.line, sum(amount_fen)::BIGINT AS fen FROM money_row AS m "
            "JOIN line_ledger USING (platform, line_id) GROUP BY ALL"
        ).df()
    read = found.pivot_table(index="order_id", columns="line", values="fen", fill_value=0)
    money = order_money(orders, world, as_of_us=world.end_us)
    money.index = pd.Index(live_on(orders, world).headers["order_id"].astype(str))
    read = read.reindex(money.index, fill_value=0).astype("int64")

    def sums(*lines: str) -> pd.Series:
        return read[[c for c in lines if c in read]].sum(axis=1)

    revenue = sums(
        "gmv_paid", "subsidy_platform", "subsidy_author",
        "refund_before_shipping", "refund_after_shipping", "subsidy_back",
    )  # fmt: skip
    assert (revenue.to_numpy() == money["net_fen"]).all()
    assert (-sums("commission", "commission_back").to_numpy() == money["commission_fen"]).all()
    service = money["service_fee_fen"] - money["payment_fee_fen"]
    assert (-sums("service_fee", "service_fee_back").to_numpy() == service).all()
    insurance = money["freight_fen"] - money[
        ["freight_out_fen", "packing_fen", "return_freight_fen"]
    ].sum(axis=1)
    assert (-sums("freight_insurance").to_numpy() == insurance).all()
    cogs, place = -sums("cogs").to_numpy(), orders["place"].to_numpy()
    assert (cogs == money["cogs_fen"])[place == 0].all()
    # Channels and the mall do not say whether goods came back: the statement counts them as gone
    assert (cogs >= money["cogs_fen"])[place != 0].all()
    assert (orders["kind"] == TESTED).any() and "subsidy_back" in read


def test_the_same_bytes_whatever_the_threads(
    raw: Path, planted: pd.DataFrame, tmp_path: Path
) -> None:
    write(tmp_path, 2)
    plant(lived()[0], tmp_path)
    files = sorted(p.relative_to(raw) for p in raw.rglob("*.jsonl"))
    assert len(files) == 11
    for name in files:
        assert (raw / name).read_bytes() == (tmp_path / name).read_bytes(), name


def test_every_order_is_in_the_files_of_its_shop_once(raw: Path, planted: pd.DataFrame) -> None:
    world, orders = lived()
    head = live_on(orders, world).headers
    bad = set(planted["record"])
    paths = {
        "doudian_orders": "data.shop_order_detail.order_id",
        "wechat_orders": "order_id",
        "youzan_trades": "full_order_info.order_info.tid",
    }
    for place, (preset, path) in enumerate(paths.items()):
        sql = f"SELECT CAST({path} AS VARCHAR) FROM read_json('{raw}/{preset}/*.jsonl')"
        found = [i for (i,) in duckdb.sql(sql).fetchall() if i not in bad]
        assert sorted(found) == sorted(head.loc[head["place"] == place, "order_id"])


def test_messages_come_late_twice_and_out_of_order(raw: Path, planted: pd.DataFrame) -> None:
    world, _ = lived()
    told = duckdb.sql(
        "SELECT epoch_us(received_at::TIMESTAMPTZ) AS us, body::JSON ->> 'msg_id' AS id, "
        f"(body::JSON ->> 'version')::BIGINT * 1000 AS at_us FROM read_json('{raw}/youzan_push/*.jsonl', "
        "columns = {received_at: VARCHAR, body: VARCHAR}) WHERE json_valid(body)"
    ).df()
    told = told[told["us"] < world.end_us]
    late = (told["us"] - told["at_us"]) / 60_000_000
    assert late.min() > 0 and 30 < late[late < 1440].mean() < 50
    assert 0.004 < (late > 1440).mean() < 0.02
    assert 0.01 < told["id"].duplicated().mean() < 0.03
    assert told["us"].is_monotonic_increasing and not told["at_us"].is_monotonic_increasing


@pytest.mark.parametrize(
    "values", [{"calendar__on": False}, {"hooks__on": False, "ads__on": False}]
)
def test_a_world_without_rooms_or_noise_is_written_too(values: dict, tmp_path: Path) -> None:
    world, orders = lived(**values)
    life, identifiers = live_on(orders, world), make_identifiers(world)
    with duckdb.connect() as con:
        for part in (life, live_on(orders[:0], world)):
            for module in (douyin, channels, youzan, hooks):
                module.write_segment(con, part, world, identifiers, tmp_path / "it's", 0)
    lines = (tmp_path / "it's/doudian_orders/orders_000.jsonl").read_text(encoding="utf-8")
    outside = lines.count('"room_id_str":"0"') == lines.count('"room_id_str"')
    assert outside is ("calendar__on" in values)
    assert not order_frames(life, world, identifiers)["ad_spend"]["room_id"].notna().any()
