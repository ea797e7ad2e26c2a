"""Check that the modules of a package import each other in one direction.

    python3 tools/check_imports.py [FOLDER]

FOLDER is the package, by default `python/ssescan`. The script reads the modules' syntax trees and imports nothing.
It exits with 1 if modules import each other in a circle, or if too many modules have a TYPE_CHECKING block.

What counts as an import:

* Every import statement counts: at the top of a module, in a function, and under TYPE_CHECKING.
* `from a import b` is an import of the module `a.b` if there is one. Otherwise it is an import of `a`.
* `import a.b` and `from a.b import c` execute `a/__init__.py` too. That is not counted as an import of `a`: Python
  finds a submodule of a package that is only half initialized. An import of `a` counts if a name comes from it.
* The strings in `_lazy.attach({...})` and `import_module("...")` do not count. They are resolved when a program first
  uses the name, after the package is initialized.
* A stub (`.pyi`) represents the compiled module that it describes. Its own imports do not count.

The order of the folders is checked by import-linter: see `[tool.importlinter]` in pyproject.toml.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).resolve().parent.parent / "python/ssescan"

#: At most this many modules may have a TYPE_CHECKING block.
TYPE_CHECKING_LIMIT = 25
#: Packages whose modules may have a TYPE_CHECKING block without being counted: annotations are most of what they hold.
TYPE_CHECKING_FREE = ("types", "openai.types", "openai.resources")

#: At most this many imports are printed for one circle.
LINES_SHOWN = 40


class Import(NamedTuple):
    """One import statement of a module of the package."""

    target: str
    line: int
    in_function: bool


class Module(NamedTuple):
    """One module of the package."""

    file: Path
    imports: list[Import]
    has_type_checking: bool


def read_package(folder: Path) -> dict[str, Module]:
    """Return the modules of the package in `folder` by dotted name."""
    stubs, sources = sorted(folder.rglob("*.pyi")), sorted(folder.rglob("*.py"))
    files = {_module_name(file, folder.parent): file for file in [*stubs, *sources]}
    return {name: _read_module(name, file, files.keys()) for name, file in files.items()}


def _module_name(file: Path, root: Path) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _read_module(name: str, file: Path, names: Iterable[str]) -> Module:
    if file.suffix == ".pyi":
        return Module(file, [], has_type_checking=False)
    tree = ast.parse(file.read_text("utf-8"), str(file))
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    imports = [
        Import(target, node.lineno, in_function)
        for node, in_function in _import_nodes(tree)
        for target in sorted(set(_targets(node, package, names)) - {name})
    ]
    return Module(file, imports, any(_is_type_checking(node) for node in ast.walk(tree)))


def _import_nodes(node: ast.AST, in_function: bool = False) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Yield the import statements below `node`, and whether each is in a function."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, in_function
        inside = in_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        yield from _import_nodes(child, inside)


def _targets(node: ast.Import | ast.ImportFrom, package: str, names: Iterable[str]) -> Iterator[str]:
    """Yield the modules among `names` that `node`, in a module of `package`, imports."""
    if isinstance(node, ast.Import):
        candidates = [(alias.name, alias.name) for alias in node.names]
    else:
        base = package.split(".")[: -(node.level - 1) or None] if node.level else []
        source = ".".join([*base, *filter(None, [node.module])])
        candidates = [(f"{source}.{alias.name}", source) for alias in node.names]
    for submodule, module in candidates:
        if submodule in names:
            yield submodule
        elif module in names:
            yield module


def _is_type_checking(node: ast.AST) -> bool:
    if not isinstance(node, ast.If):
        return False
    return any(
        getattr(part, "id", None) == "TYPE_CHECKING" or getattr(part, "attr", None) == "TYPE_CHECKING"
        for part in ast.walk(node.test)
    )


def find_circles(modules: dict[str, Module]) -> list[list[str]]:
    """Return the groups of modules that all import each other, directly or indirectly (Tarjan's algorithm)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    circles = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for target in {found.target for found in modules[name].imports}:
            if target not in index:
                visit(target)
                low[name] = min(low[name], low[target])
            elif target in stack:
                low[name] = min(low[name], index[target])
        if low[name] == index[name]:
            circle = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(circle) > 1:
                circles.append(sorted(circle))

    sys.setrecursionlimit(max(sys.getrecursionlimit(), 10 * len(modules) + 1000))
    for name in modules:
        if name not in index:
            visit(name)
    return sorted(circles)


def _describe(circle: list[str], modules: dict[str, Module]) -> Iterator[str]:
    for name in circle:
        for found in modules[name].imports:
            if found.target in circle:
                yield f"  {_shown(modules[name].file)}:{found.line}: {name} imports {found.target}"


def _shown(file: Path) -> Path:
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file


def with_type_checking(modules: dict[str, Module]) -> list[str]:
    """Return the modules that have a TYPE_CHECKING block and are not in `TYPE_CHECKING_FREE`."""
    return [
        name
        for name, module in modules.items()
        if module.has_type_checking
        and not f"{name.partition('.')[2]}.".startswith(tuple(f"{p}." for p in TYPE_CHECKING_FREE))
    ]


def main(arguments: list[str] | None = None) -> int:
    """Print the circles and the counts; return the exit status."""
    parser = argparse.ArgumentParser(description="Check that modules import each other in one direction.")
    parser.add_argument("folder", nargs="?", type=Path, default=PACKAGE, help="the package (default: python/ssescan)")
    parser.add_argument("--limit", type=int, default=TYPE_CHECKING_LIMIT, help="modules with TYPE_CHECKING blocks")
    options = parser.parse_args(arguments)

    modules = read_package(options.folder.resolve())
    if not modules:
        parser.error(f"no Python modules in {options.folder}")
    circles = find_circles(modules)
    for circle in circles:
        print(f"Import circle of {len(circle)} modules:")
        lines = list(_describe(circle, modules))
        print(*lines[:LINES_SHOWN], sep="\n")
        if len(lines) > LINES_SHOWN:
            print(f"  ... and {len(lines) - LINES_SHOWN} more imports")

    blocks = with_type_checking(modules)
    if too_many := len(blocks) > options.limit:
        print(f"Too many modules with a TYPE_CHECKING block: {len(blocks)} (limit {options.limit}):")
        print(*(f"  {name}" for name in blocks), sep="\n")
    in_functions = [found for module in modules.values() for found in module.imports if found.in_function]
    print(
        f"{len(modules)} modules, {len(circles)} import circles, {len(blocks)} modules with TYPE_CHECKING blocks, "
        f"{len(in_functions)} imports of own modules in functions"
    )
    return 1 if circles or too_many else 0


if __name__ == "__main__":
    sys.exit(main())
