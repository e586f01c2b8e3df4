"""What commands share: options, where things lie, and how what a person typed is read."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liveattr.errors import MissingDataError, ParameterError

if TYPE_CHECKING:
    from liveattr.lake import Lake

__all__ = [
    "DEMOS",
    "LAKE",
    "RAW",
    "REPORTS",
    "AsOfOption",
    "JobsOption",
    "LakeOption",
    "LangOption",
    "OutOption",
    "RawOption",
    "WaitOption",
    "day_of",
    "existing_lake",
    "langs_of",
    "new_lake",
]

LakeOption = Annotated[Path, typer.Option("--lake", help="Folder of the lake.")]
RawOption = Annotated[Path, typer.Option("--raw", help="Folder of raw files.")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder of the reports.")]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="Business date, 2026-02-21; default: newest day.")
]
LangOption = Annotated[str, typer.Option("--lang", help="zh, en or both.")]
JobsOption = Annotated[int, typer.Option("--jobs", min=1, help="Reports made at a time.")]
WaitOption = Annotated[
    float, typer.Option("--wait", min=0, help="Seconds to wait for another run to end.")
]

LAKE = Path("data/lake")
RAW = Path("data/raw")
REPORTS = Path("reports")
DEMOS = Path("data/demo")


def existing_lake(path: Path) -> Lake:
    """Open a lake that is there."""
    from liveattr.lake import open_lake

    if not path.exists():
        raise MissingDataError(
            f"there is no lake at {path}; `liveattr run` makes it from {RAW}, or name one with --lake"
        )
    return open_lake(path)


def new_lake(path: Path) -> Lake:
    """Open a lake, or make it."""
    from liveattr.lake import open_lake

    return open_lake(path)


def day_of(text: str | None) -> date | None:
    """Read `--as-of`."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ParameterError(f"--as-of {text!r} is no date; write it as 2026-02-21") from None


def langs_of(text: str) -> tuple[str, ...]:
    """Read `--lang`: the languages it stands for."""
    known = {"zh": ("zh",), "en": ("en",), "both": ("zh", "en")}
    if text not in known:
        raise ParameterError(f"--lang {text!r}: it is zh, en or both")
    return known[text]
