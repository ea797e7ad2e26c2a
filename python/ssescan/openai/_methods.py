"""Methods whose keywords stand in a `TypedDict`: their arguments, checked and shown as if they were written out.

    @method
    def create_and_poll(self, *, thread_id: str, **given: Unpack[RunCreate]) -> Run: ...

Checkers read `Unpack[...]` by themselves. `inspect.signature`, `help`, and the check of what a caller passes, are here.
"""

from __future__ import annotations

import warnings
from functools import cached_property
from types import MethodType
from typing import TYPE_CHECKING, Any, Callable, TypeVar, cast

from ._call import Options
from ._types import Omit, not_given, omit

if TYPE_CHECKING:
    from inspect import Parameter, Signature

    from .resources._resource import Resource

F = TypeVar("F", bound=Callable[..., Any])

__all__ = ["Method", "Options", "method"]


class Method:
    """A method of a resource, which warns of what the resource warns of, and is called with arguments that it knows."""

    def __init__(self, function: Any) -> None:
        self.__wrapped__ = function
        self.__name__, self.__qualname__ = function.__name__, function.__qualname__
        self.__module__, self.__doc__ = function.__module__, function.__doc__

    def __get__(self, resource: Resource | None, owner: type | None = None) -> Any:
        return self if resource is None else MethodType(self, resource)

    def __call__(self, resource: Resource, /, *args: Any, **arguments: Any) -> Any:
        if resource._deprecated is not None:
            warnings.warn(resource._deprecated, DeprecationWarning, stacklevel=2)
        return self._called(resource, self.bound(args, arguments))

    def _called(self, resource: Resource, values: dict[str, Any]) -> Any:
        return self.__wrapped__(resource, **values)

    # What stands in the signature is looked up once, at the first call.

    def bound(self, args: tuple[Any, ...], arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments by name. TypeError for one that is unknown, missing, or given twice."""
        names = self._positional
        if len(args) > len(names):
            counts = f"{len(names) + 1} positional arguments but {len(args) + 1} were given"
            raise TypeError(f"{self.__qualname__}() takes {counts}")
        for name in arguments:
            if name not in self.needs:
                raise TypeError(f"{self.__qualname__}() got an unexpected keyword argument {name!r}")
            if name in names[: len(args)]:
                raise TypeError(f"{self.__qualname__}() got multiple values for argument {name!r}")
        values = {**dict(zip(names, args)), **arguments}
        if missing := [name for name, needed in self.needs.items() if needed and _is_left(values.get(name, omit))]:
            plural = "s" if len(missing) > 1 else ""
            named = ", ".join(map(repr, missing))
            raise TypeError(f"{self.__qualname__}() missing {len(missing)} required argument{plural}: {named}")
        return values

    @cached_property
    def needs(self) -> dict[str, bool]:
        """The name of every argument, and whether it must be given."""
        function = self.__wrapped__
        code, defaults = function.__code__, len(function.__defaults__ or ())
        positional, names = self._positional, code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
        optional = {*positional[len(positional) - defaults :], *(function.__kwdefaults__ or ())}
        required = {name: annotation.startswith("Required[") for name, annotation in self._keywords.items()}
        return {**{name: name not in optional for name in names}, **required}

    @property
    def _positional(self) -> tuple[str, ...]:
        """Names of the arguments that may be given by position."""
        code = self.__wrapped__.__code__
        return cast("tuple[str, ...]", code.co_varnames[1 : code.co_argcount])

    @cached_property
    def _keywords(self) -> dict[str, str]:
        """The annotations of the keywords behind `Unpack`, as text; those of every call at the end."""
        code = self.__wrapped__.__code__
        behind = code.co_varnames[code.co_argcount + code.co_kwonlyargcount :][:1]
        unpacked = self.__wrapped__.__annotations__.get(behind[0], "") if behind else ""
        if not unpacked.startswith("Unpack["):
            return {}
        keywords = self.__wrapped__.__globals__[unpacked[len("Unpack[") : -1]].__annotations__
        order = sorted(keywords, key=lambda name: name in Options.__annotations__)
        return {name: keywords[name].__forward_arg__ for name in order}

    @property
    def __signature__(self) -> Signature:
        from inspect import signature

        written = signature(self.__wrapped__)
        own = list(written.parameters.values())
        if not self._keywords:
            return written
        return written.replace(parameters=own[:-1] + [self._parameter(*item) for item in self._keywords.items()])

    def _parameter(self, name: str, annotation: str) -> Parameter:
        from inspect import Parameter

        default: Any = None if name.startswith("extra_") else not_given if name == "timeout" else omit
        default = Parameter.empty if self.needs[name] else default
        return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)

    def __repr__(self) -> str:
        return f"<{self.__qualname__}>"


def method(function: F) -> F:
    """Stands above a method that makes several calls."""
    return cast(F, Method(function))


def _is_left(value: Any) -> bool:
    return isinstance(value, Omit)
