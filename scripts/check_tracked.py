"""Look through the files that git tracks for what must not be in a public repository."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LARGEST_KB = 500
MAY_BE_LARGE = ("requirements.lock", "data/raw/sample_broadcast/")

# Written in pieces, so that this file does not hold what it looks for.
HOSTS = [
    "pypi" + ".org",
    "python" + "hosted.org",
    "pypi" + ".tuna",
    "ali" + "yun.com/pypi",
    "anaconda" + ".org",
    "npm" + "js.org",
    "deb.debian" + ".org",
]
MACHINE_PATH = re.compile(r"(?<![\w.~*})-])/(?:work|root|home/\w+|Users/\w+)/")


def tracked() -> list[Path]:
    """Files that git tracks, or would if all new ones were added; those deleted left out."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    out = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    paths = [ROOT / name for name in sorted(set(out.decode().split("\0"))) if name]
    return [path for path in paths if path.is_file()]


def faults(path: Path) -> Iterator[str]:
    """Yield a line for each thing in this file that must not be there."""
    name = path.relative_to(ROOT).as_posix()
    kilobytes = path.stat().st_size / 1000
    if kilobytes > LARGEST_KB and not name.startswith(MAY_BE_LARGE):
        yield f"{name}: {kilobytes:.0f} KB; the largest allowed is {LARGEST_KB} KB"
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, start=1):
        for host in HOSTS:
            if host in line.lower():
                yield f"{name}:{number}: names a package registry's host ({host})"
        if found := MACHINE_PATH.search(line):
            yield f"{name}:{number}: names a path of one machine ({found[0]})"


def main() -> int:
    """Print every fault; 1 if there is any."""
    found = [fault for path in tracked() for fault in faults(path)]
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
