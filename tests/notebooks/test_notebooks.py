"""The notebooks of the project run from top to bottom, through the runner that reports use."""

import json
import shutil
from pathlib import Path

import pytest

from liveattr.report import run_notebook

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
TUTORIALS = sorted(NOTEBOOKS.glob("0*.ipynb"))


SMALL = {"preset": "tiny", "persons": 300}
"""A tutorial shows the demo world; here a tiny one does."""


@pytest.fixture(scope="module")
def demos(tiny_demos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first tutorial that needs the world runs its stages, and the others find it."""
    return Path(shutil.copytree(tiny_demos, tmp_path_factory.mktemp("demos") / "copy"))


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_tutorial_runs(path: Path, tmp_path: Path, demos: Path, warm_kernel: None) -> None:
    taken = {**SMALL, "root": str(demos)}
    named = path.read_text(encoding="utf-8")
    given = {name: value for name, value in taken.items() if f'"{name}: ' in named}
    done = run_notebook(path, tmp_path / path.name, parameters=given, engine="warm")
    assert all(cell.execution_count for cell in done.cells if cell.cell_type == "code")


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_committed_notebook_is_clean(path: Path) -> None:
    made = json.loads(path.read_text(encoding="utf-8"))
    assert made["nbformat"] == 4
    for cell in made["cells"]:
        assert not cell.get("outputs"), "make format empties it"
        assert cell.get("execution_count") is None
        source = "".join(cell["source"])
        assert cell["cell_type"] != "code" or not source.lstrip().startswith(("%", "!"))
        assert "._" not in source and "import _" not in source, "public names only"
