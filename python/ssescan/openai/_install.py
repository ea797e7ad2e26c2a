"""`import openai` returns `ssescan.openai`, in the programs that ask for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import Distribution, DistributionFinder
from importlib.util import find_spec
from os import PathLike
from types import ModuleType
from typing import Any

from ._version import __version__

__all__ = ["install", "uninstall"]

NAME, OURS = "openai", __package__


def install() -> None:
    """Make every later `import openai`, and that of its submodules, return `ssescan.openai`.

    The modules are identical: `openai.types.chat` is `ssescan.openai.types.chat`. `importlib.metadata.version("openai")`
    is the version that ssescan follows. A second call changes nothing. `uninstall` restores imports.

    Raises:
        RuntimeError: A module of the `openai` package was imported before.
    """
    foreign = sorted(name for name in _imported() if not _is_ours(name))
    if foreign:
        origin = getattr(sys.modules[foreign[0]], "__file__", None)
        raise RuntimeError(
            f"Cannot install ssescan.openai in place of openai: {foreign[0]!r} was imported before (from {origin}). "
            "Call ssescan.openai.install() before everything that imports openai."
        )
    if FINDER not in sys.meta_path:
        sys.meta_path.insert(0, FINDER)


def uninstall() -> None:
    """Undo `install`: a later `import openai` returns the `openai` package again.

    Modules that imported `openai` in the meantime keep `ssescan.openai`. Without a call of `install`, this does nothing.
    """
    if FINDER in sys.meta_path:
        sys.meta_path.remove(FINDER)
    for name in [name for name in _imported() if _is_ours(name)]:
        del sys.modules[name]


def _imported() -> list[str]:
    return [name for name in list(sys.modules) if name == NAME or name.startswith(f"{NAME}.")]


def _our_name(name: str) -> str:
    return OURS + name.removeprefix(NAME)


def _is_ours(name: str) -> bool:
    module = sys.modules[name]
    return module is not None and module is sys.modules.get(_our_name(name))


class _Finder(MetaPathFinder):
    """Finds `openai`, its submodules and its metadata."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != NAME and not fullname.startswith(f"{NAME}."):
            return None
        ours = find_spec(_our_name(fullname))
        if ours is None:
            raise ModuleNotFoundError(
                f"No module named {fullname!r}: ssescan.openai is installed in place of openai, and has no "
                f"{_our_name(fullname)!r}. Use the openai package for it, without ssescan.openai.install().",
                name=fullname,
            )
        spec = ModuleSpec(
            fullname, _Loader(), origin=ours.origin, is_package=ours.submodule_search_locations is not None
        )
        spec.submodule_search_locations = ours.submodule_search_locations
        return spec

    def find_distributions(self, context: DistributionFinder.Context) -> Iterator[Distribution]:
        """Yield the metadata of `openai`, for programs that ask for its version."""
        if context.name is None or context.name.lower() == NAME:
            yield _Metadata()


class _Loader(Loader):
    """Loads a module of `ssescan.openai` under the name that it has in `openai`."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(_our_name(spec.name))
        self._own_spec = module.__spec__  # importing it under another name replaces this
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._own_spec


class _Metadata(Distribution):
    """The metadata of the version of `openai` that ssescan follows. It has no files."""

    def read_text(self, filename: str) -> str | None:
        if filename != "METADATA":
            return None
        return f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {__version__}\nSummary: ssescan.openai, in place of openai\n"

    def locate_file(self, path: str | PathLike[str]) -> Any:
        raise FileNotFoundError(f"No files of the distribution {NAME!r}: ssescan.openai is installed in its place.")


FINDER = _Finder()
