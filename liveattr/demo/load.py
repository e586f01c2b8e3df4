"""Any demo by its name: the simulated world, or one of the public data sets."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from liveattr.demo.world import WORLD, simulate_once, world_of, world_stages
from liveattr.errors import ParameterError, did_you_mean
from liveattr.lake import Summary, open_lake
from liveattr.pipeline import stages
from liveattr.sources import datasets

__all__ = ["check_names", "folder_of", "load"]


def check_names(names: Sequence[str] | None, preset: str = "demo") -> list[str]:
    """Return the demos that are asked for; by default the world.

    Raises
    ------
    ParameterError
        If there is no such demo, or the world has no such preset.
    """
    from liveattr.simulate import PRESETS

    known = (WORLD, *datasets.DATASETS)
    for name in names or ():
        if name not in known:
            raise ParameterError(f"there is no demo {name!r}; {did_you_mean(name, known)}")
    if preset not in PRESETS:
        raise ParameterError(f"there is no preset {preset!r}; {did_you_mean(preset, PRESETS)}")
    return list(names or (WORLD,))


def folder_of(name: str, root: str | Path, preset: str = "demo") -> Path:
    """Return the folder of a demo: its lake is in `lake/`, its settings beside it."""
    return world_of(root, preset) if name == WORLD else Path(root) / name


def load(
    name: str,
    root: str | Path,
    *,
    path: str | Path | None = None,
    preset: str = "demo",
    seed: int = 7,
) -> Iterator[Summary]:
    """Load a demo and run every stage; yield what each did. The caller holds the lock `run`.

    Parameters
    ----------
    name
        `world`, or a data set.
    root
        Folder of the demos.
    path
        Where the data is, for data sets that are not part of the package.
    preset, seed
        Of the world.
    """
    if name != WORLD:
        datasets.load(name, Path(root), path=path)
        yield from stages(open_lake(folder_of(name, root) / "lake"))
        return
    clock, folder = time.perf_counter(), world_of(root, preset)
    made = simulate_once(folder / "raw", preset, seed=seed)
    seconds = time.perf_counter() - clock
    yield Summary(stage="simulate", skipped=made is None, seconds=seconds)
    yield from world_stages(folder)
