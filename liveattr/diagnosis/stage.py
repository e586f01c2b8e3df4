"""The stage `diagnose`: broadcasts, mall and orders → `diagnosis`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from liveattr.diagnosis.counts import COUNT_READS, read_counts
from liveattr.diagnosis.products import diagnose_products
from liveattr.lake import Summary, run_stage
from liveattr.settings import Settings, load_settings
from liveattr.units import as_day

if TYPE_CHECKING:
    from liveattr.lake import Lake

__all__ = ["OPTIONS", "READS", "WRITES", "diagnose", "diagnose_choices"]

READS = COUNT_READS
WRITES = ("diagnosis",)
OPTIONS = ("zone",)
"""Settings that decide the result."""


def diagnose_choices(as_of: date, settings: Settings) -> dict[str, object]:
    """Return what decides the result of `diagnose`, beside the tables."""
    return {"as_of": as_of, **{name: getattr(settings, name) for name in OPTIONS}}


def diagnose(
    lake: Lake, *, as_of: date | str, settings: Settings | None = None, force: bool = False
) -> Summary:
    """Tell which products of the latest broadcasts the mall loses, and to what.

    Parameters
    ----------
    lake
        A lake after `ingest`.
    as_of
        Business date: what was known at its end. Results of other dates stay.
    settings
        Zone; by default those of `liveattr.toml`.
    force
        Run although nothing has changed.

    Returns
    -------
    Summary
        Rows in and out: products of the broadcasts of the last 28 days. Notes say how many have a leak.

    Notes
    -----
    Writes the rows of `as_of` in `diagnosis`. No row tells of a person: only counts leave the events.
    """
    known, day = settings or load_settings(), as_day(as_of)
    return run_stage(
        lake,
        "diagnose",
        options=diagnose_choices(day, known),
        reads=READS,
        writes=WRITES,
        body=lambda opened: _body(opened, day, known),
        force=force,
    )


def _body(lake: Lake, as_of: date, settings: Settings) -> Summary:
    with lake.connect(READS) as con:
        counts = read_counts(con, as_of, settings.zone)
    found = diagnose_products(counts)
    found.insert(0, "as_of", as_of)
    lake.write("diagnosis", found, mode="replace_where", where={"as_of": as_of})
    told = found["cause"].value_counts()
    notes = tuple(f"{n:,} × {cause}" for cause, n in sorted(told.items()) if cause != "none")
    return Summary(rows_in=len(counts), outputs={"diagnosis": len(found)}, notes=notes)
