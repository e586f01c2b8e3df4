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


def look(page: Page, path: Path, name: str) -> None:
    page.goto(path.as_uri())
    shots = os.environ.get("REPORT_SCREENSHOTS")
    if shots:
        page.screenshot(path=str(Path(shots) / f"{name}.png"), full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    assert page.evaluate(CUT_OFF) == [], name
    assert page.evaluate(OVERLAP) == [], name


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_offline(
    browser: Browser, reports: Path, simulated_reports: Path, width: str
) -> None:
    context = browser.new_context(viewport={"width": WIDTHS[width], "height": 900}, offline=True)
    page, failed, said = context.new_page(), [], []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.on("request", lambda r: None if r.url.startswith("file:") else failed.append(r.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: failed.append(dialog.message))
    for root, kind in ((reports, ""), (simulated_reports, "simulated_")):
        for path in sorted(root.rglob("*.html")):
            place = path.relative_to(root).with_suffix("").as_posix()
            look(page, path, f"{kind}{place.replace('/', '_')}.{width}")
    context.close()
    assert failed == [] and said == []


def test_it_prints_on_a4(browser: Browser, reports: Path, tmp_path: Path) -> None:
    page = browser.new_page()
    page.goto((reports / "campaign" / "mail_17" / "2026-02-21" / "report.zh.html").as_uri())
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 703, "height": 1000})  # A4 less its margins, at 96 dpi
    assert page.evaluate(CUT_OFF) == []
    pdf = page.pdf(format="A4", print_background=True)
    page.close()
    assert pdf.startswith(b"%PDF")
