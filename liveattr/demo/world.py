"""The demo world: simulated once, read like a shop's own exports, run, and judged by its truth.

A world has a folder of its own: `raw/` (the platforms' files), `truth/` (what nobody can know of a
real shop), `lake/`, and `made_from.json`: preset, seed and code.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

import liveattr
from liveattr.consent import sample_assessments
from liveattr.demo.truth import STAMP, write_known_truth
from liveattr.lake import Lake, Summary, open_lake
from liveattr.pipeline import stages
from liveattr.settings import FILE_NAME, load_settings
from liveattr.sources.datasets import home
from liveattr.sources.signatures import LINK_KEY_VARIABLE, SIGNATURES
from liveattr.tables import get_table

if TYPE_CHECKING:
    from liveattr.simulate import WorldSummary

__all__ = ["WORLD", "demo_world", "newest_campaigns", "simulate_once", "world_of", "world_stages"]

WORLD = "world"
"""Name of the demo world, and of its folder."""

MOST = 20
"""[campaigns] So many reports of the world are made; the others on demand."""

SETTINGS = (
    "# Fees of the Channels shop and of the mall stand on the cost sheet; only Douyin sends a bill.\n"
    'billed_platforms = ["douyin"]\n'
)

_CODE = ("simulate", "formats")
"""The folders of the package that decide what is written."""

_MADE_FROM = "_world.json"
"""In a lake: the stamp of the world that it was read from."""


def demo_world(
    preset: str = "demo",
    *,
    seed: int = 7,
    values: Mapping[str, Any] | None = None,
    root: str | Path | None = None,
) -> Lake:
    """Make a simulated world, read its files, run every stage, and put the truth beside it.

    Again it does nothing.

    Parameters
    ----------
    preset
        `tiny` (200 persons, 60 days) or `demo` (20,000 persons, 150 days); larger ones need minutes.
    seed
        Another seed is another world.
    values
        Parameters that differ from the preset's, `block.parameter` → value;
        `la.simulate.describe_parameters()` lists them.
    root
        Folder of demos; by default `data/demo` of the project. The world `demo` is in `<root>/world`,
        `tiny` in `<root>/world_tiny`.

    Returns
    -------
    Lake
        With statements of its last day, and the table `known_truth`.

    Raises
    ------
    ParameterError
        If there is no such preset or parameter, or a value is outside its range.
    """
    folder = world_of(root or home(), preset)
    lake = open_lake(folder / "lake")
    with lake.lock("run"):
        simulate_once(folder / "raw", preset, seed=seed, values=values)
        for _ in world_stages(folder):
            pass
    return lake


def world_of(root: str | Path, preset: str = "demo") -> Path:
    """Return the folder of a world below a folder of demos.

    Examples
    --------
    >>> world_of("data/demo").as_posix(), world_of("data/demo", "tiny").as_posix()
    ('data/demo/world', 'data/demo/world_tiny')
    """
    return Path(root) / (WORLD if preset == "demo" else f"{WORLD}_{preset}")


def simulate_once(
    out: str | Path, preset: str = "demo", *, seed: int = 7, values: Mapping[str, Any] | None = None
) -> WorldSummary | None:
    """Write a world's files into a folder and its truth beside it, unless they are there.

    Parameters
    ----------
    out
        Folder of the raw files, best `…/raw`; the truth goes to `truth/` beside it. Another world
        that is there already is replaced.
    preset, seed, values
        As for `demo_world`.

    Returns
    -------
    WorldSummary or None
        What was written; None where it was there already.

    Raises
    ------
    ParameterError
        If the folder holds files that no simulation wrote, or a parameter is wrong.
    """
    from liveattr.simulate import simulate

    raw = Path(out)
    stamp, wanted = raw.parent / STAMP, _made_from(preset, seed, values)
    if raw.is_dir() and stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return None
    done = simulate(raw, preset, seed=seed, values=values)
    stamp.write_text(wanted, encoding="utf-8")
    return done


def _made_from(preset: str, seed: int, values: Mapping[str, Any] | None) -> str:
    """Say what a world is made from: the same text, the same files."""
    said = {"preset": preset, "seed": seed, "values": dict(sorted((values or {}).items()))}
    return json.dumps({**said, "code": _code_version()}, indent=1, default=str) + "\n"


@lru_cache(maxsize=1)  # the code that runs is the code of the start of the process
def _code_version() -> str:
    """Return the version of the package and a short hash of the code that writes worlds."""
    found, package = hashlib.sha256(), Path(liveattr.__file__).parent
    for path in sorted(p for name in _CODE for p in (package / name).rglob("*") if p.is_file()):
        if path.suffix in (".py", ".yaml"):
            found.update(path.relative_to(package).as_posix().encode() + path.read_bytes())
    return f"{liveattr.__version__}+{found.hexdigest()[:8]}"


def world_stages(folder: str | Path) -> Iterator[Summary]:
    """Read the files of a world, run every stage, write the known truth; yield what each did.

    Parameters
    ----------
    folder
        Of the world, with `raw/` and `truth/`; the caller holds the lock `run` of its lake.

    Yields
    ------
    Summary
        One a stage, the last of them `known_truth`.
    """
    folder = Path(folder)
    (folder / FILE_NAME).write_text(SETTINGS, encoding="utf-8")
    lake, settings = open_lake(folder / "lake"), load_settings(folder / FILE_NAME)
    world = (folder / STAMP).read_text(encoding="utf-8")
    if not is_made_from(lake, world):
        empty_lake(lake)
        lake.write("impact_assessment", sample_assessments())
        mark(lake, world)
    steps = stages(lake, raw=folder / "raw", settings=settings, demo=True)
    with public_secrets():
        read = next(steps)
    yield read
    yield from steps
    yield write_known_truth(lake, folder)


@contextmanager
def public_secrets() -> Iterator[None]:
    """Have web-hooks checked with the secrets that the world signs with, not with the user's own.

    The demo's secrets are public, as its token key is; the environment is put back afterwards.
    """
    from liveattr.simulate.write.hooks import DOUDIAN_SECRET, YOUZAN_SECRET

    secrets = {"doudian": DOUDIAN_SECRET, "youzan": YOUZAN_SECRET}
    here = {SIGNATURES[name][0]: secret for name, secret in secrets.items()}
    mine = {name: os.environ.pop(name, None) for name in (*here, LINK_KEY_VARIABLE)}
    os.environ.update(here)
    try:
        yield
    finally:
        for name, value in mine.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def is_made_from(lake: Lake, world: str) -> bool:
    """Say whether a lake was made from this world."""
    note = lake.path / _MADE_FROM
    return note.is_file() and note.read_text(encoding="utf-8") == world


def mark(lake: Lake, world: str) -> None:
    """Note what a lake is made from."""
    lake.path.mkdir(parents=True, exist_ok=True)
    (lake.path / _MADE_FROM).write_text(world, encoding="utf-8")


def empty_lake(lake: Lake) -> None:
    """Take all rows out of a lake, and their files.

    Its tables stay, so that their versions go on counting: a report of the world before must not
    look as if it were made from the same versions.
    """
    (lake.path / _MADE_FROM).unlink(missing_ok=True)
    for name in lake.versions():
        lake.write(name, pd.DataFrame(columns=list(get_table(name).names), dtype=object))
        for old in (lake.path / name).rglob("*.parquet"):
            if "_delta_log" not in old.parts:
                old.unlink()


def newest_campaigns(lake: Lake, most: int = MOST) -> list[str]:
    """Return the campaigns that began last, of those with a known truth: the demo reports them.

    Parameters
    ----------
    lake
        Of the world.
    most
        How many at most.

    Returns
    -------
    list of str
        Campaign ids, the newest first.
    """
    found = lake.sql(
        "SELECT campaign_id FROM campaign SEMI JOIN known_truth USING (campaign_id) "
        "ORDER BY start_at DESC, campaign_id LIMIT $most",
        most=most,
    )
    return list(found["campaign_id"])
