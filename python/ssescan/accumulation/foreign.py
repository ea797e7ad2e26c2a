"""Events of another API than the one that was called, as misrouted gateways send them."""

from __future__ import annotations

from typing import Any

from ssescan import dialects
from ssescan.errors import APIError

__all__ = ["raise_if_foreign"]


def raise_if_foreign(own: str, name: str, payload: dict[str, Any]) -> None:
    """Raise APIError if an event that the dialect `own` does not know belongs to another built-in dialect.

    Args:
        own: The name of the dialect of the stream.
        name: The name of the event, or an empty text.
        payload: The event.
    """
    for dialect in dialects.NAMES:
        if dialect != own and any(_matches(claim, name, payload) for claim in dialects.get(dialect).claims):
            raise APIError(
                f"Event of another API: the server sent an event of the dialect {dialect!r} to a stream of the dialect "
                f"{own!r} (event name {name!r}). Check base_url, and that the server supports the endpoint.",
                body=payload,
            )


def _matches(claim: str, name: str, payload: dict[str, Any]) -> bool:
    key, equals, text = claim.partition("=")
    return (payload.get(key) == text) if equals else name.startswith(claim) or claim in payload
