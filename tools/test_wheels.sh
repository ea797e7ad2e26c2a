#!/usr/bin/env bash
# Installs the wheel of each Python that is found here, and then the sdist, and uses them. Says which Pythons are missing.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/find_python.sh
folder=${1:?the folder with the wheels}

for version in 3.11 3.12 3.13 3.14; do
    if python=$(find_python "$version"); then
        "$python" tools/smoke_test.py "$folder"
    else
        echo "Python $version: not found, so its wheel was not run"
    fi
done
"$(find_python 3.11)" tools/smoke_test.py "$folder" --sdist
