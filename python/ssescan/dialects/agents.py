"""Sessions of OpenAI's agents, the successor of Assistants.

Events have their type in the event line and in the payload. An answer is complete when its turn has ended, when the session is
idle or when it waits for the caller. Reading continues after that, since a session may start another turn. An event of type
`error` reports why a turn or a session fails: the event of that failure follows it.
"""

from __future__ import annotations

from .schema import Channel, Dialect, Row, When

_delta = Channel("delta", "output_index")

DIALECT = Dialect(
    "agents",
    types="ssescan.openai.types.beta",
    named_by=("sse", "type"),
    claims=("agent.",),
    error_key_not_in=("agent.", "error"),
    name_key="type",
    default=Row("UnknownEvent"),
    rows={
        "agent.session.created": Row("AgentSessionCreatedEvent"),
        "agent.session.in_progress": Row("AgentSessionInProgressEvent", ends="reopens"),
        "agent.session.requires_action": Row("AgentSessionRequiresActionEvent", ends="payload"),
        "agent.session.idle": Row("AgentSessionIdleEvent", ends="payload"),
        "agent.session.failed": Row("AgentSessionFailedEvent", ends="payload", fails="session.error"),
        "agent.session.turn.created": Row("AgentSessionTurnCreatedEvent", ends="reopens"),
        "agent.session.turn.in_progress": Row("AgentSessionTurnInProgressEvent", ends="reopens"),
        "agent.session.turn.completed": Row("AgentSessionTurnCompletedEvent", ends="payload", usage="usage"),
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
