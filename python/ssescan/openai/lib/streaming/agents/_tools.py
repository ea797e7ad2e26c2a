"""Calls of the functions of an agent: run the handler, and send its result to the session."""

from __future__ import annotations

import inspect
import json
import time
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any, Union
from uuid import uuid4

from ssescan.errors import BadRequestError

from ...beta.agents._tool_error import AgentToolError, ToolErrorHandler, ToolErrorStage
from ...beta.agents._tools import FunctionTool

__all__ = ["ToolCalls", "ToolHandler", "ToolOutput", "without_key"]

#: A text, an object that is sent as JSON, contents (texts and images), or nothing.
ToolOutput = Union[str, Mapping[str, Any], Iterable[Mapping[str, Any]], None]
ToolHandler = Callable[[dict[str, Any]], ToolOutput]

#: Pauses before a result is sent again, because the server does not know the call yet.
PAUSES_S = (0.1, 0.3, 0.6)


class ToolCalls:
    """The calls of one stream.

    Args:
        sessions: The group of endpoints.
        handlers: The functions by name.
        on_tool_error: A function that is called with the `AgentToolError` of a failed call, or None.
        options: Headers and timeout of the requests.
    """

    def __init__(
        self,
        sessions: Any,
        handlers: Mapping[str, ToolHandler] | None,
        on_tool_error: ToolErrorHandler | None,
        options: dict[str, Any],
    ) -> None:
        self.handlers = dict(handlers or {})
        self._sessions = sessions
        self._on_tool_error = on_tool_error
        self._options = options
        self._seen: set[tuple[str, str]] = set()

    def call_of(self, event: Any) -> Any:
        """Return a function that runs the call of an event, or None. The event may change before it is run."""
        if event.type != "agent.session.turn.item.added" or event.item.type != "function_call":
            return None
        key = (event.item.turn_id, event.item.call_id)
        if event.item.name not in self.handlers or key in self._seen:
            return None
        self._seen.add(key)
        session_id, call = event.session_id, deepcopy(event.item)
        return lambda: self._send(session_id, self._result(session_id, call))

    def _result(self, session_id: str, call: Any) -> dict[str, Any]:
        """Run the handler, and return the event with its result. Exceptions are not sent to the model."""
        result = {"type": "agent.session.input.tool_result", "turn_id": call.turn_id, "call_id": call.call_id}
        stage: ToolErrorStage = "arguments"
        parse, run, write = _steps(self.handlers[call.name])
        try:
            arguments = parse(_arguments(call))
            stage = "execution"
            output = _sync_result(run(arguments))
            stage = "output"
            return {**result, "success": True, "output": _sendable(write(output))}
        except Exception as error:
            self._report(AgentToolError(error, call.name, session_id, call.turn_id, call.call_id, stage))
            return {**result, "success": False, "error": "Tool handler failed."}

    def _report(self, failure: AgentToolError) -> None:
        if self._on_tool_error is not None:
            try:
                _sync_result(self._on_tool_error(failure))
            except Exception:
                pass  # the turn goes its way whether or not the program notes the failure

    def _send(self, session_id: str, result: dict[str, Any]) -> None:
        key = str(uuid4())  # one key, so that the server takes the result once
        for pause_s in (*PAUSES_S, None):
            try:
                self._sessions.events.create(session_id, events=[result], idempotency_key=key, **self._options)
                return
            except BadRequestError as error:
                if pause_s is None or not _is_early(error, result["call_id"]):
                    raise
                time.sleep(pause_s)


def _steps(handler: Any) -> tuple[Callable[[Any], Any], ...]:
    """Return the functions that parse the arguments of a call, run it, and write its result."""
    if isinstance(handler, FunctionTool) and type(handler).__call__ is FunctionTool.__call__:
        return handler.parse, handler.run, handler.write
    return _unchanged, handler, _unchanged


def _unchanged(value: Any) -> Any:
    return value


def _arguments(call: Any) -> dict[str, Any]:
    arguments = json.loads(call.arguments) if isinstance(call.arguments, str) else call.arguments
    if not isinstance(arguments, dict):
        raise ValueError("Function arguments must be a JSON object")
    return arguments


def _sync_result(output: Any) -> Any:
    """Return the result of a handler. Raise TypeError if it is awaitable."""
    if inspect.isawaitable(output):
        if inspect.iscoroutine(output):
            output.close()  # otherwise Python warns that it was never awaited
        raise TypeError("Async tool handlers require AsyncOpenAI")
    return output


def _sendable(output: Any) -> Any:
    """Return a result as it is sent. Raise an exception if it is not JSON."""
    if isinstance(output, Mapping):
        return json.dumps(dict(output), separators=(",", ":"))
    if output is None or isinstance(output, str):
        return output
    parts = list(output)
    json.dumps(parts)
    return parts


def _is_early(error: BadRequestError, call_id: str) -> bool:
    """Return whether the server does not know the call yet. It sends the event of a call before it waits for the result."""
    body = error.body if isinstance(error.body, dict) else {}
    return (
        body.get("code") == "invalid_request_error" and body.get("message") == f"Unknown pending tool call: {call_id}"
    )


def without_key(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the headers for all requests of a stream."""
    own = ("idempotency-key", "x-stainless-raw-response")
    return {name: value for name, value in headers.items() if name.lower() not in own}
