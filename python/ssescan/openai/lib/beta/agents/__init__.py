"""The results of `beta.agents.sessions.stream`."""

from ._result import AgentOutputParseError as AgentOutputParseError
from ._result import AgentTurnResult as AgentTurnResult
from ._result import AgentTurnResultError as AgentTurnResultError
from ._tool_error import AgentToolError as AgentToolError
