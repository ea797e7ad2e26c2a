"""OpenAI's Assistants v2, as hosted until August 2026 and spoken by compatible servers since.

Servers send the event's name in the event line, or LiteLLM's wrapper `{"event": ..., "data": ...}` without an event line.
Streams end with `event: done`, with a bare `data: [DONE]`, or cleanly after a terminal run state. A stream that ends in any
other way is truncated. A run whose status contradicts the name of its event is judged by its status.
"""

from __future__ import annotations

from .chat import FAILED
from .schema import Channel, Condition, Dialect, Row, Text, When

_content = "delta.content[*]"
_call = "delta.step_details.tool_calls[*]"


def _failed(cls: str, *when: Condition) -> Row:
    return Row(cls, ends="payload", fails="last_error", usage="usage", when=when)


def _terminal(cls: str, *unfinished: str) -> tuple[Row, ...]:
    """Return the rows of a run that ended. `unfinished`: states of a run that did not, whatever the name of the event is."""
    return (
        _failed(cls, When("status", (*FAILED, "expired"), ignore_case=True)),
        _failed(cls, When("last_error", True)),
        *(Row(cls, ends="reopens", when=When("status", state, ignore_case=True)) for state in unfinished),
        Row(cls, ends="payload", usage="usage"),
    )


_RUNNING = ("queued", "in_progress", "cancelling")


DIALECT = Dialect(
    "assistants",
    types="ssescan.openai.types.beta.assistant_stream_event",
    check=False,
    named_by=("sse", "event"),
    payload="data",
    done_completes=True,
    claims=("thread.",),
    error_key_not_in=("thread.",),
    name_key="event",
    data_key="data",
    default=Row("UnknownEvent"),
    rows={
        "thread.created": Row("ThreadCreated"),
        "thread.run.created": Row("ThreadRunCreated"),
        "thread.run.queued": Row("ThreadRunQueued"),
        "thread.run.in_progress": Row("ThreadRunInProgress"),
        "thread.run.requires_action": _terminal("ThreadRunRequiresAction"),
        "thread.run.completed": _terminal("ThreadRunCompleted", *_RUNNING),
        "thread.run.incomplete": _terminal("ThreadRunIncomplete", *_RUNNING),
        "thread.run.failed": _failed("ThreadRunFailed"),
        "thread.run.cancelling": Row("ThreadRunCancelling"),
        "thread.run.cancelled": _failed("ThreadRunCancelled"),
        "thread.run.expired": _failed("ThreadRunExpired"),
        "thread.run.step.created": Row("ThreadRunStepCreated"),
        "thread.run.step.in_progress": Row("ThreadRunStepInProgress"),
        "thread.run.step.delta": Row(
            "ThreadRunStepDelta",
            {
                "tool_arguments": Channel(
                    (Text(f"{_call}.function.arguments", as_json=True), f"{_call}.code_interpreter.input"),
                    f"{_call}.index",
                )
            },
        ),
        "thread.run.step.completed": Row("ThreadRunStepCompleted"),
        "thread.run.step.failed": Row("ThreadRunStepFailed"),
        "thread.run.step.cancelled": Row("ThreadRunStepCancelled"),
        "thread.run.step.expired": Row("ThreadRunStepExpired"),
        "thread.message.created": Row("ThreadMessageCreated"),
        "thread.message.in_progress": Row("ThreadMessageInProgress"),
        "thread.message.delta": Row(
            "ThreadMessageDelta",
            {
                "text": Channel(f"{_content}.text.value", f"{_content}.index"),
                "refusal": Channel(f"{_content}.refusal", f"{_content}.index"),
            },
        ),
        "thread.message.completed": Row("ThreadMessageCompleted"),
        "thread.message.incomplete": Row("ThreadMessageIncomplete"),
        "error": Row("ErrorEvent", error=("error", "")),
        "done": (
            Row(None, error=("last_error", ""), when=When("status", FAILED, ignore_case=True)),
            Row(None, error=("last_error",), when=When("last_error", True)),
            Row(None, error=("errors",), when=When("errors", True)),
            Row(None, ends="mark"),
        ),
    },
)
