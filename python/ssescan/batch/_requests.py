"""What a batch is asked: requests, as a line of OpenAI's batch files has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Union

__all__ = ["BadRequest", "BatchRequest", "Endpoint", "ENDPOINTS", "endpoint_of", "request_of", "shortened"]

#: How much of a value a message shows.
_SHOWN = 60


class Endpoint(NamedTuple):
    """One that can be streamed: its path below the base URL, the dialect of its streams, what its body must have."""

    path: str
    dialect: str
    needs: str


ENDPOINTS = {
    endpoint.path: endpoint
    for endpoint in (
        Endpoint("/chat/completions", "chat", "messages"),
        Endpoint("/responses", "responses", "input"),
        Endpoint("/completions", "completions", "prompt"),
    )
}


class BatchRequest(NamedTuple):
    """One request: `url` is `/v1/chat/completions`, `/v1/responses` or `/v1/completions`, with or without the `/v1`."""

    custom_id: str
    url: str
    body: Mapping[str, Any]
    method: str = "POST"


class BadRequest(ValueError):
    """What was given is no request. `custom_id` is None if it has none."""

    def __init__(self, why: str, custom_id: str | None = None) -> None:
        super().__init__(why)
        self.custom_id = custom_id


def endpoint_of(url: str) -> Endpoint | None:
    """The endpoint that a URL names."""
    return ENDPOINTS.get("/" + url.strip("/").removeprefix("v1/"))


def request_of(given: Union[BatchRequest, Mapping[str, Any]], number: int) -> BatchRequest:
    """A request from what a user gives. Raises `BadRequest` with a line that says what is wrong.

    A mapping is a line of a batch file (`custom_id`, `method`, `url`, `body`), or a body alone: it is told from
    `messages`, `input` or `prompt` which endpoint it is for, and named by its `number`.
    """
    if isinstance(given, BatchRequest):
        return _checked(given)
    if not isinstance(given, Mapping):
        raise BadRequest(f"expected an object with custom_id, url and body, got {type(given).__name__}")
    if "body" not in given and "url" not in given and "custom_id" not in given:
        given = {"custom_id": f"request-{number}", "body": given}
    custom_id = given.get("custom_id")
    if not isinstance(custom_id, str) or not custom_id:
        raise BadRequest(f"expected custom_id to be a string, got {shortened(custom_id)}")
    body = given.get("body")
    return _checked(BatchRequest(custom_id, given.get("url") or _url_for(body), body, given.get("method") or "POST"))  # type: ignore[arg-type]


def _url_for(body: Any) -> str:
    if isinstance(body, Mapping):
        for endpoint in ENDPOINTS.values():
            if endpoint.needs in body:
                return f"/v1{endpoint.path}"
    return ""


def _checked(request: BatchRequest) -> BatchRequest:
    if not isinstance(request.url, str) or endpoint_of(request.url) is None:
        known = ", ".join(f"/v1{path}" for path in ENDPOINTS)
        raise BadRequest(f"expected url to be one of {known}, got {shortened(request.url)}", request.custom_id)
    if request.method != "POST":
        raise BadRequest(f"expected method to be POST, got {shortened(request.method)}", request.custom_id)
    if not isinstance(request.body, Mapping):
        raise BadRequest(f"expected body to be an object, got {type(request.body).__name__}", request.custom_id)
    return request


def shortened(given: object) -> str:
    """What was given, for a message: it may be anything, and of any size."""
    shown = repr(given[:_SHOWN] if isinstance(given, str) else given)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
