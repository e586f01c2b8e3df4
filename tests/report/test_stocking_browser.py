"""The planners' page in a real browser: nothing is cut off, on a desk and on a phone."""

from pathlib import Path

import pytest

from liveattr import report
from liveattr.report.page import page
from tests.report.test_stocking_report import PIECES, lake_of
from tests.report.world import AS_OF
from tests.report.world_stocking import make_stock

browser_of = pytest.importorskip("tests.report.test_browser", reason="no Chromium")
browser = browser_of.browser


def test_the_page_fits_every_width(browser: "browser_of.Browser", tmp_path: Path) -> None:
    facts = report.stocking_facts(make_stock(tmp_path / "lake"), as_of=AS_OF)
    blocks = [piece(facts, "en") for piece in PIECES]
    body = "".join(block.html for block in blocks if block is not None)
    path = tmp_path / "stocking.en.html"
    path.write_text(page(body, title="stocking", lang="en"), "utf-8")
    tab = browser.new_page()
    for width, pixels in browser_of.WIDTHS.items():
        tab.set_viewport_size({"width": pixels, "height": 900})
        browser_of.look(tab, path, f"stocking_en.{width}")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_phone_shows_the_reasons_without_scrolling(
    browser: "browser_of.Browser", tmp_path: Path, lang: str
) -> None:
    facts = report.stocking_facts(lake_of(tmp_path / "lake"), as_of=AS_OF)
    blocks = [piece(facts, lang) for piece in (report.stocking_first, report.stocking_causes)]
    path = tmp_path / f"reasons.{lang}.html"
    body = "".join(block.html for block in blocks if block is not None)
    path.write_text(page(body, title="reasons", lang=lang), "utf-8")
    tab = browser.new_page(viewport={"width": 390, "height": 844})
    browser_of.look(tab, path, f"reasons_{lang}.phone")
    edges = tab.evaluate(
        "[...document.querySelectorAll('.why')].map(e => e.getBoundingClientRect())"
        ".map(box => [box.left, box.right])"
    )
    assert len(edges) == 5, "three to order, two with a cause"
    assert all(0 <= left and right <= 390 and right - left > 300 for left, right in edges)
    over = "[...document.querySelectorAll('.wrap')].map(e => e.scrollWidth - e.clientWidth)"
    assert tab.evaluate(over) == [0, 0]
