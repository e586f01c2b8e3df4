"""The pages in a real browser, network off: nothing fails, nothing is cut off.

Needs Chromium: Debian's at /usr/bin/chromium, or the one that CHROMIUM names. Set
REPORT_SCREENSHOTS to a folder to keep the pictures.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
if not Path(CHROMIUM).exists():
    pytest.skip(
        "no Chromium: `apt-get install chromium`, or name one with CHROMIUM",
        allow_module_level=True,
    )

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from liveattr.lake import Lake  # noqa: E402
from liveattr.report.page import page  # noqa: E402
from tests.report.test_lift import LIFTED  # noqa: E402
from tests.report.test_sections import facts_of  # noqa: E402
from tests.report.world import LIVE, SERIES  # noqa: E402

WIDTHS = {"desktop": 1100, "phone": 390}

CUT_OFF = """() => [...document.querySelectorAll('table, svg, .card, h1, p')].filter(node => {
  if (getComputedStyle(node).display === 'none' || node.getClientRects().length === 0) return false;
  const box = node.closest('.wrap, .scroll');
  if (box && ['auto', 'scroll'].includes(getComputedStyle(box).overflowX)) return false;
  const place = node.getBoundingClientRect();
  return place.left < -0.5 || place.right > document.documentElement.clientWidth + 0.5
    || (node.tagName === 'TABLE' && node.parentElement.scrollWidth > node.parentElement.clientWidth);
}).map(node => node.outerHTML.slice(0, 120))"""

OVERLAP = """() => {
  const found = [];
  for (const svg of document.querySelectorAll('.chart svg')) {
    if (svg.getClientRects().length === 0) continue;
    const boxes = [...svg.querySelectorAll('.role-axis-label text')].map(
      node => [node.textContent, node.getBoundingClientRect()]);
    for (let i = 1; i < boxes.length; i++) {
      const [a, b] = [boxes[i - 1][1], boxes[i][1]];
      if (Math.abs(a.top - b.top) < 2 && a.right > b.left && b.right > a.left)
        found.push(boxes[i - 1][0] + ' / ' + boxes[i][0]);
    }
  }
  return found;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


def look(tab: Page, path: Path, name: str) -> None:
    tab.goto(path.as_uri())
    shots = os.environ.get("REPORT_SCREENSHOTS")
    if shots:
        tab.screenshot(path=str(Path(shots) / f"{name}.png"), full_page=True)
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    assert tab.evaluate(CUT_OFF) == [], name
    assert tab.evaluate(OVERLAP) == [], name


@pytest.fixture(scope="module")
def lifted_pages(lifted: Lake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages with lift, put together without a notebook: a number in both languages, a reason."""
    out = tmp_path_factory.mktemp("lifted_pages")
    for name, lang in ((LIVE, "zh"), (LIVE, "en"), (SERIES, "zh")):
        facts = facts_of(lifted, name)
        blocks = [piece(facts, lang) for piece in LIFTED]
        body = "".join(block.html for block in blocks if block is not None)
        (out / f"{name}.{lang}.html").write_text(page(body, title=name, lang=lang), "utf-8")
    return out


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_offline(
    browser: Browser, reports: Path, simulated_reports: Path, lifted_pages: Path, width: str
) -> None:
    context = browser.new_context(viewport={"width": WIDTHS[width], "height": 900}, offline=True)
    tab, failed, said = context.new_page(), [], []
    tab.on("requestfailed", lambda request: failed.append(request.url))
    tab.on("request", lambda r: None if r.url.startswith("file:") else failed.append(r.url))
    tab.on("console", lambda message: said.append(message.text))
    tab.on("dialog", lambda dialog: failed.append(dialog.message))
    roots = ((reports, ""), (simulated_reports, "simulated_"), (lifted_pages, "lifted_"))
    for root, kind in roots:
        for path in sorted(root.rglob("*.html")):
            place = path.relative_to(root).with_suffix("").as_posix()
            look(tab, path, f"{kind}{place.replace('/', '_')}.{width}")
    context.close()
    assert failed == [] and said == []


def test_it_prints_on_a4(browser: Browser, reports: Path, tmp_path: Path) -> None:
    tab = browser.new_page()
    tab.goto((reports / "campaign" / "mail_17" / "2026-02-21" / "report.zh.html").as_uri())
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 703, "height": 1000})  # A4 less its margins, at 96 dpi
    assert tab.evaluate(CUT_OFF) == []
    pdf = tab.pdf(format="A4", print_background=True)
    tab.close()
    assert pdf.startswith(b"%PDF")
