"""What is erased is on no file of the disk; what is not stays as it was, and killing harms nothing."""

import os
import signal
from pathlib import Path

import pandas as pd
import pytest
from deltalake import DeltaTable

from liveattr.errors import LakeError
from liveattr.lake import Lake, open_lake
from liveattr.lake.erase import Erase, Erased, erase
from liveattr.lake.identifiers import bearing, bearings, kind_sql
from liveattr.tables import TABLES, get_table


def frame(codes, value="v") -> pd.DataFrame:
    return pd.DataFrame({"kind": "sku", "code": list(codes), "value": value})


def files(lake: Lake, name: str = "dimension") -> set[str]:
    return {path.name for path in (lake.path / name).glob("*.parquet")}


def test_only_files_with_such_rows_are_written_again(lake: Lake) -> None:
    lake.write("dimension", frame(range(20)))
    lake.write("dimension", frame(range(20, 40)), mode="append")
    before, kept = lake.table("dimension"), files(lake)
    keys = {"gone": pd.DataFrame({"code": [3, 5, 99]})}
    done = erase(lake, {"dimension": Erase("code IN (FROM gone)")}, keys=keys)
    assert done == {"dimension": Erased(rows=2, changed=0, files=1)}
    after = lake.table("dimension").sort_values("code", ignore_index=True)
    pd.testing.assert_frame_equal(after, before[~before.code.isin([3, 5])].reset_index(drop=True))
    assert len(files(lake) & kept) == 1 and len(files(lake)) == 2


def test_a_value_goes_and_the_row_and_its_place_stay(lake: Lake, probe, full_row) -> None:
    rows = [full_row | {"id": str(i), "phone_token": f"{i % 3:064x}"} for i in range(9)]
    lake.write("probe", pd.DataFrame(rows))
    before = lake.table("probe")
    gone = f"phone_token = '{1:064x}'"
    done = erase(lake, {"probe": Erase("id = '8'", {"phone_token": gone, "text_may": gone})})
    assert done == {"probe": Erased(rows=1, changed=3, files=1)}
    hit = before.phone_token.eq(f"{1:064x}")
    for name in ("phone_token", "text_may"):
        before[name] = before[name].mask(hit, None)
    pd.testing.assert_frame_equal(lake.table("probe"), before[:8])


def test_no_older_version_and_no_leftover_stays(lake: Lake) -> None:
    for n in range(3):
        lake.write("dimension", frame(range(n, n + 20), f"write {n}"))
    (lake.path / "dimension" / "0000000009-00000-crashed.parquet").write_bytes(b"left over")
    dead = lake.path / f"_tmp~{os.uname().nodename}~999999999~0"
    (dead / "spill").mkdir(parents=True)
    erase(lake, {"dimension": Erase("code = 5"), "event": Erase("false")})
    assert lake.versions() == {"dimension": 3} and not dead.exists()
    for old in range(3):
        with pytest.raises(LakeError, match=f"version {old} .* an erasure .* newest version is 3"):
            lake.table("dimension", version=old)
    used = {Path(uri).name for uri in DeltaTable(lake.path / "dimension").file_uris()}
    assert files(lake) == used and len(used) == 1
    lake.write("dimension", frame([5], "again"), mode="append")  # the table goes on as before
    assert len(lake.table("dimension")) == 20 and len(lake.table("dimension", version=3)) == 19
    erase(lake, {"dimension": Erase()})  # nothing matches: the history goes all the same
    with pytest.raises(LakeError, match="an erasure"):
        lake.table("dimension", version=3)
    assert len(lake.table("dimension")) == 20


def test_all_rows_of_a_table_may_go(lake: Lake) -> None:
    lake.write("dimension", frame(range(4)))
    assert erase(lake, {"dimension": Erase("true")})["dimension"].rows == 4
    assert lake.table("dimension").empty and not files(lake)


def test_what_cannot_be_is_refused(lake: Lake) -> None:
    lake.write("dimension", frame(range(4)))
    with pytest.raises(LakeError, match="'value' must have a value"):
        erase(lake, {"dimension": Erase(null={"value": "true"})})
    with pytest.raises(LakeError, match="snapshot"):
        erase(lake.snapshot(), {"dimension": Erase("true")})
    assert len(lake.table("dimension")) == 4


@pytest.mark.parametrize(
    ("step", "calls", "rows"),
    [("commit", 1, 20), ("drop_history", 1, 10), ("unlink", 2, 10)],
)
def test_killed_it_has_the_old_or_the_new_state_and_is_finished_by_the_next(
    lake: Lake, workers, step: str, calls: int, rows: int
) -> None:
    for n in range(2):
        lake.write("dimension", frame(range(20), f"write {n}"))
    workers.start("erase_and_die", lake.path, step, calls)
    assert workers.finish() == [signal.SIGKILL]
    assert len(lake.table("dimension")) == rows
    erase(open_lake(lake.path), {"dimension": Erase("code < 10")})
    assert lake.table("dimension").code.tolist() == list(range(10, 20))
    assert len(files(lake)) == 1 and not list(lake.path.glob("_tmp*"))
    for old in range(lake.versions()["dimension"]):
        with pytest.raises(LakeError, match="an erasure"):
            lake.table("dimension", version=old)


def test_every_token_column_that_is_declared_falls_under_a_rule() -> None:
    for table in TABLES.values():
        for column in table.columns:
            if not column.is_token:
                continue
            how = bearings()[table.name]
            assert column.name in how.tokens
            assert how.whole or not column.required  # a required token is never made null
            assert kind_sql(table, column.name) != f"'{column.name}'"
        along = bearing(table).along
        assert all(not get_table(table.name).column(name).required for name in along)
    assert {n for n, b in bearings().items() if not b.whole and b.tokens} == {
        "event",
        "order_header",
        "consent",
    }
