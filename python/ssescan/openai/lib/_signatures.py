"""Functions as tools: their names, and what a model is told of their arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, Union, get_args, get_origin

__all__ = ["described", "named"]


def named(functions: Any) -> dict[str, Callable[..., Any]]:
    """Functions by name. TypeError for what can't be called, or has no name."""
    pairs = functions.items() if isinstance(functions, Mapping) else [(_name(it), it) for it in _each(functions)]
    found = dict(pairs)
    for name, function in found.items():
        if not callable(function):
            raise TypeError(f"expected a function for {name!r}, got {type(function).__name__}")
    return found


def _each(functions: Any) -> Iterable[Any]:
    return [functions] if callable(functions) else functions


def _name(function: Any) -> str:
    name = getattr(function, "__name__", None)
    if name is None or name == "<lambda>":
        raise TypeError(f"{function!r} has no name: pass a mapping of names to functions")
    return str(name)


def described(name: str, function: Callable[..., Any]) -> dict[str, Any]:
    """A function tool of the Responses API: from the signature, the annotations and the docstring.

    What an annotation says that JSON Schema can't is left out, and a parameter without one takes anything.
    """
    import inspect

    tool = {"type": "function", "name": name, "strict": False, "parameters": _parameters(function)}
    return {**tool, "description": doc} if (doc := inspect.getdoc(function)) else tool


def _parameters(function: Callable[..., Any]) -> dict[str, Any]:
    import inspect
    from typing import get_type_hints

    try:
        hints = get_type_hints(function)
    except Exception:  # annotations may name what exists for checkers only
        hints = {}
    properties, required, more = {}, [], False
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            more = True
        elif parameter.kind is not parameter.VAR_POSITIONAL:
            properties[name] = _schema(hints.get(name))
            if parameter.default is parameter.empty:
                required.append(name)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": more}


_KINDS: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def _schema(tp: Any) -> dict[str, Any]:
    origin, args = get_origin(tp), get_args(tp)
    if tp in _KINDS:
        return {"type": _KINDS[tp]}
    if origin is Literal:
        return {"enum": list(args)}
    if origin is Union or type(tp).__name__ == "UnionType":
        return {"anyOf": [_schema(arg) for arg in args]}
    if tp in (list, tuple, set) or origin in (list, set):
        return {"type": "array", **({"items": _schema(args[0])} if args else {})}
    if tp is dict or origin is dict:
        return {"type": "object", **({"additionalProperties": _schema(args[1])} if args else {})}
    return {}
