"""Tools of an agent that are functions of the program: `FunctionTool` and the functions that make one."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from functools import partial
from types import SimpleNamespace
from typing import Any, Generic, TypeVar, get_type_hints, overload

from ...._types import Omit, omit

__all__ = ["FunctionTool", "function_tool", "pydantic_function_tool"]

#: Type of a content -> its other key.
CONTENTS = {"input_text": "text", "input_image": "image_url"}


#: The result of a tool's function.
T = TypeVar("T")


class FunctionTool(Generic[T]):
    """A function that an agent may call, with a class of its arguments.

    Its `definition` goes into the tools of the agent, and the object itself into the `tool_handlers` of `sessions.stream`.

    Args:
        model: A pydantic model of the arguments.
        handler: The function. It is called with an object of `model`.
        name: The name of the tool.
        description: The description of the tool.
        defer_loading: Whether the model loads the tool only when it needs it.

    Raises:
        ValueError: The name is empty.
        TypeError: The JSON schema of `model` is not that of an object.
    """

    def __init__(
        self,
        model: Any,
        handler: Callable[[Any], Any],
        *,
        name: str,
        description: str,
        defer_loading: bool | Omit = omit,
    ) -> None:
        if not name:
            raise ValueError("Tool name must not be empty")
        schema = deepcopy(model.model_json_schema())
        if _root(schema).get("type") != "object":
            raise TypeError(
                "Tool argument models must have an object JSON schema; root-level compositions are unsupported"
            )
        definition = {"type": "function", "name": name, "description": description, "parameters": schema}
        if not isinstance(defer_loading, Omit):
            definition["defer_loading"] = defer_loading
        self._definition, self._model, self.run = definition, model, handler
        #: Makes what is sent of a result.
        self.write: Callable[[Any], Any] = _unchanged

    @property
    def name(self) -> str:
        """The name of the tool."""
        return str(self._definition["name"])

    @property
    def definition(self) -> dict[str, Any]:
        """The tool as the API describes it."""
        return deepcopy(self._definition)

    def __call__(self, arguments: dict[str, Any]) -> Any:
        """Validate the arguments of a call, run it, and return its result as it is sent."""
        return self.write(self.run(self.parse(arguments)))

    def parse(self, arguments: dict[str, Any]) -> Any:
        """Return the arguments as an object of the model."""
        return self._model.model_validate(arguments)


def _unchanged(output: Any) -> Any:
    return output


def _root(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema to which the references at the top of a schema lead."""
    root, seen = schema, set[str]()
    while "$ref" in root and root["$ref"] not in seen:
        seen.add(root["$ref"])
        root = schema.get("$defs", {}).get(root["$ref"].rpartition("/")[2], {})
    return root


def _text_of(output: Any) -> Any:
    """Return a result as a text; None, a text and a list of contents are returned as they are."""
    if hasattr(output, "model_dump"):
        output = output.model_dump(mode="json")
    if output is None or isinstance(output, str) or inspect.isawaitable(output):
        return output
    if isinstance(output, Mapping):
        output = output if isinstance(output, dict) else dict(output)
    elif isinstance(output, Iterable) and not isinstance(output, (bytes, bytearray)):
        output = output if isinstance(output, list) else list(output)
        if output and all(map(_is_content, output)):
            return output
    return json.dumps(output, separators=(",", ":"), allow_nan=False)


def _is_content(part: Any) -> bool:
    key = CONTENTS.get(str(part.get("type"))) if isinstance(part, dict) else None
    return key is not None and set(part) == {"type", key} and isinstance(part[key], str)


def pydantic_function_tool(
    model: Any,
    *,
    handler: Callable[[Any], Any],
    name: str | None = None,
    description: str | None = None,
    defer_loading: bool | Omit = omit,
) -> FunctionTool[Any]:
    """Return the tool of a function that takes an object of a pydantic model.

    Args:
        model: The class of the arguments.
        handler: The function. Its result may be anything that is JSON.
        name: The name of the tool; by default that of the class.
        description: The description; by default the docstring of the class.
        defer_loading: Whether the model loads the tool only when it needs it.
    """
    tool: FunctionTool[Any] = FunctionTool(
        model,
        handler,
        name=model.__name__ if name is None else name,
        description=(model.__doc__ or "") if description is None else description,
        defer_loading=defer_loading,
    )
    tool.write = _text_of
    return tool


@overload
def function_tool(
    function: Callable[..., Any],
    *,
    name: str | None = None,
    description: str | None = None,
    defer_loading: bool | Omit = omit,
) -> FunctionTool[Any]: ...
@overload
def function_tool(
    function: None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    defer_loading: bool | Omit = omit,
) -> Callable[[Callable[..., Any]], FunctionTool[Any]]: ...


def function_tool(
    function: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    defer_loading: bool | Omit = omit,
) -> Any:
    """Return the tool of a function. It is also a decorator, with and without arguments.

    Args:
        function: A function whose arguments all have annotations.
        name: The name of the tool; by default that of the function.
        description: The description; by default the docstring of the function.
        defer_loading: Whether the model loads the tool only when it needs it.

    Raises:
        TypeError: An argument has no annotation, is positional-only or variadic, or its name begins with an underscore.
    """
    if function is None:
        return partial(function_tool, name=name, description=description, defer_loading=defer_loading)
    called = function
    model, names = _model_of(called)

    def run(arguments: Any) -> Any:
        return called(**{name: getattr(arguments, field) for field, name in names.items()})

    return pydantic_function_tool(
        model,
        handler=run,
        name=function.__name__ if name is None else name,
        description=(inspect.getdoc(function) or "") if description is None else description,
        defer_loading=defer_loading,
    )


def _model_of(function: Callable[..., Any]) -> tuple[Any, dict[str, str]]:
    """Return a pydantic model of a function's arguments, and the argument of each of its fields.

    The fields have names of their own, since pydantic reserves some names.
    """
    import pydantic

    parameters = inspect.signature(function).parameters.values()
    given = {it.name: it.annotation for it in parameters if it.annotation is not inspect.Parameter.empty}
    written = inspect.unwrap(function)
    cls = _class_of(function, written)
    names_of_class = {
        name: value for base in reversed(cls.__mro__ if cls else ()) for name, value in vars(base).items()
    }
    # Without the annotation of the result, whose name may exist for type checkers only.
    annotated = SimpleNamespace(
        __annotations__=given,
        __type_params__=(*getattr(cls, "__type_params__", ()), *getattr(written, "__type_params__", ())),
    )
    hints = get_type_hints(annotated, getattr(written, "__globals__", None), names_of_class, include_extras=True)
    fields: dict[str, Any] = {}
    names: dict[str, str] = {}
    for parameter in parameters:
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise TypeError(f"Unsupported tool parameter: {parameter.name}")
        if parameter.name.startswith("_") or parameter.name not in hints:
            raise TypeError(f"Tool parameter needs a public name and type annotation: {parameter.name}")
        field = f"argument_{len(fields)}"
        names[field] = parameter.name
        fields[field] = (hints[parameter.name], ... if parameter.default is parameter.empty else parameter.default)
    config = pydantic.ConfigDict(extra="forbid", alias_generator=names.__getitem__)
    return pydantic.create_model("ToolArguments", __config__=config, **fields), names


def _class_of(method: Any, function: Any) -> type | None:
    """Return the class in whose body a function was written, or None.

    Args:
        method: The function as it was passed: perhaps bound to an object, or wrapped.
        function: The function that was written.
    """
    path = getattr(function, "__qualname__", "").split(".")[:-1]
    owner = getattr(method, "__self__", None)
    for cls in (owner if isinstance(owner, type) else type(owner)).__mro__:
        if (cls.__module__, cls.__qualname__) == (function.__module__, ".".join(path)):
            return cls
    found = None
    namespace = getattr(function, "__globals__", {})
    for name in path:
        found = namespace.get(name)
        if not isinstance(found, type):
            return None
        namespace = vars(found)
    return found
