#!/bin/sh
# Make .venv, fill it from requirements.lock, then add liveattr itself, editable.
# `make` calls this when the lock or pyproject.toml has changed.
#   PYTHON     the interpreter to start from (3.11 or later; without it: the first one found)
#   INSTALLER  uv (default, about three times faster) or pip
set -eu
cd "$(dirname "$0")/.."
installer=${INSTALLER:-uv}

python=
for candidate in ${PYTHON:-python3.11 python3 python3.12 python3.13}; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "liveattr needs Python 3.11 or later; ${PYTHON:-python3} is not. Name one: make ... PYTHON=python3.11" >&2
    exit 1
fi

# An environment cannot be moved: its commands name the folder where it was made.
if [ ! -x .venv/bin/python ] || [ "$(cat .venv/.made-in 2>/dev/null)" != "$PWD" ]; then
    echo "Making .venv (once; a few minutes at most)"
    "$python" -m venv --clear .venv
    echo "$PWD" > .venv/.made-in
fi
python=.venv/bin/python

case $installer in
uv)
    . scripts/pip_settings.sh
    # uv in the version of the lock, checked by its hashes like everything else.
    awk '/^[^ #]/ { keep = /^uv==/ } keep' requirements.lock > .venv/uv.lock
    "$python" -m pip install --quiet --require-hashes -r .venv/uv.lock || {
        echo "uv could not be installed. Plain pip does it too: make ... INSTALLER=pip" >&2
        exit 1
    }
    # Without bytecode the first import of everything is twice as slow, and where
    # PYTHONDONTWRITEBYTECODE is set it stays so.
    .venv/bin/uv pip install --python "$python" --require-hashes --compile-bytecode -r requirements.lock
    .venv/bin/uv pip install --python "$python" --no-deps --no-build-isolation --editable .
    ;;
pip)
    "$python" -m pip install --require-hashes -r requirements.lock
    "$python" -m pip install --no-deps --no-build-isolation --editable .
    ;;
*)
    echo "INSTALLER is uv or pip, not $installer" >&2
    exit 1
    ;;
esac
