"""The set-up agrees with itself: pyproject, lock, environment.yml, wheel, import."""

import os
import re
import resource
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import liveattr
from scripts import check_tracked, make_environment

ROOT = Path(__file__).resolve().parents[1]
PINS = make_environment.locked()
HEAVY = {
    "altair",
    "deltalake",
    "duckdb",
    "lifelines",
    "networkx",
    "numba",
    "numpy",
    "pandas",
    "papermill",
    "pyarrow",
    "pydantic",
    "scipy",
    "statsmodels",
}


def test_version_is_one() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "version"
    ]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert liveattr.__version__ == version == citation["version"]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("requirement", make_environment.direct(), ids=lambda each: each.name)
def test_lock_satisfies_every_direct_dependency(requirement: Requirement) -> None:
    version = PINS[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(version, prereleases=True)


def test_lock_has_a_hash_for_every_pin() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[^\s#])", text, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(PINS)
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


def test_pandas_stubs_match_pandas() -> None:
    assert PINS["pandas-stubs"].split(".")[:2] == PINS["pandas"].split(".")[:2]


def test_environment_is_what_the_script_writes() -> None:
    assert (ROOT / "environment.yml").read_text(encoding="utf-8") == make_environment.render()


def test_environment_pins_equal_the_lock() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    *conda, last = environment["dependencies"]
    by_conda = dict(line.split("=", 1) for line in conda if "=" in line)
    by_pip = dict(line.split("==", 1) for line in last["pip"] if "==" in line)

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    python = by_conda.pop("python")
    assert SpecifierSet(f">={python}") == SpecifierSet(project["requires-python"])

    assert set(by_conda) == set(make_environment.CORE)
    assert not set(by_conda) & set(by_pip)
    pins = by_conda | by_pip
    assert pins == {name: PINS[name] for name in pins}
    assert set(pins) == {canonicalize_name(each.name) for each in make_environment.direct()}
    assert last["pip"][-1] == "-e ."


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout")
def test_no_file_names_a_registry_or_a_machine_or_is_too_large() -> None:
    assert [fault for path in check_tracked.tracked() for fault in check_tracked.faults(path)] == []


def test_faults_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_tracked, "ROOT", tmp_path)
    path = tmp_path / "notes.md"
    path.write_text(f"see {check_tracked.HOSTS[0]}\nand /{'work'}/main\nnot a/{'work'}/b\n")
    assert [fault.split(":")[1] for fault in check_tracked.faults(path)] == ["1", "2"]
    path.write_bytes(b"x" * 600_000)
    assert len(list(check_tracked.faults(path))) == 1


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout")
def test_wheel_holds_every_file_of_the_package(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    tracked = {path.relative_to(ROOT).as_posix() for path in check_tracked.tracked()}
    assert {name for name in tracked if name.startswith("liveattr/")} <= inside


def test_index_of_pip_is_handed_on_to_uv(tmp_path: Path) -> None:
    settings = tmp_path / "pip.conf"
    settings.write_text("[global]\nindex-url = https://mirror.invalid/simple\n")
    keep = {name: text for name, text in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    script = (
        f'set -eu; python="{sys.executable}"; . scripts/pip_settings.sh; echo $UV_DEFAULT_INDEX'
    )

    def seen(**extra: str) -> str:
        done = subprocess.run(
            ["sh", "-c", script], cwd=ROOT, env=keep | extra, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    by_file = {"PIP_CONFIG_FILE": str(settings)}
    assert seen(**by_file) == "https://mirror.invalid/simple"
    assert seen(**by_file, PIP_INDEX_URL="https://env.invalid/x") == "https://env.invalid/x"
    assert seen(**by_file, UV_DEFAULT_INDEX="https://own.invalid/x") == "https://own.invalid/x"


@pytest.mark.parametrize(
    ("data", "demos"),
    [
        ("world", "world"),
        ("complete-journey", "sample_broadcast complete_journey"),
        ("online-retail", "online_retail"),
    ],
)
def test_make_report_shows_what_data_names(data: str, demos: str) -> None:
    made = subprocess.run(
        ["make", "--dry-run", "report", *([] if data == "world" else [f"DATA={data}"])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"liveattr demo {demos} --report" in made.stdout


def test_import_is_light() -> None:
    code = "import sys, liveattr; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert HEAVY.intersection(done.stdout.decode().split()) == set()


def cpu_seconds(code: str) -> float:
    """User and system time of a fresh interpreter, the least of three runs."""
    runs = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        runs.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(runs)


def test_import_costs_less_than_0_3_seconds_of_processor() -> None:
    assert cpu_seconds("import liveattr") - cpu_seconds("pass") < 0.3
