"""A2A 1.0 over JSON-RPC: the updates of a task of another agent."""

from ssescan import Channel, Dialect, Row
from ssescan.dialects import PresentKey, When

EVENT = "UnknownEvent"
FAILED = ("TASK_STATE_FAILED", "TASK_STATE_CANCELED", "TASK_STATE_REJECTED")
WAITING = ("TASK_STATE_INPUT_REQUIRED", "TASK_STATE_AUTH_REQUIRED")


def by_state(status: str, channels: dict[str, Channel]) -> tuple[Row, ...]:
    """Return the rows of an event with a task status: its state decides how the stream ends."""
    state, reason = f"{status}.state", f"{status}.message.parts[*].text"
    return (
        Row(EVENT, channels, ends="last", when=When(state, "TASK_STATE_COMPLETED")),
        Row(EVENT, channels, ends="last", fails=reason, when=When(state, FAILED)),
        Row(EVENT, channels, ends="payload", when=When(state, WAITING)),
        Row(EVENT, channels),
    )


DIALECT = Dialect(
    "a2a",
    types="ssescan.events",
    # Events have no names: `result` has one of the keys `task`, `message`, `statusUpdate` and `artifactUpdate`.
    named_by=(PresentKey("result"),),
    default=Row(EVENT),
    rows={
        "task": by_state("result.task.status", {"text": Channel("result.task.artifacts[*].parts[*].text")}),
        "message": Row(EVENT, {"text": Channel("result.message.parts[*].text")}, ends="last"),
        "artifactUpdate": Row(EVENT, {"text": Channel("result.artifactUpdate.artifact.parts[*].text")}),
        "statusUpdate": by_state(
            "result.statusUpdate.status", {"status": Channel("result.statusUpdate.status.message.parts[*].text")}
        ),
    },
)
