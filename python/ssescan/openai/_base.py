"""One call, for all endpoints: headers, body, retries, and what becomes of the response."""

from __future__ import annotations

import email.utils
import logging
import math
import platform
import random
import time
from typing import TYPE_CHECKING, Any, Callable, Mapping
from urllib.parse import quote, urlencode

from ssescan import __version__, errors
from ssescan._json import dumps
from ssescan.clocks import Timeouts
from ssescan.transport import EVENT_STREAM, Request, Response, Transport, status_error

from ._streaming import Stream
from ._types import NotGiven, Omit, not_given

if TYPE_CHECKING:
    from ssescan.dialects import Dialect

__all__ = ["BaseClient", "path"]

log = logging.getLogger("openai")

#: A server that asks for a longer wait than this is not asked again.
MAX_RETRY_AFTER_S = 120.0
INITIAL_DELAY_S, MAX_DELAY_S = 0.5, 8.0


def path(template: str, **ids: str) -> str:
    """`template` with its parts, percent-encoded. ValueError for one that is empty."""
    for name, value in ids.items():
        if not value:
            raise ValueError(f"Expected a non-empty value for `{name}` but received {value!r}")
    return template.format(**{name: quote(str(value), safe="") for name, value in ids.items()})


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without the arguments that nobody gave."""
    return {name: value for name, value in values.items() if not isinstance(value, (NotGiven, Omit))}


class BaseClient:
    """Sends requests to one API. Thread-safe."""

    def __init__(
        self,
        *,
        base_url: str,
        timeout: Any,
        max_retries: int,
        default_headers: Mapping[str, Any] | None,
        default_query: Mapping[str, object] | None,
        http_client: Any,
    ) -> None:
        if isinstance(max_retries, bool) or not isinstance(max_retries, int):
            raise TypeError("max_retries must be a whole number; 0 turns retries off")
        if max_retries < 0:
            raise ValueError("max_retries must not be negative")
        self.base_url = base_url.rstrip("/") + "/"
        self.timeout = Timeouts() if isinstance(timeout, NotGiven) else Timeouts.of(timeout)
        self.max_retries = max_retries
        self._default_headers = dict(default_headers or {})
        self._default_query = dict(default_query or {})
        self._transport = http_client if isinstance(http_client, Transport) else Transport(http_client)

    def close(self) -> None:
        """Closes the connections that are not in use, unless the pool was given by the caller."""
        self._transport.close()

    def _auth_headers(self) -> dict[str, str]:
        return {}

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        extra_headers: Mapping[str, Any] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Any = None,
        timeout: Any = not_given,
        stream: bool = False,
        dialect: str | Dialect | None = None,
        cast_to: Any = None,
    ) -> Any:
        """Calls an endpoint: a `Stream` of `dialect` if `stream`, else the answer as `cast_to`."""
        timeouts = self.timeout if isinstance(timeout, NotGiven) else Timeouts.of(timeout)
        content = None if body is None else dumps({**given(body), **(extra_body or {})})
        url = self._url(path, {**self._default_query, **given(query or {}), **(extra_query or {})})

        def request(retries_taken: int) -> Request:
            own = {"X-Stainless-Retry-Count": retries_taken, **(headers or {})}
            return Request(method, url, self._headers(method, own, extra_headers, timeouts, stream), content)

        response = self._send(request, timeouts)
        if stream:
            return Stream(response, dialect=dialect or "auto", timeouts=timeouts)
        return self._parse(response, cast_to, timeouts)

    def _parse(self, response: Response, cast_to: Any, timeouts: Timeouts) -> Any:
        response.read(timeouts)
        try:
            body = response.json()
        except ValueError as error:
            raise errors.APIResponseValidationError(response, response.text) from error
        return body if cast_to is None else cast_to(body)

    def _url(self, path: str, query: Mapping[str, Any]) -> str:
        pairs: list[tuple[str, str]] = []
        for name, value in query.items():
            if isinstance(value, (list, tuple)):
                pairs += [(f"{name}[]", _text(item)) for item in value]
            elif value is not None:
                pairs.append((name, _text(value)))
        return self.base_url + path.lstrip("/") + (f"?{urlencode(pairs)}" if pairs else "")

    def _headers(
        self, method: str, own: dict[str, Any], extra: Mapping[str, Any] | None, timeouts: Timeouts, stream: bool
    ) -> dict[str, str]:
        headers: dict[str, Any] = {
            "Accept": EVENT_STREAM if stream else "application/json",
            "Content-Type": "application/json",
            "User-Agent": f"ssescan/{__version__}",
            "X-Stainless-Lang": "python",
            "X-Stainless-Package-Version": __version__,
            "X-Stainless-OS": platform.system(),
            "X-Stainless-Arch": platform.machine(),
            "X-Stainless-Runtime": platform.python_implementation(),
            "X-Stainless-Runtime-Version": platform.python_version(),
            "X-Stainless-Async": "false",
        }
        if stream:
            headers["Accept-Encoding"] = "identity"  # a proxy that compresses may hold events back
        if timeouts.idle_s is not None:
            headers["X-Stainless-Read-Timeout"] = f"{timeouts.idle_s:g}"
        merged = _merge(headers, self._auth_headers(), self._default_headers, own, extra or {})
        if method == "GET":
            merged.pop("content-type", None)
        return dict(merged.values())

    # Retries. Nothing is sent again once a response was accepted.

    def _send(self, request: Callable[[int], Request], timeouts: Timeouts) -> Response:
        """The first good response. `request` makes the request anew for each try: credentials may change."""
        for taken in range(self.max_retries + 1):
            left = self.max_retries - taken
            try:
                response = self._transport.send(request(taken), timeouts)
            except errors.APIConnectionError:
                if not left:
                    raise
                self._wait(taken, None)
                continue
            if response.is_success:
                return response
            if not left or not _should_retry(response):
                raise status_error(response)
            delay = retry_after_s(response.headers)
            response.let_go()
            self._wait(taken, delay)
        raise AssertionError("unreachable")

    def _wait(self, taken: int, asked_s: float | None) -> None:
        delay_s = retry_delay_s(taken, asked_s)
        log.info("Retrying request in %f seconds (retry %i of %s)", delay_s, taken + 1, self.max_retries)
        time.sleep(delay_s)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _merge(*layers: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Headers by lower-case name; a later layer wins, and `omit` takes a header away."""
    merged: dict[str, tuple[str, str]] = {}
    for layer in layers:
        for name, value in layer.items():
            if isinstance(value, Omit):
                merged.pop(name.lower(), None)
            elif not isinstance(value, NotGiven):
                merged[name.lower()] = (name, str(value))
    return merged


def _should_retry(response: Response) -> bool:
    asked = retry_after_s(response.headers)
    if asked is not None and MAX_RETRY_AFTER_S < asked < math.inf:
        return False
    said = response.headers.get("x-should-retry")
    if said in ("true", "false"):
        return bool(said == "true")
    return response.status_code in (408, 409, 429) or response.status_code >= 500


def retry_after_s(headers: Any) -> float | None:
    """How long the server asks to wait: `retry-after-ms`, else `retry-after` in seconds or as a date.

    A number that is too large for a float is a long wait; what is written as infinite or no number is none.
    """
    for name, per_s in (("retry-after-ms", 1000), ("retry-after", 1)):
        said = headers.get(name) or ""
        try:
            number = float(said)
        except ValueError:
            continue
        if math.isinf(number) and number > 0 and "inf" not in said.lower():
            return MAX_RETRY_AFTER_S + 1
        return number / per_s
    try:
        date = email.utils.parsedate_tz(headers.get("retry-after"))
        return None if date is None else email.utils.mktime_tz(date) - time.time()
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def retry_delay_s(taken: int, asked_s: float | None) -> float:
    """The wait before a further try: what the server asked for, else doubling from 0.5 to 8 s, less up to 25 %."""
    if asked_s is not None and 0 < asked_s <= MAX_RETRY_AFTER_S:
        return asked_s
    return float(min(INITIAL_DELAY_S * 2.0 ** min(taken, 1000), MAX_DELAY_S) * (1 - 0.25 * random.random()))
