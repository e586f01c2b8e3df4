"""What real processes do to each other: two writers, a reader beside a writer, SIGKILL."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from liveattr.errors import LockedError
from liveattr.lake import Lake, open_lake

ROWS = 400


def end(workers, pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    assert workers.finish() == [signal.SIGKILL]


def test_two_writers_lose_no_row_and_double_no_key(lake: Lake, workers) -> None:
    times, shared = 8, 5
    for first in (1000, 2000, 3000):
        workers.start("upsert_own_and_shared", lake.path, first, times, shared)
    assert workers.finish() == [0, 0, 0]
    found = lake.table("dimension")
    own = [first + n for first in (1000, 2000, 3000) for n in range(times)]
    assert sorted(found.code) == [*range(shared), *own]
    assert lake.versions() == {"dimension": 3 * times - 1}  # each write is one commit
    last = found[found.code < shared].value.unique()
    assert len(last) == 1 and last[0] in {f"{first}-{times - 1}" for first in (1000, 2000, 3000)}


def test_two_appenders_lose_no_row(lake: Lake, workers) -> None:
    for first in (100, 200):
        workers.start("append_rows", lake.path, first, 6)
    assert workers.finish() == [0, 0]
    assert sorted(lake.table("dimension").code) == [*range(100, 106), *range(200, 206)]


@pytest.mark.parametrize("job", ["replace_forever", "upsert_forever"])
def test_reader_beside_a_writer_sees_whole_versions(
    lake: Lake, workers, job: str, tmp_path: Path
) -> None:
    pid = workers.start_and_wait(job, lake.path, ROWS, flag=tmp_path / "flag")
    seen = set()
    for _ in range(20):
        seen.add(whole(lake, job))
    end(workers, pid)
    assert len(seen) > 1


def whole(lake: Lake, job: str) -> str:
    """Check that a reader sees one whole version; return something that tells versions apart."""
    blocks = lake.sql(
        "SELECT code // $size AS block, count(DISTINCT code) AS codes, count(*) AS n, "
        "count(DISTINCT value) AS writes, min(value) AS value FROM dimension "
        "GROUP BY ALL ORDER BY block",
        size=ROWS if job == "replace_forever" else 10,
    )
    assert (blocks.codes == blocks.n).all()
    assert (blocks.writes == 1).all()
    assert (blocks.n == (ROWS if job == "replace_forever" else 10)).all()
    return " ".join(blocks.value)


@pytest.mark.parametrize(("job", "trials"), [("replace_forever", 12), ("upsert_forever", 12)])
def test_killed_writer_leaves_whole_versions_and_a_free_lock(
    lake: Lake, workers, job: str, trials: int, tmp_path: Path
) -> None:
    chance = random.Random(f"kill {job}")
    version = -1
    for _ in range(trials):
        pid = workers.start_and_wait(job, lake.path, ROWS, flag=tmp_path / "flag")
        time.sleep(chance.uniform(0, 0.12))
        end(workers, pid)
        whole(lake, job)
        now = lake.versions()["dimension"]
        assert now > version
        version = now
    row = lake.table("dimension").head(1).assign(value="after")
    assert lake.write("dimension", row, mode="upsert") == version + 1
    assert lake.sql("SELECT code FROM dimension WHERE value = 'after'").code.tolist() == [
        row.code.item()
    ]
    assert list(lake.path.glob("_tmp*")) == []  # leftovers of the killed are swept


def test_killed_first_writer_leaves_no_table_or_a_whole_one(
    lake: Lake, workers, tmp_path: Path
) -> None:
    chance = random.Random("kill the first")
    for trial in range(10):
        one = open_lake(tmp_path / f"lake{trial}", memory_limit="500MB", threads=2)
        pid = workers.start("replace_forever", one.path, ROWS, tmp_path / "flag")
        time.sleep(chance.uniform(0.02, 0.14))
        end(workers, pid)
        if one.versions():
            whole(one, "replace_forever")
        else:
            assert one.table("dimension").empty


def test_lock_of_a_killed_process_is_free(lake: Lake, workers, tmp_path: Path) -> None:
    pid = workers.start_and_wait("hold_forever", lake.path, "run", flag=tmp_path / "flag")
    with pytest.raises(LockedError, match=rf"'run' is held by process {pid} on .* since 20"):
        with lake.lock("run", timeout_s=0.05):
            pass
    end(workers, pid)
    with lake.lock("run", timeout_s=5) as path:
        assert str(os.getpid()) in path.read_text()
    assert path.read_text() == ""
