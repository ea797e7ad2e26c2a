"""The tool loop: a model asks for functions, they are run, and the stream goes on with what they gave.

One object owns the streams of all rounds: it opens the next one when the one before has ended, in the thread that
iterates it, and closes the one that is open. No threads are made; the calls of one round are run one after the other,
and answered all at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict

from ssescan.errors import OpenAIError
from ssescan.models.dump import to_plain

from ._parsing import is_given
from ._signatures import functions_by_name
from .streaming._deltas import content_of, tree_of

if TYPE_CHECKING:
    from typing_extensions import Required

    from .._endpoints import Call
    from ..resources._resource import Resource

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


class ToolRoundsExceeded(OpenAIError):
    """The model asked for functions more often in a row than `max_rounds` allows."""

    def __init__(self, max_rounds: int) -> None:
        super().__init__(
            f"expected an answer within {max_rounds} rounds of function calls, and the model asked for another one; "
            "the calls were not run; max_rounds= allows more"
        )
        self.max_rounds = max_rounds


class ToolOutput(NamedTuple):
    """What a call came to. `arguments` and `output` are text, `error` what the function raised, or None."""

    id: str
    name: str
    arguments: str
    output: str
    error: Exception | None


class ToolLoopOptions(TypedDict, total=False):
    """What `run_tools` takes besides the arguments of its call.

    `functions`: plain functions, by their names, or a mapping of names to them. They get the arguments as keywords, and
    what they return is text, or is sent as JSON.
    `on_tool_error`: "report" tells the model what a function raised, or that it was called wrongly; "raise" raises it.
    `on_tool_output`: called with the `ToolOutput` of each call.
    `max_rounds`: so often in a row may the model ask for functions (10); then `ToolRoundsExceeded`.

    A run whose loop ends by an exception waits for its outputs until it expires: submit them, or cancel it.
    """

    functions: Required[Functions]
    on_tool_error: Literal["report", "raise"]
    on_tool_output: Callable[[ToolOutput], object] | None
    max_rounds: int


class Tools:
    """The functions that a model may call: see `ToolLoopOptions`."""

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

    def run(self, id: str, name: str, arguments: str) -> ToolOutput:
        """Runs a function. Only `Exception`s are reported; an interruption goes through."""
        try:
            result = ToolOutput(id, name, arguments, self._called(name, arguments), None)
        except Exception as error:
            if self._raises:
                raise
            result = ToolOutput(id, name, arguments, _text({"error": f"{type(error).__name__}: {error}"}), error)
        if self._on_output is not None:
            self._on_output(result)
        return result

    def _called(self, name: str, arguments: str) -> str:
        import json

        function = self.functions.get(name)
        if function is None:
            raise LookupError(f"there is no function {name!r}, only {', '.join(self.functions) or 'none'}")
        given = json.loads(arguments or "{}")
        if not isinstance(given, dict):
            raise TypeError(f"expected an object as the arguments of {name!r}, got {arguments!r}")
        return _text(function(**given))


def _text(value: Any) -> str:
    from .._body import encoded

    return value if isinstance(value, str) else (encoded(value) or b"").decode()


class _Loop:
    """The events of all rounds. `response` is that of the last request."""

    def __init__(self, resource: Resource, call: Call, tools: Tools, max_rounds: int) -> None:
        if max_rounds < 0:
            raise ValueError(f"max_rounds must not be negative, not {max_rounds}")
        self._resource = resource
        self._tools = tools
        self._max_rounds = max_rounds
        self._closed = False
        #: How many follow-ups there were.
        self.rounds = 0
        self._stream: Any = resource._perform(call)

    @property
    def response(self) -> Any:
        return self._stream.response

    def close(self) -> None:
        """Lets go of the connection; no function is run, and nothing is sent afterwards."""
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
            self._stream = self._resource._perform(self._follow_up(outputs))
            if self._closed:  # in the meantime
                self._stream.close()
                return
            self.rounds += 1

    def _round(self) -> Iterator[Any]:
        """The events of one stream, noting what is asked for."""
        raise NotImplementedError

    def _calls(self) -> list[tuple[str, str, str]]:
        """Id, name and arguments of what was asked for."""
        raise NotImplementedError

    def _follow_up(self, outputs: list[ToolOutput]) -> Call:
        raise NotImplementedError


class AssistantToolLoop(_Loop):
    """Runs of an assistant: a run that requires action gets its outputs, and goes on. `resource`: the runs."""

    def __init__(
        self, resource: Resource, call: Call, tools: Tools, max_rounds: int, options: Mapping[str, Any]
    ) -> None:
        super().__init__(resource, call, tools, max_rounds)
        self._options = options
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
        return [(call["id"], *_of_function(content_of(call, "function"))) for call in calls]

    def _follow_up(self, outputs: list[ToolOutput]) -> Call:
        from ._calls import prepared

        said = [{"tool_call_id": output.id, "output": output.output} for output in outputs]
        return prepared(
            self._resource,
            "submit_tool_outputs",
            self._run.id,
            thread_id=self._run.thread_id,
            tool_outputs=said,
            stream=True,
            **self._options,
        )


def _of_function(function: dict[str, Any]) -> tuple[str, str]:
    return function["name"], function.get("arguments") or ""


class ResponseToolLoop(_Loop):
    """Responses: what calls functions is followed by a response to their outputs.

    The server is told which response it goes on from; with `store=False` it is sent the whole conversation again. From
    the second round on the model chooses by itself whether it calls a function: `tool_choice` would force it for ever.
    """

    def __init__(
        self, resource: Resource, call: Call, tools: Tools, max_rounds: int, arguments: dict[str, Any]
    ) -> None:
        super().__init__(resource, call, tools, max_rounds)
        self._arguments = {name: value for name, value in arguments.items() if name != "tool_choice"}
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
        if not self._response:  # it is incomplete, and so may its calls be
            return []
        calls = [item for item in self._output if item.get("type") == "function_call"]
        return [(call["call_id"], *_of_function(call)) for call in calls]

    def _follow_up(self, outputs: list[ToolOutput]) -> Call:
        from ._calls import prepared

        said = [{"type": "function_call_output", "call_id": output.id, "output": output.output} for output in outputs]
        if self._arguments.get("store") is False:
            self._arguments["input"] = [*_as_list(self._arguments.get("input")), *self._output, *said]
        else:
            self._arguments["input"] = said
            if not self._arguments.get("conversation"):
                self._arguments["previous_response_id"] = self._response["id"]
        return prepared(self._resource, "create", stream=True, **self._arguments)


class ChatToolLoop(_Loop):
    """Completions: a message that calls functions is followed by their outputs, in a conversation that grows.

    What counts is choice 0. As with responses, `tool_choice` holds for the first round.
    """

    def __init__(
        self, resource: Resource, call: Call, tools: Tools, max_rounds: int, arguments: dict[str, Any]
    ) -> None:
        super().__init__(resource, call, tools, max_rounds)
        self._arguments = {name: value for name, value in arguments.items() if name != "tool_choice"}
        self._choice: Any = None

    def _round(self) -> Iterator[Any]:
        from .streaming.chat._choice import Choice, ParseOptions

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
        return [(call["id"], *_of_function(call["function"])) for call in self._called()]

    def _called(self) -> list[dict[str, Any]]:
        """The calls, as they are sent back. Some servers give no ids, and want them."""
        calls = [call for call in self._choice.message.get("tool_calls") or [] if call.get("function")]
        return [
            {
                "id": call.get("id") or f"call_{self.rounds}_{at}",
                "type": "function",
                "function": {key: call["function"].get(key) or "" for key in ("name", "arguments")},
            }
            for at, call in enumerate(calls)
        ]

    def _follow_up(self, outputs: list[ToolOutput]) -> Call:
        from ._calls import prepared

        asked = {"role": "assistant", "content": self._choice.message.get("content"), "tool_calls": self._called()}
        said = [{"role": "tool", "tool_call_id": output.id, "content": output.output} for output in outputs]
        self._arguments["messages"] = [*self._arguments["messages"], asked, *said]
        return prepared(self._resource, "create", stream=True, **self._arguments)


def _as_list(input: Any) -> list[Any]:
    if isinstance(input, str):
        return [{"role": "user", "content": input}]
    return list(input) if input is not None and is_given(input) else []
