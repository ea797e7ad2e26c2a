"""From the events of a stream to the final object. Helpers, tool loops and batches share what adds the events up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from ssescan import _core

from .deltas import object_at
from .surrogates import join_halves
from .tool_arguments import parse_arguments
from .tool_calls import fragments_of

if TYPE_CHECKING:
    from . import _typing as t

__all__ = ["AgentRun", "AssistantRun", "Speech", "accumulate"]


class AssistantRun(NamedTuple):
    """The final objects of an Assistants stream.

    Attributes:
        run: The run as the server last sent it, or None.
        messages: The messages, in the order in which they started.
        steps: The steps, in the order in which they started.
    """

    run: t.Run | None
    messages: list[t.ThreadMessage]
    steps: list[t.RunStep]


class AgentRun(NamedTuple):
    """The final objects of an Agents stream.

    Attributes:
        session: The session as the server last sent it, or None.
        turns: The turns, in the order in which they started.
        items: The items of all turns, in the order in which they started.
    """

    session: t.AgentSession | None
    turns: list[t.Turn]
    items: list[t.AgentSessionItem]

    @property
    def output_text(self) -> str:
        """The text of all messages of the agents."""
        messages = [item for item in fragments_of(self.items) if item.get("type") == "message"]
        parts = [part for message in messages for part in fragments_of(message.get("content"))]
        texts = [part.get("text") for part in parts if part.get("type") == "output_text"]
        return "".join(text for text in texts if isinstance(text, str))


class Speech(NamedTuple):
    """The final object of a Speech stream.

    Attributes:
        audio: The audio, decoded.
        usage: The token counts, or None.
    """

    audio: bytes
    usage: t.SpeechUsage | None


@overload
def accumulate(events: Iterable[t.ChatCompletionChunk]) -> t.ParsedChatCompletion[None]: ...
@overload
def accumulate(events: Iterable[t.Completion]) -> t.Completion: ...
@overload
def accumulate(events: Iterable[t.GenerateContentResponse]) -> t.GenerateContentResponse: ...
# The next ones overlap for lists of UnknownEvent only, which no stream consists of.
@overload
def accumulate(events: Iterable[t.ResponsesEvent]) -> t.ParsedResponse[None]: ...  # type: ignore[overload-overlap]
@overload
def accumulate(events: Iterable[t.AssistantsEvent]) -> AssistantRun: ...  # type: ignore[overload-overlap]
@overload
def accumulate(events: Iterable[t.AnthropicEvent]) -> t.Message: ...  # type: ignore[overload-overlap]
@overload
def accumulate(events: Iterable[t.CohereEvent]) -> t.V2ChatResponse: ...  # type: ignore[overload-overlap]
@overload
def accumulate(events: Iterable[t.AgentsEvent]) -> AgentRun: ...  # type: ignore[overload-overlap]
@overload
def accumulate(  # type: ignore[overload-overlap]
    events: Iterable[t.TranscriptionEvent],
) -> t.Transcription | t.TranscriptionDiarized: ...
@overload
def accumulate(events: Iterable[t.ImagesEvent]) -> t.ImagesResponse: ...  # type: ignore[overload-overlap]
@overload
def accumulate(events: Iterable[t.SpeechEvent]) -> Speech: ...
@overload
def accumulate(events: Iterable[Any]) -> Any: ...
def accumulate(events: Iterable[Any]) -> Any:
    """Return the final object of a stream: the answer that the same request has without streaming.

        message = accumulate(Scanner(response, dialect="anthropic"))
        print(message.content, message.usage, message.stop_reason)

    The result depends on the dialect of the events:

    * "chat": a `ChatCompletion`
    * "completions": a `Completion`
    * "responses": a `Response`
    * "assistants": an `AssistantRun`, with the run, the messages and the steps
    * "anthropic": a `Message`
    * "gemini": a `GenerateContentResponse`
    * "cohere": a `V2ChatResponse`
    * "agents": an `AgentRun`, with the session, the turns and the items
    * "transcription": a `Transcription`, or a `TranscriptionDiarized` if the server sent segments
    * "images": an `ImagesResponse` with the complete images
    * "speech": a `Speech`, with the audio as bytes and the usage

    Input that the provider sends as JSON text is also parsed, in `parsed_arguments` beside `arguments`. The input of
    Anthropic's tools is an object. It is empty if the call was truncated, and the text is in `partial_json`.

    A list of events may end early: the result is what has arrived. A `Scanner` raises if its stream fails. The finish
    reason of the result says whether the answer is complete. The events do not change.

    Args:
        events: The events of one stream: a `Scanner`, or any iterable of typed events, in order.

    Raises:
        ValueError: There is no event, the events are not of a built-in dialect, or their audio is not base64.
        TypeError: The events are not typed, since the stream has no dialect.
        APIError: An event belongs to another API than the first one.
    """
    total = None
    for event in events:
        if total is None:
            total = _total_for(event)
        if total is not None:
            total.add(event)
    if total is None:
        raise ValueError("Nothing to accumulate: there was no event of a built-in dialect.")
    return total.result()


class _Total:
    """The sum of the events of one stream."""

    def __init__(self, module: str, adder: str, result: Callable[[Any], Any]) -> None:
        self._adder = getattr(import_module(f"{__name__}.{module}"), adder)()
        self._result = result
        self._takes_names = module not in ("chat", "completions")

    def add(self, event: Any) -> None:
        from ssescan.events import event_name

        payload = event.json()
        if isinstance(payload, dict):
            named = (str(payload.get("type") or event_name(event)),) if self._takes_names else ()
            self._adder.add(*named, payload)

    def result(self) -> Any:
        return self._result(self._adder)


def _total_for(event: Any) -> _Total | None:
    """Return a total for the stream of this event, its first one. None if the event belongs to no dialect.

    Raises:
        ValueError: The dialect has no final object.
        TypeError: The event is not a typed event.
    """
    if not isinstance(event, _core.Node):
        raise TypeError(f"events must be typed, got {type(event).__name__}: pass a dialect to Scanner")
    from ssescan.dialects import row_of

    row = _core.node_row(event) or row_of(event)
    if row is None:
        return None
    if row.dialect not in _TOTALS:
        raise ValueError(f"Dialect {row.dialect!r} has no final object (available: {', '.join(_TOTALS)})")
    return _Total(*_TOTALS[row.dialect])


def _made(path: str, tree: dict[str, Any]) -> Any:
    module, _, name = path.rpartition(".")
    return _core.node_new(getattr(import_module(module), name), None, join_halves(tree), None)


def _chat(completion: Any) -> Any:
    answer = {"usage": None, **completion.answer()}
    for choice in answer["choices"]:
        parse_arguments(choice["message"].get("tool_calls"))
    return _made("ssescan.openai.types.chat.parsed_chat_completion.ParsedChatCompletion", answer)


def _completions(completion: Any) -> Any:
    return _made("ssescan.openai.types.completion.Completion", completion.answer())


def _responses(response: Any) -> Any:
    answer = response.answer()
    parse_arguments(answer["output"])
    return _made("ssescan.openai.types.responses.parsed_response.ParsedResponse", answer)


def _assistants(total: Any) -> AssistantRun:
    for step in total.steps.values():
        parse_arguments(object_at(step, "step_details").get("tool_calls"))
    if total.run is not None:
        action = object_at(total.run, "required_action")
        parse_arguments(object_at(action, "submit_tool_outputs").get("tool_calls"))
    beta = "ssescan.openai.types.beta.threads"
    return AssistantRun(
        None if total.run is None else _made(f"{beta}.run.Run", total.run),
        [_made(f"{beta}.message.Message", message) for message in total.messages.values()],
        [_made(f"{beta}.runs.run_step.RunStep", step) for step in total.steps.values()],
    )


def _anthropic(message: Any) -> Any:
    return _made("ssescan.types.anthropic.Message", message.answer())


def _gemini(response: Any) -> Any:
    return _made("ssescan.types.gemini.GenerateContentResponse", response.answer())


def _cohere(response: Any) -> Any:
    answer = response.answer()
    parse_arguments(answer["message"].get("tool_calls"))
    return _made("ssescan.types.cohere.V2ChatResponse", answer)


def _agents(total: Any) -> AgentRun:
    items = total.items()
    parse_arguments(items)
    beta = "ssescan.openai.types.beta"
    return AgentRun(
        None if total.session is None else _made(f"{beta}.agent_session.AgentSession", total.session),
        [_made(f"{beta}.agents.sessions.turn.Turn", turn) for turn in total.turns.values()],
        # The class of an item depends on its type, as in the event.
        [_made(f"{beta}.AgentSessionTurnItemAddedEvent", {"item": item}).item for item in items],
    )


def _transcription(transcription: Any) -> Any:
    answer = transcription.answer()
    audio = "ssescan.openai.types.audio"
    if "segments" in answer:
        return _made(f"{audio}.transcription_diarized.TranscriptionDiarized", answer)
    return _made(f"{audio}.transcription.Transcription", answer)


def _images(images: Any) -> Any:
    return _made("ssescan.openai.types.images_response.ImagesResponse", images.answer())


def _speech(speech: Any) -> Speech:
    usage = None if speech.usage is None else _made("ssescan.types.speech.Usage", speech.usage)
    return Speech(speech.audio(), usage)


#: Dialect -> the module and the class that add up its events, and the final object of the sum.
_TOTALS: dict[str, tuple[str, str, Callable[[Any], Any]]] = {
    "chat": ("chat", "Completion", _chat),
    "completions": ("completions", "Completion", _completions),
    "responses": ("responses", "Response", _responses),
    "assistants": ("assistants", "Run", _assistants),
    "anthropic": ("anthropic", "Message", _anthropic),
    "gemini": ("gemini", "Response", _gemini),
    "cohere": ("cohere", "Response", _cohere),
    "agents": ("agents", "Session", _agents),
    "transcription": ("media", "Transcription", _transcription),
    "images": ("media", "Images", _images),
    "speech": ("media", "Speech", _speech),
}
