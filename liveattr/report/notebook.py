"""Run any notebook through papermill: under a temporary name, renamed when it succeeded."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from liveattr.errors import ParameterError, ReportError, did_you_mean

__all__ = [
    "ENGINES",
    "REPORT_NOTEBOOK",
    "NotebookError",
    "check_engine",
    "find_notebook",
    "run_notebook",
]

REPORT_NOTEBOOK = "report_campaign.ipynb"

ENGINES = {"fresh": "liveattr-fresh", "warm": "liveattr-warm"}
"""How a notebook is run → the name under which papermill knows it."""


def find_notebook(name: str = REPORT_NOTEBOOK) -> Path:
    """Return the path of one of the project's notebooks.

    In a checkout they stand in `notebooks/`; an installed package carries them in `report/`.

    Raises
    ------
    ReportError
        If it is in neither place.
    """
    here = Path(__file__).resolve().parent
    places = [here.parents[1] / "notebooks" / name, here / name]
    for path in places:
        if path.is_file():
            return path
    raise ReportError(
        f"there is no notebook {name!r} in {' or '.join(str(p.parent) for p in places)}"
    )


def run_notebook(
    notebook: str | Path,
    output: str | Path,
    *,
    parameters: Mapping[str, Any] | None = None,
    engine: str = "fresh",
    folder: str | Path | None = None,
) -> Any:
    """Run a notebook from top to bottom.

    Parameters
    ----------
    notebook
        The notebook; it stays as it is.
    output
        Where the executed notebook goes; it is there only if every cell ran.
    parameters
        Values for the cell tagged `parameters`.
    engine
        `fresh`: a kernel of its own; `warm`: the kernel of this process, its namespace emptied.
    folder
        Where the notebook works; by default the folder of `output`.

    Returns
    -------
    nbformat.NotebookNode
        The executed notebook.

    Raises
    ------
    ReportError
        If a cell fails or the kernel dies; what was run so far is then in `<output>.failed.ipynb`.
    """
    import papermill
    from papermill.exceptions import PapermillExecutionError

    from liveattr.report import engine as _registered  # noqa: F401

    check_engine(engine)
    target = Path(output).resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    running = target.with_name(f".{target.stem}-{uuid.uuid4().hex}.ipynb")
    try:
        done = papermill.execute_notebook(
            str(notebook),
            str(running),
            parameters=dict(parameters or {}),
            engine_name=ENGINES[engine],
            kernel_name="python3",
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,  # papermill saves a failed run all the same
            folder=Path(folder or target.parent).resolve(),
        )
        _forget_paths(done, Path(notebook).name, target.name)
        _write(done, running)
        running.replace(target)
    except (PapermillExecutionError, RuntimeError) as error:  # a cell, or the kernel
        broken = target.with_suffix(".failed.ipynb")
        if running.exists():  # a kernel that died leaves none
            running.replace(broken)
        raise NotebookError(f"{Path(notebook).name}: {_short(error)}", str(error)) from error
    finally:
        running.unlink(missing_ok=True)
    return done


def check_engine(engine: str) -> None:
    """Refuse a way to run notebooks that there is not.

    Raises
    ------
    ParameterError
        With a suggestion.
    """
    if engine not in ENGINES:
        raise ParameterError(f"there is no engine {engine!r}; {did_you_mean(engine, ENGINES)}")


class NotebookError(ReportError):
    """A cell failed, or the kernel died; `detail` is the whole story."""

    def __init__(self, message: str, detail: str) -> None:
        super().__init__(message)
        self.detail = re.sub(r"\x1b\[[0-9;]*m", "", detail).strip()


def _short(error: Exception) -> str:
    """Return one line: the error of the cell, or what became of the kernel."""
    name = getattr(error, "ename", None)
    if name is None:
        return str(error)
    return f"{name}: {getattr(error, 'evalue', '')} (cell In [{getattr(error, 'exec_count', '?')}])"


def _forget_paths(notebook: Any, source: str, target: str) -> None:
    """Take the temporary paths out of what papermill writes into a notebook."""
    notebook.metadata.papermill.input_path = source
    notebook.metadata.papermill.output_path = target


def _write(notebook: Any, path: Path) -> None:
    import nbformat

    nbformat.write(notebook, path)
