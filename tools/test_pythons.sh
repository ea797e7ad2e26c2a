#!/usr/bin/env bash
# Runs the Python tests with each newer Python that is found on PATH or under pyenv. Says which ones are missing, and fails
# if there is none at all. Tests marked `any_python` are about files, and `make test` runs them.
set -euo pipefail
cd "$(dirname "$0")/.."

source tools/find_python.sh

tested=0
for version in 3.12 3.13 3.14; do
    if python=$(find_python "$version"); then
        echo "Python $version: $python"
        make test-python VENV=".venv-$version" PYTHON="$python" SELECT='not soak and not lint and not any_python'
        tested=$((tested + 1))
    else
        echo "Python $version: not found, so its tests were not run"
    fi
done
if [ "$tested" = 0 ]; then
    echo "No Python newer than 3.11 was found. Install one, for example with pyenv."
    exit 1
fi
