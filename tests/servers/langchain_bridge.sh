#!/usr/bin/env bash
# A live Assistants server, its runs read by ssescan and by the openai package: do they see the same?
# The server gets an environment of its own, below .servers/; all that is needed are the package registries.
set -euo pipefail
cd "$(dirname "$0")/../.."

client=${VENV:-.venv}/bin/python
server=.servers/langchain-bridge
pins=tests/servers/langchain_bridge.requirements.txt

if [ ! -x "$client" ]; then
    echo "expected the project's environment at $client; 'make test-servers' makes it" >&2
    exit 2
fi
if ! cmp -s "$pins" "$server/installed"; then
    rm -rf "$server"
    "${PYTHON:-python3}" -m venv "$server"
    # The pins are complete. The bridge asks for a pydantic older than the one it works with.
    "$server/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --requirement "$pins"
    cp "$pins" "$server/installed"
fi
exec "$client" tests/servers/langchain_bridge.py "$server"
