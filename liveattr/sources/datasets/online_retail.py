"""Online Retail: a British online shop, orders and cancellations, no touches."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from liveattr.errors import MissingDataError
from liveattr.sources.datasets.base import Dataset, file_stamp, make_once

__all__ = ["DATASET", "EXCERPT"]

EXCERPT = Path(__file__).parent / "online_retail_excerpt.parquet"
"""The first 30,000 rows, which come with the package."""

_FILE = "online_retail.parquet"
_SETTINGS = """\
# Online Retail. Amounts are pounds.
zone = "Europe/London"
refund_window_days = 30  # 79 % of the cancellations that can be matched come within it
"""

_LINES = """
    SELECT *, InvoiceNo || '-' || row_number() OVER (PARTITION BY InvoiceNo ORDER BY n) AS LineId
    FROM (SELECT *, file_row_number AS n FROM read_parquet('{file}', file_row_number = true))
"""


def _prepare(raw: Path, path: Path | None) -> Path:
    file = _find(path)
    matched = _match(file, raw)
    make_once(
        raw,
        file_stamp(file, matched),
        {
            "online_retail_orders/lines.parquet": (
                f"SELECT * EXCLUDE (n, file_row_number) FROM ({_LINES.format(file=file)}) "
                "WHERE InvoiceNo NOT LIKE 'C%' ORDER BY n"
            ),
            "online_retail_cancellations/lines.parquet": (
                "SELECT l.* EXCLUDE (n, file_row_number), coalesce(m.order_id, 'none') AS OrderId, "
                f"coalesce(m.order_line_id, 'none') AS OrderLineId FROM ({_LINES.format(file=file)}) l "
                f"LEFT JOIN '{matched}' m ON m.line_id = l.LineId WHERE InvoiceNo LIKE 'C%' ORDER BY n"
            ),
        },
    )
    return raw


def _find(path: Path | None) -> Path:
    if path is not None:
        file = path / _FILE if path.is_dir() else path
        if not file.exists():
            raise MissingDataError(f"{_FILE} is not at {path}")
        return file
    folder = os.environ.get("LIVEATTR_DATA")
    if folder and (Path(folder) / _FILE).exists():
        return Path(folder) / _FILE
    return EXCERPT


def _match(file: Path, raw: Path) -> Path:
    """Say which order line each cancellation takes back, and write it to a file.

    The data does not name it. Cancellations of one customer, product and price are taken in file
    order; each takes the latest earlier line with at least as many pieces that is still free.
    """
    out = raw / ".matched.parquet"
    same = "CustomerID = c.CustomerID AND o.StockCode = c.StockCode AND o.UnitPrice = c.UnitPrice"
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE line AS {_LINES.format(file=file)}")
        con.execute(
            "CREATE TABLE cancelled AS SELECT *, row_number() OVER (PARTITION BY CustomerID, StockCode, "
            "UnitPrice ORDER BY n) AS turn FROM line WHERE InvoiceNo LIKE 'C%' AND CustomerID IS NOT NULL"
        )
        con.execute(
            "CREATE TABLE matched(line_id VARCHAR, order_id VARCHAR, order_line_id VARCHAR)"
        )
        turns = con.sql("SELECT coalesce(max(turn), 0) FROM cancelled").fetchall()[0][0]
        for turn in range(1, turns + 1):
            con.execute(
                "INSERT INTO matched SELECT c.LineId, arg_max(o.InvoiceNo, o.n), arg_max(o.LineId, o.n) "
                f"FROM cancelled c JOIN line o ON o.{same} AND o.n < c.n AND o.Quantity >= -c.Quantity "
                f"WHERE c.turn = {turn} AND o.Quantity > 0 AND o.InvoiceNo NOT LIKE 'C%' "
                "AND o.LineId NOT IN (SELECT order_line_id FROM matched) GROUP BY c.LineId"
            )
        con.execute(f"COPY (FROM matched ORDER BY line_id) TO '{out}' (FORMAT parquet)")
    return out


DATASET = Dataset(
    name="online_retail",
    title="Online Retail",
    origin="Chen, D. (2015). Online Retail. UCI Machine Learning Repository, doi:10.24432/C5BW33",
    licence="CC BY 4.0",
    size="541,909 lines, 2010-12-01 to 2011-12-09 (the excerpt in the package: the first 30,000)",
    columns={
        "online_retail": (
            "InvoiceNo (C…: cancellation), StockCode, Description, Quantity, InvoiceDate (local time), "
            "UnitPrice (GBP), CustomerID, Country"
        )
    },
    first_rows="""
InvoiceNo StockCode                         Description  Quantity         InvoiceDate  UnitPrice CustomerID
   536365    85123A  WHITE HANGING HEART T-LIGHT HOLDER         6 2010-12-01 08:26:00       2.55      17850
   536365     71053                 WHITE METAL LANTERN         6 2010-12-01 08:26:00       3.39      17850
   536365    84406B      CREAM CUPID HEARTS COAT HANGER         8 2010-12-01 08:26:00       2.75      17850
""",
    settings=_SETTINGS,
    prepare=_prepare,
)
