#!/usr/bin/env bash
# LaunchDarkly's SSE contract tests, run against `ssescan.EventSource`. Needs Go.
# The tests are installed below .servers/. The commit is pinned, since the tags of that module cannot be installed by version.
set -euo pipefail
cd "$(dirname "$0")/../.."

commit=81fc8203db98
client=${VENV:-.venv}/bin/python
folder=$PWD/.servers/sse-contract-tests
port=${SSE_CONTRACT_PORT:-18125}

if [ ! -x "$client" ]; then
    echo "Missing environment: $client. Run 'make test-servers', which makes it." >&2
    exit 2
fi
if ! command -v go >/dev/null; then
    echo "Missing program: go. Install Go to run the contract tests." >&2
    exit 2
fi
if [ "$(cat "$folder/commit" 2>/dev/null)" != "$commit" ]; then
    rm -rf "$folder"
    mkdir -p "$folder"
    GOBIN=$folder go install "github.com/launchdarkly/sse-contract-tests@$commit"
    echo "$commit" >"$folder/commit"
fi

export NO_PROXY=localhost,127.0.0.1
"$client" tests/servers/sse_contract_service.py "$port" &
service=$!
trap 'kill "$service" 2>/dev/null || true' EXIT
"$folder/sse-contract-tests" -url "http://localhost:$port" -host localhost -port "$((port + 1))" -debug -stop-service-at-end "$@"
