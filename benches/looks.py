"""The text of each event, in all ways in which a program reads it, beside `orjson.loads` of the same payloads.

All of a workload's ways take turns, and so do the padded payloads and the same ones without padding. Answers have some
thousand events: their memory is used again, so that page faults don't count.
"""

from __future__ import annotations

from typing import Any, Callable

import orjson
import workloads
from workloads import FIELD_OF, Workload

from ssescan import Scanner

LOADS, PASS = "orjson.loads of each payload", "a memchr pass over the bytes"
SCAN, EVENT, TEXTS = "while scan(): text()", "for event in stream: event.text", "for text in stream.texts()"
FIELD, UNTYPED = "for event in stream: the field", "dialect=None: for event in stream"
PASSED, READ, READ_1 = "for event in stream: pass", "reader().read()", "reader().read(1)"
PADDED = "padded: "
#: Read with and without padding. A pass over the bytes that are there is the limit.
PADDED_WAYS = (READ, TEXTS, SCAN, EVENT)


def answers(events: int) -> list[Workload]:
    """Return the workloads of the tables."""
    return [
        workloads.deltas(events),
        workloads.chunks(events // 10),
        workloads.block_deltas(events),
        workloads.contents(events),
    ]


def _loads(workload: Workload) -> None:
    loads = orjson.loads
    for payload in workload.payloads:
        loads(payload)


def _pass(workload: Workload) -> None:
    for block in workload.blocks:
        block.find(b"\0")


def _stream(workload: Workload) -> Scanner:
    return Scanner(iter(workload.blocks), dialect=workload.dialect)


def _scan(workload: Workload) -> None:
    stream = _stream(workload)
    while stream.scan():
        stream.text()


def _event(workload: Workload) -> None:
    for event in _stream(workload):
        _ = event.text


def _texts(workload: Workload) -> None:
    for _ in _stream(workload).texts():
        pass


def _field(workload: Workload) -> None:
    """Each loop has its own expression, since a call would cost as much as reading the field."""
    stream: Any = _stream(workload)
    if workload.dialect == "assistants":
        for event in stream:
            _ = event.data.delta.content[0].text.value
    elif workload.dialect == "chat":
        for chunk in stream:
            _ = chunk.choices[0].delta.content
    elif workload.dialect == "gemini":
        for chunk in stream:
            _ = (content := chunk.candidates[0].content) and content.parts[0].text
    else:
        for event in stream:
            _ = event.type == "content_block_delta" and event.delta.text


def _passed(workload: Workload) -> None:
    for _ in _stream(workload):
        pass


def _untyped(workload: Workload) -> None:
    for _ in Scanner(iter(workload.blocks)):
        pass


def _read(workload: Workload) -> None:
    _stream(workload).reader().read()


def _read_1(workload: Workload) -> None:
    reader = _stream(workload).reader()
    while reader.read(1):
        pass


WAYS: dict[str, Callable[[Workload], None]] = {
    PASS: _pass,
    LOADS: _loads,
    READ: _read,
    TEXTS: _texts,
    SCAN: _scan,
    EVENT: _event,
    FIELD: _field,
    PASSED: _passed,
    UNTYPED: _untyped,
    READ_1: _read_1,
}


def cases(workload: Workload) -> dict[str, Callable[[], None]]:
    """Return the functions to measure, by name."""
    _check(workload)
    return {name: (lambda way=way: way(workload)) for name, way in WAYS.items()}


def padded_cases(events: int) -> dict[str, Callable[[], None]]:
    """Return the ways to read text, each with and without padding."""
    found = {}
    for prefix, padded in (("", False), (PADDED, True)):
        workload = workloads.block_deltas(events, padded=padded)
        _check(workload)
        for name in (PASS, LOADS, *PADDED_WAYS):
            found[prefix + name] = lambda way=WAYS[name], workload=workload: way(workload)
    return found


def _check(workload: Workload) -> None:
    """Nothing is measured that sees another text."""
    scanner, seen = _stream(workload), []
    while scanner.scan():
        seen.append(scanner.text())
    kept: list[Any] = list(_stream(workload))
    ways: dict[str, list[Any]] = {
        SCAN: seen,
        EVENT: [event.text for event in kept],
        TEXTS: list(_stream(workload).texts()),
        FIELD: [FIELD_OF[workload.dialect](event) for event in kept[: workload.events]],
        READ: [_stream(workload).reader().read()],
        LOADS: [workloads.TEXT_OF[workload.dialect](orjson.loads(payload)) for payload in workload.payloads],
    }
    for name, texts in ways.items():
        if "".join(text or "" for text in texts) != workload.text:
            raise SystemExit(f"{name!r} does not see the text of {workload.title}")
