"""Every fixture of tests/streams, read by `openai` and by ssescan: events and ends are the same, but for what is listed.

`DIFFERS` says which fixtures differ, by the beginning of their names, and under which heading of docs/explanation/differences.md
that is explained. A fixture that differs without being listed fails, and so does one that is listed and does not differ.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import httpx2
import openai
import pytest
from openai._models import FinalRequestOptions
from openai.types import Completion, ImageEditStreamEvent, ImageGenStreamEvent
from openai.types.audio import TranscriptionStreamEvent
from openai.types.beta import AgentSessionEvent, AssistantStreamEvent
from openai.types.chat import ChatCompletionChunk
from openai.types.responses import ResponseStreamEvent

from fixtures import CASES, Case
from ssescan import Scanner

EVENTS: dict[str, Any] = {
    "agents": AgentSessionEvent,
    "assistants": AssistantStreamEvent,
    "chat": ChatCompletionChunk,
    "completions": Completion,
    "images": ImageGenStreamEvent,
    "responses": ResponseStreamEvent,
    "transcription": TranscriptionStreamEvent,
}

DIFFERS: dict[str, str] = {
    r"\w+-cut-(?!in-crlf-of-blank|in-done-finished|in-usage)": "Cut streams",
    r"\w+-end-empty-body": "Cut streams",
    r"(chat-end-done-only|responses-end-bare-done)": "Cut streams",
    r"\w+-end-without-(choices|finish)": "Cut streams",
    r"\w+-(two-choices-(one|other)-finished|finish-empty|choice-appears|without-event-lines-cut)": "Cut streams",
    r"assistants-(end-only-comments|escapes-cut-in-pair)": "Cut streams",
    r"(chat-named-events|responses-type-after-the-rest|recorded-langchain-bridge_truncated)$": "Cut streams",
    r"assistants-error-(flat|first|after-run|without-done)": "Flat errors",
    r"responses-error-(flat|first)": "Flat errors",
    r"completions-error-named-event": "Flat errors",
    r"\w+-error-(after-(text|finish)|nested|under|without-(name|message)|key$|named|then|with-choices|as-string)": "Errors inside a stream",
    r"(chat|completions)-error-first": "Errors inside a stream",
    r"recorded-litellm_responses_500": "Errors inside a stream",
    r"chat-error-(bare-line(?!-falsy)|field)": "Errors outside of events",
    r"responses-end-failed": "Responses that failed",
    r"assistants-(unknown-names|error-key-falsy)": "Unknown events",
    r"responses-unknown-name": "Unknown events",
    r"\w+-keep-alive(?!-comments)": "Events without data",
    r"(assistants-framing-id-and-retry|chat-ids)": "Events without data",
    r"assistants-end-(completed-but-(in-progress|queued)|done-event-of)": "Ends that their payload contradicts",
    r"responses-end-(completed|incomplete)-(but|with|canceled)": "Ends that their payload contradicts",
    r"assistants-end-done-event-with(?!-an-error)": "End marks",
    r"responses-end-more-after-completed": "End marks",
    r"assistants-escapes-pair-split-with-ping": "Pings",
    r"(assistants-framing|chat)-bom": "Byte order marks",
    r"\w+-malformed": "Bad JSON",
    r"\w+-framing-single-line-feeds": "Single line feeds",
    r"assistants-(end-)?wrapped": "Wrapped events",
    r"(agents|images|transcription)/(.*_)?truncated": "Cut streams",
    r"(agents|images|transcription)/done_marker_alone": "Cut streams",
    r"transcription/(cut_in|chunks|chunk_reason)": "Cut streams",
    r"(agents|transcription)/error_": "Errors inside a stream",
    r"agents/unknown_event": "Unknown events",
}  # fmt: skip


def events_of(stream: Any) -> tuple[list[Any], str | None]:
    """The events by class and content, and what ended the stream."""
    events: list[Any] = []
    try:
        for event in stream:
            events.append((type(event).__name__, event.to_dict(warnings=False)))
    except Exception as error:
        return events, f"{type(error).__name__}: {error}"
    return events, None


@cache
def client() -> openai.OpenAI:
    return openai.OpenAI(api_key="k")


def theirs(case: Case) -> Any:
    assert case.dialect is not None
    request = httpx2.Request("POST", "http://host")
    response = httpx2.Response(200, stream=httpx2.ByteStream(case.body), request=request)
    options = FinalRequestOptions.construct(method="post", url="/")
    options.synthesize_event_and_data = case.dialect == "assistants"
    options.stream_mode = "events" if case.dialect == "agents" else "legacy"
    cls = ImageEditStreamEvent if "image_edit" in case.name else EVENTS[case.dialect]
    return openai.Stream(cast_to=cls, response=response, client=client(), options=options)


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.dialect in EVENTS and not case.name.startswith("quirks/")],
    ids=lambda case: case.name,
)
def test_a_fixture(case: Case):
    is_listed = any(re.match(pattern, case.name) for pattern in DIFFERS)
    ours = events_of(Scanner(case.body, dialect=case.dialect))

    assert (ours != events_of(theirs(case))) is is_listed


@pytest.mark.parametrize("pattern", DIFFERS)
def test_what_is_listed_is_there(pattern: str):
    assert any(re.match(pattern, case.name) for case in CASES)
