"""The page says what it must, in both languages, and is not cut off on a phone or a desktop.

Set REPORT_SCREENSHOTS to a folder to keep the pictures.
"""

import os
import shutil
from pathlib import Path

import pytest

from liveattr.bench import FACTORS, judge_oracle, scores
from liveattr.bench.page import FILES, Facts, bench_page
from tests.bench.made_up import made_up_rows

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
WIDTHS = {"en": 1100, "zh": 390}
"""[px] A desktop and a phone."""
CUT_OFF = """() => [...document.querySelectorAll('table, svg, h1, p, li, .card')].filter(node => {
  if (node.closest('.wrap') || node.getClientRects().length === 0) return false;
  return node.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5;
}).map(node => node.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bench")
    rows = made_up_rows()
    table = scores(rows, [factor.name for factor in FACTORS])
    facts = Facts(
        worlds=12,
        preset="demo",
        seed=7,
        code="0.1.0+test",
        shared_seconds=6.25,
        verdict=judge_oracle(rows),
        failed=("3: MemoryError: <too> small",),
    )
    for lang, name in FILES.items():
        (out / name).write_text(bench_page(table, facts, lang), encoding="utf-8")
    return out


def test_it_says_what_it_must(pages: Path) -> None:
    zh, en = ((pages / name).read_text(encoding="utf-8") for name in FILES.values())
    assert "检验台可信" in zh and "The bench can be trusted" in en
    assert "MemoryError: &lt;too&gt; small" in zh and "<too>" not in zh
    for text in (zh, en):
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
        assert "nan" not in text and "{" not in text.split("</style>")[1]
        for factor in FACTORS:
            assert text.count(f"<h3>{_title(factor.name, text is zh)}") > 1, factor.name
    assert zh.count("无区间") > 5 and en.count(">none<") == zh.count(">无区间<")
    room, channel = zh.index("谁接近真值"), zh.index("全部八个渠道")
    order = [zh.index(f"<td>{name}", room) for name in ("first", "room_orders", "oracle")]
    assert room < order[0] < order[1] < order[2] < channel  # best net error first, oracle last


def _title(name: str, zh: bool) -> str:
    from liveattr.bench.words import FACTOR_WORDS

    return FACTOR_WORDS[name][0 if zh else 1]


@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium")
def test_it_fits_a_phone_and_a_desktop(pages: Path) -> None:
    from playwright.sync_api import sync_playwright

    failed: list[str] = []
    shots = os.environ.get("REPORT_SCREENSHOTS")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for lang, pixels in WIDTHS.items():
            page = browser.new_page(viewport={"width": pixels, "height": 900}, offline=True)
            page.on(
                "request", lambda r: None if r.url.startswith("file:") else failed.append(r.url)
            )
            page.goto((pages / FILES[lang]).as_uri())
            if shots:
                page.screenshot(path=f"{shots}/bench.{lang}.{pixels}.png", full_page=True)
            page.evaluate("document.querySelector('details').open = true")
            assert page.evaluate(CUT_OFF) == [], lang
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), lang
        browser.close()
    assert failed == []
