"""Why requests fail: counts the failures of each kind, and detects a run in which all requests fail for one reason."""

from __future__ import annotations

import os
import re
from typing import Any, NamedTuple

from ssescan import errors
from ssescan.http.failures import is_of_proxy, is_unconnected, is_without_tls, root_cause
from ssescan.reading.server_errors import is_permanent

from ._lines import message_of
from ._results import BatchResult

__all__ = ["BatchStopped", "EarlyStop", "FailureCounts", "Reason", "advice_on", "origin_of", "reason_of"]

#: A run stops early if so many requests from its start fail for one reason.
_ENOUGH = 20
#: How many kinds of failures are counted, and how many of them a report has. All further kinds count as one.
_KINDS, _REPORTED = 200, 3
_OTHER = "other errors"
#: The longest reason, in characters.
_SHOWN = 160

_BILLING = "Check the balance and the billing of the account."
_URL = "Check the base URL; most end with /v1."
_NETWORK = "Check the base URL, the network, and whether the server runs."
_NO_TLS = "The server does not speak TLS. If it is local, begin the base URL with http://."
_NO_TLS_TO_PROXY = "The proxy does not speak TLS. Begin the URL of the proxy with http://."
#: HTTP status -> what to do if each request gets it, whatever its content.
_ADVICE = {
    401: "Check the API key.",
    402: _BILLING,
    403: "Check the API key, and what it may use.",
    404: "Check the name of the model, and the base URL; most end with /v1.",
    405: _URL,
}
_CONTENT = "Check one request alone."


class Reason(NamedTuple):
    """Why a request failed.

    Attributes:
        kind: Equal for failures of one kind.
        text: The message.
        advice: What to do if all requests fail for this reason; None if a retry may help.
        is_setup: Whether the reason is the key, the model or the server, and not the content of the request.
    """

    kind: tuple[object, ...]
    text: str
    advice: str | None = None
    is_setup: bool = False


def reason_of(error: Exception) -> Reason:
    """Return why a request failed, from the error of its result."""
    text = " ".join(message_of(error).split())
    text = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
    name, status, code = type(error).__name__, getattr(error, "status_code", None) or 0, getattr(error, "code", None)
    if isinstance(error, errors.APIStatusError) and (status in _ADVICE or is_permanent(error)):
        return Reason((name, status, code), text, _ADVICE.get(status, _BILLING), True)
    # Numbers and ids in a message differ from request to request.
    kind = (name, status, code, re.sub(r"\w*\d\w*", "#", text))
    if isinstance(error, errors.NotAnEventStream):
        return Reason(kind, text, _URL, True)
    if type(error) is errors.APIConnectionError or is_unconnected(error):
        # The messages differ: a resolver reports "unknown" for some requests, and "temporary failure" for others.
        if is_without_tls(error):  # the message has advice too, so only its cause is taken
            return Reason((_NETWORK,), root_cause(error), _NO_TLS_TO_PROXY if is_of_proxy(error) else _NO_TLS, True)
        return Reason((_NETWORK,), text, _NETWORK, True)
    if isinstance(error, errors.APIStatusError) and not error.retryable:
        return Reason(kind, text, _CONTENT)
    return Reason(kind, text)


def advice_on(error: Exception, url: str = "", key_variable: str = "") -> str:
    """Return what to do about an error if the setup is the reason; an empty string otherwise. The arguments are those of `origin_of`."""
    reason = reason_of(error)
    advice = reason.advice if reason.is_setup else None
    return " ".join(filter(None, (advice, origin_of(error, url, key_variable))))


def origin_of(error: BaseException | None, url: str, key_variable: str) -> str:
    """Return where the key or the base URL is from, if one of them may be the reason of an error; an empty string otherwise.

    Args:
        error: The error, or None.
        url: The base URL, without secrets; an empty string if the message has it.
        key_variable: The environment variable that has the key.
    """
    if isinstance(error, (errors.AuthenticationError, errors.PermissionDeniedError)):
        return f"It is that of {key_variable}." if os.environ.get(key_variable) else f"{key_variable} is not set."
    if url and isinstance(error, (errors.APIConnectionError, errors.NotAnEventStream, errors.NotFoundError)):
        return f"The base URL is {url}."
    return ""


class FailureCounts:
    """Counts the failures of each kind.

    Attributes:
        commonest: The commonest kinds: the message of the first failure of each kind, and their number.
    """

    def __init__(self) -> None:
        self._texts: dict[object, str] = {}
        self._counts: dict[object, int] = {}
        self.commonest: tuple[tuple[str, int], ...] = ()

    def add(self, error: Exception) -> None:
        """Count a failure."""
        reason = reason_of(error)
        kind: object = reason.kind
        if kind not in self._counts and len(self._counts) >= _KINDS:
            kind = _OTHER
        self._texts.setdefault(kind, _OTHER if kind == _OTHER else reason.text)
        self._counts[kind] = self._counts.get(kind, 0) + 1
        kinds = sorted(self._counts, key=self._counts.__getitem__, reverse=True)[:_REPORTED]
        self.commonest = tuple((self._texts[kind], self._counts[kind]) for kind in kinds)


class BatchStopped(errors.SSEScanError):
    """The first requests of a run all failed for a reason that no retry mends, so the run ended early.

    Attributes:
        reason: Why they failed: the message of the first error.
        advice: What to do.
        count: How many had failed.
    """

    __module__ = "ssescan.batch"  # tracebacks show it

    def __init__(self, reason: str, advice: str, count: int) -> None:
        requests = "the request" if count == 1 else f"all of the first {count} requests"
        super().__init__(f"Batch stopped: {requests} failed ({reason.rstrip('.')}). {advice}")
        self.reason, self.advice, self.count = reason, advice, count

    def __reduce__(self) -> tuple[Any, ...]:
        return BatchStopped, (self.reason, self.advice, self.count)


class EarlyStop:
    """Detects that the first requests of a run all fail for one reason, which no retry mends.

    The first results do not show that, because failures are faster than answers.

    Attributes:
        is_mixed: True after a result of another kind. Then the run does not stop early any more.
    """

    def __init__(self) -> None:
        self.is_mixed = False
        self._reason: Reason | None = None
        self._first: Exception | None = None
        self._count = self._count_of_first = 0

    def add(self, result: BatchResult) -> bool:
        """Add a result. Return whether it and all before it are failures of one kind."""
        if self.is_mixed:
            return False
        reason = None if result.error is None else reason_of(result.error)
        is_equal = reason is not None and reason.advice and (self._reason is None or self._reason.kind == reason.kind)
        if is_equal:
            self._reason, self._first = self._reason or reason, self._first or result.error
            self._count += 1
            self._count_of_first += result.index < _ENOUGH
            return True
        self.is_mixed = not self.is_enough
        return False

    @property
    def is_enough(self) -> bool:
        """Return whether the run has to stop."""
        return self._count_of_first >= _ENOUGH

    def error(self, *, at_end: bool = False) -> BatchStopped | None:
        """Return the exception of a run that has to stop.

        Args:
            at_end: True at the end of a run, which may have had fewer requests. Then only a wrong setup counts.
        """
        reason = self._reason
        if reason is None or self.is_mixed or not (self.is_enough or (at_end and reason.is_setup)):
            return None
        stopped = BatchStopped(reason.text, reason.advice or "", min(self._count, _ENOUGH))
        stopped.__cause__ = self._first
        return stopped
