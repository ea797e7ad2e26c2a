"""`AgentSessionEventStream`: the events of a session from its creation on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from ...._call import Call
from ...._streaming import Stream
from ....types.beta.agent_session_event import AgentSessionEvent
from ...streaming.agents._tools import ToolCalls, ToolHandler, without_key
from ._result import OutputT, agent_text_format
from ._turn_results import TurnResults

__all__ = ["AgentSessionEventStream", "prepare_creation"]


class AgentSessionEventStream(Stream[AgentSessionEvent], TurnResults[OutputT]):
    """The events of a new session. The registered functions are called during iteration, after the event of their call."""

    def __init__(self, *, client: Any, **more: Any) -> None:
        super().__init__(client=client, **more)
        self._client = client

    def __stream__(self) -> Iterator[AgentSessionEvent]:
        try:
            for event in super().__stream__():
                self._observe(event)
                run = None if self._tools is None else self._tools.call_of(event)
                yield event
                if run is not None and self.outcome != "cancelled":  # the program did not close the stream
                    run()
        except Exception as error:
            self._break(error)
            raise
        finally:
            self.close()


def prepare_creation(call: Call) -> Call:
    """Return the call that creates a session, without the arguments that are not sent.

    Raises:
        ValueError: `tool_handlers` without a stream, or a format together with `output_type`.
        TypeError: Answers cannot be parsed into `output_type`.
    """
    body = dict(call.json_data)
    output_type, handlers = body.pop("output_type", None), body.pop("tool_handlers", None)
    if output_type is not None:
        first = {name: body.pop(name) for name in ("stream", "environment") if name in body}
        body = {**first, "agent": _with_format(body.pop("agent", None), output_type), **body}
    if handlers is not None and not call.stream:
        raise ValueError("tool_handlers requires stream=True")
    options = {"extra_headers": without_key(call.headers), "timeout": call.timeout}
    bound = partial(_bound, output_type, handlers, options)
    return call._replace(json_data=body, stream_class=AgentSessionEventStream, post_parser=bound)


def _with_format(agent: Any, output_type: Any) -> dict[str, Any]:
    """Return the settings of an agent that asks for answers in the format of a class."""
    text = dict((agent or {}).get("text") or {})
    if text.get("format") is not None:
        raise ValueError("Pass output_type or agent.text.format, not both")
    text["format"] = agent_text_format(output_type)
    return {**(agent or {}), "text": text}


def _bound(
    output_type: type[Any] | None, handlers: Mapping[str, ToolHandler] | None, options: dict[str, Any], result: Any
) -> Any:
    """Return the result of the call; a stream gets the class of its answer and the functions to call."""
    if isinstance(result, AgentSessionEventStream):
        result._output_type = output_type
        if handlers:
            result._tools = ToolCalls(result._client.beta.agents.sessions, handlers, None, options)
    return result
