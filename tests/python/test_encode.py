"""`encode` gives the frame of an event: what reads it gets the same event."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from each import for_each_case
from fixtures import CASES, Case
from ssescan import Parser, ServerSentEvent
from ssescan.types.anthropic import RawMessageStopEvent


def read(body: bytes, dialect: object = None) -> list:
    """The events up to the end of the body, or up to a failure."""
    return Parser(dialect).feed(body)


@for_each_case(CASES)
def test_a_frame_is_read_as_the_same_event(case: Case):
    """But an empty id is left out, so that the frames of a stream that resets its id are compared one by one."""
    for event in read(case.body):
        assert read(event.encode()) == [event]


@for_each_case([case for case in CASES if case.dialect])
def test_so_is_a_frame_of_a_typed_event(case: Case):
    events = read(case.body, case.dialect)
    again = read(b"".join(event.encode() for event in events), case.dialect)
    # A line of JSON without a field name becomes a frame, so that nothing else is the same but the content.
    assert [(type(event), event.raw, event.text) for event in again] == [
        (type(event), event.raw, event.text) for event in events
    ]


@given(
    st.builds(
        ServerSentEvent,
        event=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), min_size=1),
        data=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r")),
        id=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0")),
        retry=st.none() | st.integers(0, 2**53),
    )
)
def test_any_event(event: ServerSentEvent):
    assert read(event.encode()) == [event]


def test_the_name_is_where_the_dialect_has_it():
    assert (
        RawMessageStopEvent(type="message_stop").encode() == b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
    )
    (chunk,) = read(b'data: {"choices": []}\n\n', "chat")
    assert chunk.encode() == b'data: {"choices": []}\n\n'
    (gemini,) = read(b'data: {"candidates": []}\n\n', "gemini")
    assert gemini.encode() == b'data: {"candidates": []}\n\n'
    (run,) = read(b'data: {"event": "thread.created", "data": {"id": "t"}}\n\n', "assistants")
    assert run.encode() == b'event: thread.created\ndata: {"id": "t"}\n\n'


@pytest.mark.parametrize("event", [{"event": "a\nb"}, {"event": "\r"}, {"id": "a\n"}, {"id": "\0"}])
def test_what_no_line_can_contain(event: dict):
    with pytest.raises(ValueError, match="line break"):
        ServerSentEvent(**event).encode()


def test_bytes_that_are_not_utf8_stay():
    assert ServerSentEvent(data=b"\xff\n\xfe").encode() == b"data: \xff\ndata: \xfe\n\n"
