#!/bin/sh
# Write requirements.lock from pyproject.toml. Versions already locked stay unless
# pyproject.toml rules them out; `make lock ARGS=--upgrade` takes the newest of everything.
set -eu
cd "$(dirname "$0")/.."
python=.venv/bin/python
. scripts/pip_settings.sh
# One version of each package for every Python and system: what is tested is what is installed.
.venv/bin/uv pip compile pyproject.toml --quiet --extra demo --extra dev \
    --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-header --annotation-style line \
    --output-file requirements.lock "$@"
