"""Why an MCP tool call failed."""

from __future__ import annotations

from typing import Literal, TypeAlias, Union

from ssescan.models import Model

__all__ = ["McpToolCallError", "McpProtocolError", "McpToolExecutionError", "HTTPError"]


class McpProtocolError(Model):
    code: int
    message: str
    type: Literal["mcp_protocol_error"]


class McpToolExecutionError(Model):
    content: object
    type: Literal["mcp_tool_execution_error"]


class HTTPError(Model):
    code: int
    message: str
    type: Literal["http_error"]


McpToolCallError: TypeAlias = Union[McpProtocolError, McpToolExecutionError, HTTPError]
