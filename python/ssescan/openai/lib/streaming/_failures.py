"""Answers that failed although their stream ended well."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ssescan.dialects.chat import FAILED
from ssescan.errors import APIError
from ssescan.models.dump import to_plain
from ssescan.reading import server_errors

from ._deltas import tree_of

__all__ = ["failed_choice", "failed_response"]


def failed_choice(choices: Iterable[Any]) -> APIError | None:
    """Return the exception for the first choice that failed, or None.

    Args:
        choices: The choices of a completion or of a chunk, as dicts or models.
    """
    for choice in map(tree_of, choices):
        reason, error = choice.get("finish_reason"), tree_of(choice.get("error"))
        if error or (isinstance(reason, str) and reason.lower() in FAILED):
            return _exception(reason, error)
    return None


def failed_response(response: dict[str, Any]) -> APIError | None:
    """Return the exception for a response that failed, or None."""
    status, error = response.get("status"), tree_of(response.get("error"))
    if error or (isinstance(status, str) and status.lower() in FAILED):
        return _exception(status, error)
    return None


def _exception(reason: Any, error: Any) -> APIError:
    from ssescan.models._json import dumps

    if error:
        return server_errors.from_payload(dumps(to_plain(error)), ("",), missing=f"Answer failed: {reason!r}.")
    made = APIError(f"Answer failed: finish reason {reason!r}. The text so far is in the snapshot. Ask again.")
    made.retryable = True
    return made
