"""Shared by the helper methods of the resources.

A helper method builds a `Call` of an endpoint and passes it, with `Resource._perform`, to a class of `lib`. Helper
methods import from `lib` when they are called, so that programs without helpers do not load it.
"""

from __future__ import annotations

import warnings
from typing import Any

from .._types import NotGiven, Omit, omit
from ._resource import Resource

__all__ = ["MAX_TOOL_ROUNDS", "list_tools", "warn_deprecated", "with_default_headers"]

#: The default of `max_rounds`. A model that calls functions in more rounds is probably in a loop.
MAX_TOOL_ROUNDS = 10


def warn_deprecated(resource: Resource) -> None:
    """Warn the caller of a helper method, if the resource is deprecated."""
    if resource._deprecated is not None:
        warnings.warn(resource._deprecated, DeprecationWarning, stacklevel=3)


def with_default_headers(arguments: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    """Return the arguments of a call with more headers. Headers that it has already are kept."""
    return {**arguments, "extra_headers": {**headers, **(arguments.get("extra_headers") or {})}}


def list_tools(tools: Any) -> Any:
    """Return the tools as a list, since they are both sent and searched. Return `omit` if none were passed."""
    return omit if tools is None or isinstance(tools, (NotGiven, Omit)) else list(tools)
