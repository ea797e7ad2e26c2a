"""The tool loop: a model calls functions, the loop runs them, and the stream continues with the model's next answer.

A loop is one stream over all rounds. When the stream of a round has ended, the loop runs the requested functions in the
thread that iterates over it, in sequence. Then it sends all outputs in one request and yields the events of its answer.
Loops create no threads.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple, Required, TypedDict

from ssescan.errors import OpenAIError
from ssescan.models.dump import to_plain

from .._call import Call
from .._encoding import encoded
from ._signatures import describe, functions_by_name
from .streaming._deltas import content_of, tree_of
from .streaming.chat._choice import Choice, ParseOptions

__all__ = [
    "AssistantToolLoop",
    "ChatToolLoop",
    "ResponseToolLoop",
    "ToolLoopOptions",
    "ToolOutput",
    "ToolRoundsExceeded",
    "Tools",
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


class ToolLoopOptions(TypedDict, total=False):
    """The arguments that `run_tools` takes in addition to those of its call.

    If an exception ends the loop of an Assistants run, the run waits for its outputs until it expires. Submit them
    with `submit_tool_outputs`, or cancel the run.

    Attributes:
        functions: The functions that the model may call: a list of functions, or a mapping of names to functions. They
            are called with keyword arguments. A returned text is sent as it is, every other value as JSON.
        on_tool_error: "report" sends the exception of a function, or a wrong call, to the model as the output of the
            call. "raise" raises it.
        on_tool_output: A function that is called with the `ToolOutput` of each call.
        max_rounds: The maximum number of rounds of tool calls (default 10). If the model requests another round,
            `ToolRoundsExceeded` is raised.
    """

    functions: Required[Functions]
    on_tool_error: Literal["report", "raise"]
    on_tool_output: Callable[[ToolOutput], object] | None
    max_rounds: int


class Tools:
    """The functions that a model may call. `ToolLoopOptions` documents the arguments."""

    def __init__(
        self,
        functions: Functions,
        on_tool_error: Literal["report", "raise"] = "report",
        on_tool_output: Callable[[ToolOutput], object] | None = None,
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
        """Run a function. Exceptions other than `Exception`, such as KeyboardInterrupt, are always raised."""
        try:
            result = ToolOutput(id, name, arguments, self._call(name, arguments), None)
        except Exception as error:
            if self._raises:
                raise
            result = ToolOutput(id, name, arguments, _text({"error": f"{type(error).__name__}: {error}"}), error)
        if self._on_output is not None:
            self._on_output(result)
        return result

    def _call(self, name: str, arguments: str) -> str:
        function = self.functions.get(name)
        if function is None:
            raise LookupError(f"Unknown function {name!r} (available: {', '.join(self.functions) or 'no functions'})")
        keywords = json.loads(arguments or "{}")
        if not isinstance(keywords, dict):
            raise TypeError(f"Arguments of {name!r} are not a JSON object: {arguments!r}")
        return _text(function(**keywords))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else (encoded(value) or b"").decode()


class _Loop:
    """The events of all rounds. `response` belongs to the last request."""

    def __init__(self, send: Send, call: Call, tools: Tools, max_rounds: int) -> None:
        if max_rounds < 0:
            raise ValueError(f"max_rounds must not be negative, not {max_rounds}")
        self._send = send
        self._tools = tools
        self._max_rounds = max_rounds
        self._closed = False
        #: The number of follow-up requests.
        self.rounds = 0
        self._stream: Any = send(call)

    @property
    def response(self) -> Any:
        return self._stream.response

    def close(self) -> None:
        """Close the connection. After that the loop runs no function and sends no request."""
        self._closed = True
        self._stream.close()

    def __iter__(self) -> Iterator[Any]:
        while True:
            yield from self._round()
            calls = [] if self._closed else self._calls()
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
        """Return id, name and arguments of each requested call."""
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
        action = tree_of(self._run) and content_of(
            content_of(self._run, "required_action") or {}, "submit_tool_outputs"
        )
        calls = [tree_of(call) for call in (action or {}).get("tool_calls") or []]
        return [(call["id"], *_name_and_arguments(content_of(call, "function"))) for call in calls]

    def _follow_up(self, outputs: list[ToolOutput]) -> Call:
        tool_outputs = [{"tool_call_id": output.id, "output": output.output} for output in outputs]
        return self._submit(self._run.id, thread_id=self._run.thread_id, tool_outputs=tool_outputs)


def _name_and_arguments(function: dict[str, Any]) -> tuple[str, str]:
    return function["name"], function.get("arguments") or ""


class _ConversationLoop(_Loop):
    """A loop whose follow-ups repeat the first request with a longer conversation.

    `_body` is the body of the next request. It has no `tool_choice`: the model must be free to answer without a call.
    """

    #: The field of the body that has the conversation.
    _conversation: str

    def __init__(self, send: Send, call: Call, tools: Tools, max_rounds: int) -> None:
        body = dict(call.body)
        if hasattr(body.get(self._conversation), "__next__"):  # an iterator yields its items only once
            body[self._conversation] = list(body[self._conversation])
        self._call = call._replace(body=body)
        self._body = {name: value for name, value in body.items() if name != "tool_choice"}
        super().__init__(send, self._call, tools, max_rounds)

    def _follow_up(self, outputs: list[ToolOutput]) -> Call:
        self._body = {**self._body, **self._continued(outputs)}
        return self._call._replace(body=self._body)

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
        self._response: dict[str, Any] = {}
        self._items: list[dict[str, Any]] = []

    def _round(self) -> Iterator[Any]:
        self._response, self._items = {}, []
        for event in self._stream:
            if event.type == "response.output_item.done":
                self._items.append(to_plain(event.item))
            elif event.type == "response.completed":
                self._response = to_plain(event.response)
            yield event

    @property
    def _output(self) -> list[dict[str, Any]]:
        return self._response.get("output") or self._items

    def _calls(self) -> list[tuple[str, str, str]]:
        if not self._response:  # the response is incomplete, so its calls may be truncated
            return []
        calls = [item for item in self._output if item.get("type") == "function_call"]
        return [(call["call_id"], *_name_and_arguments(call)) for call in calls]

    def _continued(self, outputs: list[ToolOutput]) -> dict[str, Any]:
        items = [{"type": "function_call_output", "call_id": output.id, "output": output.output} for output in outputs]
        if self._body.get("store") is False:
            return {"input": [*_as_items(self._body.get("input")), *self._output, *items]}
        if self._body.get("conversation"):
            return {"input": items}
        return {"input": items, "previous_response_id": self._response["id"]}


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
        self._choice: Any = None

    def _round(self) -> Iterator[Any]:
        self._choice = None
        for chunk in self._stream:
            for choice in map(tree_of, tree_of(chunk).get("choices") or []):
                if not choice.get("index"):
                    self._choice = self._choice or Choice(choice, ParseOptions(None, []))
                    self._choice.add_delta(content_of(choice, "delta") or {})
                    self._choice.tree["finish_reason"] = choice.get("finish_reason") or self._finish
            yield chunk

    @property
    def _finish(self) -> Any:
        return self._choice.tree.get("finish_reason")

    def _calls(self) -> list[tuple[str, str, str]]:
        if self._choice is None or self._finish in ("length", "content_filter"):
            return []
        return [(call["id"], *_name_and_arguments(call["function"])) for call in self._tool_calls()]

    def _tool_calls(self) -> list[dict[str, Any]]:
        """Return the calls as the follow-up repeats them. A call without an id gets one."""
        calls = [call for call in self._choice.message.get("tool_calls") or [] if call.get("function")]
        return [
            {
                "id": call.get("id") or f"call_{self.rounds}_{at}",
                "type": "function",
                "function": {key: call["function"].get(key) or "" for key in ("name", "arguments")},
            }
            for at, call in enumerate(calls)
        ]

    def _continued(self, outputs: list[ToolOutput]) -> dict[str, Any]:
        content = self._choice.message.get("content")
        request = {"role": "assistant", "content": content, "tool_calls": self._tool_calls()}
        results = [{"role": "tool", "tool_call_id": output.id, "content": output.output} for output in outputs]
        return {"messages": [*self._body["messages"], request, *results]}
