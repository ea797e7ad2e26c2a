"""The JSON in the arguments of tool calls: its values, and whether it is complete."""

# pyright: basic

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ssescan import _core
from ssescan.models.dump import to_plain

__all__ = ["INVALID", "decoded", "parse_arguments", "truncated_tool_calls"]


def truncated_tool_calls(calls: Iterable[Any]) -> list[dict[str, Any]]:
    """Return copies of the calls whose arguments are not complete JSON. Missing and empty arguments are complete.

    Args:
        calls: Tool calls of Chat Completions or of a step, or output items of the Responses API, as dicts or models.
            Calls without JSON, such as custom tools, are never truncated.
    """
    trees = (_tree_of(call) for call in calls)
    return [to_plain(call) for call in trees if isinstance(call, dict) and not _has_complete_arguments(call)]


def _has_complete_arguments(call: dict[str, Any]) -> bool:
    body = _tree_of(call.get("function"))
    arguments = (body if isinstance(body, dict) else call).get("arguments")
    return not isinstance(arguments, str) or not arguments.strip() or decoded(arguments) is not INVALID


def _tree_of(value: Any) -> Any:
    return _core.node_tree(value) if isinstance(value, _core.Node) else value


#: The result of `decoded` for a text that is not JSON.
INVALID = object()


def decoded(text: str) -> Any:
    """Return the value of a JSON text; `INVALID` if it is not complete JSON."""
    from ssescan.errors import EventDecodeError
    from ssescan.models._json import loads

    try:
        return loads(text.encode("utf-8", "surrogatepass"))
    except EventDecodeError:
        return INVALID


def parse_arguments(calls: Any) -> None:
    """Set `parsed_arguments` beside the arguments of tool calls. Calls whose arguments are not complete JSON are left out.

    Args:
        calls: Plain tool calls of Chat Completions, of a step or of Cohere, or output items of the Responses API.
    """
    for call in calls if isinstance(calls, list) else ():
        body = call.get("function", call) if isinstance(call, dict) else None
        if not isinstance(body, dict) or not isinstance(text := body.get("arguments"), str):
            continue
        value = decoded(text) if text.strip() else {}
        if value is not INVALID:
            body["parsed_arguments"] = value
