"""Shared by the helper methods of the resources.

A helper method builds a `Call` of an endpoint and passes it, with `Resource._perform`, to a class of `lib`. Helper
methods import from `lib` when they are called, so that programs without helpers do not load it.
"""

from __future__ import annotations

from typing import Any

from .._call import Call
from .._types import NotGiven, Omit, omit

__all__ = ["MAX_TOOL_ROUNDS", "list_tools", "routing_first", "with_default_headers"]

#: The default of `max_rounds`. A model that calls functions in more rounds is probably in a loop.
MAX_TOOL_ROUNDS = 10


def with_default_headers(arguments: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    """Return the arguments of a call with more headers. Headers that it has already are kept."""
    return {**arguments, "extra_headers": {**headers, **(arguments.get("extra_headers") or {})}}


def routing_first(call: Call) -> Call:
    """Return the call with the fields at the start of its body by which a gateway routes it."""
    first = {name: call.json_data[name] for name in ("model", "stream", "service_tier") if name in call.json_data}
    return call._replace(json_data={**first, **call.json_data})


def list_tools(tools: Any) -> Any:
    """Return the tools as a list, since they are both sent and searched. Return `omit` if none were passed."""
    return omit if tools is None or isinstance(tools, (NotGiven, Omit)) else list(tools)
