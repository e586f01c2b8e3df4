"""`liveattr doctor`: each thing that can be wrong is found, and the way out is said."""

import shutil
from collections import namedtuple
from datetime import date
from importlib import metadata
from pathlib import Path

import pandas as pd
import pytest

from liveattr import health
from liveattr.health import doctor
from liveattr.sources.tokens import DEMO_KEY, key_id
from liveattr.tables import get_table
from tests.rows import Rows, at

KEY = "a-key-for-tests-that-is-long-enough-0123456789"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIVEATTR_TOKEN_KEY", KEY)
    monkeypatch.delenv("LIVEATTR_CONFIG", raising=False)
    monkeypatch.delenv("LIVEATTR_DATA", raising=False)


def found(check: str) -> tuple[str, str]:
    """Verdict and text of one check; of several the worst."""
    rows = doctor()
    mine = rows[rows.check == check].sort_values("verdict")
    assert len(mine), f"no {check!r} among {list(rows.check)}"
    return mine.verdict.iloc[-1], mine.what.iloc[-1]


def batch(**values: object) -> pd.DataFrame:
    plain = {"ingest_id": "b", "path": "orders/a.csv", "loaded_at": at("01-22 20:00")}
    rows = Rows().add("ingest_batch", **{**plain, **values})
    return rows.frame("ingest_batch")


def test_nothing_is_there_yet() -> None:
    rows = doctor().set_index("check")
    assert set(rows.verdict) == {"ok", "todo"}
    assert rows.verdict[["Python", "packages", "settings", "token key"]].eq("ok").all()
    assert "`liveattr run` fills it" in rows.what["lake"]
    assert "data/raw does not exist" in rows.what["raw files"]
    assert not Path("data").exists() and not Path("reports").exists()


def test_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEATTR_TOKEN_KEY", "short")
    assert found("token key")[0] == "wrong"
    monkeypatch.delenv("LIVEATTR_TOKEN_KEY")
    verdict, what = found("token key")
    assert verdict == "todo" and "secrets.token_hex" in what


def test_the_key_of_the_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Rows().bought("01-22 20:00").lake(tmp_path / "data" / "lake")
    lake.write("ingest_batch", batch(status="loaded", key_id=key_id(KEY)))
    assert "key of the lake" not in set(doctor().check)
    monkeypatch.setenv("LIVEATTR_TOKEN_KEY", KEY[::-1])
    verdict, what = found("key of the lake")
    assert verdict == "wrong" and "that the lake was made with" in what
    lake.write("ingest_batch", batch(status="loaded", key_id=key_id(DEMO_KEY)), mode="replace")
    assert "key of the lake" not in set(doctor().check), (
        "a demo has the public key, whatever is set"
    )


def test_a_lake_with_work_to_do(tmp_path: Path) -> None:
    lake = Rows().bought("01-22 20:00").lake(tmp_path / "data" / "lake")
    assert found("lake") == ("ok", "3 tables, 1 orders")
    assert found("quarantine")[0] == "ok"
    assert found("statements")[0] == found("cost of goods")[0] == "todo"
    lake.write("ingest_batch", batch(status="failed"))
    lake.write(
        "quarantine_row", Rows().add("quarantine_row", ingest_id="b").frame("quarantine_row")
    )
    assert found("failed files")[1].startswith(
        "failed as a whole and are in no table: orders/a.csv"
    )
    verdict, what = found("quarantine")
    assert verdict == "todo" and "1 rows are held back" in what


def test_a_lake_that_is_done(tmp_path: Path) -> None:
    rows = (
        Rows()
        .bought("01-22 20:00")
        .add("sku_cogs", merchant_sku="s", cogs_fen=1, valid_from_on=date(2026, 1, 1))
    )
    rows.add("statement", campaign_id="A", as_of=date(2026, 2, 21))
    rows.lake(tmp_path / "data" / "lake")
    assert found("statements") == ("ok", "1 campaigns, the newest as of 2026-02-21")
    assert found("cost of goods") == ("ok", "given")


def test_files_where_folders_should_be(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name in ("data/lake", "reports"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    verdict, what = found("folders")
    assert verdict == "wrong" and "is a file, where a folder is needed" in what
    assert found("lake")[0] == "wrong"


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")(10, 9, 1_000_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    verdict, what = found("folders")
    assert verdict == "todo" and "only 1.0 GB" in what


def test_settings_and_raw(tmp_path: Path) -> None:
    (tmp_path / "liveattr.toml").write_text("zone = 3\n", encoding="utf-8")
    assert found("settings")[0] == "wrong"
    (tmp_path / "liveattr.toml").unlink()
    raw = tmp_path / "data" / "raw" / "products"
    raw.mkdir(parents=True)
    assert found("raw files")[0] == "todo"
    (raw / "p.csv").write_text("merchant_sku\n", encoding="utf-8")
    assert found("raw files") == ("ok", "1 files of 1 presets in data/raw")
    (raw.parent / "product").mkdir()
    verdict, what = found("raw files")
    assert verdict == "todo" and "did you mean 'products'?" in what


def test_settings_beside_the_lake(tmp_path: Path) -> None:
    Rows().bought("01-22 20:00").lake(tmp_path / "data" / "lake")
    (tmp_path / "data" / "liveattr.toml").write_text("zoen = 3\n", encoding="utf-8")
    assert found("settings of the lake")[0] == "wrong"


def test_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    real = metadata.version

    def version(name: str) -> str:
        if name in ("networkx", health.DEMO_PACKAGE):
            raise metadata.PackageNotFoundError(name)
        return "1.0" if name == "pandas" else real(name)

    monkeypatch.setattr(metadata, "version", version)
    verdict, what = found("packages")
    assert verdict == "wrong" and "networkx is missing" in what and "pandas 1.0, needs" in what
    assert found("demo data")[0] == "todo"


def test_a_wrong_folder_of_public_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEATTR_DATA", "nowhere")
    verdict, what = found("demo data")
    assert verdict == "wrong" and "'nowhere', which is no folder" in what


def test_every_finding_has_a_known_verdict() -> None:
    rows = doctor()
    assert list(rows.columns) == ["check", "verdict", "what"]
    assert set(rows.verdict) <= {"ok", "todo", "wrong"} and rows.what.str.len().min() > 0
    assert get_table("ingest_batch").column("key_id")
