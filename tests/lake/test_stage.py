"""A stage runs once; it runs again when an input, an output, an option or the code has changed."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from liveattr.errors import LockedError, ParameterError, TableError
from liveattr.lake import Lake, Summary, code_version, run_stage, stage
from liveattr.settings import Settings
from liveattr.tables import TABLES


def codes(*numbers: int, kind: str = "sku") -> pd.DataFrame:
    return pd.DataFrame({"kind": kind, "code": list(numbers), "value": "x"})


def products(*names: str) -> pd.DataFrame:
    empty = dict.fromkeys(TABLES["product"].names)
    return pd.DataFrame([empty | {"merchant_sku": name} for name in names])


@pytest.fixture
def run(lake: Lake) -> Callable[..., Summary]:
    """A stage that codes products."""
    lake.write("product", products("a", "b"))

    def body(lake: Lake) -> Summary:
        n = len(lake.table("product"))
        lake.write("dimension", codes(*range(n)))
        return Summary(rows_in=n, outputs={"dimension": n}, notes=("所有 <b>fine</b>",))

    def go(**options: Any) -> Summary:
        force = options.pop("force", False)
        return run_stage(
            lake,
            "code",
            options=options,
            reads=["product", "order_line"],
            writes=["dimension"],
            body=body,
            force=force,
        )

    return go


def test_second_run_is_skipped_and_makes_no_version(
    lake: Lake, run: Callable[..., Summary]
) -> None:
    first = run(as_of=dt.date(2026, 1, 22))
    versions = lake.versions()
    second = run(as_of=dt.date(2026, 1, 22))
    assert (first.skipped, second.skipped) == (False, True)
    assert replace(second, skipped=False, seconds=first.seconds) == first
    assert lake.versions() == versions == {"product": 0, "dimension": 0, "run": 0}


def test_run_row_says_what_was_done(lake: Lake, run: Callable[..., Summary]) -> None:
    run(as_of=dt.date(2026, 1, 22), zone="Asia/Shanghai")
    row = lake.table("run").iloc[0]
    assert json.loads(row.options) == {"as_of": "2026-01-22", "zone": "Asia/Shanghai"}
    assert json.loads(row.input_versions) == {"product": 0}
    assert json.loads(row.output_versions) == {"dimension": 0}
    assert (row.stage, row.rows_in, row.rows_out, row.rows_refused) == ("code", 2, 2, 0)
    assert row.code_version == code_version()
    assert row.seconds >= 0 and row.run_id.startswith("20")


def test_changed_input_runs_again(lake: Lake, run: Callable[..., Summary]) -> None:
    run()
    lake.write("product", products("a", "b", "c"))
    assert run().outputs == {"dimension": 3}
    assert run().skipped
    lake.write("order_line", lake.table("order_line"))  # an input that was not there
    assert not run().skipped
    assert len(lake.table("run")) == 3


def test_changed_output_options_or_code_runs_again(
    lake: Lake, run: Callable[..., Summary], monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    lake.write("dimension", codes(9))
    assert not run().skipped
    assert not run(other=1).skipped
    assert run().skipped and run(other=1).skipped
    monkeypatch.setattr(stage, "code_version", lambda: "next")
    assert not run().skipped
    assert run().skipped
    assert not run(force=True).skipped


def test_table_that_is_read_and_written_counts_as_written(lake: Lake) -> None:
    def body(lake: Lake) -> Summary:
        lake.write("dimension", codes(1), mode="upsert")
        return Summary()

    def go() -> Summary:
        return run_stage(
            lake, "s", options={}, reads=["dimension"], writes=["dimension"], body=body
        )

    lake.write("dimension", codes(7))
    assert [go().skipped for _ in range(3)] == [False, True, True]
    lake.write("dimension", codes(8))
    assert not go().skipped


def test_failed_stage_leaves_no_row_and_no_lock(lake: Lake) -> None:
    def body(lake: Lake) -> Summary:
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            run_stage(lake, "s", options={}, reads=[], writes=[], body=body)
    assert lake.versions() == {}


def test_same_stage_at_the_same_time_waits(
    lake: Lake, run: Callable[..., Summary], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "STAGE_TIMEOUT_S", 0)
    with lake.lock("stage-code"), pytest.raises(LockedError, match="stage-code"):
        run()


def test_unknown_table_is_an_error(lake: Lake) -> None:
    with pytest.raises(TableError, match="did you mean 'touch'"):
        run_stage(lake, "s", options={}, reads=["touc"], writes=[], body=lambda _: Summary())


def test_options_of_many_types(lake: Lake) -> None:
    options = {
        "settings": Settings(threads=1),
        "at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        "path": Path("a/b"),
        "n": np.int64(3),
        "rules": {"b", "a"},
    }
    run_stage(lake, "s", options=options, reads=[], writes=[], body=lambda _: Summary())
    kept = json.loads(lake.table("run").options[0])
    assert kept["rules"] == ["a", "b"] and kept["n"] == 3 and kept["path"] == "a/b"
    assert kept["settings"]["zone"] == "Asia/Shanghai" and kept["at"].startswith("2026-01-01T00")
    with pytest.raises(ParameterError, match="cannot be kept as JSON"):
        run_stage(lake, "s", options={"a": object()}, reads=[], writes=[], body=lambda _: Summary())


def test_summary_shows_as_a_small_table() -> None:
    summary = Summary("settle", 12345, 7, 2, {"statement": 7}, ("a <script>",), seconds=1.25)
    assert str(summary).splitlines() == [
        "settle: 1.2 s",
        "  rows in       12,345",
        "  rows out           7",
        "  rows refused       2",
        "  → statement        7",
        "  a <script>",
    ]
    page = summary._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert str(replace(summary, skipped=True)).startswith("settle: up to date")


def test_code_version_follows_the_code() -> None:
    import liveattr

    version, _, digest = code_version().partition("+")
    assert version == liveattr.__version__
    assert len(digest) == 8 and int(digest, 16) >= 0
