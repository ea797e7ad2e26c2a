#!/usr/bin/env bash
# Runs the Python tests with each newer Python that is found on PATH or under pyenv. Says which ones are missing, and fails
# if there is none at all.
set -euo pipefail
cd "$(dirname "$0")/.."

find_python() {
    local candidate
    for candidate in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python; do
        # A pyenv shim exists for versions that are not selected, and fails.
        if "$candidate" -c '' 2>/dev/null; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    return 1
}

tested=0
for version in 3.12 3.13 3.14; do
    if python=$(find_python "$version"); then
        echo "Python $version: $python"
        make test-python VENV=".venv-$version" PYTHON="$python"
        tested=$((tested + 1))
    else
        echo "Python $version: not found, so its tests were not run"
    fi
done
if [ "$tested" = 0 ]; then
    echo "No Python newer than 3.11 was found. Install one, for example with pyenv."
    exit 1
fi
