"""The tool loop: a model calls functions, the loop runs them, and the stream continues with the model's next answer.

A loop is one stream over all rounds. When the stream of a round has ended, the loop runs the requested functions in the
thread that iterates over it, in sequence. Then it sends all outputs in one request and yields the events of its answer.
Loops create no threads.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from ssescan._log import log
from ssescan.accumulation.deltas import object_at
from ssescan.accumulation.tool_arguments import truncated_tool_calls
from ssescan.accumulation.tool_calls import arguments_text, fragments_of
from ssescan.errors import OpenAIError, ToolCallTruncated
from ssescan.models.dump import to_plain
from ssescan.outcome import Outcome

from .._call import Call
from .._types import omit
from ._signatures import describe, functions_by_name
from ._tool_output import output_text

__all__ = [
    "AssistantToolLoop",
    "ChatToolLoop",
    "ResponseToolLoop",
    "ToolOutput",
    "ToolRoundsExceeded",
    "Tools",
    "UnsupportedAction",
]

Functions = Iterable[Callable[..., Any]] | Mapping[str, Callable[..., Any]]
#: Sends a call and returns the stream of its answer.
Send = Callable[[Call], Any]


class ToolRoundsExceeded(OpenAIError):
    """The model requested more rounds of tool calls than `max_rounds` allows."""

    def __init__(self, max_rounds: int) -> None:
        super().__init__(
            f"The model requested more than {max_rounds} rounds of tool calls; the last calls were not run. "
            "Raise max_rounds= to allow more."
        )
        self.max_rounds = max_rounds


class UnsupportedAction(OpenAIError):
    """A run requires an action that `run_tools` cannot take, such as the approval of a tool call.

    The run waits for the action until it expires.

    Attributes:
        run: The run.
        action: The name of the action, such as "submit_tool_approval".
    """

    def __init__(self, run: Any, action: str, tools: list[str]) -> None:
        asked = f" for {', '.join(map(repr, tools))}" if tools else ""
        super().__init__(
            f"Run {run.id!r} requires an action that run_tools cannot take: {action!r}{asked}. "
            "Take it with a request of your own, or cancel the run."
        )
        self.run, self.action = run, action


class ToolOutput(NamedTuple):
    """The result of a tool call.

    Attributes:
        id: The id of the call.
        name: The name of the function.
        arguments: The arguments as the model wrote them: JSON text.
        output: The text that is sent to the model.
        error: The exception that the function raised, or None.
    """

    id: str
    name: str
    arguments: str
    output: str
    error: Exception | None


OnToolError = Literal["report", "raise"]
OnToolOutput = Callable[[ToolOutput], object]


class Tools:
    """The functions that a model may call.

    If an exception ends the loop of an Assistants run, the run waits for its outputs until it expires. Submit them
    with `submit_tool_outputs`, or cancel the run.

    Args:
        functions: A list of functions, or a mapping of names to functions. They are called with keyword arguments. A
            returned text is sent as it is, every other value as JSON.
        on_tool_error: "report" sends the exception of a function, or a wrong call, to the model as the output of the
            call. "raise" raises it.
        on_tool_output: A function that is called with the `ToolOutput` of each call. Without it, a reported exception is
            also logged as a warning.
    """

    def __init__(
        self,
        functions: Functions,
        on_tool_error: OnToolError = "report",
        on_tool_output: OnToolOutput | None = None,
    ) -> None:
        if on_tool_error not in ("report", "raise"):
            raise ValueError(f'on_tool_error must be "report" or "raise", not {on_tool_error!r}')
        self.functions = functions_by_name(functions)
        self._raises = on_tool_error == "raise"
        self._on_output = on_tool_output

    def describe_for_responses(self) -> list[dict[str, Any]]:
        """Return the functions as tools of the Responses API."""
        return [describe(name, function) for name, function in self.functions.items()]

    def describe_for_chat(self) -> list[dict[str, Any]]:
        """Return the functions as tools of Chat Completions."""
        return [{"type": tool.pop("type"), "function": tool} for tool in self.describe_for_responses()]

    def run(self, id: str, name: str, arguments: str) -> ToolOutput:
        """Run a function. Exceptions other than `Exception`, such as KeyboardInterrupt, are always raised.

        Raises:
            TypeError: The function returned a value that cannot be sent. The model cannot mend that.
        """
        failure: Exception | None = None
        try:
            value = self._call(name, arguments)
        except Exception as error:
            if self._raises:
                raise
            failure, value = error, {"error": f"{type(error).__name__}: {error}"}
        result = ToolOutput(id, name, arguments, output_text(value, name), failure)
        if self._on_output is not None:
            self._on_output(result)
        elif failure is not None:
            log().warning("Tool %r failed; the model gets the error", name, exc_info=failure)
        return result

    def _call(self, name: str, arguments: str) -> Any:
        function = self.functions.get(name)
        if function is None:
            raise LookupError(f"Unknown function {name!r} (available: {', '.join(self.functions) or 'no functions'})")
        keywords = json.loads(arguments or "{}")
        if not isinstance(keywords, dict):
            raise TypeError(f"Arguments of {name!r} are not a JSON object: {arguments!r}")
        value = function(**keywords)
        return list(value) if hasattr(value, "__next__") else value  # a generator may raise an exception too


#: The outcomes of a complete answer.
_COMPLETE = (Outcome.DONE, Outcome.FINISHED)


class _Loop:
    """The events of all rounds. `response` belongs to the last request."""

    def __init__(self, send: Send, call: Call, tools: Tools, max_rounds: int) -> None:
        if max_rounds < 0:
            raise ValueError(f"max_rounds must not be negative, not {max_rounds}")
        self._send = send
        self._tools = tools
        self._max_rounds = max_rounds
        self._closed = self._has_ended = False
        #: The number of follow-up requests.
        self.rounds = 0
        self._stream: Any = send(call)

    @property
    def response(self) -> Any:
        return self._stream.response

    @property
    def outcome(self) -> Outcome:
        """How the last stream ended; `open` if another one follows."""
        outcome: Outcome = self._stream.outcome
        return Outcome.OPEN if outcome in _COMPLETE and not self._has_ended else outcome

    def close(self) -> None:
        """Close the connection. After that the loop runs no function and sends no request."""
        self._closed = True
        self._stream.close()

    def __iter__(self) -> Iterator[Any]:
        while True:
            yield from self._round()
            calls = [] if self._closed else self._calls()
            self._has_ended = not calls
            if not calls:
                return
            if self.rounds == self._max_rounds:
                raise ToolRoundsExceeded(self._max_rounds)
            outputs = [self._tools.run(*call) for call in calls]
            if self._closed:  # by a function
                return
            self._stream = self._send(self._follow_up(outputs))
            if self._closed:  # by another thread, while the request was being sent
                self._stream.close()
                return
            self.rounds += 1

    def _round(self) -> Iterator[Any]:
        """Yield the events of one stream, and record the requested calls."""
        raise NotImplementedError

    def _calls(self) -> list[tuple[str, str, str]]:
        """Return id, name and arguments of each requested call.

        Raises:
            ToolCallTruncated: The arguments of a call are not complete. Then no call of the round is run.
            APIError: The answer failed.
        """
        raise NotImplementedError

    def _follow_up(self, outputs: list[ToolOutput]) -> Call:
        """Return the request that sends the outputs."""
        raise NotImplementedError


class AssistantToolLoop(_Loop):
    """The loop of Assistants: a run that requires action receives its outputs and continues.

    Args:
        send: Sends a call and returns its stream.
        call: The call that starts the run.
        tools: The functions.
        max_rounds: The maximum number of rounds.
        submit: Returns the call that submits outputs. It takes a run's id, `thread_id` and `tool_outputs`.
    """

    def __init__(self, send: Send, call: Call, tools: Tools, max_rounds: int, submit: Callable[..., Call]) -> None:
        super().__init__(send, call, tools, max_rounds)
        self._submit = submit
        self._run: Any = None

    def _round(self) -> Iterator[Any]:
        self._run = None
        for event in self._stream:
            if event.event == "thread.run.requires_action":
                self._run = event.data
            yield event

    def _calls(self) -> list[tuple[str, str, str]]:
        action = {} if self._run is None else object_at(self._run, "required_action")
        calls = _tool_calls_of(object_at(action, "submit_tool_outputs"))
        others = [key for key, value in action.items() if key not in ("type", "submit_tool_outputs") and value]
        if others or not all(isinstance(call.get("function"), dict) for call in calls):
            kind = action.get("type") or others[0]
            if others:
                calls = _tool_calls_of(object_at(action, others[0]))
            raise UnsupportedAction(self._run, str(kind), [_label(call) for call in calls])
        _check_complete(calls, None)
        return [(call["id"], *_name_and_arguments(call["function"])) for call in calls]

    def _follow_up(self, outputs: list[ToolOutput]) -> Call:
        tool_outputs = [{"tool_call_id": output.id, "output": output.output} for output in outputs]
        return self._submit(self._run.id, thread_id=self._run.thread_id, tool_outputs=tool_outputs)


def _tool_calls_of(action: dict[str, Any]) -> list[dict[str, Any]]:
    return fragments_of(to_plain(action.get("tool_calls")))


def _label(call: dict[str, Any]) -> str:
    """Return the name of a call of any type, or its type."""
    return str(object_at(call, "function").get("name") or call.get("name") or call.get("type"))


def _name_and_arguments(function: dict[str, Any]) -> tuple[str, str]:
    return function.get("name") or "", arguments_text(function.get("arguments")) or ""


def _check_complete(calls: list[dict[str, Any]], finish_reason: str | None) -> None:
    """Raise ToolCallTruncated if the arguments of a call are not complete."""
    if truncated := truncated_tool_calls(calls):
        raise ToolCallTruncated(truncated, finish_reason)


def _ids(calls: list[dict[str, Any]], key: str, rounds: int) -> list[str]:
    """Return the id of each call. A call gets one if it has none, or that of another call."""
    ids: list[str] = []
    for at, call in enumerate(calls):
        id = call.get(key)
        ids.append(id if isinstance(id, str) and id and id not in ids else f"call_{rounds}_{at}")
    return ids


class _ConversationLoop(_Loop):
    """A loop whose follow-ups repeat the first request with a longer conversation.

    `_body` is the body of the next request. It has no `tool_choice`: the model must be free to answer without a call.
    """

    #: The field of the body that has the conversation.
    _conversation: str

    def __init__(self, send: Send, call: Call, tools: Tools, max_rounds: int) -> None:
        body = dict(call.body or {})
        if hasattr(body.get(self._conversation), "__next__"):  # an iterator yields its items only once
            body[self._conversation] = list(body[self._conversation])
        self._call = call._replace(json_data=body, extra_json=None)
        self._body = {name: value for name, value in body.items() if name != "tool_choice"}
        super().__init__(send, self._call, tools, max_rounds)

    def _follow_up(self, outputs: list[ToolOutput]) -> Call:
        self._body = {**self._body, **self._continued(outputs)}
        return self._call._replace(json_data=self._body)

    def _continued(self, outputs: list[ToolOutput]) -> dict[str, Any]:
        """Return the fields of the body that continue the conversation with the outputs."""
        raise NotImplementedError


class ResponseToolLoop(_ConversationLoop):
    """The loop of the Responses API: a response that calls functions is followed by a response to their outputs.

    A follow-up refers to the previous response by its id. With `store=False` it contains the whole conversation.
    """

    _conversation = "input"

    def __init__(self, send: Send, call: Call, tools: Tools, max_rounds: int) -> None:
        super().__init__(send, call, tools, max_rounds)
        self._state: Any = None

    def _round(self) -> Iterator[Any]:
        # The other loops do not need this module, which takes long to load.
        from .streaming.responses._responses import ResponseStreamState

        self._state = ResponseStreamState(input_tools=omit, text_format=omit)
        for event in self._stream:
            self._state._add(event)
            yield event

    def _calls(self) -> list[tuple[str, str, str]]:
        self._state._raise_failure()
        if self._state.completed is None:
            incomplete = self._state.incomplete or {}
            reason = object_at(incomplete, "incomplete_details").get("reason")
            _check_complete(_function_calls(incomplete), reason or "incomplete")
            return []
        calls = _function_calls(self._state.completed)
        _check_complete(calls, None)
        for call, id in zip(calls, _ids(calls, "call_id", self.rounds)):
            call["call_id"] = id
        return [(call["call_id"], *_name_and_arguments(call)) for call in calls]

    def _continued(self, outputs: list[ToolOutput]) -> dict[str, Any]:
        response = self._state.completed or {}
        items = [{"type": "function_call_output", "call_id": output.id, "output": output.output} for output in outputs]
        if self._body.get("store") is False:
            return {"input": [*_as_items(self._body.get("input")), *response["output"], *items]}
        if self._body.get("conversation"):
            return {"input": items}
        return {"input": items, "previous_response_id": response["id"]}


def _function_calls(response: dict[str, Any]) -> list[dict[str, Any]]:
    items = (item for item in response.get("output") or () if isinstance(item, dict))
    return [item for item in items if item.get("type") == "function_call"]


def _as_items(input: Any) -> list[Any]:
    if isinstance(input, str):
        return [{"role": "user", "content": input}]
    return [] if input is None else list(input)


class ChatToolLoop(_ConversationLoop):
    """The loop of Chat Completions: a message that calls functions is followed by their outputs.

    Only choice 0 counts. Every follow-up contains the whole conversation.
    """

    _conversation = "messages"

    def __init__(self, send: Send, call: Call, tools: Tools, max_rounds: int) -> None:
        super().__init__(send, call, tools, max_rounds)
        self._state: Any = None
        self._choice: dict[str, Any] = {}

    def _round(self) -> Iterator[Any]:
        from .streaming.chat import ChatCompletionStreamState

        self._state, self._choice = ChatCompletionStreamState(), {}
        for chunk in self._stream:
            self._state._add_chunk(chunk)
            yield chunk

    def _calls(self) -> list[tuple[str, str, str]]:
        self._state._raise_failure()
        self._choice = to_plain(self._state._choices[0].tree) if 0 in self._state._choices else {}
        finish_reason = self._choice.get("finish_reason")
        calls = self._tool_calls()
        _check_complete(calls, finish_reason)
        if finish_reason in ("length", "content_filter"):  # more calls may be missing
            return []
        return [(call["id"], *_name_and_arguments(call["function"])) for call in calls]

    def _tool_calls(self) -> list[dict[str, Any]]:
        """Return the calls as the follow-up repeats them, with everything that the server sent with them."""
        calls = [call for call in self._message.get("tool_calls") or [] if isinstance(call.get("function"), dict)]
        return [
            {
                **{key: value for key, value in call.items() if key != "index" and value is not None},
                "id": id,
                "type": "function",
                "function": _sent_function(call["function"]),
            }
            for call, id in zip(calls, _ids(calls, "id", self.rounds))
        ]

    @property
    def _message(self) -> dict[str, Any]:
        return object_at(self._choice, "message")

    def _continued(self, outputs: list[ToolOutput]) -> dict[str, Any]:
        # Some servers require what they sent beside the content, such as `reasoning_content` or signatures.
        sent = {key: value for key, value in self._message.items() if value is not None and key not in _NOT_SENT_BACK}
        content = self._message.get("content")
        request = {**sent, "role": "assistant", "content": content, "tool_calls": self._tool_calls()}
        results = [{"role": "tool", "tool_call_id": output.id, "content": output.output} for output in outputs]
        return {"messages": [*self._body["messages"], request, *results]}


#: Keys of a message that only the helpers add.
_NOT_SENT_BACK = ("parsed", "content_parts")


def _sent_function(function: dict[str, Any]) -> dict[str, Any]:
    name, arguments = _name_and_arguments(function)
    return {**function, "name": name, "arguments": arguments if arguments.strip() else "{}"}
