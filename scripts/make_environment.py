"""Write environment.yml from pyproject.toml and requirements.lock; --check only compares.

The conda part holds the seven core packages and nothing else: for others the name on
conda-forge can differ from pip's. All the rest comes by pip, at the lock's versions.
"""

import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
CORE = ["jupyterlab", "pandas", "networkx", "lifelines", "statsmodels", "papermill", "pytest"]
LOCKED_EXTRAS = ["demo", "dev"]
HEAD = """\
# Written by `make lock` from pyproject.toml and requirements.lock: do not edit.
# Checked for agreement with the lock, not run: `make` with pip or uv is the tried way.
"""


def locked() -> dict[str, str]:
    """Versions in the lock, by normalised name."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = re.findall(r"^([\w.-]+)==([^ ;\\]+)", text, flags=re.MULTILINE)
    return {canonicalize_name(name): version for name, version in pins}


def direct() -> list[Requirement]:
    """Return what pyproject.toml asks for itself: base, demo and dev, in its order."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = project["dependencies"] + [line for extra in LOCKED_EXTRAS for line in extras[extra]]
    return [Requirement(line) for line in lines]


def render() -> str:
    """Text that environment.yml must hold."""
    pins, names = locked(), [canonicalize_name(requirement.name) for requirement in direct()]
    lines = ["name: liveattr", "channels:", "  - conda-forge", "  - nodefaults", "dependencies:"]
    lines += ["  - python=3.11", "  - pip"]
    lines += [f"  - {name}={pins[name]}" for name in CORE]
    lines += ["  - pip:"]
    lines += [f"      - {name}=={pins[name]}" for name in names if name not in CORE]
    lines += ["      - -e ."]
    return HEAD + "\n".join(lines) + "\n"


def main() -> int:
    """Write the file, or with --check say whether it is up to date."""
    path, wanted = ROOT / "environment.yml", render()
    if "--check" not in sys.argv[1:]:
        path.write_text(wanted, encoding="utf-8")
    elif not path.exists() or path.read_text(encoding="utf-8") != wanted:
        print("environment.yml is not what pyproject.toml and the lock say: run `make lock`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
