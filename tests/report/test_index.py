"""The index reads manifests only: newest day of each campaign, failures named."""

import json
from pathlib import Path
from typing import Any

import pytest

from liveattr.errors import ReportError
from liveattr.report import write_index
from liveattr.report.run import report_folder


def entry(out: Path, name: str, as_of: str = "2026-02-21", **figures: Any) -> None:
    folder = report_folder(out, name, as_of)
    folder.mkdir(parents=True)
    known = dict.fromkeys(
        (
            "start_on",
            "contribution_fen",
            "true_roi_ppm",
            "surface_roi_ppm",
            "refund_maturity_ppm",
        )
    )
    known |= {"title": "", "currency": "CNY", "refund_fen": 0, "complete": True}
    known |= {"gmv_paid_fen": 100, "gmv_paid_surface_fen": 100, "revenue_fen": 100}
    manifest = {
        "parameters": {"campaign_id": name, "as_of": as_of},
        "tables_read": {},
        "languages": ["zh"],
        "summary": known | figures,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def order_of(html: str, *names: str) -> list[str]:
    return sorted(names, key=lambda name: html.index(f">{name}</a>"))


def test_an_empty_folder_has_an_index(tmp_path: Path) -> None:
    assert "还没有报告" in write_index(tmp_path / "reports").read_text("utf-8")
    assert "No report yet" in (tmp_path / "reports" / "index.en.html").read_text("utf-8")


def test_true_figures_first_then_by_size(tmp_path: Path) -> None:
    entry(tmp_path, "small", revenue_fen=50)
    entry(tmp_path, "large", revenue_fen=90_000)
    entry(tmp_path, "lost", contribution_fen=-5, true_roi_ppm=900_000)
    entry(tmp_path, "won", contribution_fen=5, true_roi_ppm=1_100_000, complete=False)
    html = write_index(tmp_path).read_text("utf-8")
    assert order_of(html, "small", "large", "lost", "won") == ["won", "lost", "large", "small"]
    assert "最多 0.1 元" in html and "ROI 1.10" in html


def test_only_the_newest_day_is_listed(tmp_path: Path) -> None:
    entry(tmp_path, "a", "2026-02-01", revenue_fen=11_100)
    entry(tmp_path, "a", "2026-02-21", revenue_fen=22_200)
    entry(tmp_path, "b", "2026-02-20")
    html = write_index(tmp_path).read_text("utf-8")
    assert "222 元" in html and "111 元" not in html
    assert "截至 2026-02-21" in html and "截至 2026-02-20" in html


def test_failures_are_named_and_escaped(tmp_path: Path) -> None:
    (tmp_path / "_failed" / "a<b>-2026-02-21-zh").mkdir(parents=True)
    entry(tmp_path, "a")
    html = write_index(tmp_path).read_text("utf-8")
    assert "1 份报告没有做成" in html and "a&lt;b&gt;-2026-02-21-zh" in html


def test_a_broken_manifest_is_named(tmp_path: Path) -> None:
    folder = report_folder(tmp_path, "a", "2026-02-21")
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{")
    with pytest.raises(ReportError, match="is no manifest"):
        write_index(tmp_path)
