"""The stream of one turn of an agent."""

from ...._async import add_async_names
from ._streams import AgentSessionStream as AgentSessionStream
from ._tools import ToolHandler as ToolHandler
from ._tools import ToolOutput as ToolOutput

add_async_names(__name__)
