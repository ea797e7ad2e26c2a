"""Events of an Assistants run: told apart by class, by name and by what their deltas hold."""

from typing import Literal, Optional

from typing_extensions import assert_never, assert_type

from ssescan.events import Event
from ssescan.openai.types.beta import AssistantStreamEvent, Thread
from ssescan.openai.types.beta.assistant_stream_event import (
    ErrorEvent,
    ThreadCreated,
    ThreadMessageCompleted,
    ThreadMessageCreated,
    ThreadMessageDelta,
    ThreadMessageIncomplete,
    ThreadMessageInProgress,
    ThreadRunCancelled,
    ThreadRunCancelling,
    ThreadRunCompleted,
    ThreadRunCreated,
    ThreadRunExpired,
    ThreadRunFailed,
    ThreadRunIncomplete,
    ThreadRunInProgress,
    ThreadRunQueued,
    ThreadRunRequiresAction,
    ThreadRunStepCancelled,
    ThreadRunStepCompleted,
    ThreadRunStepCreated,
    ThreadRunStepDelta,
    ThreadRunStepExpired,
    ThreadRunStepFailed,
    ThreadRunStepInProgress,
)
from ssescan.openai.types.beta.threads import (
    FileCitationDeltaAnnotation,
    FilePathDeltaAnnotation,
    ImageFileDelta,
    ImageFileDeltaBlock,
    ImageURLDelta,
    ImageURLDeltaBlock,
    Message,
    MessageContentDelta,
    MessageDelta,
    MessageDeltaEvent,
    RefusalDeltaBlock,
    Run,
    TextDelta,
    TextDeltaBlock,
)
from ssescan.openai.types.beta.threads.annotation_delta import AnnotationDelta
from ssescan.openai.types.beta.threads.run import RequiredAction
from ssescan.openai.types.beta.threads.runs import (
    CodeInterpreterToolCallDelta,
    FileSearchToolCallDelta,
    FunctionToolCallDelta,
    RunStep,
    RunStepDeltaEvent,
    RunStepDeltaMessageDelta,
    ToolCallDelta,
    ToolCallDeltaObject,
)
from ssescan.openai.types.shared import ErrorObject


def by_class(event: AssistantStreamEvent) -> None:
    match event:
        case ThreadCreated(data=thread, enabled=enabled):
            assert_type(thread, Thread)
            assert_type(enabled, Optional[bool])
        case ThreadRunRequiresAction(data=Run(required_action=RequiredAction(submit_tool_outputs=asked))):
            for call in asked.tool_calls:
                assert_type(call.function.arguments, str)
        case (
            ThreadRunCreated(data=run)
            | ThreadRunQueued(data=run)
            | ThreadRunInProgress(data=run)
            | ThreadRunRequiresAction(data=run)
            | ThreadRunCompleted(data=run)
            | ThreadRunIncomplete(data=run)
            | ThreadRunFailed(data=run)
            | ThreadRunCancelling(data=run)
            | ThreadRunCancelled(data=run)
            | ThreadRunExpired(data=run)
        ):
            assert_type(run, Run)
        case ThreadRunStepDelta(data=step_delta):
            assert_type(step_delta, RunStepDeltaEvent)
        case (
            ThreadRunStepCreated(data=step)
            | ThreadRunStepInProgress(data=step)
            | ThreadRunStepCompleted(data=step)
            | ThreadRunStepFailed(data=step)
            | ThreadRunStepCancelled(data=step)
            | ThreadRunStepExpired(data=step)
        ):
            assert_type(step, RunStep)
        case ThreadMessageDelta(data=message_delta):
            assert_type(message_delta, MessageDeltaEvent)
        case (
            ThreadMessageCreated(data=message)
            | ThreadMessageInProgress(data=message)
            | ThreadMessageCompleted(data=message)
            | ThreadMessageIncomplete(data=message)
        ):
            assert_type(message, Message)
        case ErrorEvent(data=error):
            assert_type(error, ErrorObject)
        case _:
            assert_never(event)


def by_name(event: AssistantStreamEvent) -> None:
    if event.event == "thread.message.delta":
        assert_type(event, ThreadMessageDelta)
        assert_type(event.data.delta, MessageDelta)
    elif event.event == "thread.run.failed" and event.data.last_error:
        assert_type(event.data.last_error.code, Literal["server_error", "rate_limit_exceeded", "invalid_prompt"])
    elif event.event == "error":
        assert_type(event.data.message, str)


def any_event(event: AssistantStreamEvent) -> Event:
    assert_type(event.text, Optional[str])
    assert_type(event.raw, bytes)
    return event


def by_block(block: MessageContentDelta) -> None:
    match block:
        case TextDeltaBlock(text=TextDelta(value=str(value))):
            assert_type(value, str)
        case TextDeltaBlock(index=index, text=text):
            assert_type(index, int)
            assert_type(text, Optional[TextDelta])
        case ImageFileDeltaBlock(image_file=image_file):
            assert_type(image_file, Optional[ImageFileDelta])
        case ImageURLDeltaBlock(image_url=image_url):
            assert_type(image_url, Optional[ImageURLDelta])
        case RefusalDeltaBlock(refusal=refusal):
            assert_type(refusal, Optional[str])
        case _:
            assert_never(block)


def by_type(block: MessageContentDelta) -> str:
    if block.type == "text":
        return (block.text and block.text.value) or ""
    if block.type == "refusal":
        return block.refusal or ""
    if block.type == "image_url":
        return (block.image_url and block.image_url.url) or ""
    if block.type == "image_file":
        return (block.image_file and block.image_file.file_id) or ""
    assert_never(block)


def annotation(delta: AnnotationDelta) -> Optional[str]:
    match delta:
        case FileCitationDeltaAnnotation(file_citation=citation):
            return citation.quote if citation else None
        case FilePathDeltaAnnotation(file_path=path):
            return path.file_id if path else None
        case _:
            assert_never(delta)


def tool_calls(step: RunStepDeltaEvent) -> list[ToolCallDelta]:
    match step.delta.step_details:
        case ToolCallDeltaObject(tool_calls=calls):
            return calls or []
        case RunStepDeltaMessageDelta() | None:
            return []
        case _:
            assert_never(step.delta.step_details)


def tool_call(call: ToolCallDelta) -> Optional[str]:
    match call:
        case FunctionToolCallDelta(function=function):
            return function.arguments if function else None
        case CodeInterpreterToolCallDelta(code_interpreter=interpreter):
            return interpreter.input if interpreter else None
        case FileSearchToolCallDelta(file_search=found):
            assert_type(found, object)
            return None
        case _:
            assert_never(call)


def built_by_hand() -> ThreadMessageDelta:
    block = TextDeltaBlock(index=0, type="text", text=TextDelta(value="Hello"))
    message = MessageDeltaEvent(id="msg_1", delta=MessageDelta(content=[block]), object="thread.message.delta")
    return ThreadMessageDelta(data=message, event="thread.message.delta")
