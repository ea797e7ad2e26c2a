"""`conclude` as a table: every kind of end, with the facts about the stream, and the verdict that follows."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from conftest import chunk
from ssescan import Outcome, Parser, Scanner, Stats, dialects, errors
from ssescan._core import End
from ssescan.reading.ending import Context, StreamFacts, complete, conclude
from ssescan.reading.sources import Iterated

ASSISTANTS = dialects.get("assistants")
ROWS = [name for name, _ in ASSISTANTS.all_rows()]
RESPONSE = SimpleNamespace(
    headers={"content-type": "text/event-stream", "x-request-id": "req_1"}, status=200, request="POST /"
)
STATS = Stats(3, 512, 0, opened_s=0.0, first_byte_s=1.0, first_text_s=None, last_s=2.0)
HTTP = Context(STATS, ASSISTANTS, True, RESPONSE, partial_text="Hi", last_event="event")

CONTEXTS = {
    "no dialect": Context(STATS),
    "http": HTTP,
    "auto, no event": Context(STATS._replace(events=0), looked_for_dialect=True),
    "a page": HTTP._replace(stats=STATS._replace(events=0), non_sse_prefix=b"<html><title>Bad Gateway</title>"),
    "tail": HTTP._replace(stats=STATS._replace(events=1, tail_bytes=40), last_event_name="thread.message.delta"),
}
WHERE = {
    "no dialect": "after 3 events, 512 bytes",
    "http": "after 3 events, 512 bytes",
    "auto, no event": "after 0 events, 512 bytes",
    "a page": "after 0 events, 512 bytes",
    "tail": "after 1 event, 512 bytes; last event: thread.message.delta; 40 bytes of an unfinished event",
}

REPORTED = b'{"error":{"message":"Slow down","code":"rate_limit_exceeded"}}'
RUN_FAILED = b'{"status":"failed","last_error":{"code":"server_error","message":"Sorry"}}'
ENDS: dict[str, Callable[[], End]] = {
    "done": lambda: End("done"),
    "eof": lambda: End("eof"),
    "eof, complete": lambda: End("eof", complete=True),
    "eof, unread": lambda: End("eof", payload=b'{"status": "queued"}\x1b'),
    "eof, unread error": lambda: End(
        "eof", payload=b'[{\n "error": {"message": "Overloaded", "status": "UNAVAILABLE"}\n}]\n'
    ),
    "eof, no error": lambda: End("eof", payload=b'{"error": null}'),
    "eof, of another dialect": lambda: End("eof", payload=b'{"choices": []}'),
    "only_done": lambda: End("only_done"),
    "error": lambda: End("error", name="x", payload=REPORTED),
    "error of a row": lambda: End("error", name="error", payload=b'{"message":"No"}', row=ROWS.index("error")),
    "failed": lambda: End("failed", name="run", payload=RUN_FAILED, row=ROWS.index("thread.run.failed")),
    "failed, no reason": lambda: End("failed", name="run", payload=b"{}", row=ROWS.index("thread.run.failed")),
    "malformed": lambda: End("malformed", name="x", payload=b"[1]", why="expected an object", at=7),
    "too_large": lambda: End("too_large", limit=10, size=11, position=12),
    "reset": lambda: End("source", cause=ConnectionResetError("reset")),
    "reset, complete": lambda: End("source", cause=ConnectionResetError("reset"), complete=True),
    "timeout": lambda: End("source", cause=TimeoutError("slow")),
    "timeout, complete": lambda: End("source", cause=TimeoutError("slow"), complete=True),
    "ValueError": lambda: End("source", cause=ValueError("mine")),
    "ValueError, complete": lambda: End("source", cause=ValueError("mine"), complete=True),
    "closed": lambda: End("closed"),
    "cancelled": lambda: End("cancelled"),
}

Expected = tuple[str, type[BaseException] | None, str]
TRUNCATED: Expected = (
    "truncated",
    errors.StreamTruncated,
    "Stream ended before the answer was complete (no end marker {where}). The text so far is in `partial_text`.",
)
UNREAD: Expected = (
    "truncated",
    errors.StreamTruncated,
    'Stream ended before the answer was complete (no end marker {where}; ends with \'{{"status": "queued"}}\\x1b\'). '
    "The text so far is in `partial_text`.",
)
NO_ERROR: Expected = (
    UNREAD[0],
    UNREAD[1],
    UNREAD[2].replace('"status": "queued"', '"error": null').replace("\\x1b", ""),
)
OTHER: Expected = (
    "truncated",
    errors.StreamTruncated,
    "Stream ended before the answer was complete (no end marker {where}; ends with '{{\"choices\": []}}', "
    "which looks like an event of dialect 'chat'). The text so far is in `partial_text`.",
)
ONLY_DONE: Expected = (
    "truncated",
    errors.StreamTruncated,
    "Stream ended before the answer was complete (no end marker but [DONE] {events}). "
    "The text so far is in `partial_text`.",
)


def no_stream(found: str) -> Expected:
    quoted = repr(found).replace("{", "{{").replace("}", "}}")
    message = f"Expected an event stream, got {quoted} (512 bytes without an event)."
    return "truncated", errors.StreamTruncated, message


PAGE: Expected = (
    "error",
    errors.NotAnEventStream,
    "Expected an event stream, got HTTP 200 with text/event-stream: Bad Gateway",
)
MALFORMED = "Event 'x': payload is not the expected JSON (expected an object at byte 7): '[1]'"
TOO_LARGE = (
    "Event too large: at least 11 bytes (max_event_bytes=10, event begins at byte 12). "
    "Pass a larger max_event_bytes to Scanner if such events are expected."
)
LOST = "Connection lost: reset ({where}). The text so far is in `partial_text`."
IDLE = "No data received (idle timeout; {where}). Change it with timeout=Timeouts(idle_s=...)."

#: end -> context -> outcome, class and message of the exception. "" is for every context that is not named.
VERDICTS: dict[str, dict[str, Expected]] = {
    "done": {"": ("done", None, "")},
    "eof": {"": TRUNCATED, "no dialect": ("eof", None, ""), "a page": PAGE},
    "eof, complete": {"": ("finished", None, "")},
    "eof, unread": {
        "": UNREAD,
        "no dialect": ("eof", None, ""),
        "auto, no event": no_stream('{"status": "queued"}\x1b'),
        "a page": PAGE,
    },
    "eof, unread error": {
        "": ("error", errors.InternalServerError, "Overloaded"),
        "no dialect": ("eof", None, ""),
        "a page": PAGE,
    },
    "eof, no error": {
        "": NO_ERROR,
        "no dialect": ("eof", None, ""),
        "auto, no event": no_stream('{"error": null}'),
        "a page": PAGE,
    },
    "eof, of another dialect": {
        "": OTHER,
        "no dialect": ("eof", None, ""),
        "auto, no event": no_stream('{"choices": []}'),
        "a page": PAGE,
    },
    "only_done": {"": ONLY_DONE},
    "error": {"": ("error", errors.RateLimitError, "Slow down"), "a page": PAGE},
    "error of a row": {"": ("error", errors.APIError, "No"), "a page": PAGE},
    "failed": {
        "": ("error", errors.InternalServerError, "Sorry"),
        "no dialect": ("error", errors.APIError, "run"),
        "auto, no event": ("error", errors.APIError, "run"),
    },
    "failed, no reason": {"": ("error", errors.APIError, "run")},
    "malformed": {"": ("error", errors.EventDecodeError, MALFORMED)},
    "too_large": {"": ("error", errors.EventTooLarge, TOO_LARGE)},
    "reset": {
        "": ("broken", errors.StreamBroken, LOST),
        "no dialect": ("broken", errors.StreamBroken, LOST.partition(" The text")[0]),
    },
    "reset, complete": {"": ("finished", None, "")},
    "timeout": {"": ("timeout", errors.StreamTimeout, IDLE)},
    "timeout, complete": {"": ("finished", None, "")},
    "ValueError": {"": ("broken", ValueError, "mine")},
    "ValueError, complete": {"": ("broken", ValueError, "mine")},
    "closed": {"": ("cancelled", None, "")},
    "cancelled": {"": ("cancelled", errors.StreamCancelled, "Stream was cancelled ({where}).")},
}


class TestConclude:
    def test_every_end_is_in_the_table(self):
        assert list(VERDICTS) == list(ENDS)

    @pytest.mark.parametrize("name", CONTEXTS)
    @pytest.mark.parametrize("kind", ENDS)
    def test_the_verdict(self, kind: str, name: str):
        outcome, cls, message = VERDICTS[kind].get(name, VERDICTS[kind][""])
        end, context = ENDS[kind](), CONTEXTS[name]
        got, error = conclude(end, context)

        assert type(got) is Outcome
        assert got == outcome
        assert (None if error is None else type(error)) is cls
        assert error is None or str(error) == message.format(where=WHERE[name], events=WHERE[name].partition(",")[0])
        complete(error, got, end, context)
        if isinstance(error, errors.SSEScanError):
            assert (error.outcome, error.events) == (outcome, context.stats.events)
            assert (error.partial_text, error.last_event) == (context.partial_text, context.last_event)
            assert error.request_id == ("req_1" if context.response else None)
        if isinstance(error, errors.APIError):
            assert error.request == ("POST /" if context.response else None)

    @pytest.mark.parametrize("name", CONTEXTS)
    @pytest.mark.parametrize("kind", ENDS)
    def test_the_same_values_give_the_same_verdict(self, kind: str, name: str):
        end, context = ENDS[kind](), CONTEXTS[name]
        (first, error), (second, again) = conclude(end, context), conclude(end, context)

        assert (first, type(error), str(error)) == (second, type(again), str(again))

    @pytest.mark.parametrize(
        "cause", [ConnectionResetError("reset"), TimeoutError("slow"), errors.StreamTruncated(), ValueError()]
    )
    def test_the_exception_of_the_source_is_not_changed(self, cause: Exception):
        try:
            raise cause
        except Exception as raised:
            before = dict(vars(raised)), raised.__traceback__
        conclude(End("source", cause=cause), HTTP)

        assert (vars(cause), cause.__traceback__) == before


class TestComplete:
    def complete(self, cause: BaseException) -> tuple[Outcome, Any]:
        end = End("source", cause=cause)
        outcome, error = conclude(end, HTTP)
        complete(error, outcome, end, HTTP)
        return outcome, error

    @pytest.mark.parametrize("kind", ["reset", "timeout"])
    def test_the_cause_is_kept_without_its_traceback(self, kind: str):
        try:
            raise ENDS[kind]().cause
        except OSError as raised:
            cause = raised
        _, error = self.complete(cause)

        assert error.__cause__ is cause
        assert traceback.extract_tb(cause.__traceback__) == []

    def test_an_exception_of_the_source_is_passed_on(self):
        cause = errors.StreamTruncated("within another stream")
        outcome, error = self.complete(cause)

        assert error is cause
        assert (outcome, error.outcome, error.partial_text) == ("broken", "broken", "Hi")

    def test_the_request_id_of_an_exception_counts(self):
        cause = errors.StreamTruncated()
        cause.request_id, cause.request = "req_0", "GET /"
        self.complete(cause)

        assert (cause.request_id, cause.request) == ("req_0", "GET /")


class TestEnd:
    def test_its_fields_are_read_only(self):
        with pytest.raises(AttributeError):
            End("done").kind = "eof"

    def test_a_kind_that_does_not_exist(self):
        with pytest.raises(ValueError, match='unknown kind of end: "over"'):
            End("over")

    def test_fields_of_other_kinds_are_empty(self):
        end = End("done")

        assert (end.name, end.payload, end.row, end.complete, end.cause) == ("", b"", None, False, None)
        assert (end.why, end.at, end.limit, end.size, end.position) == ("", 0, 0, 0, 0)
        assert repr(end) == "End('done')"


class TestStreamFacts:
    """From the values that the core passes to a `Context`."""

    def conclude(self, kind: str, dialect: int | None, events: int, *, auto: bool, prefix: bytes = b"") -> Any:
        facts = StreamFacts([ASSISTANTS, dialects.get("chat")], auto, RESPONSE)
        return facts.conclude(End(kind), dialect, STATS._replace(events=events), "Hi", None, None, prefix)

    @pytest.mark.parametrize(
        ("dialect", "events", "auto", "outcome"),
        [
            (0, 1, False, "truncated"),
            (None, 0, False, "truncated"),
            (None, 0, True, "truncated"),
            (None, 1, True, "eof"),
            (1, 1, True, "truncated"),
        ],
    )
    def test_whether_a_dialect_was_looked_for(self, dialect, events, auto, outcome):
        assert self.conclude("eof", dialect, events, auto=auto)[0] == outcome

    @pytest.mark.parametrize(("prefix", "outcome"), [(b"<html>", "error"), (b"", "truncated")])
    def test_a_page_is_an_error(self, prefix, outcome):
        assert self.conclude("eof", 0, 0, auto=False, prefix=prefix)[0] == outcome


class TestOneVerdict:
    """The core stores a verdict once, and calls nothing of the stream but the release of its source."""

    def calls_of(self, body: list[bytes], monkeypatch: pytest.MonkeyPatch) -> list[str]:
        calls: list[str] = []
        for cls in reversed(Scanner.__mro__):
            for name, member in vars(cls).items():
                if callable(member) and cls.__module__.startswith("ssescan.") and not name.startswith("__"):
                    monkeypatch.setattr(Scanner, name, self.recorded(name, getattr(Scanner, name), calls))
        events = Scanner(body, dialect="chat")
        calls.clear()
        while events.scan():
            pass
        assert events.outcome != "open"
        return [name for name in calls if name != "scan"]

    def recorded(self, name: str, method: Any, calls: list[str]) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            calls.append(name)
            return method(*args, **kwargs)

        return call

    def test_a_good_end_calls_release(self, monkeypatch):
        assert self.calls_of([chunk("a"), chunk(finish="stop")], monkeypatch) == ["_release_source"]

    def test_a_failure_calls_release(self, monkeypatch):
        assert self.calls_of([chunk("a")], monkeypatch) == ["_release_source", "_close_source"]

    def test_an_end_inside_the_release_changes_nothing(self):
        def close() -> None:
            seen.append(events.outcome)
            events.cancel()
            events.close()

        seen: list[str] = []
        events = Scanner(Iterated([chunk("a")], close), dialect="chat")
        while events.scan():
            pass

        assert seen == ["truncated"]
        assert (events.outcome, type(events.err)) == ("truncated", errors.StreamTruncated)

    @pytest.mark.parametrize("end", [Scanner.close, Scanner.cancel])
    def test_an_interrupted_release_keeps_the_verdict(self, end: Callable[[Scanner], None]):
        def close() -> None:
            raise KeyboardInterrupt

        events = Scanner(Iterated([chunk("a")], close), dialect="chat")
        with pytest.raises(KeyboardInterrupt):
            end(events)

        assert events.outcome == "cancelled"
        assert events.scan() is False

    def test_a_stop_that_was_interrupted_is_ended_by_the_next(self):
        """The thread that reads was to end the stream, and was interrupted instead."""

        def blocks() -> Any:
            yield chunk("a")
            events.cancel()
            raise KeyboardInterrupt

        events = Scanner(blocks(), dialect="chat")
        next(events)
        with pytest.raises(KeyboardInterrupt):
            next(events)
        assert events.outcome == "open"
        events.close()

        assert (events.outcome, type(events.err)) == ("cancelled", errors.StreamCancelled)

    @pytest.mark.parametrize("advance", [next, lambda events: events.reader().read()])
    def test_a_finalizer_in_the_traceback_uses_the_stream(self, advance):
        """An advance that raises the failure again drops its last traceback, and whatever the frames of that hold."""

        class Finalizer:
            def __del__(self) -> None:
                seen.append((events.outcome, events.scan()))

        def fail() -> None:
            held = Finalizer()
            next(events)
            del held

        seen: list[tuple[str, bool]] = []
        events = Scanner([], dialect="chat")
        try:
            fail()
        except errors.StreamTruncated as error:
            first = error  # the failure is one object as long as the program has it
        assert seen == []
        with pytest.raises(errors.StreamTruncated) as caught:
            advance(events)

        assert caught.value is first is events.err
        assert seen == [("truncated", False)]

    def test_a_parser_has_no_source_to_release(self):
        parser = Parser("chat")
        parser.feed(chunk("a"))
        with pytest.raises(errors.StreamTruncated):
            parser.finish()

        assert (parser.outcome, type(parser.err)) == ("truncated", errors.StreamTruncated)
