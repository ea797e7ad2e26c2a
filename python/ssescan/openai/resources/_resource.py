"""What the groups of endpoints share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .._client import OpenAI

__all__ = ["Resource", "options"]

#: Arguments of a call that are not part of its body.
_OPTIONS = ("extra_headers", "extra_query", "extra_body", "timeout")


class Resource:
    """A group of endpoints of a client."""

    def __init__(self, client: OpenAI) -> None:
        self._client = client


def options(arguments: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments of a call, parted into its body and its options."""
    found = {name: arguments[name] for name in _OPTIONS if name in arguments and arguments[name] is not None}
    if "timeout" in arguments:
        found["timeout"] = arguments["timeout"]
    return {name: value for name, value in arguments.items() if name not in _OPTIONS}, found
