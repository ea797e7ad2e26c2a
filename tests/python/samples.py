"""Sample values of types: arguments of the methods of the `openai` package, and responses of its server.

A sample is a function of the type alone. It has every field, so that a name that is missing or misspelt shows.
"""

from __future__ import annotations

import collections.abc
import datetime
import inspect
import os
from typing import IO, Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import pydantic
from openai import NotGiven, Omit
from typing_extensions import NotRequired, Required, TypeAliasType, is_typeddict

__all__ = ["arguments_of", "response_of", "sample"]

#: Arguments that every method has.
OPTIONS = {"extra_headers", "extra_query", "extra_body", "timeout"}
#: Arguments that are not sent.
NOT_SENT = {"output_type", "tool_handlers"}
FILE = ("a b.txt", b"content \xff\r\n")
DEEP = 6
SCALARS: dict[Any, Any] = {
    str: "é x",
    int: 3,
    float: 0.5,
    bool: True,
    bytes: FILE,
    type(None): None,
    Any: {"any": [1, "é"]},
    object: {"any": [1, "é"]},
    datetime.datetime: "2026-01-02T03:04:05Z",
}
FILES = {IO, os.PathLike}


def arguments_of(method: Any) -> dict[str, Any]:
    """Return a value for each argument of a method of the package that is sent."""
    function = inspect.unwrap(method.__func__)
    hints = get_type_hints(function, vars(inspect.getmodule(function)), include_extras=True)
    names = [name for name in inspect.signature(function).parameters if name not in {"self", *OPTIONS, *NOT_SENT}]
    return {name: _argument(name, hints[name]) for name in names}


def _argument(name: str, annotation: Any) -> Any:
    if name == "stream":
        return False
    if name == "idempotency_key":
        return "key-1"  # a header
    if name.endswith("_id"):
        return f"{name}/1"
    return sample(annotation)


def response_of(cls: Any, page: bool = False) -> Any:
    """Return the JSON of a response of a class of the package; of a page of it."""
    if not page:
        return sample(cls)
    return {"object": "list", "data": [sample(cls), sample(cls)], "has_more": False, "next": None, "last_id": None}


def sample(annotation: Any, deep: int = 0) -> Any:
    """Return a JSON value of a type; the first alternative of a union that is not None or a marker."""
    origin, args = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, TypeAliasType):
        return sample(annotation.__value__, deep)
    if isinstance(annotation, TypeVar):
        return "x"
    if origin in (Annotated, Required, NotRequired):
        return sample(args[0], deep)
    if annotation in FILES or origin in FILES or (isinstance(origin, type) and issubclass(origin, IO)):
        return FILE
    if origin is Literal:
        return args[0]
    if origin is Union or type(annotation).__name__ == "UnionType":
        return sample(_alternative(args), deep)
    if annotation in SCALARS:
        return SCALARS[annotation]
    if isinstance(origin or annotation, type):
        return _of_class(origin or annotation, args, annotation, deep)
    raise TypeError(f"no sample of {annotation!r}")


def _alternative(args: tuple[Any, ...]) -> Any:
    markers = (Omit, NotGiven, type(None))
    return next((arg for arg in args if arg not in markers), type(None))


def _of_class(cls: type, args: tuple[Any, ...], annotation: Any, deep: int) -> Any:
    if is_typeddict(cls):
        hints = get_type_hints(cls, include_extras=True)
        keys = [key for key, hint in hints.items() if deep < DEEP or get_origin(hint) is Required]
        return {key: sample(hints[key], deep + 1) for key in keys}
    if issubclass(cls, pydantic.BaseModel):
        fields = annotation.model_fields.items()
        shown = [(name, field) for name, field in fields if deep < DEEP or field.is_required()]
        return {field.alias or name: sample(field.annotation, deep + 1) for name, field in shown}
    if issubclass(cls, tuple):
        return FILE
    if issubclass(cls, collections.abc.Mapping):
        return {"key": sample(args[1], deep + 1) if args else "value"}
    if issubclass(cls, collections.abc.Iterable):
        return [sample(args[0], deep + 1)] if args and deep < DEEP * 2 else []
    raise TypeError(f"no sample of {cls!r}")
