"""The index reads manifests only: newest day of each campaign, failures named."""

import json
from pathlib import Path
from typing import Any

import pytest

from liveattr.errors import ReportError
from liveattr.report import write_index
from liveattr.report.index_truth import ON_DEMAND
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


def known(orders: int, roi: int | None, *shows: tuple[str, str, bool]) -> dict[str, Any]:
    return {"world": "demo, seed 7", "orders": orders, "true_roi_ppm": roi, "broadcasts": shows}


def test_the_known_truth_has_a_column_where_it_exists(tmp_path: Path) -> None:
    entry(tmp_path, "real")
    assert "模拟世界" not in write_index(tmp_path).read_text("utf-8")
    entry(
        tmp_path, "show", orders=40, truth=known(-2, 640_000, ("live_1", "2026-02-01 20:00", True))
    )
    entry(tmp_path, "free", orders=3, truth=known(4, None, ("live_2", "2026-02-02 20:00", False)))
    html = write_index(tmp_path).read_text("utf-8")
    assert "增量 ROI（真相）" in html and "仅因为这是模拟世界才知道（demo, seed 7）" in html
    assert "<b>0.64</b>" in html
    for part in ("归功 40 单，", "实增 −2 单", "归功 3 单，", "实增 4 单"):
        assert part in html
    assert "单场直播" not in html


def lift(**figures: Any) -> dict[str, Any]:
    known = {"state": "roi", "grade": "B", "level": 0.9, "complete": True}
    known |= {"contribution_fen": -500, "true_roi_ppm": 680_000}
    return known | {"low_ppm": 350_000, "high_ppm": 1_150_000} | figures


def test_the_index_prefers_the_lift_and_names_credit(tmp_path: Path) -> None:
    entry(tmp_path, "caused", contribution_fen=90_000, true_roi_ppm=2_520_000, lift=lift())
    entry(tmp_path, "credited", contribution_fen=5, true_roi_ppm=1_100_000)
    none = lift(state="none", contribution_fen=None, true_roi_ppm=None, low_ppm=None, high_ppm=None)
    entry(tmp_path, "open", contribution_fen=7, true_roi_ppm=1_300_000, lift=none)
    html = write_index(tmp_path).read_text("utf-8")
    assert "−5 元" in html and "（0.35\u00a0– 1.15）" in html and "2.52" not in html
    assert "归功 ROI 1.10" in html and "识别不出" in html and "归功 ROI 1.30" in html
    assert order_of(html, "caused", "credited", "open") == ["credited", "caused", "open"]
    assert "没有标记的是归功" in html
    en = (tmp_path / "index.en.html").read_text("utf-8")
    assert "credited ROI 1.10" in en and "not identified" in en


def test_single_broadcasts_are_named_with_the_command(tmp_path: Path) -> None:
    shows = (("live_2", "2026-02-02 20:00", False), ("live_1", "2026-02-01 20:00", True))
    entry(tmp_path, "own_2026-02", orders=40, truth=known(9, 640_000, *shows))
    html = write_index(tmp_path).read_text("utf-8")
    assert "单场直播（2 场" in html and html.index("live_1<") < html.rindex("live_2<")
    assert "live_1</span> ●" in html and "live_2</span></li>" in html
    assert f"<code>{ON_DEMAND.format(id='live_1')}</code>" in html
    small = known(9, 640_000, *shows) | {"world": "tiny, seed 8"}
    entry(tmp_path, "own_2026-02", "2026-03-01", orders=40, truth=small)
    assert "live_1 --preset tiny --seed 8</code>" in write_index(tmp_path).read_text("utf-8")
