import threading
from pathlib import Path

import pytest

from liveattr.errors import LockedError, ParameterError
from liveattr.lake import Lake
from liveattr.lake.lock import hold


def test_lock_is_not_taken_twice(lake: Lake) -> None:
    with lake.lock():
        with pytest.raises(LockedError, match="'run' is held by process"), lake.lock(timeout_s=0):
            pass
        with lake.lock("other", timeout_s=0):
            pass
    with lake.lock(timeout_s=0):
        pass


def test_lock_is_given_back_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), hold(tmp_path, "a"):
        1 / 0  # noqa: B018
    with hold(tmp_path, "a", timeout_s=0):
        pass


def test_holder_that_cannot_be_named(tmp_path: Path) -> None:
    with hold(tmp_path, "a") as path:
        path.write_text("{")
        with pytest.raises(LockedError, match="is held by another process"):
            with hold(tmp_path, "a", timeout_s=0):
                pass


def test_waiting_threads_go_one_after_the_other(tmp_path: Path) -> None:
    inside, most = [], []

    def work() -> None:
        with hold(tmp_path, "a", timeout_s=30):
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 8


@pytest.mark.parametrize("name", ["", "a/b", "../a", "a b"])
def test_name_of_a_lock_is_a_plain_word(tmp_path: Path, name: str) -> None:
    with pytest.raises(ParameterError, match="is no name of a lock"), hold(tmp_path, name):
        pass
