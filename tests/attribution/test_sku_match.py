"""SKU match: a touch that names a product earns only lines of it, or of its category."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import duckdb
import pandas as pd
import pytest

from liveattr.attribution.sku_match import MATCHES, create_line_path, line_path_sql
from liveattr.errors import ParameterError
from liveattr.lake.frames import arrow_from_pandas
from liveattr.tables import get_table
from tests.rows import at

TABLES = ("journey", "touch", "dimension", "order_line", "sku_map", "product")
HOUR = 3_600_000_000
NOON_US = int(at("01-22 12:00").timestamp()) * 1_000_000


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as made:
        made.execute("SET TimeZone = 'UTC'")
        for name in TABLES:
            columns = ", ".join(f'"{c.name}" {c.sql_type}' for c in get_table(name).columns)
            made.execute(f"CREATE TABLE {name} ({columns})")
        made.execute(
            "CREATE TABLE line_ledger (platform VARCHAR, line_id VARCHAR, shop_id VARCHAR, "
            "order_id VARCHAR, sku_id VARCHAR, merchant_sku VARCHAR)"
        )
        yield made


Line = dict[str, str | None]
Order = tuple[list[Line], list[str | None]]


def matched_all(
    con: duckdb.DuckDBPyConnection,
    orders: list[Order],
    match: str,
    sku_map: tuple[tuple[str, str, str, str], ...] = (),
    categories: dict[str, str | None] | None = None,
) -> list[dict[str, str]]:
    """Line → letters of the touches that count for it, order by order.

    An order is its lines 1, 2, … with `sku_id, merchant_sku, product_id`, and what the touches a, b, …
    before it name, an hour apart.
    """
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    skus = sorted({name for _, named in orders for name in named if name is not None})
    ledger = []
    rows["dimension"] = [{"kind": "channel", "code": 1, "value": "live"}]
    rows["dimension"] += [{"kind": "sku", "code": n, "value": sku} for n, sku in enumerate(skus)]
    for order, (lines, named) in enumerate(orders, start=1):
        rows["dimension"].append({"kind": "order", "code": order, "value": f"mall\ts\t{order}"})
        for n, line in enumerate(lines, start=1):
            where = {"platform": "mall", "line_id": f"{order}-{n}"}
            rows["order_line"].append(where | {"product_id": line.get("product_id")})
            ledger.append(
                (*where.values(), "s", f"{order}", line.get("sku_id"), line.get("merchant_sku"))
            )
        for pos, sku in enumerate(named, start=1):
            plain = {"touch_id": 100 * order + pos, "person": 1, "ts_us": _moment(pos, named)}
            rows["touch"].append({**plain, "bucket": 0, "channel": 1, "action": 1, "touch_kind": 1,
                                  "sku": None if sku is None else skus.index(sku)})  # fmt: skip
            rows["journey"].append({**plain, "journey_id": order, "order_key": order, "pos": pos,
                                    "n": len(named), "order_ts_us": NOON_US, "weight": 1 / pos})  # fmt: skip
    for platform, sku, since, merchant in sku_map:
        rows["sku_map"].append({"platform": platform, "platform_sku_id": sku, "valid_from_at": at(since),
                                "merchant_sku": merchant})  # fmt: skip
    for merchant_sku, category in (categories or {}).items():
        rows["product"].append({"merchant_sku": merchant_sku, "category": category})
    for name in TABLES:
        table = get_table(name)
        frame = pd.DataFrame(rows[name], columns=list(table.names), dtype=object)
        con.register("given", arrow_from_pandas(frame, table))
        con.execute(f"DELETE FROM {name}; INSERT INTO {name} FROM given")
        con.unregister("given")
    con.execute("DELETE FROM line_ledger")
    con.executemany("INSERT INTO line_ledger VALUES (?, ?, ?, ?, ?, ?)", ledger)
    create_line_path(con, match)
    out = [{f"{n}": "" for n in range(1, len(lines) + 1)} for lines, _ in orders]
    for line_id, order, pos, n, touch_id, weight, ts_us in con.execute(
        "SELECT line_id, order_key, pos, n, touch_id, weight, ts_us FROM line_path ORDER BY line_key, pos"
    ).fetchall():
        found, line, was = out[order - 1], line_id.split("-")[1], touch_id - 100 * order
        found[line] += chr(96 + was)
        assert len(found[line]) == pos <= n
        assert (weight, ts_us) == (1 / was, _moment(was, orders[order - 1][1]))
    ends = dict(con.execute("SELECT line_id, max(n) FROM line_path GROUP BY line_id").fetchall())
    told = {
        f"{k}-{line}": len(text) for k, found in enumerate(out, 1) for line, text in found.items()
    }
    assert ends == {line: n for line, n in told.items() if n}
    return out


def _moment(pos: int, named: list[str | None]) -> int:
    return NOON_US - (len(named) - pos + 1) * HOUR


def matched(
    con: duckdb.DuckDBPyConnection,
    lines: list[Line],
    named: list[str | None],
    match: str = "product",
    **more: Any,
) -> dict[str, str]:
    """Of one order."""
    [found] = matched_all(con, [(lines, named)], match, **more)
    return found


SOAP: Line = {"sku_id": "11", "merchant_sku": "soap"}
ROUGE: Line = {"sku_id": "12", "merchant_sku": "rouge"}
MAP = (("mall", "11", "01-01 00:00", "soap"), ("douyin", "d12", "01-01 00:00", "rouge"))
CARE: dict[str, str | None] = {"soap": "care", "rouge": "looks", "cream": "care"}


def test_another_product_earns_nothing_and_no_product_earns_everywhere(
    con: duckdb.DuckDBPyConnection,
) -> None:
    found = matched(con, [SOAP, ROUGE], ["11", None, "d12", "rouge", "nobody knows"], sku_map=MAP)
    assert found == {"1": "ab", "2": "bcd"}


def test_category(con: duckdb.DuckDBPyConnection) -> None:
    named = ["11", "cream", "d12", "odd", None]
    odd: Line = {"merchant_sku": "odd"}
    found = matched(
        con, [SOAP, ROUGE, odd], named, "category", sku_map=MAP, categories=CARE | {"odd": None}
    )
    assert found == {"1": "abe", "2": "ce", "3": "de"}
    assert matched(con, [SOAP], named, "product", sku_map=MAP, categories=CARE) == {"1": "ae"}


def test_a_mapping_counts_while_it_is_valid_and_the_first_one_before_it_began(
    con: duckdb.DuckDBPyConnection,
) -> None:
    sku_map = (("douyin", "x", "01-22 09:30", "soap"), ("douyin", "x", "01-22 10:30", "rouge"))
    assert matched(con, [SOAP, ROUGE], ["x", "x", "x"], sku_map=sku_map) == {"1": "ab", "2": "c"}


def test_what_only_the_lines_tell(con: duckdb.DuckDBPyConnection) -> None:
    """No map at all: the SKU of a line, its product of several SKUs, and a line without any code."""
    lines: list[Line] = [
        SOAP | {"product_id": "p"},
        ROUGE | {"product_id": "p"},
        {"sku_id": "13"},
        {},
    ]
    found = matched(con, lines, ["11", "p", "13", None])
    assert found == {"1": "abd", "2": "bd", "3": "cd", "4": "d"}


@pytest.mark.parametrize("match", MATCHES)
def test_every_pair_of_names_beside_every_line(con: duckdb.DuckDBPyConnection, match: str) -> None:
    """All orders of up to two touches that name any of six things, counted by hand."""
    goods = {"11": "soap", "d12": "rouge", "cream": "cream"}
    names = [None, "11", "d12", "cream", "13", "?"]
    lines: list[Line] = [SOAP, ROUGE, {"merchant_sku": "cream"}, {"sku_id": "13"}]

    def counts(line: Line, name: str | None) -> bool:
        code, good = line.get("merchant_sku"), goods.get(name or "")
        if name is None or code is None:
            return name is None or line.get("sku_id") == name
        return code == good or (
            match == "category" and good is not None and CARE[code] == CARE[good]
        )

    orders = [(lines, list(named)) for size in (0, 1, 2) for named in product(names, repeat=size)]
    expected = [
        {
            f"{n}": "".join(chr(97 + k) for k, name in enumerate(named) if counts(line, name))
            for n, line in enumerate(lines, start=1)
        }
        for _, named in orders
    ]
    assert matched_all(con, orders, match, MAP, CARE) == expected


def test_unknown_match_is_refused_with_a_suggestion() -> None:
    with pytest.raises(ParameterError, match="did you mean 'product'"):
        line_path_sql("produkt")
