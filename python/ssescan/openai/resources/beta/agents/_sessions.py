"""The helper method of sessions: `stream`. And what `create` does not send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._call import Call
from ...._types import not_given, omit
from ..._resource import Resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from ...._types import Omit
    from ....lib.beta.agents._result import OutputT
    from ....lib.beta.agents._tool_error import ToolErrorHandler
    from ....lib.streaming.agents import AgentSessionStream, ToolHandler
    from ....types.beta.agent_session_input_message_param import AgentSessionInputMessageParam

__all__ = ["SessionHelpers", "prepare_creation"]


def prepare_creation(call: Call) -> Call:
    """Return the call that creates a session, without the arguments that are not sent."""
    from ....lib.beta.agents._stream import prepare_creation  # loads the helpers of agents

    return prepare_creation(call)


class SessionHelpers(Resource):
    def stream(
        self,
        session_id: str,
        *,
        input: str | Iterable[AgentSessionInputMessageParam],
        output_type: type[OutputT] | None = None,
        tool_handlers: Mapping[str, ToolHandler] | None = None,
        on_tool_error: ToolErrorHandler | None = None,
        idempotency_key: str | Omit = omit,
        extra_headers: Mapping[str, str | Omit] | None = None,
        timeout: Any = not_given,
    ) -> AgentSessionStream[OutputT]:
        """Send input to an idle session, and stream the events of its turn.

        Example::

            with client.beta.agents.sessions.stream(session_id, input="Hello") as stream:
                for event in stream: ...

        Args:
            session_id: The id of the session. Nothing else may send input to it meanwhile.
            input: A text, or messages.
            output_type: A pydantic model or dataclass. `get_final_result().output_parsed` is an object of it.
            tool_handlers: Functions by the names of tools. Each is called with the arguments as a dict, and its result is
                sent: a str, a dict, a list of contents, or None. Calls of other tools are yielded only.
            on_tool_error: A function that is called with the `AgentToolError` of a call whose handler failed.
            idempotency_key: The key of the request with the input. By default it is random.
            extra_headers: Headers of all requests.
            timeout: The timeout of each request.

        Returns:
            A context manager. Entering it sends the requests and returns the stream.

        Raises:
            ValueError: The input is empty; on entering, the session is not idle.
            TypeError: `output_type` is not a class of pydantic.
            StreamTruncated: While reading: the stream ended before the turn.
        """
        from ....lib.streaming.agents import AgentSessionStream

        return AgentSessionStream(
            self,
            session_id,
            input=input,
            output_type=output_type,
            tool_handlers=tool_handlers,
            on_tool_error=on_tool_error,
            idempotency_key=idempotency_key,
            extra_headers=extra_headers,
            timeout=timeout,
        )
