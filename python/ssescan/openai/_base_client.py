"""One call, for all endpoints: headers, body, retries, and what becomes of the response."""

from __future__ import annotations

import logging
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Iterator, Mapping
from urllib.parse import urlencode

from ssescan import __version__, errors
from ssescan.clocks import Timeouts
from ssescan.transport import EVENT_STREAM, Request, Response, Transport, status_error

from . import _body
from ._endpoints import Call
from ._retries import retry_after_s, retry_delay_s, should_retry
from ._types import NotGiven, Omit

if TYPE_CHECKING:
    from ._streaming import Stream

__all__ = ["BaseClient"]

log = logging.getLogger("openai")


class BaseClient:
    """Sends calls to one API, and reads their answers. Thread-safe.

    A call goes through two steps, which may be taken one by one: `_send` gives the response as soon as its headers are
    there, with retries, and `_parse` makes of it what the endpoint gives: a `Stream`, a page, a model.
    """

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
        self.base_url = base_url.rstrip("/") + "/"
        self.timeout = Timeouts() if isinstance(timeout, NotGiven) else Timeouts.of(timeout)
        self.max_retries = checked_retries(max_retries)
        self._default_headers = dict(default_headers or {})
        self._default_query = dict(default_query or {})
        self._transport = http_client if isinstance(http_client, Transport) else Transport(http_client)

    def close(self) -> None:
        """Closes the connections that are not in use, unless the pool was given by the caller."""
        self._transport.close()

    def _auth_headers(self) -> dict[str, str]:
        return {}

    def _perform(self, call: Call) -> Any:
        """Sends `call`, and gives its answer."""
        return self._parse(call, self._send(call))

    # The response

    def _send(self, call: Call) -> Response:
        """The first good response. Raises `APIStatusError` for a bad one, and `APIConnectionError` for none."""
        timeouts, content = self._timeouts(call), _body.encoded(call.body)
        url = self._url(call)
        retries = self.max_retries if call.max_retries is None else checked_retries(call.max_retries)
        for taken in range(retries + 1):
            # Made anew for each try: credentials may change.
            request = Request(call.method, url, self._headers(call, timeouts, taken), content)
            try:
                response = self._transport.send(request, timeouts)
            except errors.APIConnectionError:
                if taken == retries:
                    raise
                _wait(taken, retries, None)
                continue
            if response.is_success:
                return response
            if taken == retries or not should_retry(response):
                raise status_error(response)
            delay_s = retry_after_s(response.headers)
            response.let_go()
            _wait(taken, retries, delay_s)
        raise AssertionError("unreachable")

    def _timeouts(self, call: Call) -> Timeouts:
        return self.timeout if isinstance(call.timeout, NotGiven) else Timeouts.of(call.timeout)

    def _url(self, call: Call) -> str:
        query = {**self._default_query, **call.query}
        pairs = [pair for name, value in query.items() for pair in _query_pairs(name, value)]
        return self.base_url + call.url.lstrip("/") + (f"?{urlencode(pairs)}" if pairs else "")

    def _headers(self, call: Call, timeouts: Timeouts, retries_taken: int) -> dict[str, str]:
        headers: dict[str, Any] = {
            "Accept": EVENT_STREAM if call.stream else "application/json",
            "Content-Type": "application/json",
            "User-Agent": f"ssescan/{__version__}",
            **_platform_headers(),
            "X-Stainless-Retry-Count": retries_taken,
        }
        if call.stream:
            headers["Accept-Encoding"] = "identity"  # a proxy that compresses may hold events back
        if timeouts.idle_s is not None:
            headers["X-Stainless-Read-Timeout"] = f"{timeouts.idle_s:g}"
        merged = merged_headers(headers, self._auth_headers(), self._default_headers, call.headers)
        if call.method == "GET":
            merged.pop("content-type", None)
        return dict(merged.values())

    # What becomes of it

    def _parse(self, call: Call, response: Response) -> Any:
        """What the endpoint gives: of a streaming call a `Stream` that reads the body, else the body, read and cast."""
        if call.stream:
            return self._stream(call, response)
        response.read(self._timeouts(call))
        return _body.decoded(call, response, self)

    def _stream(self, call: Call, response: Response) -> Stream[Any]:
        from ._streaming import Stream

        return Stream(response, dialect=call.dialect or "auto", timeouts=self._timeouts(call))


def checked_retries(max_retries: Any) -> int:
    """`max_retries`, if it is a number of retries. TypeError or ValueError otherwise."""
    if max_retries is None:
        raise TypeError(
            "max_retries cannot be None. Use 0 to disable retries or a large integer for a larger retry budget."
        )
    if isinstance(max_retries, bool) or not isinstance(max_retries, int):
        raise TypeError("max_retries must be a non-negative integer")
    if max_retries < 0:
        raise ValueError("max_retries must be a non-negative integer")
    return max_retries


def _wait(taken: int, retries: int, asked_s: float | None) -> None:
    delay_s = retry_delay_s(taken, asked_s)
    log.info("Retrying request in %f seconds (retry %i of %s)", delay_s, taken + 1, retries)
    time.sleep(delay_s)


@lru_cache(maxsize=1)
def _platform_headers() -> dict[str, str]:
    import platform

    return {
        "X-Stainless-Lang": "python",
        "X-Stainless-Package-Version": __version__,
        "X-Stainless-OS": {"Darwin": "MacOS"}.get(platform.system(), platform.system()),
        "X-Stainless-Arch": {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()),
        "X-Stainless-Runtime": platform.python_implementation(),
        "X-Stainless-Runtime-Version": platform.python_version(),
        "X-Stainless-Async": "false",
    }


def _query_pairs(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Lists are `name[]=`, objects `name[key]=`; None is nothing."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _query_pairs(f"{name}[{key}]", item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _query_pairs(f"{name}[]", item)
    elif value is not None and not isinstance(value, Omit):
        yield name, str(value).lower() if isinstance(value, bool) else str(value)


def merged_headers(*layers: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Headers by lower-case name; a later layer wins, and `omit` takes a header away."""
    merged: dict[str, tuple[str, str]] = {}
    for layer in layers:
        for name, value in layer.items():
            if isinstance(value, Omit):
                merged.pop(name.lower(), None)
            elif not isinstance(value, NotGiven):
                merged[name.lower()] = (name, str(value))
    return merged
