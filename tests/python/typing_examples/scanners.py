"""What a stream hands out, told from the dialect; and what a call with `stream=True` gives."""

from typing import Any, Optional, Union

from typing_extensions import assert_never, assert_type

import ssescan
from ssescan import EventSource, Parser, Scanner, ServerSentEvent, UnknownEvent, accumulate
from ssescan.dialects import Channel, Dialect, DialectName, Row
from ssescan.events import Event
from ssescan.openai import Stream
from ssescan.openai.types import Completion, ImageEditStreamEvent, ImageGenStreamEvent, ImagesResponse
from ssescan.openai.types.audio import Transcription, TranscriptionDiarized, TranscriptionTextDeltaEvent
from ssescan.openai.types.beta import AgentSession, AgentSessionEvent, AssistantStreamEvent
from ssescan.openai.types.beta.assistant_stream_event import ThreadMessageDelta, ThreadRunRequiresAction
from ssescan.openai.types.beta.threads import Run
from ssescan.openai.types.chat import ChatCompletionChunk
from ssescan.openai.types.responses import ResponseStreamEvent, ResponseTextDeltaEvent
from ssescan.types.anthropic import (
    ContentBlock,
    Message,
    RawContentBlockDeltaEvent,
    RawMessageDeltaEvent,
    RawMessageStreamEvent,
    StopReason,
    TextDelta,
)
from ssescan.types.cohere import (
    ChatFinishReason,
    ContentDeltaV2ChatStreamResponse,
    MessageEndV2ChatStreamResponse,
    V2ChatResponse,
    V2ChatStreamResponse,
)
from ssescan.types.gemini import GenerateContentResponse
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


def anthropic(body: bytes) -> str:
    text = ""
    for event in Scanner(body, dialect="anthropic"):
        match event:
            case RawContentBlockDeltaEvent(delta=TextDelta(text=piece)):
                text += piece
            case RawMessageDeltaEvent(delta=delta, usage=usage):
                assert_type(usage.output_tokens, int)
                assert_type(delta.stop_reason, Optional[StopReason])
            case UnknownEvent():
                pass
            case _ if event.type == "content_block_start":
                assert_type(event.content_block, ContentBlock)
            case _:
                pass
    assert_type(Parser("anthropic").feed(body), list[Union[RawMessageStreamEvent, UnknownEvent]])
    return text


def gemini(body: bytes) -> None:
    for chunk in Scanner(body, dialect="gemini"):
        assert_type(chunk, GenerateContentResponse)
        for candidate in chunk.candidates or []:
            assert_type(candidate.finish_reason, Optional[str])
            for part in candidate.content.parts or [] if candidate.content else []:
                assert_type(part.function_call.args if part.function_call else None, Optional[dict[str, Any]])
    assert_type(Parser("gemini").feed(body), list[GenerateContentResponse])


def cohere(body: bytes) -> None:
    for event in Scanner(body, dialect="cohere"):
        if isinstance(event, MessageEndV2ChatStreamResponse):
            assert_type(event.delta.finish_reason if event.delta else None, Optional[ChatFinishReason])
        elif not isinstance(event, UnknownEvent) and event.type == "content-delta":
            assert_type(event, ContentDeltaV2ChatStreamResponse)
    assert_type(Parser("cohere").feed(body), list[Union[V2ChatStreamResponse, UnknownEvent]])


def more(body: bytes) -> None:
    assert_type(Scanner(body, dialect="agents"), Scanner[Union[AgentSessionEvent, UnknownEvent]])
    assert_type(Parser("images").feed(body), list[Union[ImageGenStreamEvent, ImageEditStreamEvent, UnknownEvent]])
    for event in Scanner(body, dialect="transcription"):
        if isinstance(event, TranscriptionTextDeltaEvent):
            assert_type(event.delta, str)
    for sound in Scanner(body, dialect="speech"):
        if isinstance(sound, SpeechAudioDeltaEvent):
            assert_type(sound.audio, str)


class Piece(Event):
    body: str


def others(body: bytes, dialect: Dialect, name: DialectName) -> None:
    assert_type([event for event in Scanner(body, dialect="completions")], list[Completion])
    for stream in (Scanner(body, dialect=dialect), Scanner(body, dialect=name)):
        for event in stream:
            assert_type(event, Any)
    assert_type([*Parser(dialect).feed(body), *Parser(name).feed(body)], list[Any])
    for detected in Scanner(body, dialect="auto"):
        assert_type(detected, Union[Event, ServerSentEvent])
        if isinstance(detected, ChatCompletionChunk):
            assert_type(detected.choices[0].index, int)
    assert_type(Parser("auto").feed(body), list[Union[Event, ServerSentEvent]])


def declared(body: bytes, url: str) -> None:
    plain = Dialect("plain", types=__name__, rows={}, default=Row("Piece"))
    assert_type([event for event in Scanner(body, dialect=plain)], list[Any])
    rows = {"piece": Row("Piece", {"text": Channel("body")})}
    typed = Dialect[Union[Piece, UnknownEvent]]("typed", types=__name__, rows=rows, default=Row("UnknownEvent"))
    for event in Scanner(body, dialect=typed):
        assert_type(event, Union[Piece, UnknownEvent])
    assert_type(Parser(typed).feed(body), list[Union[Piece, UnknownEvent]])
    assert_type(next(ssescan.stream(url, dialect=typed)), Union[Piece, UnknownEvent])


def by_type(body: bytes) -> None:
    for event in Scanner(body, dialect="anthropic"):
        assert_type(event.type == "message_stop", bool)
    for other in Scanner(body, dialect="cohere"):
        assert_type(other.type == "message-end", bool)
    for one in Scanner(body, dialect="responses"):
        assert_type(one.type == "response.completed", bool)


def opened(url: str, dialect: Dialect) -> None:
    with ssescan.stream(url, json={"stream": True}, headers={"X": "y"}, timeout=5, max_event_bytes=1 << 20) as events:
        assert_type(events, Scanner[ServerSentEvent])
    assert_type(ssescan.stream(url, on_comment=print), Scanner[ServerSentEvent])
    assert_type(ssescan.stream(url, dialect="assistants"), Scanner[Union[AssistantStreamEvent, UnknownEvent]])
    assert_type([event for event in ssescan.stream(url, method="POST", dialect="chat")], list[ChatCompletionChunk])
    assert_type([event for event in ssescan.stream(url, content=b"", dialect="completions")], list[Completion])
    assert_type(ssescan.stream(url, dialect="responses"), Scanner[Union[ResponseStreamEvent, UnknownEvent]])
    assert_type(ssescan.stream(url, dialect="auto"), Scanner[Union[Event, ServerSentEvent]])
    assert_type(next(ssescan.stream(url, dialect=dialect)), Any)


def reconnecting(url: str) -> str:
    errors: list[Exception] = []
    comments: list[str] = []
    with EventSource(url, on_error=errors.append, on_comment=comments.append) as source:
        for event in source:
            assert_type(event, ServerSentEvent)
        assert_type(source.reconnects, int)
    return source.last_event_id


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


def final_objects(body: bytes) -> None:
    completion = accumulate(Scanner(body, dialect="chat"))
    assert_type(completion.choices[0].message.content, Optional[str])
    assert_type(accumulate(Scanner(body, dialect="completions")), Completion)
    assert_type(accumulate(Scanner(body, dialect="responses")).output_text, str)
    assert_type(accumulate(Scanner(body, dialect="assistants")).run, Optional[Run])
    assert_type(accumulate(Scanner(body, dialect="anthropic")), Message)
    assert_type(accumulate(Scanner(body, dialect="gemini")), GenerateContentResponse)
    assert_type(accumulate(Parser("cohere").feed(body)), V2ChatResponse)
    assert_type(accumulate(Scanner(body, dialect="agents")).session, Optional[AgentSession])
    transcription = accumulate(Scanner(body, dialect="transcription"))
    assert_type(transcription, Union[Transcription, TranscriptionDiarized])
    assert_type(transcription.text, str)
    assert_type(accumulate(Scanner(body, dialect="images")), ImagesResponse)
    assert_type(accumulate(Scanner(body, dialect="speech")).audio, bytes)
