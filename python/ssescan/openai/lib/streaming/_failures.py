"""Answers that failed although their stream ended well."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ssescan.accumulation.deltas import tree_of
from ssescan.dialects.chat import FINISH
from ssescan.errors import APIError
from ssescan.models.dump import to_plain
from ssescan.reading import server_errors

__all__ = ["failed_answer", "failed_choice", "failed_response"]


def failed_choice(choices: Iterable[Any]) -> APIError | None:
    """Return the exception for the first choice that failed, or None.

    Args:
        choices: The choices of a completion or of a chunk, as dicts or models.
    """
    for choice in map(tree_of, choices):
        document = {"choices": [{key: tree_of(value) for key, value in choice.items()}]}
        errors = (value for path in FINISH.errors for value in server_errors.values_at(document, path))
        failure = failed_answer(choice.get("finish_reason"), next(filter(None, errors), None))
        if failure is not None:
            return failure
    return None


def failed_response(response: dict[str, Any]) -> APIError | None:
    """Return the exception for a response that failed, or None."""
    return failed_answer(response.get("status"), response.get("error"))


def failed_answer(reason: Any, error: Any) -> APIError | None:
    """Return the exception for an answer with this finish reason and this error, or None if it did not fail."""
    error = tree_of(error)
    if error or FINISH.has_failed(reason):
        return _exception(reason, error)
    return None


def _exception(reason: Any, error: Any) -> APIError:
    from ssescan.models._json import dumps

    if error:
        return server_errors.from_payload(dumps(to_plain(error)), ("",), missing=f"Answer failed: {reason!r}.")
    made = APIError(f"Answer failed: finish reason {reason!r}. The text so far is in the snapshot. Ask again.")
    made.retryable = True
    return made
