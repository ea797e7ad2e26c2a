"""Tools for `beta.agents.sessions.stream`, and its results."""

from ._result import AgentOutputParseError as AgentOutputParseError
from ._result import AgentTurnResult as AgentTurnResult
from ._result import AgentTurnResultError as AgentTurnResultError
from ._tool_error import AgentToolError as AgentToolError
from ._tools import FunctionTool as FunctionTool
from ._tools import function_tool as function_tool
from ._tools import pydantic_function_tool as pydantic_function_tool
