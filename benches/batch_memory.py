"""What a row of a batch file costs in memory: the client's peak with a large file and with a small one.

    python batch_memory.py [--rows 200000] [--small 2000] [--left 0]

`--left` rows are left to be asked, the others are complete in the output; 0 leaves all. Each run is a process of its own, and so
is the server, which sends answers of a few events at once.
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


def write(folder: Path, rows: int, left: int) -> None:
    with open(folder / "in.jsonl", "w") as source, open(folder / "out.jsonl", "w") as output:
        for number in range(rows):
            name = f"row {number}"
            body = {"model": "m", "messages": [{"role": "user", "content": name}]}
            row = {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body}
            source.write(json.dumps(row) + "\n")
            if number < rows - left:
                response = {"status_code": 200, "request_id": "", "body": {}}
                output.write(json.dumps({"id": "x", "custom_id": name, "response": response, "error": None}) + "\n")


def run(folder: str, url: str) -> None:
    """In the client's process: prints its peak."""
    from ssescan.batch import run_file
    from ssescan.openai import OpenAI

    client = OpenAI(api_key="k", base_url=url)
    summary = run_file(f"{folder}/in.jsonl", f"{folder}/out.jsonl", client=client, max_workers=WORKERS, coalesce_s=0)
    status = Path("/proc/self/status").read_text()
    peak_kib = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"peak": peak_kib * 1024, "done": summary.done}))


def peak(rows: int, left: int) -> int:
    """Bytes."""
    command = [sys.executable, HERE / "batch_server.py", "0", "3"]
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), rows, left)
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            url = f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
            client = [sys.executable, __file__, "--client", folder, url]
            told = json.loads(subprocess.run(client, check=True, capture_output=True, text=True).stdout)
        finally:
            server.kill()
            server.wait()
    if told["done"] != rows:
        raise RuntimeError(f"only {told['done']} of {rows} rows are done")
    return int(told["peak"])


def main() -> None:
    if sys.argv[1:2] == ["--client"]:
        run(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--small", type=int, default=2_000)
    parser.add_argument("--left", type=int, default=0)
    options = parser.parse_args()
    small, large = (peak(rows, options.left or rows) for rows in (options.small, options.rows))
    each = (large - small) / (options.rows - options.small)
    print(
        f"{options.small} rows: {small / 1e6:.1f} MB, {options.rows} rows: {large / 1e6:.1f} MB: {each:.1f} bytes a row"
    )


if __name__ == "__main__":
    main()
