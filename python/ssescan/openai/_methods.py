"""Methods whose keyword arguments are declared by a `TypedDict`.

    @method(RunCreate, required=("assistant_id",))
    def create_and_poll(self, *, thread_id: str, **arguments: Unpack[RunCreate]) -> Run: ...

Checkers read `Unpack[...]`. This module checks the arguments of a call, and shows them in `inspect.signature` and `help`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import cached_property
from types import MethodType
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ._call import Group, Options
from ._types import Omit, not_given, omit

if TYPE_CHECKING:  # `inspect` takes milliseconds to import, and few programs look at a signature
    from inspect import Parameter, Signature

F = TypeVar("F", bound=Callable[..., Any])

__all__ = ["Documented", "Method", "method"]


class Documented:
    """The docstring of a class, and of its instances: that of their function, with all arguments.

    Args:
        text: The docstring of the class.
    """

    def __init__(self, text: str | None) -> None:
        self._text = text

    def __get__(self, method: Method | None, owner: type) -> str | None:
        if method is None:
            return self._text
        from .resources._docstrings import with_arguments

        return with_arguments(method.__wrapped__.__doc__, method._arguments, method.__signature__)


class Method:
    """A method of a group of endpoints: checks its arguments, and warns if the group is deprecated.

    Args:
        function: The function.
        arguments: The `TypedDict` of its keyword arguments, or None.
        required: The names in `arguments` that a caller must pass.
        deprecated: The warning of a call; None for that of the group.
    """

    __doc__ = Documented(__doc__)

    #: The arguments that go into the query of a POST.
    query: tuple[str, ...] = ()
    #: The arguments that are sent as headers, and the name of each header.
    header_arguments: Mapping[str, str] = {}

    def __init__(
        self,
        function: Any,
        arguments: type | None = None,
        required: tuple[str, ...] = (),
        deprecated: str | None = None,
    ) -> None:
        self.__wrapped__ = function
        self.__name__, self.__qualname__ = function.__name__, function.__qualname__
        self.__module__ = function.__module__
        self._arguments, self._required, self._deprecated = arguments, required, deprecated

    def __get__(self, group: Group | None, owner: type | None = None) -> Any:
        return self if group is None else MethodType(self, group)

    def __call__(self, group: Group, /, *args: Any, **arguments: Any) -> Any:
        deprecated = self._deprecated or group._deprecated
        if deprecated is not None:
            warnings.warn(deprecated, DeprecationWarning, stacklevel=2)
        return self._run(group, self.bound(args, arguments))

    def _run(self, group: Group, values: dict[str, Any]) -> Any:
        return self.__wrapped__(group, **values)

    def bound(self, args: tuple[Any, ...], arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments of a call by name.

        Raises:
            TypeError: An argument is unknown, missing, or passed twice.
        """
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
        if missing := [name for name, needed in self.needs.items() if needed and _is_omitted(values.get(name, omit))]:
            plural = "s" if len(missing) > 1 else ""
            listed = ", ".join(map(repr, missing))
            raise TypeError(f"{self.__qualname__}() missing {len(missing)} required argument{plural}: {listed}")
        return values

    @cached_property
    def needs(self) -> dict[str, bool]:
        """The names of all arguments, and whether each must be passed."""
        function = self.__wrapped__
        code, defaults = function.__code__, len(function.__defaults__ or ())
        positional, names = self._positional, code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
        optional = {*positional[len(positional) - defaults :], *(function.__kwdefaults__ or ())}
        keywords = {name: name in self._required for name in self._keywords}
        return {**{name: name not in optional for name in names}, **keywords}

    def defaults(self, first: int = 0) -> dict[str, Any]:
        """Return the arguments that need not be passed, with their defaults, without the `first` positional ones."""
        passed = self._positional[:first]
        return {name: _default_of(name) for name, needed in self.needs.items() if not needed and name not in passed}

    @property
    def _positional(self) -> tuple[str, ...]:
        """The names of the arguments that can be passed by position."""
        code = self.__wrapped__.__code__
        return cast("tuple[str, ...]", code.co_varnames[1 : code.co_argcount])

    @cached_property
    def _keywords(self) -> dict[str, Any]:
        """The keyword arguments and their annotations; those of every call come last."""
        declared = {} if self._arguments is None else self._arguments.__annotations__
        return {name: declared[name] for name in sorted(declared, key=lambda name: name in Options.__annotations__)}

    @property
    def __signature__(self) -> Signature:
        from inspect import signature

        written = signature(self.__wrapped__)
        if not self._keywords:
            return written
        own = list(written.parameters.values())[:-1]
        named = own[: len(self._positional) + 1]
        keywords = [*own[len(named) :], *(self._parameter(*item) for item in self._keywords.items())]
        return written.replace(parameters=[*named, *sorted(keywords, key=self._place)])

    def _place(self, parameter: Parameter) -> tuple[Any, ...]:
        """Return the sort key of a keyword parameter: written ones, required, queries, others by name, headers, options."""
        name = parameter.name
        if name in Options.__annotations__:
            return 5, list(Options.__annotations__).index(name)
        if self.needs[name]:
            return (1, name) if name in self._keywords else (0, 0)
        return 2 if name in self.query else 4 if name in self.header_arguments else 3, name

    def _parameter(self, name: str, annotation: Any) -> Parameter:
        from inspect import Parameter

        default: Any = Parameter.empty if self.needs[name] else _default_of(name)
        shown = str(getattr(annotation, "__forward_arg__", annotation))
        shown = shown.removeprefix("Required[").removesuffix("]") if shown.startswith("Required[") else shown
        return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=shown)

    def __repr__(self) -> str:
        return f"<{self.__qualname__}>"


def method(arguments: type | None = None, *, required: tuple[str, ...] = ()) -> Callable[[F], F]:
    """Decorate a method that makes several calls; see `Method` for the arguments."""

    def decorate(function: F) -> F:
        return cast(F, Method(function, arguments, required))

    return decorate


def _is_omitted(value: Any) -> bool:
    return isinstance(value, Omit)


def _default_of(name: str) -> Any:
    """Return the default of a keyword argument."""
    return None if name.startswith("extra_") else not_given if name == "timeout" else omit
