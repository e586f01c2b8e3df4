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
refund_window_days = 30  # two thirds of the cancellations that can be matched come within it
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

    The data does not name it. A cancellation takes the latest earlier line of the same customer,
    product and price that has at least as many pieces and that no earlier cancellation took; rounds
    go on until none finds a line.
    """
    out = raw / ".matched.parquet"
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE line AS {_LINES.format(file=file)}")
        con.execute(
            "CREATE TABLE pair AS SELECT c.LineId AS line_id, c.n AS c_n, o.InvoiceNo AS order_id, "
            "o.LineId AS order_line_id, o.n AS o_n FROM line c JOIN line o ON c.CustomerID = o.CustomerID "
            "AND c.StockCode = o.StockCode AND c.UnitPrice = o.UnitPrice AND o.n < c.n "
            "AND o.Quantity >= -c.Quantity WHERE c.InvoiceNo LIKE 'C%' AND o.InvoiceNo NOT LIKE 'C%' "
            "AND o.Quantity > 0"
        )
        con.execute(
            "CREATE TABLE matched(line_id VARCHAR, order_id VARCHAR, order_line_id VARCHAR)"
        )
        while True:
            con.execute(
                "CREATE OR REPLACE TEMP TABLE round AS SELECT line_id, order_id, order_line_id FROM (SELECT *, "
                "row_number() OVER (PARTITION BY line_id ORDER BY o_n DESC) AS pick FROM pair ANTI JOIN matched "
                "USING (line_id) ANTI JOIN matched m2 ON m2.order_line_id = pair.order_line_id) WHERE pick = 1 "
                "QUALIFY row_number() OVER (PARTITION BY order_line_id ORDER BY c_n) = 1"
            )
            if not con.sql("SELECT count(*) FROM round").fetchall()[0][0]:
                break
            con.execute("INSERT INTO matched FROM round")
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
