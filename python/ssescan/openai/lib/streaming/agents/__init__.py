"""The stream of one turn of an agent."""

from ._streams import AgentSessionStream as AgentSessionStream
from ._tools import ToolHandler as ToolHandler
from ._tools import ToolOutput as ToolOutput
