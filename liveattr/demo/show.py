"""The reports of a demo: of a data set all, of the world the newest and the planners', of a broadcast on demand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from liveattr.demo.singles import check_broadcasts, single_stages, singles_of
from liveattr.demo.world import WORLD, newest_campaigns
from liveattr.errors import ParameterError
from liveattr.lake import open_lake
from liveattr.pipeline import last_day, refresh_reports, settings_for

if TYPE_CHECKING:
    from liveattr.report import ReportResult

__all__ = ["read_values", "report_broadcasts", "report_demo"]

_TRUTH_VALUES = {"true": True, "on": True, "false": False, "off": False}


def report_demo(
    name: str, folder: Path, *, langs: Sequence[str], jobs: int, out: str | Path
) -> list[ReportResult]:
    """Make the reports of a loaded demo: all of a data set; of the world the newest, and the planners' page.

    Parameters
    ----------
    name, folder
        The demo, and its folder. The caller holds the lock `run` of its lake.
    langs, jobs, out
        As for `refresh_reports`.
    """
    lake = open_lake(folder / "lake")
    if name != WORLD:
        return refresh_reports(lake, langs=langs, jobs=jobs, out=out)
    from liveattr.report import make_kind_reports

    day = last_day(lake, settings_for(lake).zone)
    planners = make_kind_reports(lake, "stocking", as_of=day, langs=langs, out=out)
    return [
        *refresh_reports(lake, newest_campaigns(lake), langs=langs, jobs=jobs, out=out),
        *planners,
    ]


def report_broadcasts(
    folder: Path, broadcasts: Sequence[str], *, langs: Sequence[str], out: str | Path
) -> list[ReportResult]:
    """Make the reports of single broadcasts of a world, which has been loaded.

    Raises
    ------
    ParameterError
        If the world has no such broadcast.
    """
    check_broadcasts(open_lake(folder / "lake"), broadcasts)
    for _ in single_stages(folder):
        pass
    return refresh_reports(singles_of(folder), list(broadcasts), langs=langs, out=out)


def read_values(changes: Iterable[str]) -> dict[str, Any]:
    """Read `block.parameter=value` as a command line gives it.

    Raises
    ------
    ParameterError
        If one is written in another way. Unknown names and impossible values are the world's business.

    Examples
    --------
    >>> read_values(["exposure.kappa=2", "money.commission=.1", "stock.on=off", "size.file_format=parquet"])
    {'exposure.kappa': 2, 'money.commission': 0.1, 'stock.on': False, 'size.file_format': 'parquet'}
    """
    found: dict[str, Any] = {}
    for text in changes:
        name, equals, value = text.partition("=")
        if not equals or "." not in name or not value.strip():
            raise ParameterError(
                f"--set {text!r}: write it as block.parameter=value, say exposure.kappa=2"
            )
        found[name.strip()] = _read(value.strip())
    return found


def _read(value: str) -> Any:
    if value.lower() in _TRUTH_VALUES:
        return _TRUTH_VALUES[value.lower()]
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value
