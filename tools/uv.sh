#!/bin/sh
# Runs uv from the repository's root: the uv on PATH, or one installed into .uv/ by whatever Python (3.9 or newer) there is.
set -eu
cd "$(dirname "$0")/.."

# These would send an install elsewhere than into .uv/ and .venv/. Settings of index, proxy and cache stay.
unset VIRTUAL_ENV CONDA_PREFIX PYTHONHOME PYTHONPATH
unset PIP_TARGET PIP_PREFIX PIP_ROOT PIP_USER PIP_REQUIRE_VIRTUALENV PIP_CONSTRAINT PIP_NO_BINARY PIP_DRY_RUN
unset UV_PYTHON UV_SYSTEM_PYTHON UV_BREAK_SYSTEM_PACKAGES UV_CONSTRAINT UV_OVERRIDE UV_REQUIRE_HASHES

# uv does not read pip's settings. Who set an index or certificates for pip means them for uv too.
if [ -n "${PIP_INDEX_URL:-}" ] && [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
    export UV_DEFAULT_INDEX="$PIP_INDEX_URL"
fi
if [ -n "${PIP_CERT:-}" ] && [ -z "${SSL_CERT_FILE:-}" ]; then
    export SSL_CERT_FILE="$PIP_CERT"
fi

# pyenv's shims fail where .python-version names a Python that pyenv does not have, so its interpreters go on PATH themselves.
for folder in "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/*/bin; do
    if [ -d "$folder" ]; then PATH="$PATH:$folder"; fi
done

works() {
    "$1" --version >/dev/null 2>&1
}

# Installs uv into .uv/ with the Python given; false, with the reason in $reason, where that cannot be done.
install_with() {
    rm -rf .uv
    if "$1" -m pip --version >/dev/null 2>&1; then
        set -- "$1" --target .uv
    elif "$1" -m venv .uv >/dev/null 2>&1; then
        set -- .uv/bin/python
    else
        reason="it has neither pip nor a working venv module (Debian and Ubuntu: apt install python3-venv)"
        return 1
    fi
    installer=$1
    shift
    if ! output=$("$installer" -m pip --disable-pip-version-check --quiet install --retries 1 --only-binary :all: \
            "$@" 'uv>=0.8' 2>&1); then
        reason="pip could not install uv: $(printf '%s\n' "$output" | grep -i error | tail -n 1)"
        return 1
    fi
    reason="the uv that it installed does not run on this machine"
    works .uv/bin/uv
}

bootstrap() {
    echo "uv is not on PATH: installing it into .uv/ (some seconds)." >&2
    failures=
    IFS=:
    for folder in $PATH; do
        for name in python3 python python3.14 python3.13 python3.12 python3.11 python3.10 python3.9; do
            python=$folder/$name
            if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' >/dev/null 2>&1; then
                if install_with "$python"; then return; fi
                failures="$failures
  $python: $reason"
            fi
        done
    done
    rm -rf .uv
    cat >&2 <<END
uv, which installs this project, is missing and could not be installed.
Pythons tried (3.9 or newer, from PATH and pyenv):${failures:- none found}
Install uv yourself (pip install uv, pipx install uv, brew install uv), or any Python >= 3.9 with pip or venv.
Then run the same command again.
END
    exit 1
}

if works uv; then
    uv=uv
else
    uv=.uv/bin/uv
    if ! works "$uv"; then (bootstrap); fi
fi
exec "$uv" "$@"
