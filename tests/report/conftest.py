"""Lakes and reports that many tests look at; built once per session."""

import shutil
from pathlib import Path

import pytest

from liveattr.lake import Lake
from liveattr.report import make_reports, write_index
from tests.report.world import (
    AS_OF,
    LIVE,
    MAIL,
    QUIET,
    make_lake,
    make_orders_only,
    make_simulated,
)
from tests.report.world_lift import add_lift


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Read only: tests that write make their own."""
    return make_lake(tmp_path_factory.mktemp("report") / "lake")


@pytest.fixture(scope="session")
def orders_only(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Orders and refunds of a mall, no campaign, no touch."""
    return make_orders_only(tmp_path_factory.mktemp("orders") / "lake")


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A simulated world: a show and a month of a room, with their known truth."""
    return make_simulated(tmp_path_factory.mktemp("simulated") / "lake")


@pytest.fixture(scope="session")
def lifted(simulated: Lake, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The simulated world with lift: a number for the show, a reason for the month."""
    folder = tmp_path_factory.mktemp("lifted") / "lake"
    shutil.copytree(simulated.path, folder)
    return add_lift(folder)


@pytest.fixture(scope="session")
def simulated_reports(
    simulated: Lake, tmp_path_factory: pytest.TempPathFactory, warm_kernel: None
) -> Path:
    """Both campaigns of the simulated world in both languages, and the index."""
    out = tmp_path_factory.mktemp("out_simulated") / "reports"
    results = make_reports(simulated, as_of=AS_OF, out=out)
    assert len(results) == 4 and all(r.ok for r in results), [r.error for r in results]
    write_index(out)
    return out


@pytest.fixture(scope="session")
def reports(lake: Lake, tmp_path_factory: pytest.TempPathFactory, warm_kernel: None) -> Path:
    """Both languages of three campaigns and the index, made with one warm kernel."""
    out = tmp_path_factory.mktemp("out") / "reports"
    results = make_reports(lake, [LIVE, MAIL, QUIET], as_of=AS_OF, out=out)
    assert [(r.campaign_id, r.lang) for r in results] == [
        (name, lang) for name in (LIVE, MAIL, QUIET) for lang in ("zh", "en")
    ]
    assert all(r.ok and not r.skipped for r in results), [r.error for r in results]
    write_index(out)
    return out
