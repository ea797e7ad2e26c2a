"""Measure the memory that a request of a batch file takes: the client's peak with a large file and with a small one.

    python batch_memory.py [--requests 200000] [--small 2000] [--left 0]

`--left` requests are sent, and the others are done already; 0 sends all. Each run is a process of its own, and so is the
server, which sends short answers at once.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
WORKERS = 32


def write(folder: Path, count: int, left: int) -> None:
    with open(folder / "in.jsonl", "w") as source, open(folder / "out.jsonl", "w") as output:
        for number in range(count):
            name = f"row {number}"
            body = {"model": "m", "messages": [{"role": "user", "content": name}]}
            request = {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body}
            source.write(json.dumps(request) + "\n")
            if number < count - left:
                response = {"status_code": 200, "request_id": "", "body": {}}
                output.write(json.dumps({"id": "x", "custom_id": name, "response": response, "error": None}) + "\n")


def run(folder: str, url: str) -> None:
    """Run the client in this process, and print its peak memory."""
    from ssescan.batch import run_file
    from ssescan.openai import OpenAI

    client = OpenAI(api_key="k", base_url=url)
    summary = run_file(f"{folder}/in.jsonl", f"{folder}/out.jsonl", client=client, max_workers=WORKERS, coalesce_s=0)
    status = Path("/proc/self/status").read_text()
    peak_kib = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"peak": peak_kib * 1024, "done": summary.done}))


def peak(count: int, left: int) -> int:
    """Return the client's peak memory, in bytes."""
    command: list[str | Path] = [sys.executable, HERE / "batch_server.py", "0", "3"]
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), count, left)
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            url = f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
            client = [sys.executable, __file__, "--client", folder, url]
            figures = json.loads(subprocess.run(client, check=True, capture_output=True, text=True).stdout)
        finally:
            server.kill()
            server.wait()
    if figures["done"] != count:
        raise RuntimeError(f"only {figures['done']} of {count} requests are done")
    return int(figures["peak"])


def main() -> None:
    if sys.argv[1:2] == ["--client"]:
        run(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--small", type=int, default=2_000)
    parser.add_argument("--left", type=int, default=0)
    options = parser.parse_args()
    small, large = (peak(count, options.left or count) for count in (options.small, options.requests))
    each = (large - small) / (options.requests - options.small)
    print(
        f"{options.small} requests: {small / 1e6:.1f} MB, {options.requests} requests: {large / 1e6:.1f} MB: "
        f"{each:.1f} bytes per request"
    )


if __name__ == "__main__":
    main()
