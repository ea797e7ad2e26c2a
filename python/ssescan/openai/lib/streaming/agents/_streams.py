"""`AgentSessionStream`: send input to a session of an agent, and read the events of its turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self
from uuid import uuid4

from ...._types import Omit, not_given, omit
from ....types.beta.agent_session_event import AgentSessionEvent
from ...beta.agents._result import OutputT, require_class, session_of
from ...beta.agents._tool_error import ToolErrorHandler
from ...beta.agents._turn_results import TurnResults
from ._tools import ToolCalls, ToolHandler, without_key

__all__ = ["AgentSessionStream"]

#: The number of events whose ids are kept, to find those that the server sends again.
RECENT = 1024
TURN = "agent.session.turn."


class AgentSessionStream(TurnResults[OutputT]):
    """The events of one turn. Use it as a context manager.

    Entering sends three requests: it checks that the session is idle, subscribes to its events, and sends the input.
    Iteration ends when the session is idle or failed after the turn. Failed turns and events of type `error` are yielded.
    Closing the stream does not cancel the turn.

    Args:
        sessions: `client.beta.agents.sessions`.
        session_id: The id of an idle session.
        input: A text, or messages.
        output_type: A pydantic class into which `get_final_result` parses the text.
        tool_handlers: Functions by the name of a tool. They are called during iteration, after the event of the call.
        on_tool_error: A function that is called with the `AgentToolError` of a failed call.
        idempotency_key: The key of the input; by default a random one.
        extra_headers: Headers of all requests.
        timeout: The timeout of each request.

    Raises:
        ValueError: The input is empty.
        TypeError: Answers cannot be parsed into `output_type`.
    """

    def __init__(
        self,
        sessions: Any,
        session_id: str,
        *,
        input: Any,
        output_type: type[OutputT] | None = None,
        tool_handlers: Mapping[str, ToolHandler] | None = None,
        on_tool_error: ToolErrorHandler | None = None,
        idempotency_key: str | Omit = omit,
        extra_headers: Any = None,
        timeout: Any = not_given,
    ) -> None:
        if output_type is not None:
            require_class(output_type)
        self._sessions = sessions
        self._session_id: str = session_id
        self._output_type = output_type
        self._input = {"type": "agent.session.input.message", "input": _messages(input)}
        self._key = _key_in(extra_headers, idempotency_key)
        headers = extra_headers and without_key(extra_headers)
        self._options = {"extra_headers": headers, "timeout": timeout}
        self._tools: ToolCalls = ToolCalls(sessions, tool_handlers, on_tool_error, self._options)
        self._turn_id: Any = None
        self._turn_ended = self._entered = self._closed = False
        self._recent: set[str] = set()
        self._in_order: deque[str] = deque()
        self._stream: Any = None
        self._events: Iterator[AgentSessionEvent] | None = None

    def __enter__(self) -> Self:
        if self._entered or self._closed:
            raise RuntimeError("An AgentSessionStream can only be entered once")
        self._entered = True
        session = self._sessions.retrieve(self._session_id, **self._options)
        if session.status != "idle":
            raise ValueError(
                "sessions.stream requires an idle session; use sessions.events.stream to follow an active session"
            )
        self._stream = self._sessions.events.stream(self._session_id, **self._options)
        try:
            self._sessions.events.create(
                self._session_id, events=[self._input], idempotency_key=self._key, **self._options
            )
        except BaseException:
            self.close()
            raise
        self._events = self._iterate()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> AgentSessionEvent:
        if self._closed:
            raise StopIteration
        if self._events is None:
            raise RuntimeError("Use sessions.stream in a with block")
        return next(self._events)

    def _iterate(self) -> Iterator[AgentSessionEvent]:
        try:
            for event in self._stream:
                if self._is_repeated(event):
                    continue
                self._note(event)
                if is_last := self._is_last(event):
                    self.close()
                run = self._tools.call_of(event)
                yield event
                if is_last or self._closed:
                    return
                if run is not None:
                    run()
            raise RuntimeError("Session event stream ended before the turn reached idle or failed")
        except Exception as error:
            self._break(error)
            raise
        finally:
            self.close()

    def _is_repeated(self, event: Any) -> bool:
        """Return whether the server sent an event before. It may send one again."""
        if event.event_id is None or event.event_id in self._recent:
            return event.event_id is not None
        if len(self._in_order) == RECENT:
            self._recent.remove(self._in_order.popleft())
        self._in_order.append(event.event_id)
        self._recent.add(event.event_id)
        return False

    def _note(self, event: Any) -> None:
        """Note which turn is that of the input, and whether it has ended."""
        self._observe(event)
        if event.type == TURN + "created" and self._turn_id is None and event.turn.subagent_id is None:
            self._turn_id = event.turn_id
        elif event.type in (TURN + "completed", TURN + "failed", TURN + "cancelled"):
            self._turn_ended |= self._turn_id is not None and event.turn_id == self._turn_id

    def _is_last(self, event: Any) -> bool:
        name = event.type.removeprefix("agent.session.")
        if name == "budget_reached":
            return session_of(event) == self._session_id and (self._turn_id is None or self._turn_ended)
        return name == "failed" or (name == "idle" and self._turn_ended)

    def until_done(self) -> None:
        """Read the remaining events, and run the tools that they call."""
        for _ in self:
            pass

    def close(self) -> None:
        """Close the connection. The turn continues on the server."""
        self._closed = True
        if self._stream is not None:
            self._stream.close()


def _messages(input: str | Iterable[Any]) -> list[Any]:
    messages = list(input)
    if not messages:
        raise ValueError("input must not be empty")
    if isinstance(input, str):
        return [{"role": "user", "content": [{"type": "input_text", "text": input}]}]
    return messages


def _key_in(headers: Any, key: str | Omit) -> Any:
    """Return the key of the input. A key in the headers counts."""
    found = {name.lower(): value for name, value in (headers or {}).items()}
    return found.get("idempotency-key", str(uuid4()) if isinstance(key, Omit) else key)
