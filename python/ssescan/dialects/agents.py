"""Sessions of OpenAI's agents, the successor of Assistants.

Events have their type in the event line and in the payload. An answer is complete when its turn has ended, when the session is
idle or when it waits for the caller. Reading continues after that, since a session may start another turn. An event of type
`error` reports why a turn or a session fails: the event of that failure follows it.
"""

from __future__ import annotations

from .chat import FAILED
from .schema import Channel, Dialect, Row, When

_delta = Channel("delta", "output_index")


def _ended(cls: str, parent: str, usage: str | None = None) -> tuple[Row, ...]:
    """Return the rows of a turn or session that ended well, unless its status says that it failed."""
    failed = When(f"{parent}.status", FAILED, ignore_case=True)
    return (
        Row(cls, ends="payload", fails=f"{parent}.error", usage=usage, when=failed),
        Row(cls, ends="payload", usage=usage),
    )


DIALECT = Dialect(
    "agents",
    types="ssescan.openai.types.beta",
    check=False,
    named_by=("sse", "type"),
    claims=("agent.",),
    error_key_not_in=("agent.", "error"),
    name_key="type",
    default=Row("UnknownEvent"),
    rows={
        "agent.session.created": Row("AgentSessionCreatedEvent"),
        "agent.session.in_progress": Row("AgentSessionInProgressEvent", ends="reopens"),
        "agent.session.requires_action": _ended("AgentSessionRequiresActionEvent", "session"),
        "agent.session.idle": _ended("AgentSessionIdleEvent", "session"),
        "agent.session.failed": Row("AgentSessionFailedEvent", ends="payload", fails="session.error"),
        "agent.session.turn.created": Row("AgentSessionTurnCreatedEvent", ends="reopens"),
        "agent.session.turn.in_progress": Row("AgentSessionTurnInProgressEvent", ends="reopens"),
        "agent.session.turn.completed": _ended("AgentSessionTurnCompletedEvent", "turn", "usage"),
        "agent.session.turn.failed": Row(
            "AgentSessionTurnFailedEvent", ends="payload", fails="turn.error", usage="usage"
        ),
        "agent.session.turn.cancelled": Row(
            "AgentSessionTurnCancelledEvent", ends="payload", fails="turn.error", usage="usage"
        ),
        "agent.session.turn.output_text.delta": Row("AgentSessionTurnOutputTextDeltaEvent", {"text": _delta}),
        "agent.session.turn.reasoning_summary_text.delta": Row(
            "AgentSessionTurnReasoningSummaryTextDeltaEvent", {"reasoning": _delta}
        ),
        "agent.session.turn.item.added": Row("AgentSessionTurnItemAddedEvent"),
        "agent.session.turn.item.done": Row("AgentSessionTurnItemDoneEvent"),
        "agent.session.turn.content_part.added": Row("AgentSessionTurnContentPartAddedEvent"),
        "agent.session.turn.content_part.done": Row("AgentSessionTurnContentPartDoneEvent"),
        "agent.session.turn.output_text.done": Row("AgentSessionTurnOutputTextDoneEvent"),
        "agent.session.turn.reasoning_summary_part.added": Row("AgentSessionTurnReasoningSummaryPartAddedEvent"),
        "agent.session.turn.reasoning_summary_part.done": Row("AgentSessionTurnReasoningSummaryPartDoneEvent"),
        "agent.session.turn.reasoning_summary_text.done": Row("AgentSessionTurnReasoningSummaryTextDoneEvent"),
        "agent.session.environment.ready": Row("AgentSessionEnvironmentReadyEvent"),
        "agent.session.environment.suspended": Row("AgentSessionEnvironmentSuspendedEvent"),
        "agent.session.environment.expired": Row("AgentSessionEnvironmentExpiredEvent"),
        "agent.session.environment.reset": Row("AgentSessionEnvironmentResetEvent"),
        "agent.session.environment.pending": Row("AgentSessionEnvironmentPendingEvent"),
        "agent.session.environment.connected": Row("AgentSessionEnvironmentConnectedEvent"),
        "agent.session.environment.disconnected": Row("AgentSessionEnvironmentDisconnectedEvent"),
        "agent.session.environment.failed": Row("AgentSessionEnvironmentFailedEvent"),
        "agent.session.subagent.created": Row("AgentSessionSubagentCreatedEvent"),
        "agent.session.subagent.active": Row("AgentSessionSubagentActiveEvent"),
        "agent.session.subagent.closed": Row("AgentSessionSubagentClosedEvent"),
        "agent.output.command_execution_output.delta": Row("AgentOutputCommandExecutionOutputDeltaEvent"),
        # A gateway's error has no session.
        "error": (Row("AgentSessionErrorEvent", when=When("session_id")), Row(None, error=("error", ""))),
    },
)
