"""Chat Completions, of OpenAI and of compatible servers.

Events have no names; every event is a chunk. The answer is complete when every choice that was seen has a finish reason,
with or without `[DONE]` after it. Some servers send the whole completion as one event, content as a list of parts, or an
error in the place of a chunk.
"""

from __future__ import annotations

from .schema import Channel, Condition, Dialect, Finish, Row, Text, Unless, When

_choice = "choices[*].index"
_delta = "choices[*].delta"
_message = "choices[*].message"

#: Types of content parts that are reasoning.
THINKING = ("thinking", "reasoning")

#: Finish reasons of answers whose output could not be read as calls or text.
_INVALID = (
    *("malformed_function_call", "malformed_response", "unexpected_tool_call", "missing_thought_signature"),
    *("too_many_tool_calls", "malformed_tool_use", "malformed_model_output"),
)

#: Finish reasons of answers that failed. Some gateways put the name of a filter before the reason.
FAILED = (
    *("error", "abort", "aborted", "cancelled", "canceled", "timeout", "failed", "internal_error", "network_error"),
    *("insufficient_system_resource", *_INVALID, *(f"function_call_filter: {reason}" for reason in _INVALID)),
)


#: The text of a choice without a message, as the legacy API has it.
_LEGACY = Text("choices[*].text", Unless(_message))


def _channels(*messages: str) -> dict[str, Channel]:
    """Return the channels of a delta or a message; of several the first one with a text counts."""
    return {
        "text": Channel((*(text for message in messages for text in _texts(message)), _LEGACY), _choice),
        "refusal": Channel(tuple(f"{message}.refusal" for message in messages), _choice),
        "reasoning": Channel(tuple(text for message in messages for text in _reasoning(message)), _choice),
        "tool_arguments": Channel(
            tuple(text for message in messages for text in _arguments(message)),
            f"{messages[-1]}.tool_calls[*].index",
            reads_first=True,
        ),
    }


def _texts(message: str) -> tuple[str | Text, ...]:
    content, part = f"{message}.content", f"{message}.content[*]"
    no_thought = Unless(f"{part}.type", THINKING)
    return (
        *(content, f"{content}.text"),
        *(Text(f"{part}.{key}", no_thought) for key in ("text", "text.value", "value")),
        part,
        # Alternatives in the array of the first ones: a walk of their own keeps these out of the first walk.
        *(f"{content}.text.value", f"{content}.value"),
    )


def _reasoning(message: str) -> tuple[str | Text, ...]:
    part, detail = f"{message}.content[*]", f"{message}.reasoning_details[*]"
    return (
        f"{message}.reasoning_content",
        f"{message}.reasoning",
        f"{message}.reasoning_text",
        f"{part}.thinking",
        Text(f"{part}.text", When(f"{part}.type", THINKING)),
        f"{part}.thinking[*].text",
        f"{detail}.text",
        f"{detail}.summary",
    )


def _arguments(message: str) -> tuple[str | Text, ...]:
    call = f"{message}.tool_calls[*]"
    return Text(f"{call}.function.arguments", as_json=True), f"{call}.custom.input"


def _wholes() -> tuple[Row, ...]:
    """Return the rows of a whole completion. If other kinds of its text came in pieces before, its content still counts."""
    channels = {**_channels(_delta, _message), "tool_arguments": _channels(_message)["tool_arguments"]}
    parts = (channels, {"text": channels["text"]})
    return tuple(Row("ChatCompletionChunk", part, usage=_USAGE, when=When(_message), whole=True) for part in parts)


_USAGE = ("usage", "x_groq.usage", "choices[*].usage")


#: Codes of HTTP that are errors.
_HTTP_ERRORS = tuple(str(status) for status in range(400, 600))

#: Codes and states of success.
_FINE = ("0", "200", "20000", "ok", "success", "succeeded")

#: Conditions that say by themselves that a payload without choices is an error.
_STATES: tuple[Condition, ...] = (
    *(When(key, "error", ignore_case=True) for key in ("object", "type", "event")),
    When("status", (*FAILED, *_HTTP_ERRORS), ignore_case=True),
    *(When(key, _HTTP_ERRORS) for key in ("code", "status_code", "statusCode")),
    *(When(key, "false", ignore_case=True) for key in ("success", "ok")),
    *(When(key, True) for key in ("errors", "error_message", "errorMessage", "error_description")),
)

#: Keys that make a payload without choices an error, unless another key says that all is well.
_MESSAGES = (
    *("detail", "details", "message", "Message", "msg", "reason", "error_code", "error_msg"),
    *("code", "err", "exception", "fault"),
)


def error_rows() -> tuple[Row, ...]:
    """Return the rows for payloads that are errors: they have no choice, and one of many fields of errors."""
    is_fine = (
        *(Unless(key, _FINE, ignore_case=True) for key in ("code", "status", "error_code")),
        Unless("success", True),
    )
    conditions = [(state,) for state in _STATES] + [(When(key, True), *is_fine) for key in _MESSAGES]
    # The field is first: most payloads do not have its key, which a search finds out.
    found = (Row(None, error=("error", ""), when=(*some, Unless("choices[*]", True))) for some in conditions)
    return (
        Row(None, error=("x_groq.error",), when=When("x_groq.error", True)),
        Row(None, error=("choices.error",), when=When("choices.error", True)),
        Row(None, error=("base_resp",), when=(When("base_resp.status_code", True), Unless("choices[*]", True))),
        *found,
    )


#: How a choice says that it is complete.
FINISH = Finish(
    "choices[*].finish_reason",
    _choice,
    fails=FAILED,
    error=tuple(f"{holder}.error" for holder in ("choices[*]", _delta, _message)),
)

DIALECT = Dialect(
    "chat",
    types="ssescan.openai.types.chat.chat_completion_chunk",
    check=False,
    index=0,
    done_completes=True,
    claims=("choices", "object=error"),
    finish=FINISH,
    default=(
        *_wholes(),
        *error_rows(),
        # Choices that are not a list cannot be read.
        Row(None, error=("choices",), when=(When("choices", True), Unless("choices[*]"))),
        Row("ChatCompletionChunk", _channels(_delta), usage=_USAGE),
    ),
    # Some servers send an event named `error`, whose payload may be the error object itself.
    rows={"error": Row(None, error=("error", ""))},
)
