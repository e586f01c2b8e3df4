"""What a terminal shows of a bench: a small table for all worlds and for every level."""

from __future__ import annotations

import pandas as pd

from liveattr.bench.scores import ALL
from liveattr.bench.truth import BenchResult
from liveattr.console import complain, say, show

__all__ = ["printable", "tell"]


def tell(found: BenchResult) -> bool:
    """Print the tables of the live rooms and what went wrong; return whether a world failed.

    Raises
    ------
    BenchError
        If the bench is broken; the tables are printed before.
    """
    for title, table in printable(found.scores):
        say(title)
        show(table)
        say("")
    failed = [each for each in found.outcomes if not each.ok]
    for each in failed:
        complain(f"world {each.plan.number} failed: {each.why}; the same command tries it again")
    say(f"open {found.page} in a browser")
    found.check()
    return bool(failed)


def printable(table: pd.DataFrame, kind: str = "room") -> list[tuple[str, pd.DataFrame]]:
    """Return what a terminal shows: a title and a small table for all worlds and for every level.

    Parameters
    ----------
    table
        What `scores` returns.
    kind
        Kind of subjects.

    Returns
    -------
    list of (str, pandas.DataFrame)
        One row an estimator; numbers are rounded, `none` where there is no interval.
    """
    mine = table[(table["subject_kind"] == kind) & (table["measure"] == "orders")]
    found = []
    for (factor, level), part in mine.groupby(["factor", "level"], sort=False):
        title = "all worlds" if factor == ALL else f"{factor} = {level}"
        worlds = int(part["worlds"].max())
        found.append((f"{title} ({worlds} world{'s' * (worlds > 1)})", _small(part)))
    return found


def _small(part: pd.DataFrame) -> pd.DataFrame:
    wide = part.set_index(["estimator", "against"]).unstack("against")
    columns = {}
    for against in ("gross", "net"):
        for name in ("bias", "wape", "rank"):
            columns[f"{name} {against}"] = wide[name][against].round(2)
        covered = wide["coverage"][against].round(2).astype(object)
        columns[f"covered {against}"] = covered.where(covered.notna(), "none")
    columns["width net"] = wide["width"]["net"].round(2)
    columns["s"] = wide["seconds"]["net"].round(2)
    columns["n"] = wide["n"]["net"]
    ordered = dict.fromkeys(part["estimator"])
    return pd.DataFrame(columns).loc[list(ordered)].reset_index()
