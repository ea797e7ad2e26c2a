"""Recorded streams, cut at every byte: a stream that is cut never looks complete, and `partial_text` is what came.

What is complete is told by a slow and obvious second opinion on the bytes in front of the cut.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

import pytest

import reference
from conftest import (
    BARE_DONE,
    COMPLETED,
    DONE,
    chunk,
    cut_at_random,
    delta,
    frame,
    output,
    places_of,
    run,
)
from each import for_each_case
from faultserver import CHUNKED, CLOSE, CUT, END, RESET, FaultServer, Request, Script, head, length, piece
from fixtures import CASES, WITHOUT_TEXT, Case
from ssescan import Scanner, SSEScanError, StreamBroken, StreamTruncated
from ssescan.http.transport import Transport
from ssescan.opening import open_stream

pytestmark = pytest.mark.usefixtures("loopback")

COMPLETE = ("done", "finished")
TYPED = [case for case in CASES if case.dialect]
#: Longer ones are cut at some places only, since every cut reads all that is in front of it.
MAX_BYTES = 9000
SMALL = [case for case in TYPED if len(case.body) <= MAX_BYTES]


@dataclass
class Truth:
    """What a body says, frame by frame: what stands in front of a byte, and whether that is a whole answer."""

    body: bytes
    dialect: str

    @cached_property
    def ends(self) -> list[tuple[int, dict]]:
        """Each frame, and where it is complete: behind the LF of its blank line, or behind its CR."""
        found, start = [], 0
        for line, end in reference.lines_of(self.body):
            if line == "":
                frames, _ = reference.parse(with_names(self.body[start:end]))
                found += [(end - (self.body[end - 2 : end] == b"\r\n"), frame) for frame in frames]
                start = end
        return found

    @cached_property
    def states(self) -> list[tuple[int, bool]]:
        """From which byte on the answer is complete, or not."""
        answer = Answer(self.dialect)
        return [(end, answer.is_complete_with(frame)) for end, frame in self.ends]

    def is_complete(self, at: int) -> bool:
        """Whether the first `at` bytes are a whole answer."""
        state = [complete for end, complete in self.states if end <= at]
        return bool(state and state[-1]) or self.ends_in_mark(at) or self.ends_in_whole(at)

    def before(self, at: int) -> Answer:
        """Return the state of the answer after the whole frames in the first `at` bytes."""
        answer = Answer(self.dialect)
        for end, before in self.ends:
            if end <= at:
                answer.is_complete_with(before)
        return answer

    def seen(self, at: int, lines: list[bytes]) -> bool:
        """Return whether an event of the dialect precedes these lines of an unfinished frame."""
        answer = self.before(at)
        for line in lines:
            answer.hears("message", line.decode("utf-8", "replace"))
        return answer.done_counts()

    def tail(self, at: int) -> list[bytes]:
        """The lines of the unfinished frame."""
        lines = self.body[:at].replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n\n")[-1].split(b"\n")
        return with_names(b"\n".join(lines)).split(b"\n")

    def ends_in_whole(self, at: int) -> bool:
        """A whole answer without a field name counts without its line end."""
        lines = self.body[:at].replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n\n")[-1].split(b"\n")
        answer = Answer(self.dialect)
        return lines[0].startswith(b'{"') and answer.hears("message", lines[0].decode("utf-8", "replace"))

    def ends_in_mark(self, at: int) -> bool:
        """An end mark counts without its blank line, too: nothing can follow it."""
        lines = self.tail(at)
        data = [line[5:].removeprefix(b" ") for line in lines if line.startswith(b"data:")]
        marks = [line.startswith(b"[DONE]") for line in data]
        alone = len(alone_in(b"\n".join(data).decode("utf-8", "replace"))) > 1
        named = any(line.startswith(b"event:") for line in lines)
        is_mark = bool(data) and (marks[0] or (marks[-1] and alone and not named))
        is_done = self.dialect == "assistants" and b"event: done" in lines and not self.before(at).is_running
        return is_mark and (is_done or self.seen(at, data[: -1 if marks[-1] else 0]))


def with_names(lines: bytes) -> bytes:
    """Lines that are an object without a field name are data."""
    return re.sub(rb'(?m)^(?=\{".*\}\r?$)', b"data: ", lines)


@dataclass
class Answer:
    """What was said so far. Complete stays complete, except for choices that appear late."""

    dialect: str
    whole: bool = False

    def __post_init__(self) -> None:
        self.choices: dict[object, bool] = {}
        self.known = False
        #: Choices with a finish reason that is no word, such as an object. Then an end marker does not complete the answer.
        self.odd: set[object] = set()
        #: The last state of the run is not a final one. Then an end marker does not complete the answer.
        self.is_running = False

    def is_complete_with(self, frame: dict) -> bool:
        for data in alone_in(frame["data"]) if frame["event"] == "message" else [frame["data"]]:
            whole = self.hears(frame["event"], data)
        return whole

    def hears(self, name: str, data: str) -> bool:
        if self.dialect == "assistants" and name == "done":
            self.whole = not self.is_running
        elif data.startswith("[DONE]"):
            self.whole = self.done_counts()
        elif (payload := loads(data)) is not None:
            self.note(name, payload)
        return self.whole or (bool(self.choices) and all(self.choices.values()))

    def done_counts(self) -> bool:
        """In some dialects `[DONE]` completes an answer, but only after an event."""
        choices = bool(self.choices) and all(self.choices.values())
        known = self.known and not self.is_running and not self.odd
        return self.whole or choices or (known and self.dialect in ("assistants", "chat", "completions"))

    def note(self, name: str, payload: dict) -> None:
        if self.dialect in CHOICES:
            key, reason = CHOICES[self.dialect]
            choices = payload.get(key) or []
            self.known = self.known or (key in payload and isinstance(choices, list))
            # Text after all have finished means that the answer continues.
            continues = bool(self.choices) and all(self.choices.values()) and says_something(choices)
            for choice in choices if isinstance(choices, list) else []:
                index = choice.get("index", 0)
                was_finished = self.choices.get(index, False) and not continues
                self.choices[index] = is_reason(choice.get(reason)) or was_finished
                if choice.get(reason) and not isinstance(choice[reason], str):
                    self.odd.add(index)
            return
        name = name if name != "message" else str(payload.get("event" if self.dialect == "assistants" else "type"))
        self.known = self.known or name.startswith("thread.")
        state = (payload.get("response") or {}).get("status") if name == "response.done" else None
        if name in REOPENS:
            self.whole = False
        stopped = name == "message_delta" and is_reason((payload.get("delta") or {}).get("stop_reason"))
        if self.dialect == "transcription":
            stopped = any(is_reason(choice.get("finish_reason")) for choice in payload.get("choices") or [])
        if name in ENDS[self.dialect]:
            stopped = not is_running(payload)
            stopped = stopped and (self.dialect != "responses" or isinstance(payload.get("response"), dict))
            self.is_running = not stopped and self.dialect == "assistants"
            self.whole = self.whole and not self.is_running
        self.whole = self.whole or stopped or state in ("completed", "incomplete")


def is_reason(value: object) -> bool:
    """A word that says why an answer ended, not the name of nothing."""
    word = value.strip().lower() if isinstance(value, str) else ""
    return word not in ("", "null", "none", "undefined") and not word.endswith("_unspecified")


def says_something(value: object, key: str = "") -> bool:
    """Whether there is a text, a thought, or a part of a call in choices."""
    if isinstance(value, dict):
        return any(says_something(inner, name) for name, inner in value.items())
    if isinstance(value, list):
        return any(says_something(inner, key) for inner in value)
    return bool(value) and key in ("content", "text", "refusal", "reasoning", "reasoning_content", "arguments")


def is_running(payload: dict) -> bool:
    """The state of a run, or of a response, counts more than the name of its last event."""
    parts = [payload, payload.get("data"), payload.get("response")]
    states = {part.get("status") for part in parts if isinstance(part, dict)}
    return bool(states & {"queued", "in_progress", "cancelling"})


ENDS = {
    "assistants": {f"thread.run.{state}" for state in "requires_action completed incomplete failed cancelled expired".split()} | {"done"},
    "responses": {"response.completed", "response.incomplete"},
    "anthropic": {"message_stop"},
    "cohere": {"message-end"},
    "agents": {f"agent.session.{state}" for state in "requires_action idle failed turn.completed turn.failed turn.cancelled".split()},
    "images": {"image_generation.completed", "image_edit.completed"},
    "transcription": {"transcript.text.done"},
    "speech": {"speech.audio.done"},
}  # fmt: skip
#: Another turn has begun.
REOPENS = {f"agent.session.{state}" for state in ("in_progress", "turn.created", "turn.in_progress")}
#: Where choices are, and their finish reason.
CHOICES = {
    "chat": ("choices", "finish_reason"),
    "completions": ("choices", "finish_reason"),
    "gemini": ("candidates", "finishReason"),
}


def alone_in(data: str) -> list[str]:
    """The lines of the data, if they are events each, since the server ended them by one line feed."""
    lines = data.split("\n")
    alone = [line.startswith("[DONE]") or line == "null" or loads(line) is not None for line in lines]
    events = loads(data) is None and all(alone)
    return lines if events else [data]


def loads(data: str) -> dict | None:
    try:
        payload = json.loads(data)
    except ValueError:
        return None
    return payload if isinstance(payload, dict) else None


def by_events(scanner: Scanner) -> Iterator[str]:
    return (scanner.text() or "" for _ in scanner)


def by_reader(scanner: Scanner) -> Iterator[str]:
    return iter(lambda reader=scanner.reader(): reader.read(7), "")


def by_reader_or_events(scanner: Scanner) -> Iterator[str]:
    return by_events(scanner) if scanner.dialect in WITHOUT_TEXT else by_reader(scanner)


WAYS: dict[str, Callable[[Scanner], Iterator[str]]] = {"events": by_events, "reader": by_reader_or_events}


def check(scanner: Scanner, way: str, truth: Truth, at: int, *, clean: bool = True) -> str:
    """What must hold of a stream that is cut at `at`; gives its text."""
    texts: list[str] = []
    try:
        for text in WAYS[way](scanner):
            texts.append(text)
    except SSEScanError as error:
        assert error is scanner.err
        assert units(error.partial_text) == units("".join(texts))
        assert error.events == scanner.stats.events
        assert error.outcome == scanner.outcome
        assert scanner.outcome in (("truncated", "error") if clean else ("broken", "error"))
        if scanner.outcome != "error":
            assert type(error) is (StreamTruncated if clean else StreamBroken)
            assert not truth.is_complete(at)
    else:
        assert scanner.outcome in COMPLETE
        assert truth.is_complete(at), f"{scanner.outcome} at byte {at}"
    return "".join(texts)


@cache
def truth_of(name: str) -> Truth:
    case = next(case for case in CASES if case.name == name)
    return Truth(case.body, case.dialect)


class TestAsBlocks:
    @for_each_case(SMALL)
    def test_truncated(self, case: Case):
        self.truncate(case, every=False)

    @pytest.mark.soak
    @pytest.mark.parametrize("case", SMALL, ids=lambda case: case.name)
    def test_truncated_at_every_byte(self, case: Case):
        self.truncate(case, every=True)

    def truncate(self, case: Case, *, every: bool) -> None:
        truth = truth_of(case.name)
        for way in WAYS:
            before = ""
            for at in places_of(case.body, every=every):
                scanner = Scanner(case.body[:at], dialect=case.dialect)
                text = check(scanner, way, truth, at)
                # More bytes only ever add text.
                assert units(text).startswith(units(before))
                before = text if scanner.outcome != "error" else before

    @pytest.mark.parametrize("way", WAYS)
    @pytest.mark.parametrize("case", [case for case in TYPED if len(case.body) > MAX_BYTES], ids=lambda case: case.name)
    def test_long_ones_here_and_there(self, case: Case, way: str):
        for at in range(0, len(case.body), 251):
            blocks = cut_at_random(case.body[:at], at)
            check(Scanner(blocks, dialect=case.dialect), way, truth_of(case.name), at)

    def test_the_second_opinion_is_one(self):
        """It agrees with the answers of the fixtures, which were written without it."""
        for case in TYPED:
            if case.end["outcome"] in (*COMPLETE, "truncated"):
                assert truth_of(case.name).is_complete(len(case.body)) == (case.end["outcome"] in COMPLETE), case.name


def units(text: str) -> bytes:
    """Halves of a surrogate pair that come one by one, and their pair, are the same."""
    return text.encode("utf-16-le", "surrogatepass")


# Over HTTP

SHORT = {
    "assistants": delta("H") + delta("ü🙂") + run("completed") + DONE,
    "assistants, without done": delta("H") + run("in_progress") + run("completed"),
    "chat": chunk("H") + b": ping\r\n\r\n" + chunk("ü", finish="stop") + BARE_DONE,
    "chat, two choices": chunk("a", index=0, finish="stop") + chunk("b", index=1, finish="stop"),
    "responses": output("H") + output("ü") + COMPLETED,
    "responses, incomplete": output("H")
    + frame({"type": "response.incomplete", "response": {}}, "response.incomplete"),
}
RECORDED = [case for case in TYPED if case.name.startswith("recorded-") and case.end["outcome"] != "error"]


def clean_end(body: bytes, at: int) -> Script:
    return (head(CHUNKED), *map(piece, halves(body[:at])), END)


def fin_in_chunks(body: bytes, at: int) -> Script:
    """The whole body is one chunk, of which not all comes."""
    return (head(CHUNKED), b"%x\r\n" % (len(body) + 1), body[:at], CLOSE)


def fin_between_chunks(body: bytes, at: int) -> Script:
    return (head(CHUNKED), *map(piece, halves(body[:at])), CUT)


def fin_before_length(body: bytes, at: int) -> Script:
    return (head(length(len(body) + 1)), body[:at], CLOSE)


def fin(body: bytes, at: int) -> Script:
    return (head("Connection: close"), body[:at], CLOSE)


def reset(body: bytes, at: int) -> Script:
    return (head(CHUNKED), *map(piece, halves(body[:at])), RESET)


#: How a connection ends, and whether HTTP finds nothing wrong with that.
ENDINGS = {
    clean_end: True,
    fin: True,
    fin_in_chunks: False,
    fin_between_chunks: False,
    fin_before_length: False,
    reset: False,
}
each_ending = pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)


def halves(body: bytes) -> list[bytes]:
    return [body[: len(body) // 2], body[len(body) // 2 :]]


class Site:
    """Asked for /AT, the server plays the body cut there."""

    def __init__(self, body: bytes, ending: Callable[[bytes, int], Script], *, tls: bool = False) -> None:
        self.server = FaultServer(tls=tls, plays=[self.play])
        self.transport = Transport()
        self.body, self.ending = body, ending

    def play(self, request: Request) -> Script:
        return self.ending(self.body, int(request.path[1:]))

    def open(self, at: int, dialect: str) -> Scanner:
        return Scanner(open_stream(f"{self.server.origin}/{at}", transport=self.transport, timeout=5), dialect=dialect)

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.transport.close()
        self.server.close()


class TestOverHTTP:
    @each_ending
    @pytest.mark.parametrize("name", SHORT)
    def test_at_every_byte(self, name: str, ending: Callable[[bytes, int], Script]):
        """Of one of them; of the others around the ends of frames and at some, since each costs a request."""
        dialect, body = name.partition(",")[0], SHORT[name]
        truth = Truth(body, dialect)
        with Site(body, ending) as site:
            for at in places_of(body, every=name == "chat"):
                check(site.open(at, dialect), list(WAYS)[at % 2], truth, at, clean=ENDINGS[ending])

    @each_ending
    @pytest.mark.parametrize("case", RECORDED, ids=lambda case: case.name)
    def test_recorded_ones_here_and_there(self, case: Case, ending: Callable[[bytes, int], Script]):
        """Around the end of each frame, and in the midst of some."""
        truth = truth_of(case.name)
        ends = [end for end, _ in truth.ends]
        places = {place for end in ends[-4:] + ends[::7] for place in (end - 1, end, end + 1, end + 9)}
        with Site(case.body, ending) as site:
            for at in sorted(place for place in places if place <= len(case.body)):
                check(site.open(at, case.dialect), list(WAYS)[at % 2], truth, at, clean=ENDINGS[ending])

    @pytest.mark.soak
    @each_ending
    @pytest.mark.parametrize("dialect", ["assistants", "chat", "responses"])
    def test_a_recorded_one_at_every_byte(self, dialect: str, ending: Callable[[bytes, int], Script]):
        case = min((case for case in RECORDED if case.dialect == dialect), key=lambda case: len(case.body))
        truth = truth_of(case.name)
        with Site(case.body, ending) as site:
            for at in range(len(case.body) + 1):
                check(site.open(at, dialect), list(WAYS)[at % 2], truth, at, clean=ENDINGS[ending])

    @each_ending
    def test_over_tls(self, ending: Callable[[bytes, int], Script]):
        body = SHORT["chat"]
        truth = Truth(body, "chat")
        with Site(body, ending, tls=True) as site:
            for at in range(0, len(body) + 1, 5):
                check(site.open(at, "chat"), list(WAYS)[at % 2], truth, at, clean=ENDINGS[ending])
