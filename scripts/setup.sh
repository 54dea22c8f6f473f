#!/bin/sh
# Create the virtual environment that the Makefile works in: setup.sh FOLDER
#
# Wants Python 3.11 or newer. What is installed, and that it is the right file, is said by requirements.lock. Where
# packages come from is this machine's own configuration of pip or uv; no index is named here.
set -eu

venv=$1
python=${PYTHON:-python3}
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here"

say() { printf '%s\n' "setup: $*" >&2; }

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say "$python is not Python 3.11 or newer; write make setup PYTHON=/path/to/python3.12"
    exit 1
fi

make_venv() { "$python" -m venv "$venv" >/dev/null 2>&1 && "$venv/bin/python" -m pip --version >/dev/null 2>&1; }

if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    rm -rf "$venv"
    if ! make_venv; then
        # Debian keeps venv's installer of pip in a package of its own.
        "$here/scripts/apt-install.sh" python3-venv || true
        rm -rf "$venv"
        make_venv || { say "$python -m venv $venv failed; on Debian: apt-get install python3-venv"; exit 1; }
    fi
fi

# uv lives beside the environment that it fills, so that it never uninstalls itself. It only places files whose
# hashes the lock fixes, and is quick; pip does the same, slower, where uv cannot be had or finds no index.
if [ ! -x "$venv/uv/bin/uv" ]; then
    say "installing uv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --target "$venv/uv" 'uv>=0.5' >/dev/null 2>&1 \
        || say "uv could not be installed; going on with pip"
fi

say "installing requirements.lock"
with_uv() {
    [ -x "$venv/uv/bin/uv" ] || return 1
    "$venv/uv/bin/uv" pip sync --quiet --python "$venv/bin/python" --require-hashes --compile-bytecode requirements.lock
}
with_pip() {
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
}
with_uv || { say "uv did not succeed; trying pip"; with_pip; }

say "installing leadline itself"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
# The handbooks that a wheel carries are read from the working tree here; a copy would only grow stale.
rm -rf "$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/leadline"
"$venv/bin/python" -m compileall -q src
say "ready: $venv/bin/leadline"
