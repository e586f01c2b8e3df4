"""The names in docs/events.md are the names in the code, and say the same about touches."""

from pathlib import Path

from liveattr.journeys.vocabulary import LIVE_WATCH, NAMES, NEVER, TOUCH_KINDS

DOCS = Path(__file__).parents[2] / "docs" / "events.md"


def documented() -> dict[str, str]:
    """Event name → what the page says about touches."""
    rows = [line.split("|") for line in DOCS.read_text(encoding="utf-8").splitlines()]
    cells = [[cell.strip() for cell in row] for row in rows if len(row) > 4]
    return {c[1]: c[3] for c in cells if c[1] and c[1] != "name" and not c[1].startswith("-")}


def test_never_a_touch() -> None:
    assert {name for name, touch in documented().items() if touch == "-"} == set(NEVER)


def test_kinds_of_touch() -> None:
    words = {name: touch.split(";")[0].split(" (")[0] for name, touch in documented().items()}
    assert {n: TOUCH_KINDS[w] for n, w in words.items() if w in TOUCH_KINDS} == {
        name: kind for name, (_, kind) in NAMES.items()
    }
    assert NAMES["live_enter"] == ("live", LIVE_WATCH)
