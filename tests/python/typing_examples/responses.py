"""Events of a Responses stream: told apart by class and by type, and what their items hold."""

from typing import Optional

from typing_extensions import assert_never, assert_type

from ssescan.openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseContentPartAddedEvent,
    ResponseErrorEvent,
    ResponseFailedEvent,
    ResponseFunctionCallArgumentsDeltaEvent,
    ResponseFunctionToolCall,
    ResponseIncompleteEvent,
    ResponseOutputItem,
    ResponseOutputItemDoneEvent,
    ResponseOutputMessage,
    ResponseOutputRefusal,
    ResponseOutputText,
    ResponseStatus,
    ResponseStreamEvent,
    ResponseTextDeltaEvent,
    ResponseTextDoneEvent,
)
from ssescan.openai.types.responses.response_content_part_added_event import PartReasoningText


def by_class(event: ResponseStreamEvent) -> None:
    match event:
        case ResponseTextDeltaEvent(delta=delta, output_index=index):
            assert_type(delta, str)
            assert_type(index, int)
        case ResponseFunctionCallArgumentsDeltaEvent(delta=delta, item_id=item_id):
            assert_type(delta, str)
            assert_type(item_id, str)
        case ResponseOutputItemDoneEvent(item=ResponseFunctionToolCall(name=name, async_=runs_on)):
            assert_type(name, str)
            assert_type(runs_on, Optional[bool])
        case (
            ResponseCompletedEvent(response=response)
            | ResponseIncompleteEvent(response=response)
            | ResponseFailedEvent(response=response)
        ):
            assert_type(response, Response)
            assert_type(response.output_text, str)
            assert_type(response.status, Optional[ResponseStatus])
        case ResponseErrorEvent(message=message, code=code):
            assert_type(message, str)
            assert_type(code, Optional[str])
        case _:
            assert_type(event.sequence_number, int)


def by_type(event: ResponseStreamEvent) -> Optional[str]:
    if event.type == "response.output_text.delta":
        assert_type(event, ResponseTextDeltaEvent)
        return event.delta
    if event.type == "response.output_text.done":
        assert_type(event, ResponseTextDoneEvent)
        assert_type(event.text, str)
    return event.text


def by_part(event: ResponseContentPartAddedEvent) -> str:
    match event.part:
        case ResponseOutputText(text=text) | PartReasoningText(text=text):
            return text
        case ResponseOutputRefusal(refusal=refusal):
            return refusal
        case _:
            assert_never(event.part)


def by_item(item: ResponseOutputItem) -> int:
    if item.type == "message":
        assert_type(item, ResponseOutputMessage)
        return len(item.content)
    if item.type == "function_call":
        assert_type(item.arguments, str)
    return 0
