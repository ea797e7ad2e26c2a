"""Response bodies: from JSON to models."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import UnionType
from typing import Annotated, Any, get_args, get_origin

from ssescan import _core, errors
from ssescan.http.transport import Response
from ssescan.models import Model, ModelMeta
from ssescan.models._json import loads
from ssescan.reading.sources import EVENT_STREAM, begins_like_a_stream

from ._call import Call, Client, Content

__all__ = ["cast", "decoded", "named"]

#: How the text of a body becomes a value, by the type that the caller asks for.
_SCALARS: dict[Any, Any] = {str: str, int: int, float: float, bool: lambda text: text.strip().lower() == "true"}


def decoded(call: Call, response: Response, client: Client) -> Any:
    """Return the body of a response as the class that the call names.

    Raises:
        APIResponseValidationError: The body cannot be decoded.
        TypeError: The class is a model of pydantic.
        RuntimeError: The class is of another kind.
    """
    result_class = call.result_class
    if result_class is type(None):
        return None
    if result_class is type(response) or _is_response_of_httpx(result_class):
        return response
    if call.is_binary:
        return result_class(response)
    if result_class in _SCALARS:
        return _SCALARS[result_class](response.text)
    if result_class is bytes:
        return response.content
    _check_class(result_class)
    body = _json(response, strict=client._strict_response_validation)
    if isinstance(body, dict):
        body = Content(body)
        body.request_id, body.call, body.client = response.request_id, call, client
    return cast(result_class, body)


def _check_class(cls: Any) -> None:
    """Raise the exceptions of `openai` for a class that decoded JSON cannot be made into."""
    found = _without_annotations(cls)
    origin = get_origin(found) or found
    if not isinstance(origin, type) or origin in (object, UnionType) or issubclass(origin, (_core.Node, dict, list)):
        return
    if hasattr(origin, "model_validate"):
        raise TypeError("Pydantic models must subclass our base model type, e.g. `from openai import BaseModel`")
    raise RuntimeError(
        f"Unsupported type {cls!r}: expected a subclass of BaseModel, dict or list, a union, or a scalar"
    )


def _is_response_of_httpx(cls: Any) -> bool:
    """Return whether the caller asks for the response itself, as programs for `openai` do."""
    return getattr(cls, "__name__", "") == "Response" and str(cls.__module__).split(".")[0] in ("httpx", "httpx2")


def _json(response: Response, *, strict: bool) -> Any:
    """Return the decoded body; its text if it does not declare JSON and `strict` is False."""
    kind = (response.headers.get("content-type") or "*").split(";")[0]
    try:
        return loads(response.content)
    except errors.EventDecodeError as error:
        if kind.strip().lower() == EVENT_STREAM or begins_like_a_stream(response.content):
            why = f"Expected JSON, got an event stream, although stream=True was not passed: {response.text[:200]!r}"
        elif kind.endswith("json"):
            why = f"Response is not valid JSON ({error.__cause__}): {response.text[:200]!r}"
        elif strict:
            why = f"Expected Content-Type response header to be `application/json` but received `{kind}` instead."
        else:
            return response.text
        raise errors.APIResponseValidationError(response, response.text, message=why) from error


def cast(cls: Any, content: Any) -> Any:
    """Return decoded JSON as a `cls`. Content of another shape is returned as it is."""
    cls = _without_annotations(cls)
    if cls is None or cls is object or not isinstance(content, (dict, list)):
        return content
    if isinstance(cls, type) and issubclass(cls, _core.Node):
        return _core.node_new(cls, None, content, None) if isinstance(content, dict) else content
    # Types that a field can have: `List[Run]`, `Union[Run, Message]`.
    found = _core.node_new(_holder_of(cls), None, {"data": _plain(content)}, None).data
    if isinstance(content, Content) and isinstance(found, _core.Node):  # keep the response that it knows
        return _core.node_new(type(found), None, content, None)
    return found


def _without_annotations(cls: Any) -> Any:
    while get_origin(cls) is Annotated:
        cls = get_args(cls)[0]
    return cls


def _plain(content: Any) -> Any:
    return dict(content) if isinstance(content, Content) else content


@cache
def _holder_of(cls: Any) -> Any:
    return ModelMeta("Holder", (Model,), {"__annotations__": {"data": cls}, "__module__": __name__})


@cache
def named(name: str) -> Any:
    """Return a class of `types` by its path, such as `beta.threads.Run`."""
    if name == "None":
        return type(None)
    if name == "HttpxBinaryResponseContent":  # the body is not decoded
        from ._binary import HttpxBinaryResponseContent

        return HttpxBinaryResponseContent
    module, _, name = f"types.{name}".rpartition(".")
    return getattr(import_module(f"{__package__}.{module}"), name)
