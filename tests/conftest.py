"""Hypothesis: CI repeats the same examples, so that a run says something about the change alone.

And what tests in several folders share: demos, read once a session, and a warm kernel.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import Phase, settings

settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    print_blob=True,
)
settings.register_profile("more", deadline=None, max_examples=200)
settings.register_profile("calm", deadline=None)  # a loaded machine is no fault of a test
settings.load_profile("calm")
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(scope="session")
def warm_kernel() -> Iterator[None]:
    """One kernel for all notebooks, emptied before each: its start and imports are most of a report."""
    from liveattr.report import engine, run

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "_stop_kernel", lambda: None)
        yield
    engine.stop_warm_kernel()


@pytest.fixture(scope="session")
def tiny_demos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of demos with `world_tiny`, its files read and no stage run; copy it to go on."""
    from liveattr.demo import simulate_once, world_of, world_stages

    root = tmp_path_factory.mktemp("tiny") / "demos"
    said = str(simulate_once(world_of(root, "tiny") / "raw", "tiny"))
    assert "200 persons, 60 days" in said and str(root) in said
    assert next(world_stages(world_of(root, "tiny"))).stage == "ingest"
    return root


@pytest.fixture(scope="session")
def sample_demos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of demos with `sample_broadcast`, its files read and no stage run; copy it to go on."""
    from liveattr.sources import datasets

    root = tmp_path_factory.mktemp("sample") / "demos"
    datasets.load("sample_broadcast", root=root)
    return root
