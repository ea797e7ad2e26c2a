#!/usr/bin/env bash
# The programs of examples/web under their frameworks' servers, and their page in a real browser. Needs Chromium and its driver
# (Debian: chromium, chromium-driver). The frameworks are installed below .servers/.
set -euo pipefail
cd "$(dirname "$0")/../.."

pins=tests/servers/web.requirements.txt
server=.servers/web

for program in chromium chromedriver; do
    if ! command -v "$program" >/dev/null; then
        echo "Missing program: $program. Install Debian's chromium and chromium-driver, or what your system has." >&2
        exit 2
    fi
done
if ! cmp -s "$pins" "$server/installed"; then
    rm -rf "$server"
    "${VENV:-.venv}/bin/python" -m venv "$server"
    "$server/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$pins"
    cp "$pins" "$server/installed"
fi
PYTHONPATH=python exec "$server/bin/python" -m pytest -p no:cacheprovider tests/servers/web.py "$@"
