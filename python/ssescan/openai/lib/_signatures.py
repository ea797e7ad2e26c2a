"""Functions as tools: their names, and descriptions of their arguments for the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

__all__ = ["describe", "functions_by_name"]


def functions_by_name(functions: Any) -> dict[str, Callable[..., Any]]:
    """Return the functions by their names. Raise TypeError if one is not callable or has no name."""
    pairs = functions.items() if isinstance(functions, Mapping) else [(_name(it), it) for it in _each(functions)]
    found = dict(pairs)
    for name, function in found.items():
        if not callable(function):
            raise TypeError(f"Not a function: {name!r} is of type {type(function).__name__}. Pass a callable.")
    return found


def _each(functions: Any) -> Iterable[Any]:
    if callable(functions):
        return [functions]
    if not isinstance(functions, Iterable) or isinstance(functions, str):
        kind = type(functions).__name__
        raise TypeError(f"functions must be a list of functions, or a mapping of names to functions, got {kind}")
    return functions


def _name(function: Any) -> str:
    name = getattr(function, "__name__", None)
    if name is None or name == "<lambda>":
        raise TypeError(f"Function without a name: {function!r}. Pass a mapping of names to functions.")
    return str(name)


def describe(name: str, function: Callable[..., Any]) -> dict[str, Any]:
    """Return a Responses API tool made from the signature, the annotations and the docstring of a function.

    The text of `Annotated[int, "..."]` describes a parameter. Annotations that JSON Schema cannot express are ignored. A
    parameter without an annotation accepts any value.
    """
    import inspect

    tool = {"type": "function", "name": name, "strict": False, "parameters": _parameters(function)}
    return {**tool, "description": doc} if (doc := inspect.getdoc(function)) else tool


def _parameters(function: Callable[..., Any]) -> dict[str, Any]:
    import inspect
    from typing import get_type_hints

    try:
        hints = get_type_hints(function, include_extras=True)
    except Exception:  # an annotation may use a name that is imported for type checkers only
        hints = {}
    properties, required, takes_others = {}, [], False
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            takes_others = True
        elif parameter.kind is not parameter.VAR_POSITIONAL:
            properties[name] = _schema(hints.get(name))
            if parameter.default is parameter.empty:
                required.append(name)
            elif type(parameter.default) in _JSON_TYPES and parameter.default is not None:
                properties[name]["default"] = parameter.default
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": takes_others}


_JSON_TYPES: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def _schema(tp: Any) -> dict[str, Any]:
    origin, args = get_origin(tp), get_args(tp)
    if origin is Annotated:
        texts = (it if isinstance(it, str) else getattr(it, "description", None) for it in args[1:])
        about = next((text for text in texts if isinstance(text, str)), None)
        return {**_schema(args[0]), **({"description": about} if about else {})}
    if tp in _JSON_TYPES:
        return {"type": _JSON_TYPES[tp]}
    if origin is Literal:
        return {"enum": list(args)}
    if origin is Union or type(tp).__name__ == "UnionType":
        return {"anyOf": [_schema(arg) for arg in args]}
    if tp in (list, tuple, set) or origin in (list, set):
        return {"type": "array", **({"items": _schema(args[0])} if args else {})}
    if tp is dict or origin is dict:
        return {"type": "object", **({"additionalProperties": _schema(args[1])} if args else {})}
    return {}
