"""What a stream gave, and whether that is what the fixture's answer says."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from fixtures import Case, mend
from ssescan import EventDecodeError, Scanner, SSEScanError, StreamTruncated
from ssescan.errors import APIError
from ssescan.events import event_name

__all__ = ["Seen", "check", "check_text", "frames_of", "in_memory", "iterate"]


@dataclass
class Seen:
    """A stream that was read to its end by iterating, and what was seen of it."""

    stream: Scanner
    events: list
    text: str
    error: BaseException | None = None


def iterate(stream: Scanner, on_event: Callable[[], object] = lambda: None) -> Seen:
    seen, texts = Seen(stream, [], ""), []
    try:
        for event in stream:
            seen.events.append(event)
            texts.append(stream.text() or "")
            on_event()
    except SSEScanError as error:
        seen.error = error
    seen.text = mend("".join(texts))
    assert seen.error is stream.err
    return seen


def in_memory(body: bytes, dialect: str) -> Seen:
    return iterate(Scanner([body], dialect=dialect))


def check(seen: Seen, case: Case) -> None:
    """The answer's names, text, outcome and error; and the payloads themselves, in order."""
    stream, end = seen.stream, case.end
    # Chat has no names: what a server puts into the event line says nothing there.
    names = ["" if case.dialect == "chat" else event_name(event) for event in seen.events]
    assert names == end["events"]
    assert (seen.text, str(stream.outcome), stream.dialect) == (end["text"], end["outcome"], case.dialect)
    assert [event.raw for event in seen.events] == [event.raw for event in in_memory(case.body, case.dialect).events]
    check_error(seen.error, case)


def check_text(stream: Scanner, case: Case) -> None:
    """The answer's text and outcome, by a reader. It raises for runs that failed, too."""
    failed_runs = {"thread.run.failed", "thread.run.cancelled", "thread.run.expired"} & set(case.end["events"])
    failed = bool(failed_runs) or case.fails_readers
    try:
        text = stream.reader().read()
    except SSEScanError as error:
        assert failed or case.end["error"]
        text = error.partial_text
    else:
        assert not failed
        assert not case.end["error"]
    if not failed:
        assert (mend(text), str(stream.outcome)) == (case.end["text"], case.end["outcome"])


KINDS = {"truncated": StreamTruncated, "decode": EventDecodeError, "api": APIError}


def check_error(error: BaseException | None, case: Case) -> None:
    expected = case.end["error"]
    if expected is None:
        assert error is None
        return
    assert isinstance(error, KINDS[expected["kind"]])
    assert expected["message"] in (None, str(error))
    assert (error.events, error.outcome) == (len(case.end["events"]), case.end["outcome"])
    assert mend(error.partial_text) == case.end["text"]


def frames_of(case: Case) -> list[bytes]:
    """Each with its blank line."""
    return [match[0] for match in re.finditer(rb"(?s).+?(?:\r\n\r\n|\n\n|$)", case.body)]
