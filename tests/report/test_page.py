"""The page: one offline file, no code, text from users escaped."""

import json
import re
from pathlib import Path

import pytest

from liveattr.report.notebook import find_notebook
from tests.report.test_sections import Text
from tests.report.world import EVIL, LIVE, MAIL


def pages(reports: Path) -> list[Path]:
    found = sorted(reports.rglob("*.html"))
    assert len(found) == 8
    return found


def test_no_page_names_another_host(reports: Path) -> None:
    for path in pages(reports):
        html = path.read_text(encoding="utf-8")
        assert not re.search(r"(src|href|action)\s*=\s*[\"']?(https?:)?//", html)
        assert not re.search(r"@import|url\(|import\(|fetch\(|<script|<link|<img|<iframe", html)
        hosts = set(re.findall(r"https?://[^\s\"'<>)]+", html))
        assert hosts <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_pages_are_small_and_say_their_language(reports: Path) -> None:
    for path in pages(reports):
        html = path.read_text(encoding="utf-8")
        zh = path.name in ("report.zh.html", "index.html")
        assert f'<html lang="{"zh-CN" if zh else "en"}">' in html
        assert len(html) < 200_000
        assert '<meta charset="utf-8">' in html and "width=device-width" in html


def test_no_code_and_no_prompts(reports: Path) -> None:
    html = (reports / "campaign" / LIVE / "2026-02-21" / "report.zh.html").read_text("utf-8")
    for word in ("campaign_facts", "In&nbsp;[", "Out[", "report.headline", "# Parameters", "[1]:"):
        assert word not in html
    assert "What one campaign truly earned" not in html


def test_order_of_a_full_report(reports: Path) -> None:
    html = (reports / "campaign" / LIVE / "2026-02-21" / "report.zh.html").read_text("utf-8")
    heads = re.findall(r"<h2>(.*?)</h2>", html)
    assert heads == [
        "钱去了哪里",
        "订单凭什么算在这里",
        "证据松紧不同，结果差多少",
        "谁碰过这些订单",
        "下单前的最后几步",
        "最常见的路径",
        "触点之后多久下单",
        "商品：卖了多少，留下多少",
        "损益表",
    ]
    assert "<text" in html and ">支付 GMV</text>" in html


def test_titles_are_escaped_in_head_and_index(reports: Path) -> None:
    html = (reports / "campaign" / LIVE / "2026-02-21" / "report.en.html").read_text("utf-8")
    title = re.search(r"<title>(.*?)</title>", html)
    assert title is not None and "&lt;script&gt;" in title[1]
    index = (reports / "index.html").read_text("utf-8")
    assert (
        "<script" not in index and EVIL in Text(index.split("<body>")[1].split("</body>")[0]).text
    )


def test_the_notebook_beside_it_can_be_run_again(reports: Path) -> None:
    folder = reports / "campaign" / MAIL / "2026-02-21"
    made = json.loads((folder / "report.ipynb").read_text(encoding="utf-8"))
    tags = [cell["metadata"].get("tags", []) for cell in made["cells"]]
    assert ["parameters"] in tags and ["injected-parameters"] in tags
    text = json.dumps(made["metadata"])
    assert ".making-" not in text and "report_campaign.ipynb" in text
    outputs = [out for cell in made["cells"] for out in cell.get("outputs", [])]
    assert {out["output_type"] for out in outputs} <= {"execute_result", "display_data"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_index_lists_surface_and_true(reports: Path, lang: str) -> None:
    name = "index.html" if lang == "zh" else "index.en.html"
    html = (reports / name).read_text("utf-8")
    found = Text(html.split("<body>")[1].split("</body>")[0])
    assert found.text.index(LIVE) < found.text.index(MAIL), "true ROI first"
    assert found.links == [
        "index.en.html" if lang == "zh" else "index.html",
        *(f"campaign/{n}/2026-02-21/report.{lang}.html" for n in (LIVE, "live_quiet", MAIL)),
    ]
    for link in found.links[1:]:
        assert (reports / link).is_file()
    assert ("1,054 元" if lang == "zh" else "¥1,054") in found.text
    assert html.count('<svg class="spark"') == 3


def test_committed_notebook_is_empty() -> None:
    made = json.loads(find_notebook().read_text(encoding="utf-8"))
    for cell in made["cells"]:
        assert not cell.get("outputs") and cell.get("execution_count") is None
