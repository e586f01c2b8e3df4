"""A papermill engine that can keep its kernel warm: imports are most of the cost of a report.

`fresh`: one kernel a notebook, ended after it. `warm`: one kernel a process; before each notebook
its namespace is emptied, so that nothing of one report is seen by the next. Both run this very
interpreter and keep no history on disk.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines

from liveattr.report.notebook import ENGINES
from liveattr.settings import CONFIG_ENV, FILE_NAME

__all__ = ["KernelStartError", "stop_warm_kernel"]

START_TIMEOUT_S = 120
"""[s] A kernel that has not answered by then is dead; a loaded machine may need a while."""

TRANSPORT = "ipc" if os.name == "posix" else "tcp"
"""Sockets in a folder that only this user can open: no port to collide on, none to listen in on."""

TRIES = 2
"""A kernel that dies before its first cell gets one more chance."""

_EMPTY = """
def _empty(folder):
    import os, sys
    os.chdir(folder)  # first: the folder of the last notebook is gone, and IPython asks where it is
    main = vars(sys.modules["__main__"])
    kept = {{name: value for name, value in main.items() if name.startswith("__")}}
    get_ipython().reset(new_session=True, aggressive=False)
    main.update(kept)  # without __spec__ no notebook could start worker processes

_empty({folder!r})
"""


class KernelStartError(RuntimeError):
    """A kernel died before its first cell."""


class _ThisInterpreter(KernelSpecManager):
    """Knows one kernel: the interpreter that runs this process."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        start = [sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher"]
        options = ["-f", "{connection_file}", "--HistoryManager.enabled=False"]
        return KernelSpec(argv=start + options, display_name="Python 3", language="python")


class _Kernel:
    """A running kernel and the client that talks to it.

    Raises
    ------
    RuntimeError
        If it dies before it answers.
    """

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="liveattr-")
        self.manager = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=_ThisInterpreter(),
            connection_file=str(Path(self.folder, "k.json")),
            transport=TRANSPORT,
        )
        self.client: AsyncKernelClient | None = None
        try:
            run_sync(self._start)()
        except RuntimeError:
            self.stop()
            raise

    async def _start(self) -> None:
        await self.manager.start_kernel(env=_environment())
        client = self.client = self.manager.client()
        client.start_channels()
        await client.wait_for_ready(timeout=START_TIMEOUT_S)
        client.allow_stdin = False

    def notebook_client(self, nb_man: Any) -> PapermillNotebookClient:
        """Return papermill's client for one notebook, on this kernel."""
        client = PapermillNotebookClient(nb_man, km=self.manager)
        client.kc = self.client
        client.reset_execution_trackers()
        return client

    def stop(self) -> None:
        """End the kernel; one that is dead already is no mistake."""
        run_sync(self._stop)()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def _stop(self) -> None:
        if self.client is not None:
            self.client.stop_channels()
        if await self.manager.is_alive():
            await self.manager.shutdown_kernel(now=True)
        await self.manager.cleanup_resources()


def _environment() -> dict[str, str]:
    """Return this process's environment; a settings file of this folder stays the one that counts."""
    env = dict(os.environ)
    if CONFIG_ENV not in env and Path(FILE_NAME).is_file():
        env[CONFIG_ENV] = str(Path(FILE_NAME).resolve())
    return env


class _Engine(Engine):
    """Runs a notebook on a kernel of ours; `keep` says what becomes of the kernel."""

    keep = False
    _kept: _Kernel | None = None

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, folder: Path, **options: Any
    ) -> None:
        """Run the notebook in `folder`; papermill calls this."""
        kernel = cls._ready_kernel(nb_man, folder)
        try:
            kernel.notebook_client(nb_man).execute()
        except RuntimeError:  # dead: the next notebook needs another
            cls._kept = None
            kernel.stop()
            raise
        if not cls.keep:
            kernel.stop()

    @classmethod
    def _ready_kernel(cls, nb_man: Any, folder: Path) -> _Kernel:
        """Return a kernel that answers, has an empty namespace and works in `folder`."""
        said = ""
        for _ in range(TRIES):
            try:
                kernel = cls._kept or _Kernel()
            except RuntimeError as error:
                said = str(error)
                continue
            try:
                _empty(kernel.notebook_client(nb_man), folder)
            except RuntimeError as error:
                said = str(error)
                cls._kept = None
                kernel.stop()
                continue
            cls._kept = kernel if cls.keep else None
            return kernel
        raise KernelStartError(f"the kernel died before its first cell, {TRIES} times: {said}")


def _empty(client: PapermillNotebookClient, folder: Path) -> None:
    assert client.kc is not None
    reply = client.wait_for_reply(client.kc.execute(_EMPTY.format(folder=str(folder)), silent=True))
    if reply is None or reply["content"]["status"] != "ok":
        said = reply["content"].get("evalue", "") if reply else "it does not answer"
        raise RuntimeError(f"the kernel cannot work in {folder}: {said}")


class FreshEngine(_Engine):
    """One kernel a notebook."""


class WarmEngine(_Engine):
    """One kernel a process."""

    keep = True


def stop_warm_kernel() -> None:
    """End the warm kernel of this process, if there is one."""
    kernel, WarmEngine._kept = WarmEngine._kept, None
    if kernel is not None:
        kernel.stop()


papermill_engines.register(ENGINES["fresh"], FreshEngine)
papermill_engines.register(ENGINES["warm"], WarmEngine)
atexit.register(stop_warm_kernel)
