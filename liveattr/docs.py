"""Write the generated pages of `docs/`, or check that they are what the code would write.

Run `python -m liveattr.docs` to write them, with `--check` to compare only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from liveattr import tables
from liveattr.simulate import page

__all__ = ["PAGES", "main", "outdated", "write"]

FOLDER = Path(__file__).resolve().parents[1] / "docs"

PAGES: dict[str, Callable[[], str]] = {
    "tables.md": tables.markdown,
    "world.md": page.markdown,
}
"""Page → function that returns its text."""


def outdated(folder: Path = FOLDER, pages: Mapping[str, Callable[[], str]] = PAGES) -> list[str]:
    """Return the pages that are missing or differ from what the code would write."""

    def differs(name: str, text: str) -> bool:
        page = folder / name
        return not page.is_file() or page.read_text(encoding="utf-8") != text

    return [name for name, make in pages.items() if differs(name, make())]


def write(folder: Path = FOLDER, pages: Mapping[str, Callable[[], str]] = PAGES) -> list[str]:
    """Write the pages that are not up to date; return their names."""
    names = outdated(folder, pages)
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(pages[name](), encoding="utf-8", newline="\n")
    return names


def main(arguments: Sequence[str]) -> int:
    """Write or check all pages; return 1 if a checked page is not up to date."""
    if list(arguments) not in ([], ["--check"]):
        sys.stderr.write("usage: python -m liveattr.docs [--check]\n")
        return 2
    if not arguments:
        for name in write():
            sys.stdout.write(f"wrote docs/{name}\n")
        return 0
    names = outdated()
    for name in names:
        sys.stderr.write(f"docs/{name} is not what the code says: run python -m liveattr.docs\n")
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
