#!/bin/sh
# Makes .venv hold exactly what requirements.txt lists, on the Python that .python-version prefers, and tools/web/node_modules
# what its package-lock.json lists for the book. Does nothing where they do.
set -eu
cd "$(dirname "$0")/.."
python=.venv/bin/python
stamp=.venv/installed-from

# The stamp holds, word for word, what the environment was made from, and is written last. An unfinished install has none.
# The place counts because scripts in .venv/bin name it: a copied or moved checkout needs a new environment.
identity() {
    pwd -P
    "$python" -VV 2>&1 || true
    cat .python-version
}
contents() {
    identity
    cat requirements.txt pyproject.toml tools/web/package-lock.json
}

if [ -d tools/web/node_modules ] && [ -f "$stamp" ] && [ "$(contents)" = "$(cat "$stamp")" ]; then
    exit 0
fi

new_venv() {
    sh tools/uv.sh venv --quiet --no-project "$@" .venv
}

# On the preferred Python, else on any that pyproject.toml admits and this machine has, else on one that uv downloads.
make_venv() {
    preferred=$(cat .python-version)
    admitted=$(sed -n 's/^requires-python = "\(.*\)"$/\1/p' pyproject.toml)
    UV_PYTHON_DOWNLOADS=never new_venv --python "$preferred" 2>/dev/null && return
    UV_PYTHON_DOWNLOADS=never new_venv --python "$admitted" 2>/dev/null && return
    echo "No Python $admitted on this machine: downloading Python $preferred (about 30 MB)." >&2
    new_venv --python "$preferred" && return
    cat >&2 <<END

Python $admitted is missing: none is installed where uv looks (PATH, pyenv), and none could be downloaded (see above).
Found: $(sh tools/uv.sh python list --only-installed 2>/dev/null | awk '{print $1}' | sort -u | tr '\n' ' ')
Install Python $preferred or newer (from your system's packages, python.org, pyenv or conda), put it on PATH, and run
the same command again.
END
    exit 1
}

# uv must be there before its messages are hushed.
sh tools/uv.sh --version >/dev/null

if [ -f "$stamp" ] && [ "$(identity)" = "$(head -n "$(identity | wc -l)" "$stamp")" ]; then
    echo "The list of requirements has changed: bringing .venv up to date." >&2
    rm "$stamp"
else
    echo "Making the environment in .venv (about 1 GB of packages: seconds to minutes, as the network goes)." >&2
    rm -rf .venv
    make_venv
fi

if ! sh tools/uv.sh pip sync --quiet --python "$python" requirements.txt; then
    echo "The packages of requirements.txt could not be installed into .venv: see above, then run the same command again." >&2
    exit 1
fi
# npm is one of those packages.
if ! PATH="$PWD/.venv/bin:$PATH" npm ci --prefix tools/web --omit=dev --silent; then
    echo "The packages of tools/web could not be installed from npm: see above, then run the same command again." >&2
    exit 1
fi
contents > "$stamp"
echo "The environment is ready: $("$python" -V)." >&2
