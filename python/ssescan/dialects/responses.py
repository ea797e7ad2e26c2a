"""OpenAI's Responses API.

Events have their type in the event line and in the payload; some servers send it in the payload only. The stream ends with
the event that contains the whole response.
"""

from __future__ import annotations

from typing import Literal

from .chat import FAILED
from .schema import Channel, Dialect, Finish, Row, Text, Unless, When

_index = "output_index"
_delta = Channel(("delta", "delta.text"), _index)
_arguments = Channel(Text("delta", as_json=True), _index)
_usage = "response.usage"
#: Where a response says why it failed.
_error = ("response.error", "response.status_details.error", "response.incomplete_details")


def _last(cls: str) -> tuple[Row, ...]:
    """Return the rows of the event with the whole response. Its status and error count more than the name of the event."""
    return (
        Row(cls, ends="last", error=_error, usage=_usage, when=When("response.status", FAILED, ignore_case=True)),
        Row(cls, ends="last", error=_error, usage=_usage, when=When("response.error", True)),
        Row(cls, when=When("response.status", ("queued", "in_progress"), ignore_case=True)),
        Row(cls, when=Unless("response")),
        *_wholes(cls, _output("response.output[*]"), ends="last", usage=_usage),
    )


def _output(item: str, index: str | None = None) -> dict[str, Channel]:
    """Return the channels of a complete item of the output."""
    part, summary = f"{item}.content[*]", f"{item}.summary[*]"

    def call(key: str, *types: str) -> Text:
        return Text(f"{item}.{key}", When(f"{item}.type", types), as_json=True)

    calls = (
        *(call("arguments", "function_call", "mcp_call"), call("input", "custom_tool_call")),
        call("code", "code_interpreter_call"),
    )
    return {
        "text": Channel(Text(f"{part}.text", When(f"{part}.type", "output_text")), index),
        "refusal": Channel(f"{part}.refusal", index),
        "reasoning": Channel((Text(f"{part}.text", When(f"{part}.type", "reasoning_text")), f"{summary}.text"), index),
        "tool_arguments": Channel(calls, index),
    }


def _wholes(
    cls: str,
    channels: dict[str, Channel],
    whole: tuple[str, ...] | Literal[True] = True,
    *,
    ends: Literal["last"] | None = None,
    usage: str | None = None,
) -> tuple[Row, ...]:
    """Return the rows of an event with complete texts, which count if they did not come in pieces before."""
    parts = [channels, *({name: channel} for name, channel in channels.items() if len(channels) > 1), {}]
    return tuple(Row(cls, part, ends=ends, usage=usage, whole=whole if part else False) for part in parts)


def _part_done(cls: str, name: str, path: str, number: str = "content_index") -> tuple[Row, ...]:
    """Return the rows of an event with the complete text of a part."""
    return _wholes(cls, {name: Channel(Text(path, as_json=True), _index)}, ("item_id", _index, number))


#: The channels of a complete content part.
_content = {
    "text": Channel(Text("part.text", When("part.type", "output_text")), _index),
    "refusal": Channel("part.refusal", _index),
    "reasoning": Channel(Text("part.text", When("part.type", "reasoning_text")), _index),
}


DIALECT = Dialect(
    "responses",
    types="ssescan.openai.types.responses",
    check=False,
    named_by=("sse", "type"),
    # The reason of a response that is not complete, such as `max_output_tokens`. Others have none.
    finish=Finish("response.incomplete_details.reason"),
    claims=("response.",),
    name_key="type",
    default=Row("UnknownEvent"),
    rows={
        "response.audio.delta": Row("ResponseAudioDeltaEvent"),
        "response.audio.done": Row("ResponseAudioDoneEvent"),
        "response.audio.transcript.delta": Row("ResponseAudioTranscriptDeltaEvent"),
        "response.audio.transcript.done": Row("ResponseAudioTranscriptDoneEvent"),
        "response.code_interpreter_call_code.delta": Row(
            "ResponseCodeInterpreterCallCodeDeltaEvent", {"tool_arguments": _arguments}
        ),
        "response.code_interpreter_call_code.done": _part_done(
            "ResponseCodeInterpreterCallCodeDoneEvent", "tool_arguments", "code"
        ),
        "response.code_interpreter_call.completed": Row("ResponseCodeInterpreterCallCompletedEvent"),
        "response.code_interpreter_call.in_progress": Row("ResponseCodeInterpreterCallInProgressEvent"),
        "response.code_interpreter_call.interpreting": Row("ResponseCodeInterpreterCallInterpretingEvent"),
        "response.compaction.compacting": Row("ResponseCompactionCompactingEvent"),
        "response.completed": _last("ResponseCompletedEvent"),
        # Some servers end with this event instead of the one of the response's status.
        "response.done": (
            *_last("UnknownEvent")[:2],
            Row("UnknownEvent", ends="last", usage=_usage, when=When("response.status", ("completed", "incomplete"))),
            Row("UnknownEvent"),
        ),
        "response.content_part.added": Row("ResponseContentPartAddedEvent"),
        "response.content_part.done": _wholes(
            "ResponseContentPartDoneEvent", _content, ("item_id", _index, "content_index")
        ),
        "response.created": Row("ResponseCreatedEvent"),
        "error": Row("ResponseErrorEvent", error=("error", "")),
        "response.file_search_call.completed": Row("ResponseFileSearchCallCompletedEvent"),
        "response.file_search_call.in_progress": Row("ResponseFileSearchCallInProgressEvent"),
        "response.file_search_call.searching": Row("ResponseFileSearchCallSearchingEvent"),
        "response.function_call_arguments.delta": Row(
            "ResponseFunctionCallArgumentsDeltaEvent", {"tool_arguments": _arguments}
        ),
        "response.function_call_arguments.done": _part_done(
            "ResponseFunctionCallArgumentsDoneEvent", "tool_arguments", "arguments"
        ),
        "response.shell_call_command.added": Row("ResponseShellCallCommandAddedEvent"),
        "response.shell_call_command.delta": Row("ResponseShellCallCommandDeltaEvent", {"tool_arguments": _arguments}),
        "response.shell_call_command.done": _part_done(
            "ResponseShellCallCommandDoneEvent", "tool_arguments", "command", "command_index"
        ),
        "response.shell_call_output_content.delta": Row("ResponseShellCallOutputContentDeltaEvent"),
        "response.shell_call_output_content.done": Row("ResponseShellCallOutputContentDoneEvent"),
        "response.in_progress": Row("ResponseInProgressEvent"),
        "response.failed": Row("ResponseFailedEvent", ends="last", error=_error, usage=_usage),
        "response.incomplete": _last("ResponseIncompleteEvent"),
        "response.output_item.added": Row("ResponseOutputItemAddedEvent"),
        "response.output_item.done": _wholes(
            "ResponseOutputItemDoneEvent", _output("item", _index), ("item.id", _index)
        ),
        "response.reasoning_summary_part.added": Row("ResponseReasoningSummaryPartAddedEvent"),
        "response.reasoning_summary_part.done": Row("ResponseReasoningSummaryPartDoneEvent"),
        "response.reasoning_summary_text.delta": Row("ResponseReasoningSummaryTextDeltaEvent", {"reasoning": _delta}),
        "response.reasoning_summary_text.done": _part_done(
            "ResponseReasoningSummaryTextDoneEvent", "reasoning", "text", "summary_index"
        ),
        "response.reasoning_text.delta": Row("ResponseReasoningTextDeltaEvent", {"reasoning": _delta}),
        "response.reasoning_text.done": _part_done("ResponseReasoningTextDoneEvent", "reasoning", "text"),
        "response.refusal.delta": Row("ResponseRefusalDeltaEvent", {"refusal": _delta}),
        "response.refusal.done": _part_done("ResponseRefusalDoneEvent", "refusal", "refusal"),
        "response.output_text.delta": Row("ResponseTextDeltaEvent", {"text": _delta}),
        "response.output_text.done": _part_done("ResponseTextDoneEvent", "text", "text"),
        "response.web_search_call.completed": Row("ResponseWebSearchCallCompletedEvent"),
        "response.web_search_call.in_progress": Row("ResponseWebSearchCallInProgressEvent"),
        "response.web_search_call.searching": Row("ResponseWebSearchCallSearchingEvent"),
        "response.image_generation_call.completed": Row("ResponseImageGenCallCompletedEvent"),
        "response.image_generation_call.generating": Row("ResponseImageGenCallGeneratingEvent"),
        "response.image_generation_call.in_progress": Row("ResponseImageGenCallInProgressEvent"),
        "response.image_generation_call.partial_image": Row("ResponseImageGenCallPartialImageEvent"),
        "response.mcp_call_arguments.delta": Row("ResponseMcpCallArgumentsDeltaEvent", {"tool_arguments": _arguments}),
        "response.mcp_call_arguments.done": _part_done(
            "ResponseMcpCallArgumentsDoneEvent", "tool_arguments", "arguments"
        ),
        "response.mcp_call.completed": Row("ResponseMcpCallCompletedEvent"),
        "response.mcp_call.failed": Row("ResponseMcpCallFailedEvent"),
        "response.mcp_call.in_progress": Row("ResponseMcpCallInProgressEvent"),
        "response.mcp_list_tools.completed": Row("ResponseMcpListToolsCompletedEvent"),
        "response.mcp_list_tools.failed": Row("ResponseMcpListToolsFailedEvent"),
        "response.mcp_list_tools.in_progress": Row("ResponseMcpListToolsInProgressEvent"),
        "response.output_text.annotation.added": Row("ResponseOutputTextAnnotationAddedEvent"),
        "response.queued": Row("ResponseQueuedEvent"),
        "response.custom_tool_call_input.delta": Row(
            "ResponseCustomToolCallInputDeltaEvent", {"tool_arguments": _arguments}
        ),
        "response.custom_tool_call_input.done": _part_done(
            "ResponseCustomToolCallInputDoneEvent", "tool_arguments", "input"
        ),
    },
)
