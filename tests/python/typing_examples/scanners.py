"""What a stream hands out, told from the dialect; and what a call with `stream=True` gives."""

from typing import Any, Optional, Union

from typing_extensions import assert_never, assert_type

from ssescan import Parser, Scanner, ServerSentEvent, UnknownEvent
from ssescan.dialects import Dialect
from ssescan.openai import Stream
from ssescan.openai.types import Completion, ImageEditStreamEvent, ImageGenStreamEvent
from ssescan.openai.types.audio import TranscriptionTextDeltaEvent
from ssescan.openai.types.beta import AgentSessionEvent, AssistantStreamEvent
from ssescan.openai.types.beta.assistant_stream_event import ThreadMessageDelta, ThreadRunRequiresAction
from ssescan.openai.types.beta.threads import Run
from ssescan.openai.types.chat import ChatCompletionChunk
from ssescan.openai.types.responses import ResponseStreamEvent, ResponseTextDeltaEvent
from ssescan.types.speech import SpeechAudioDeltaEvent


def plain(body: bytes) -> None:
    for event in Scanner(body):
        assert_type(event, ServerSentEvent)
    assert_type(Parser().feed(body), list[ServerSentEvent])


def assistants(body: bytes) -> None:
    with Scanner(body, dialect="assistants", max_event_bytes=1 << 20) as events:
        assert_type(events, Scanner[Union[AssistantStreamEvent, UnknownEvent]])
        for event in events:
            match event:
                case ThreadMessageDelta(data=message):
                    assert_type([part.index for part in message.delta.content or []], list[int])
                case ThreadRunRequiresAction(data=run):
                    assert_type(run, Run)
                case UnknownEvent(name=name):
                    assert_type(name, str)
                case _:
                    pass


def chat(body: bytes) -> str:
    events = Scanner(body, dialect="chat")
    while events.scan():
        assert_type(events.event, Optional[ChatCompletionChunk])
    return "".join(chunk.choices[0].delta.content or "" for chunk in Scanner(body, dialect="chat"))


def responses(body: bytes) -> None:
    for event in Parser("responses").feed(body):
        if isinstance(event, ResponseTextDeltaEvent):
            assert_type(event.delta, str)
        elif isinstance(event, UnknownEvent):
            assert_type(event.data, Any)
        else:
            assert_type(event.sequence_number, int)


def more(body: bytes) -> None:
    assert_type(Scanner(body, dialect="agents"), Scanner[Union[AgentSessionEvent, UnknownEvent]])
    assert_type(Parser("images").feed(body), list[Union[ImageGenStreamEvent, ImageEditStreamEvent, UnknownEvent]])
    for event in Scanner(body, dialect="transcription"):
        if isinstance(event, TranscriptionTextDeltaEvent):
            assert_type(event.delta, str)
    for sound in Scanner(body, dialect="speech"):
        if isinstance(sound, SpeechAudioDeltaEvent):
            assert_type(sound.audio, str)


def others(body: bytes, dialect: Dialect, name: str) -> None:
    assert_type([event for event in Scanner(body, dialect="completions")], list[Completion])
    for stream in (Scanner(body, dialect="auto"), Scanner(body, dialect=dialect), Scanner(body, dialect=name)):
        for event in stream:
            assert_type(event, Any)


def bare(stream: Scanner) -> None:
    """Without a parameter it may hand out anything."""
    assert_type(next(stream), Any)


def called(stream: Stream[ResponseStreamEvent]) -> Optional[str]:
    for event in stream:
        if event.type == "response.output_text.delta":
            assert_type(event, ResponseTextDeltaEvent)
    return stream.text()


def all_of(event: Union[ServerSentEvent, UnknownEvent]) -> str:
    match event:
        case ServerSentEvent():
            return event.event
        case UnknownEvent():
            return event.name
        case _:
            assert_never(event)
