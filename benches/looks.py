"""The text of each event, in all ways in which a program reads it, and `orjson.loads` of the same payloads."""

from __future__ import annotations

from typing import Any, Callable

import orjson
from workloads import HEAD, Workload

from ssescan import Scanner

LOADS = "orjson.loads of each payload"
SCAN, EVENT, TEXTS = "while scan(): text()", "for event in stream: event.text", "for text in stream.texts()"
FIELD, UNTYPED, READ_1 = "for event in stream: the field", "dialect=None: for event in stream", "reader().read(1)"


def _loads(workload: Workload) -> Callable[[], None]:
    skip, loads = len(HEAD[workload.dialect]), orjson.loads
    payloads = [frame[skip:] for frame in workload.frames[:-1]]

    def run() -> None:
        for payload in payloads:
            loads(payload)

    return run


def _scan(workload: Workload) -> None:
    stream = Scanner(iter(workload.blocks), dialect=workload.dialect)
    while stream.scan():
        stream.text()


def _event(workload: Workload) -> None:
    for event in Scanner(iter(workload.blocks), dialect=workload.dialect):
        _ = event.text


def _texts(workload: Workload) -> None:
    for _ in Scanner(iter(workload.blocks), dialect=workload.dialect).texts():
        pass


def _field(workload: Workload) -> None:
    stream: Any = Scanner(iter(workload.blocks), dialect=workload.dialect)
    if workload.dialect == "assistants":
        for event in stream:
            _ = event.data.delta.content[0].text.value
    else:
        for chunk in stream:
            _ = chunk.choices[0].delta.content


def _untyped(workload: Workload) -> None:
    for _ in Scanner(iter(workload.blocks)):
        pass


def _read_1(workload: Workload) -> None:
    reader = Scanner(iter(workload.blocks), dialect=workload.dialect).reader()
    while reader.read(1):
        pass


def cases(workload: Workload) -> dict[str, Callable[[], None]]:
    """Return the functions to measure, by name."""
    scanner = Scanner(iter(workload.blocks), dialect=workload.dialect)
    seen = []
    while scanner.scan():
        seen.append(scanner.text())
    kept = list(Scanner(iter(workload.blocks), dialect=workload.dialect))
    texts = list(Scanner(iter(workload.blocks), dialect=workload.dialect).texts())
    if not [event.text for event in kept] == seen == texts == list(workload.texts):
        raise SystemExit(f"ssescan does not see the text of {workload.title}")
    ways = {SCAN: _scan, EVENT: _event, TEXTS: _texts, FIELD: _field, UNTYPED: _untyped, READ_1: _read_1}
    return {LOADS: _loads(workload), **{name: (lambda way=way: way(workload)) for name, way in ways.items()}}
