"""Packages that import a module when one of its names is first used (PEP 562)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def attach(
    package: str,
    modules: Mapping[str, str],
    otherwise: Callable[[str], object] | None = None,
    submodules: tuple[str, ...] | None = None,
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """Return `__getattr__`, `__dir__` and `__all__` for a package whose names are imported on first use.

    Submodules are attributes too, as if everything had been imported.

    Args:
        package: The name of the package.
        modules: The public names, and the module of each.
        otherwise: A function that returns the value of any other name, or raises AttributeError.
        submodules: The submodules that `dir` shows; None shows those that are imported.
    """

    def __getattr__(name: str) -> object:
        if name in modules:
            value = getattr(import_module(f"{package}.{modules[name]}"), name)
            setattr(sys.modules[package], name, value)
            return value
        if not name.startswith("_") and (submodule := _submodule(f"{package}.{name}")) is not None:
            return submodule
        if otherwise is not None:
            return otherwise(name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules[package])

    def __dir__() -> list[str]:
        own = vars(sys.modules[package])
        shown = submodules if submodules is not None else [name for name in own if f"{package}.{name}" in sys.modules]
        public = {*own["__all__"], *(name for name in shown if not name.startswith("_"))}
        return sorted({*public, *(name for name in own if name.startswith("__"))})

    return __getattr__, __dir__, sorted(modules)


def _submodule(path: str) -> object:
    """Return the module at `path`; None if it does not exist."""
    try:
        return import_module(path)
    except ModuleNotFoundError as error:
        if error.name != path:
            raise
        return None
