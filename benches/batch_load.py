"""Measure many paced streams at once: processor time per event, memory, threads, and whether every answer is right.

    python batch_load.py [--streams 1000] [--requests 20000] [--rate 50] [--events 500] [--coalesce 0.25] [--only NAME]

Each client is a process of its own, and so is the server. The peers run a twentieth of the requests over a twentieth of
the streams, since they cannot run all. Processor time is that of the client's process, kernel included, from before its
first request until after its last result.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from batch_server import length_of, text_of
from measure import cpu_s

HERE = Path(__file__).parent
#: Peers get one request and one stream of this many.
SAMPLE = 20


def requests(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": f"row {number}"}]}
        yield {"custom_id": f"row {number}", "url": "/v1/chat/completions", "body": body}


def total_of(count: int, events: int) -> int:
    """Return the number of events in all answers."""
    return sum(length_of(f"row {number}", events) + 3 for number in range(count))


def check(custom_id: str, text: str | None, events: int) -> None:
    if text != text_of(custom_id, events):
        raise RuntimeError(f"{custom_id}: got {text!r}")


def of_ssescan(url: str, count: int, streams: int, events: int, coalesce_s: float) -> None:
    from ssescan.batch import run
    from ssescan.openai import OpenAI

    client = OpenAI(api_key="k", base_url=url)
    for result in run(requests(count), client=client, max_workers=streams, coalesce_s=coalesce_s):
        if result.error is not None:
            raise result.error
        check(result.custom_id, result.text, events)


def _text_of(chunks: Any) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def of_openai_threads(url: str, count: int, streams: int, events: int, coalesce_s: float) -> None:
    import openai

    client = openai.OpenAI(api_key="k", base_url=url)

    def one(request: dict[str, Any]) -> None:
        text = _text_of(client.chat.completions.create(**request["body"], stream=True))
        check(request["custom_id"], text, events)

    with ThreadPoolExecutor(streams) as pool:
        for _ in pool.map(one, requests(count)):
            pass


def of_openai_async(url: str, count: int, streams: int, events: int, coalesce_s: float) -> None:
    import openai

    async def everything() -> None:
        client, allowed = openai.AsyncOpenAI(api_key="k", base_url=url), asyncio.Semaphore(streams)

        async def one(request: dict[str, Any]) -> None:
            async with allowed:
                stream = await client.chat.completions.create(**request["body"], stream=True)
                parts = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
            check(request["custom_id"], "".join(parts), events)

        await asyncio.gather(*map(one, requests(count)))

    asyncio.run(everything())


CLIENTS: dict[str, Callable[..., None]] = {
    "ssescan.batch": of_ssescan,
    "openai, threads": of_openai_threads,
    "AsyncOpenAI, semaphore": of_openai_async,
}


def run_client(name: str, url: str, count: int, streams: int, events: int, coalesce_s: float) -> None:
    """Run all requests in the client's process, and print the figures."""
    begin_s, cpu_before_s = time.monotonic(), cpu_s()
    CLIENTS[name](url, count, streams, events, coalesce_s)
    taken = cpu_s() - cpu_before_s
    figures = {
        "cpu_us": taken * 1e6 / total_of(count, events),
        "took_s": time.monotonic() - begin_s,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "threads": threading.active_count(),
    }
    print(json.dumps(figures))


def measure(name: str, options: argparse.Namespace) -> dict[str, float]:
    """Run one client against a server of its own, and return the figures."""
    part = 1 if name == "ssescan.batch" else SAMPLE
    count, streams = options.requests // part, max(1, options.streams // part)
    server = subprocess.Popen(
        [sys.executable, HERE / "batch_server.py", f"{options.rate}", f"{options.events}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None and server.stdin is not None
    try:
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
        numbers = [str(number) for number in (count, streams, options.events, options.coalesce)]
        done = subprocess.run(
            [sys.executable, __file__, "--client", name, url, *numbers], capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr[-2000:]}")
        server.stdin.write("\n")
        server.stdin.flush()
        asked = json.loads(server.stdout.readline())
    finally:
        server.kill()
        server.wait()
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    events = total_of(count, options.events)
    figures.update(requests=count, streams=streams, received=len(asked["asked"]), per_s=events / figures["took_s"])
    figures["server_us"] = asked["cpu_s"] * 1e6 / events
    return figures


def main() -> None:
    if sys.argv[1:2] == ["--client"]:
        name, url, count, streams, events, coalesce_s = sys.argv[2:]
        run_client(name, url, int(count), int(streams), int(events), float(coalesce_s))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option, kind, default in (
        ("--streams", int, 1000),
        ("--requests", int, 20000),
        ("--rate", float, 50),
        ("--events", int, 500),
        ("--coalesce", float, 0.25),
    ):
        parser.add_argument(option, type=kind, default=default)
    parser.add_argument("--only", choices=CLIENTS)
    options = parser.parse_args()
    load = os.getloadavg()
    print(
        f"load before: {load[0]:.2f}; {options.rate:g} events/s per stream, {options.events + 3} events per answer on average\n"
    )
    print(
        f"{'':24}  {'requests':>8} {'streams':>7} {'CPU/event':>10} {'events/s':>9} {'RSS':>7} {'threads':>7} {'took':>7}"
    )
    for name in [options.only] if options.only else CLIENTS:
        figures = measure(name, options)
        print(
            f"{name:24}  {figures['requests']:8.0f} {figures['streams']:7.0f} {figures['cpu_us']:7.2f} us {figures['per_s']:9.0f} "
            f"{figures['rss_mb']:4.0f} MB {figures['threads']:7.0f} {figures['took_s']:5.1f} s   "
            f"(server {figures['server_us']:.1f} us, {figures['received']} requests)",
            flush=True,
        )


if __name__ == "__main__":
    main()
