"""The stage `trust`: tests on the user's own data that would have shown a lift wrong.

Only this file of the tests of trust touches the lake; when a test passes is written in `trust_rules`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveattr.bench.trust_copy import lake_copy, tell_of
from liveattr.bench.trust_events import judge_events, plant_broadcasts
from liveattr.bench.trust_fakes import fit_shop, judge_fakes, planted_estimate, usual_keeps
from liveattr.bench.trust_goods import never_shown
from liveattr.bench.trust_halves import split_halves
from liveattr.bench.trust_intent import hidden_intent
from liveattr.bench.trust_read import (
    RARE,
    read_credit,
    read_donors,
    read_rates,
    read_shown,
    read_sold,
    read_tipping,
)
from liveattr.bench.trust_rules import ALL, TrustRow, not_run
from liveattr.bench.trust_spike import judge_spikes, planted_orders, quiet_days, spikes_of
from liveattr.bench.trust_world import cover_worlds, judge_worlds, world_values
from liveattr.errors import LiveattrError, ParameterError, did_you_mean
from liveattr.incrementality.baseline import Baseline
from liveattr.incrementality.shop_days import (
    ShopDays,
    create_room_day,
    create_shop_order,
    read_days,
)
from liveattr.lake import Summary, run_stage
from liveattr.ledger import create_line_ledger
from liveattr.settings import Settings, load_settings
from liveattr.tables import get_table
from liveattr.units import as_day, day_end_at

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liveattr.lake import Lake

__all__ = ["TESTS", "trust"]

READS = (
    "lift",
    "broadcast",
    "broadcast_plan",
    "campaign",
    "event",
    "order_header",
    "order_line",
    "refund",
    "refund_line",
    "account_ledger",
    "sku_map",
    "person_member",
    "touch",
    "credit",
    "credit_total",
)
WRITES = ("trust",)
SPIKES = 30
"""Dates on which orders are planted, one series test."""
PLANTED_SHOWS = 8
"""Broadcasts that are planted with their events, at most."""
WORLDS = "world_coverage"
ESTIMATOR = "chosen_gross"
"""Estimator of the bench whose intervals `world_coverage` judges."""


@dataclass(frozen=True, eq=False)
class _Trial:
    """All that a test may look at."""

    lake: Lake
    con: DuckDBPyConnection
    days: ShopDays
    as_of: date
    seed: int
    settings: Settings
    worlds: int
    jobs: int
    out: Path | None

    @property
    def rare(self) -> NDArray[np.bool_]:
        """Shape (days,): days of rooms that are seldom on air."""
        shares = self.days.on_air.mean(axis=1)
        return np.asarray(self.days.on_air[shares <= RARE].any(axis=0))

    @cached_property
    def baseline(self) -> Baseline:
        """The shop's ordinary course, with its fakes."""
        return fit_shop(self.days, self.settings)


def trust(
    lake: Lake,
    *,
    as_of: date | str,
    seed: int = 7,
    tests: Sequence[str] | None = None,
    worlds: int = 0,
    jobs: int = 1,
    out: Path | None = None,
    settings: Settings | None = None,
    force: bool = False,
) -> Summary:
    """Run the tests that could show the lift of this lake wrong, and write what came of them.

    Parameters
    ----------
    lake
        A lake after `measure_lift` for that day.
    as_of
        Business date; what happened after its end does not count.
    seed
        Decides dates, splits and draws: the same lake and seed give the same rows.
    tests
        Names of `TESTS`; by default all.
    worlds
        Simulated worlds with the shop's own rates for `world_coverage`; 0: it is not run, since each
        takes minutes.
    jobs
        Worlds at a time.
    out
        Folder that keeps the rows of worlds, so that a second run goes on; by default none.
    settings
        By default those of `liveattr.toml`.
    force
        Run although nothing has changed.

    Returns
    -------
    Summary
        Rows in: days of the shop. A note for each test that failed.

    Raises
    ------
    ParameterError
        If there is no such test.
    MissingDataError
        If there is no paid order.

    Notes
    -----
    Writes the rows of `as_of` in `trust`; rows of tests that were not asked for stay. A test that this
    lake does not allow gets the verdict not_run and a note that says what would be needed.
    """
    known, day = settings or load_settings(), as_day(as_of)
    names = _asked(tests)
    return run_stage(
        lake,
        "trust",
        options={
            "as_of": day,
            "seed": seed,
            "tests": names,
            "worlds": worlds,
            "settings": known,
        },
        reads=READS,
        writes=WRITES,
        body=lambda opened: _body(opened, day, seed, names, worlds, jobs, out, known),
        force=force,
    )


def _asked(tests: Sequence[str] | None) -> tuple[str, ...]:
    for name in tests or ():
        if name not in TESTS:
            raise ParameterError(f"there is no test {name!r}; {did_you_mean(name, TESTS)}")
    return tuple(name for name in TESTS if tests is None or name in tests)


def _body(
    lake: Lake,
    as_of: date,
    seed: int,
    names: tuple[str, ...],
    worlds: int,
    jobs: int,
    out: Path | None,
    settings: Settings,
) -> Summary:
    with lake.connect(READS) as con:
        zone, window = settings.zone, settings.refund_window_days
        create_line_ledger(con, as_of=as_of, zone=zone, refund_window_days=window)
        create_shop_order(con, zone)
        create_room_day(con, as_of)
        days = read_days(con, as_of)
        trial = _Trial(lake, con, days, as_of, seed, settings, worlds, jobs, out)
        rows = [row for name in names for row in _run(name, trial)]
    table = _with_old(lake, pd.DataFrame([asdict(row) for row in rows]).assign(as_of=as_of), as_of)
    lake.write("trust", table, mode="replace_where", where={"as_of": as_of})
    failed = [row for row in rows if row.verdict == "fail"]
    notes = tuple(f"{row.test} fails for {row.subject}: {row.note}" for row in failed)
    return Summary(rows_in=days.days, outputs={"trust": len(table)}, notes=notes)


def _run(name: str, trial: _Trial) -> list[TrustRow]:
    try:
        return TESTS[name](trial)
    except LiveattrError as error:
        return [not_run(name, str(error))]


def _with_old(lake: Lake, made: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Add the rows that are there of tests that were not asked for, and of worlds that were run before."""
    old = lake.sql("SELECT * FROM trust WHERE as_of = $day", day=as_of)
    idle = set(made.loc[(made["verdict"] == "not_run") & (made["test"] == WORLDS), "test"])
    keep = old[~old["test"].isin(set(made["test"]) - idle)]
    fresh = made[~made["test"].isin(keep["test"])]
    parts = [part.astype(object) for part in (keep, fresh) if len(part)]
    return pd.concat(parts, ignore_index=True)[list(get_table("trust").names)]


def _fake_broadcasts(trial: _Trial) -> list[TrustRow]:
    base, level = trial.baseline, trial.settings.lift_level
    if base.fit is None:
        return [not_run("fake_broadcasts", f"the shop's course cannot be told: {base.reason}")]
    return [
        judge_fakes(base.fakes[kind], level=level, subject=room)
        for room, kind in zip(base.shop.rooms, base.shop.kinds, strict=True)
    ]


def _spike_series(trial: _Trial, size: float) -> list[TrustRow]:
    base, test = trial.baseline, f"spike_series_{size:.0%}".rstrip("%")
    if base.fit is None:
        note = f"the shop's course cannot be told: {base.reason}"
        return [not_run(test, note, unit="ratio")]
    groups = quiet_days(trial.rare, seed=trial.seed, most=SPIKES)
    estimate = planted_estimate(trial.days, base, trial.settings)
    window = trial.settings.lift_window_days
    keeps = usual_keeps(base)
    found = spikes_of(trial.days.orders, groups, size, estimate, window=window, keeps=keeps)
    return [judge_spikes(test, found, window=window)]


def _never_shown(trial: _Trial) -> list[TrustRow]:
    sold, shown = read_sold(trial.con, trial.days), read_shown(trial.con, trial.days)
    found = [
        never_shown(sold, mine[["day", "sku"]], room=str(room), seed=trial.seed)
        for room, mine in shown.groupby("room", sort=True)
    ]
    return found or [never_shown(sold, shown, room=ALL, seed=trial.seed)]


def _aa_split(trial: _Trial) -> list[TrustRow]:
    credit, ends = read_credit(trial.con, trial.as_of, trial.settings.share_rule)
    return [split_halves(credit, ends, seed=trial.seed)]


def _hidden_intent(trial: _Trial) -> list[TrustRow]:
    return hidden_intent(read_tipping(trial.con, trial.as_of))


def _spike_events(trial: _Trial) -> list[TrustRow]:
    """Plant broadcasts with their events into a copy, and run every stage on it."""
    test, days = "spike_events_20", trial.days
    groups = quiet_days(trial.rare, seed=trial.seed, most=SPIKES)
    donors = read_donors(trial.con, day_end_at(trial.as_of, trial.settings.zone))
    if not groups or donors is None:
        note = (
            "needs paid orders of people who were seen in a live room, and dates far from any show"
        )
        return [not_run(test, note, unit="ratio")]
    best = max(groups, key=len)[:PLANTED_SHOWS]
    window, keeps = trial.settings.lift_window_days, usual_keeps(trial.baseline)
    spikes = planted_orders(days.orders, best, 0.2, window=window, keeps=keeps)
    when = [days.dates[day].date() for day in best]
    counts = dict(zip(when, spikes.added, strict=True))
    planted = plant_broadcasts(*donors, counts, zone=trial.settings.zone, seed=trial.seed)
    with lake_copy(trial.lake) as copy:
        told = tell_of(copy, planted.rows, as_of=trial.as_of, settings=trial.settings)
    share = told.credited / max(planted.in_room, 1)
    return [judge_events(test, told.lifts, planted.by_broadcast, share)]


def _worlds(trial: _Trial) -> list[TrustRow]:
    if not trial.worlds:
        note = "takes minutes a world: `liveattr trust --worlds 20`"
        return [not_run(WORLDS, note)]
    rates = read_rates(trial.con, trial.days)
    with tempfile.TemporaryDirectory(prefix="liveattr-trust-") as folder:
        rows = cover_worlds(
            rates,
            worlds=trial.worlds,
            seed=trial.seed,
            out=trial.out or Path(folder),
            estimator=ESTIMATOR,
            jobs=trial.jobs,
        )
    return [judge_worlds(rows, world_values(rates))]


Test = Callable[[_Trial], list[TrustRow]]
TESTS: Mapping[str, Test] = {
    "fake_broadcasts": _fake_broadcasts,
    "never_shown": _never_shown,
    "aa_split": _aa_split,
    **{
        f"spike_series_{percent}": partial(_spike_series, size=percent / 100)
        for percent in (10, 20, 40)
    },
    "spike_events_20": _spike_events,
    "hidden_intent": _hidden_intent,
    WORLDS: _worlds,
}
"""Name → test, in the order in which they run."""
