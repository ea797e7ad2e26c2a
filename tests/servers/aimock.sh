#!/usr/bin/env bash
# Streams of aimock, a server of other people for the APIs of several providers, read by ssescan. Needs Node and npm.
# The server is installed below .servers/.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=1.43.0
client=${VENV:-.venv}/bin/python
server=.servers/aimock

if [ ! -x "$client" ]; then
    echo "Missing environment: $client. Run 'make test-servers', which makes it." >&2
    exit 2
fi
if ! command -v node >/dev/null; then
    echo "Missing program: node. Install Node 20.15 or later." >&2
    exit 2
fi
if [ "$(cat "$server/installed" 2>/dev/null)" != "$version" ]; then
    rm -rf "$server"
    mkdir -p "$server"
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$server" "@copilotkit/aimock@$version"
    echo "$version" >"$server/installed"
fi
exec "$client" tests/servers/aimock.py "$server" "$@"
