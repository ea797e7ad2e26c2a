"""The fixtures themselves: complete, in the written format, and agreed with by the reference parser."""

import json
import re

import pytest

from each import for_each_case
from fixtures import ALL_CASES as CASES
from fixtures import STREAMS, Case, mend
from reference import parse
from shapes import EXAMPLES, SHAPES
from ssescan.dialects import NAMES

pytestmark = pytest.mark.any_python

PREFIXES = {
    "framing": {None},
    "assistants": {"assistants"},
    "chat": {"chat"},
    "completions": {"completions"},
    "responses": {"responses"},
    "recorded": {None, "assistants", "chat", "responses", "anthropic", "gemini", "cohere"},
    "quirks": {"assistants", "chat", "completions", "responses"},
    "agents": {"agents"},
    "images": {"images"},
    "speech": {"speech"},
    "transcription": {"transcription"},
    "shapes": {shape.name for shape in SHAPES},
    "examples": {example.name for example in EXAMPLES},
    "anthropic": {"anthropic"},
    "gemini": {"gemini"},
    "cohere": {"cohere"},
}
# The 24 members of openai's AssistantStreamEvent.
ASSISTANT_EVENTS = {
    "thread.created",
    *(
        f"thread.run.{state}"
        for state in (
            *("created", "queued", "in_progress", "requires_action", "completed"),
            *("incomplete", "failed", "cancelling", "cancelled", "expired"),
        )
    ),
    *(
        f"thread.run.step.{state}"
        for state in ("created", "in_progress", "delta", "completed", "failed", "cancelled", "expired")
    ),
    *(f"thread.message.{state}" for state in ("created", "in_progress", "delta", "completed", "incomplete")),
    "error",
}
each_case = for_each_case(CASES)
each_dialect_case = for_each_case([case for case in CASES if case.dialect])


def test_every_body_has_an_answer_and_every_answer_a_body():
    bodies = {str(path).removesuffix(".sse") for path in STREAMS.rglob("*.sse")}
    answers = {str(path).removesuffix(".events.jsonl") for path in STREAMS.rglob("*.events.jsonl")}

    assert bodies == answers
    assert len(bodies) >= 90


def test_nothing_else_lies_in_the_folder():
    """A misnamed file would silently be no case."""
    others = {path.name for path in STREAMS.rglob("*") if path.is_file()} - {"README.md"}

    assert [name for name in sorted(others) if not name.endswith((".sse", ".events.jsonl", ".headers"))] == []


def test_headers_belong_to_recorded_bodies():
    headers = {path.name.removesuffix(".headers") for path in STREAMS.glob("*.headers")}

    assert headers == {case.name for case in CASES if case.name.startswith("recorded-")}


@each_case
def test_name_fits_its_dialect(case: Case):
    assert re.fullmatch(r"[a-z]+/[a-z0-9_]+|[a-z]+-[A-Za-z0-9_-]+", case.name)
    assert case.dialect in PREFIXES[re.match("[a-z]+", case.name)[0]]


@each_case
def test_answer_is_canonical(case: Case):
    """One way to write an answer, so that a change of it is a readable diff."""
    objects = [*case.frames, {"end": case.end}]
    canonical = "".join(json.dumps(item, separators=(",", ":")) + "\n" for item in objects)

    assert (STREAMS / f"{case.name}.events.jsonl").read_bytes() == canonical.encode("ascii")


@each_case
def test_answer_has_its_keys(case: Case):
    assert all(list(frame) == ["event", "data", "id", "retry"] for frame in case.frames)
    more = ["outcome", "events", "text", "error"] if case.dialect else []
    if case.fails_readers:
        more.append("reader")
    assert list(case.end) == ["last_event_id", "retry_ms", "tail_bytes", "dialect", *more]


@each_case
def test_reference_agrees(case: Case):
    frames, end = parse(case.body)

    assert frames == case.frames
    assert end == {name: case.end[name] for name in ("last_event_id", "retry_ms", "tail_bytes")}


@pytest.mark.parametrize("line_end", [b"\r", b"\r\n"], ids=["cr", "crlf"])
@for_each_case([case for case in CASES if b"\r" not in case.body])
def test_reference_does_not_depend_on_the_kind_of_line_end(case: Case, line_end: bytes):
    frames, end = parse(case.body.replace(b"\n", line_end))

    assert frames == case.frames
    assert end["last_event_id"] == case.end["last_event_id"]


@each_dialect_case
def test_error_fits_the_outcome(case: Case):
    kinds = {"done": {None}, "finished": {None}, "truncated": {"truncated"}, "error": {"api", "decode"}}
    error = case.end["error"]

    assert (error and error["kind"]) in kinds[case.end["outcome"]]
    if error:
        assert list(error) == ["kind", "message"]
        assert error["kind"] == "api" or error["message"] is None


@each_dialect_case
def test_text_is_mended_and_events_come_from_frames(case: Case):
    assert case.end["text"] == mend(case.end["text"])
    lines = re.findall(rb'^(?:data:|\{")', case.body.replace(b"\r", b"\n"), re.MULTILINE)
    assert len(case.end["events"]) <= len(lines)  # each line may be one, see single-line-feeds


def test_every_assistants_event_type_is_there():
    names = {frame["event"] for case in CASES if case.dialect == "assistants" for frame in case.frames}

    assert ASSISTANT_EVENTS <= names
    assert len(ASSISTANT_EVENTS) == 24


@pytest.mark.parametrize("dialect", NAMES)
@pytest.mark.parametrize("outcome", ["done", "finished", "truncated", "error"])
def test_every_dialect_ends_in_every_way(dialect: str, outcome: str):
    """Some have no payload that is complete without being the last event."""
    wanted = outcome != "finished" or dialect not in ("responses", "cohere", "transcription", "speech")

    assert any((case.dialect, case.end.get("outcome")) == (dialect, outcome) for case in CASES) is wanted
