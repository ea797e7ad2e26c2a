"""From the events of a session to the final answer of one turn."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from ssescan.errors import OpenAIError

from ....types.beta.agent_session import RequiredAction
from ....types.beta.agent_session_message import AgentSessionMessage
from ....types.beta.agents.sessions.turn import Turn
from ....types.beta.text_format_param import TextFormatParamJSONSchema
from ... import _pydantic
from ..._parsing import ResponseFormatT as OutputT

__all__ = [
    "AgentOutputParseError",
    "AgentTurnResult",
    "AgentTurnResultError",
    "OutputT",
    "TurnCollector",
    "agent_text_format",
    "require_class",
]

ParseT = TypeVar("ParseT")
Reason = Literal["failed", "cancelled", "requires_action", "incomplete", "observation_failed"]
ENDED = ("completed", "failed", "cancelled")


def require_class(output_type: Any) -> None:
    """Raise TypeError if answers cannot be parsed into `output_type`."""
    if not _pydantic.is_parseable(output_type):
        raise TypeError("Agents output_type must be a Pydantic model or a Pydantic v2 dataclass")


def agent_text_format(output_type: Any) -> TextFormatParamJSONSchema:
    """Return the format of an agent's text, for answers that are parsed into `output_type`.

    Args:
        output_type: A pydantic model or dataclass.

    Raises:
        TypeError: It is another class.
    """
    require_class(output_type)
    return {"type": "json_schema", "schema": _pydantic.name_and_schema(output_type)[1]}


@dataclass(frozen=True)
class AgentTurnResult(Generic[OutputT]):
    """The final messages of a turn that completed.

    Attributes:
        turn: The turn.
        messages: The messages of the assistant, without commentary.
        output_parsed: The text as an object of `output_type`, or None without one.
    """

    turn: Turn
    messages: list[AgentSessionMessage]
    output_parsed: OutputT | None = None

    def parse(self, output_type: type[ParseT]) -> AgentTurnResult[ParseT]:
        """Return the result with its text parsed into a class.

        Args:
            output_type: A pydantic model or dataclass.

        Raises:
            AgentOutputParseError: There is no text, or it does not match the class.
        """
        try:
            require_class(output_type)
            contents = [it for message in self.messages for it in message.content if it.type == "output_text"]
            first, *_ = [_pydantic.validate_json(output_type, it.text) for it in contents]
        except Exception:
            # The exception of pydantic quotes the answer.
            raise AgentOutputParseError(self) from None
        return AgentTurnResult(self.turn, self.messages, first)

    @property
    def session_id(self) -> str:
        """The id of the session."""
        return self.turn.session_id

    @property
    def turn_id(self) -> str:
        """The id of the turn."""
        return self.turn.id

    @property
    def output_text(self) -> str:
        """The text of all messages."""
        return "".join(message.output_text for message in self.messages)


class AgentOutputParseError(OpenAIError):
    """The turn completed, but its text does not match the class.

    Attributes:
        result: The result that is not parsed.
    """

    def __init__(self, result: AgentTurnResult[Any]) -> None:
        super().__init__("Could not parse the completed agent output")
        self.result = result


class AgentTurnResultError(OpenAIError):
    """The turn has no complete result.

    Attributes:
        reason: "failed", "cancelled", "requires_action", "incomplete" or "observation_failed". The last one means that
            the stream broke; its exception is the cause.
        turn: The turn as the server last sent it, or None.
        session_id: The id of the session, or None.
        turn_id: The id of the turn, or None.
        messages: The messages that are complete.
        required_actions: The actions that the session waits for.
    """

    def __init__(
        self,
        reason: Reason,
        *,
        turn: Turn | None,
        session_id: str | None,
        messages: list[AgentSessionMessage],
        required_actions: list[RequiredAction],
    ) -> None:
        super().__init__(f"Could not collect the agent turn result: {reason}")
        self.reason = reason
        self.turn = turn
        self.session_id = session_id
        self.turn_id = turn.id if turn is not None else None
        self.messages = messages
        self.required_actions = required_actions


class TurnCollector:
    """Collects the result of the first turn of the main agent.

    Args:
        session_id: The id of the session; None for that of the events.

    Attributes:
        is_done: No later event changes the result.
        cause: The exception that ended the stream, or None.
    """

    def __init__(self, session_id: str | None) -> None:
        self.is_done = False
        self.cause: Exception | None = None
        self._session_id = session_id
        self._turn: Any = None
        self._session_failed = False
        self._actions: list[Any] = []
        self._messages: dict[str, tuple[int, AgentSessionMessage]] = {}
        self._result: AgentTurnResult[Any] | None = None
        self._error: AgentTurnResultError | None = None

    def add(self, event: Any) -> None:
        """Add an event."""
        if self.is_done:
            return
        name = event.type.removeprefix("agent.session.")
        if self._session_id is None:
            self._session_id = getattr(event, "session_id", None) or session_of(event)
        if name.startswith("turn."):
            self._add_turn(event, name.removeprefix("turn."))
        elif name == "in_progress":
            self._actions = []
        elif name == "requires_action":
            self._actions = deepcopy(event.session.required_actions) or []
        elif name == "failed":
            self._session_failed = self.is_done = True
        elif (name == "idle" and self._has_ended()) or (name == "budget_reached" and self._is_at_budget(event)):
            self._actions, self.is_done = [], True

    def _add_turn(self, event: Any, name: str) -> None:
        if name == "created" and self._turn is None and event.turn.subagent_id is None:
            self._turn = deepcopy(event.turn)
        elif name in ENDED and self._is_mine(event.turn_id):
            self._turn, self._actions = deepcopy(event.turn), []
        elif name == "item.done" and self._is_mine(event.item.turn_id):
            item = event.item
            if item.type == "message" and item.phase != "commentary" and item.status == "completed":
                message = AgentSessionMessage.model_construct(**item.to_dict())
                self._messages[item.id] = (event.output_index, message)

    def _is_mine(self, turn_id: Any) -> bool:
        return self._turn is not None and turn_id == self._turn.id

    def _has_ended(self) -> bool:
        return self._turn is not None and self._turn.status in ENDED

    def _is_at_budget(self, event: Any) -> bool:
        found = session_of(event)
        return found is not None and found == self._session_id and (self._turn is None or self._has_ended())

    def check(self, handled: Iterable[str] = ()) -> None:
        """Raise the error of a turn that cannot have a result.

        Args:
            handled: Names of the tools that the stream calls by itself.
        """
        if self._error is not None:
            raise self._error
        status = self._turn.status if self._turn is not None else None
        if self._session_failed or status == "failed":
            raise self.error("failed")
        if status == "cancelled":
            raise self.error("cancelled")
        if any(action.type != "function_call" or action.name not in handled for action in self._actions):
            raise self.error("requires_action")
        if self.cause is not None:
            raise self.error("observation_failed") from self.cause

    def error(self, reason: Reason) -> AgentTurnResultError:
        """Return the error for a reason, or the one that was made before."""
        if self._error is None:
            self._error = AgentTurnResultError(
                reason,
                turn=self._turn,
                session_id=self._session_id,
                messages=self._in_order(),
                required_actions=self._actions,
            )
            self.is_done = True
        return self._error

    def result(self) -> AgentTurnResult[Any]:
        """Return the result.

        Raises:
            AgentTurnResultError: The turn failed, or is not complete.
        """
        if self._result is None:
            self.check()
            if not self.is_done or self._turn is None or self._turn.status != "completed":
                raise self.error("incomplete")
            self._result = AgentTurnResult(self._turn, self._in_order())
        return self._result

    def _in_order(self) -> list[AgentSessionMessage]:
        return [message for _, message in sorted(self._messages.values(), key=lambda it: it[0] or 0)]


def session_of(event: Any) -> Any:
    """Return the id of the session in an event that openai has no class for, or None."""
    session = getattr(event, "session", None)
    found = session.get("id") if isinstance(session, dict) else getattr(session, "id", None)
    return found if isinstance(found, str) and found else None
