"""Requests of a batch, in the shape of the lines of OpenAI's batch files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, NamedTuple

from ssescan._signatures import readable_signature

__all__ = [
    "BadRequest",
    "BatchRequest",
    "Endpoint",
    "Provider",
    "endpoint_of",
    "name_in_file",
    "request_in_file",
    "request_of",
    "row_in",
    "shortened",
]

#: The longest value in a message, in characters.
_SHOWN = 60


class Provider(NamedTuple):
    """Another provider than OpenAI: how its API differs from OpenAI's.

    Attributes:
        key_header: The header of the client's key, instead of Authorization.
        headers: Headers that it needs, unless the client sets them.
        key_variable: The environment variable with the key.
        url_variable: The environment variable with its URL, without `/v1`.
        url: Its URL if that variable is not set.
    """

    key_header: str
    headers: Mapping[str, str]
    key_variable: str
    url_variable: str
    url: str


class Endpoint(NamedTuple):
    """An endpoint whose answers can be streamed.

    Attributes:
        path: Its path below the base URL.
        dialect: The dialect of its streams.
        required_key: A key that every body for it has. It shows which endpoint a body is for.
        has_stream_options: True if its streams have token counts only if `stream_options` ask for them.
        provider: The provider of the API; None for OpenAI.
    """

    path: str
    dialect: str
    required_key: str
    has_stream_options: bool = False
    provider: Provider | None = None


_ANTHROPIC = Provider(
    key_header="x-api-key",
    headers={"anthropic-version": "2023-06-01"},
    key_variable="ANTHROPIC_API_KEY",
    url_variable="ANTHROPIC_BASE_URL",
    url="https://api.anthropic.com",
)
#: Path -> endpoint.
_ENDPOINTS = {
    endpoint.path: endpoint
    for endpoint in (
        Endpoint("/chat/completions", "chat", "messages", has_stream_options=True),
        Endpoint("/responses", "responses", "input"),
        Endpoint("/completions", "completions", "prompt", has_stream_options=True),
        Endpoint("/messages", "anthropic", "messages", provider=_ANTHROPIC),
    )
}
#: The endpoints that a body without a URL may be for: the first of each key.
_BY_BODY = tuple(endpoint for endpoint in _ENDPOINTS.values() if endpoint.provider is None)


@readable_signature
class BatchRequest(NamedTuple):
    """One request of a batch.

    Attributes:
        custom_id: The caller's name for the request. Its result has the same name.
        url: `/v1/chat/completions`, `/v1/responses`, `/v1/completions` or Anthropic's `/v1/messages`. The `/v1` may be
            missing. If the URL is empty, it follows from a key of the body: `messages` is Chat Completions, `input` is
            Responses, `prompt` is Completions.
        body: The arguments of the call, as JSON data. It is required. A pydantic class as `response_format` of Chat
            Completions or `text_format` of Responses is sent as its schema, as `parse` does.
        method: The HTTP method, always `POST`.
    """

    custom_id: str
    url: str = ""
    body: Mapping[str, Any] = MappingProxyType({})  # fields after one with a default need a default
    method: str = "POST"


class BadRequest(ValueError):
    """An item of `requests` is not a valid request.

    Attributes:
        custom_id: The `custom_id` of the item; None if it is missing or invalid.
    """

    __module__ = "ssescan.batch"  # tracebacks show it

    def __init__(self, why: str, custom_id: str | None = None) -> None:
        super().__init__(why)
        self.custom_id = custom_id


def endpoint_of(url: str) -> Endpoint | None:
    """Return the endpoint that the URL of a request names; None if it is unknown."""
    return _ENDPOINTS.get("/" + url.strip("/").removeprefix("v1/"))


def request_of(item: BatchRequest | Mapping[str, Any], index: int) -> BatchRequest:
    """Return the request that an item of `requests` describes.

    A mapping is a line of a batch file (`custom_id`, `method`, `url`, `body`) or only a body. A missing `url` follows
    from the key `messages`, `input` or `prompt` of the body. Without `custom_id`, a body is named after its index.

    Raises:
        BadRequest: The item is invalid.
    """
    if isinstance(item, BatchRequest):
        return _checked(item)
    if not isinstance(item, Mapping):
        body = '{"model": "m", "messages": [...]}'
        raise BadRequest(
            f"expected an object with custom_id, url and body, or a body such as {body}, got {type(item).__name__}"
        )
    if _is_body(item):
        item = {"custom_id": f"request-{index}", "body": item}
    custom_id = item.get("custom_id")
    if not isinstance(custom_id, str) or not custom_id:
        raise BadRequest(f"expected custom_id to be a non-empty string, got {shortened(custom_id)}")
    return _checked(BatchRequest(custom_id, item.get("url") or "", item.get("body"), item.get("method") or "POST"))  # type: ignore[arg-type]


def request_in_file(item: Any, number: int, line: bytes) -> BatchRequest:
    """Return the request that a line of a file describes. A body alone is named after the line.

    Args:
        item: The decoded line.
        number: The number of the line.
        line: The line.

    Raises:
        BadRequest: The item is invalid.
    """
    if isinstance(item, dict) and _is_body(item):
        item = {"custom_id": name_in_file(line, number), "body": item}
    return request_of(item, number)


def name_in_file(line: bytes, number: int) -> str:
    """Return the name of a request without one. It changes with the content, so that a resumed run sends an edited request."""
    return f"request-{number}-{blake2b(line.strip(), digest_size=5).hexdigest()}"


def row_in(custom_id: object) -> int | None:
    """Return the number in a name that `name_in_file` has made; None for another name."""
    match = re.fullmatch(r"request-(\d{1,18})-[0-9a-f]{10}", custom_id) if isinstance(custom_id, str) else None
    return int(match[1]) if match else None


def _is_body(item: Mapping[str, Any]) -> bool:
    """Return whether an item is only a body.

    Raises:
        BadRequest: It is neither a body nor a line of a batch file, but perhaps a row of a table.
    """
    if "body" in item or "url" in item or "custom_id" in item:
        return False
    if not _url_for(item):
        keys = ", ".join(endpoint.required_key for endpoint in _BY_BODY)
        expected = f"expected an object with custom_id, url and body, or a body with one of {keys}"
        raise BadRequest(f"{expected}, got the keys {shortened(list(item))}")
    return True


def _url_for(body: Any) -> str:
    if isinstance(body, Mapping):
        for endpoint in _BY_BODY:
            if endpoint.required_key in body:
                return f"/v1{endpoint.path}"
    return ""


def _checked(request: BatchRequest) -> BatchRequest:
    if not request.url:
        if not isinstance(request.body, Mapping):
            raise BadRequest(f"expected body to be an object, got {type(request.body).__name__}", request.custom_id)
        request = request._replace(url=_url_for(request.body))
    if not isinstance(request.url, str) or endpoint_of(request.url) is None:
        known = ", ".join(f"/v1{path}" for path in _ENDPOINTS)
        raise BadRequest(f"expected url to be one of {known}, got {shortened(request.url)}", request.custom_id)
    if request.method != "POST":
        raise BadRequest(f"expected method to be POST, got {shortened(request.method)}", request.custom_id)
    if not isinstance(request.body, Mapping):
        raise BadRequest(f"expected body to be an object, got {type(request.body).__name__}", request.custom_id)
    if any(isinstance(request.body.get(name), type) for name in ("response_format", "text_format")):
        return request._replace(body=_with_schema(request))
    return request


def _with_schema(request: BatchRequest) -> dict[str, Any]:
    """Return the body of a request whose answer has the format of a class, as `parse` sends it."""
    body = dict(request.body)
    try:
        if isinstance(cls := body.get("response_format"), type):
            body["response_format"] = _format_of(cls)
        if isinstance(cls := body.get("text_format"), type):
            format = _format_of(cls)
            body["text"] = {**(body.get("text") or {}), "format": {"type": format["type"], **format["json_schema"]}}
            del body["text_format"]
    except TypeError as error:
        raise BadRequest(str(error), request.custom_id) from error
    return body


@lru_cache(maxsize=16)
def _format_of(cls: type) -> Any:
    from ssescan.openai.lib._parsing import type_to_response_format_param

    return type_to_response_format_param(cls)


def shortened(value: object) -> str:
    """Return the repr of any value, shortened for a message."""
    try:
        shown = repr(value[:_SHOWN] if isinstance(value, str) else value)
    except (RecursionError, ValueError):  # nested too deeply, or an int of thousands of digits
        return f"a value of type {type(value).__name__}"
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
