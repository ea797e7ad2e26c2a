"""Writes python/ssescan/openai/types from the facts of the installed `openai` package.

    .venv/bin/python tools/openai_types.py

Facts are the names of classes, fields and aliases, their types, what is required, and which package exports
what; they are read from the package's syntax trees. What is written by hand stays: a module's docstring, and
whatever stands in a class besides its fields. Modules in `BY_HAND` are not touched. The result is formatted by
ruff; look at the difference before you commit it.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import openai.types

THEIRS = Path(openai.types.__file__).parent
OURS = Path(__file__).resolve().parent.parent / "python/ssescan/openai/types"

#: What is written, as paths of modules; modules that these import are written too.
WANTED = re.compile(
    r"(completion|model|shared|shared_params)(_\w+)?(\.\w+)?|chat_model"
    r"|chat\.(?!parsed_)[\w.]+"
    r"|responses\.(?!parsed_)[\w.]+"
    r"|beta\.(assistant|thread|code_interpreter_tool|file_search_tool|function_tool)\w*"
    r"|beta\.threads\.[\w.]+"
)
#: Generic classes and functions: nothing that a table of fields could say.
BY_HAND = {"chat.parsed_chat_completion", "chat.parsed_function_tool_call", "responses.parsed_response"}
#: Classes that a stream hands out.
STREAMS = {
    "beta.assistant_stream_event": "AssistantStreamEvent",
    "chat.chat_completion_chunk": "ChatCompletionChunk",
    "completion": "Completion",
    "responses.response_stream_event": "ResponseStreamEvent",
}
TYPING = {"ClassVar", "Dict", "Iterable", "List", "Literal", "Optional", "TypeAlias", "TypedDict", "Union"}
#: Bases of generated classes -> the modules that they come from.
OURS_OF = {"Event": "ssescan.events", "Model": "ssescan.models"}
OF_OURS = {"Required", "SequenceNotStr"}


class Module:
    """One module of `openai.types`: `path` is relative to it, `""` the package itself."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.file = file_of(THEIRS, path)
        self.is_package = self.file.name == "__init__.py"
        self.package = path if self.is_package else path.rpartition(".")[0]
        self.body = ast.parse(self.file.read_text("utf-8")).body

    @property
    def imports(self) -> dict[str, str]:
        """Names that come from other modules of `openai.types` -> path of the module."""
        return {
            alias.asname or alias.name: path
            for line in self.body
            if isinstance(line, ast.ImportFrom)
            if (path := self._absolute(line)) is not None
            for alias in line.names
        }

    @property
    def passed_on(self) -> set[str]:
        """Names that are imported for others: `X as X`."""
        aliases = [alias for line in self.body if isinstance(line, ast.ImportFrom) for alias in line.names]
        return {alias.name for alias in aliases if alias.name == alias.asname}

    def _absolute(self, line: ast.ImportFrom) -> str | None:
        parts = self.package.split(".") if self.package else []
        above = line.level - 1
        if not line.level or above > len(parts) or not line.module or line.module.startswith("_"):
            return None
        return ".".join([*parts[: len(parts) - above], line.module])

    @property
    def exported(self) -> list[str]:
        """`__all__`."""
        for line in self.body:
            if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "__all__":
                return list(ast.literal_eval(line.value))
        return []


@cache
def module(path: str) -> Module:
    return Module(path)


def file_of(root: Path, path: str) -> Path:
    at = root.joinpath(*path.split(".")) if path else root
    return at / "__init__.py" if at.is_dir() else at.with_suffix(".py")


def wanted() -> set[str]:
    """Paths of the modules to write: what is asked for, and what it needs."""
    found: set[str] = set()
    todo = [path for path in all_paths() if WANTED.fullmatch(path) and not module(path).is_package]
    while todo:
        path = todo.pop()
        if path not in found:
            found.add(path)
            todo += [defined_in(name, at) for name, at in module(path).imports.items()]
    return found


def all_paths() -> Iterator[str]:
    for file in THEIRS.rglob("*.py"):
        path = ".".join(file.relative_to(THEIRS).with_suffix("").parts)
        yield path.removesuffix("__init__").removesuffix(".")


def defined_in(name: str, path: str) -> str:
    """The module that defines what `path` may only pass on."""
    while name in module(path).imports:
        path = module(path).imports[name]
    return f"{path}.{name}" if module(path).is_package else path  # else a submodule is meant


def events() -> set[tuple[str, str]]:
    """Module and name of the classes that streams hand out."""
    found = set()
    for path, name in STREAMS.items():
        imports = module(path).imports
        for line in module(path).body:
            if isinstance(line, ast.AnnAssign) and ast.unparse(line.target) == name and line.value is not None:
                names = [node.id for node in ast.walk(line.value) if isinstance(node, ast.Name)]
                found |= {(imports.get(member, path), member) for member in names}
            elif isinstance(line, ast.ClassDef) and line.name == name:
                found.add((path, name))
    return found


# One module


def written(path: str) -> str:
    """The source of our module."""
    theirs = module(path)
    previous = Previous(path)
    body = [text for line in theirs.body if (text := statement(path, line, previous)) is not None]
    names = used_names(body) | theirs.passed_on
    head = [f'"""{previous.docstring or described(theirs)}"""', "from __future__ import annotations"]
    return "\n\n".join([*head, import_lines(path, names, previous), f"__all__ = {theirs.exported!r}", *body]) + "\n"


def described(theirs: Module) -> str:
    [first, *_] = [*theirs.exported, theirs.path]
    if theirs.path.endswith("_params"):
        call = theirs.path.removesuffix("_params").replace("_", " ").rpartition(".")[2]
        return f"What is sent to {call}."
    bases = {ast.unparse(base) for line in theirs.body if isinstance(line, ast.ClassDef) for base in line.bases}
    kind = ", as it is sent" if "TypedDict" in bases or first.endswith("Param") else ""
    return f"`{first}`{kind or (', as it is received' if 'BaseModel' in bases else '')}."


class Previous:
    """What stands in our module already and stays."""

    def __init__(self, path: str) -> None:
        file = file_of(OURS, path)
        self.source = file.read_text("utf-8") if file.exists() else ""
        self.body = ast.parse(self.source).body
        self.docstring = ast.get_docstring(ast.parse(self.source))

    def members(self, cls: str) -> list[str]:
        """Methods of a class."""
        bodies = [line.body for line in self.body if isinstance(line, ast.ClassDef) and line.name == cls]
        kept = [line for body in bodies for line in body if isinstance(line, ast.FunctionDef)]
        return ["\n".join(self._lines(line)) for line in kept]

    def comment(self, cls: str, field: str) -> str:
        """What stands behind a field."""
        bodies = [line.body for line in self.body if isinstance(line, ast.ClassDef) and line.name == cls]
        fields = [line for body in bodies for line in body if isinstance(line, ast.AnnAssign)]
        ends = [(line.end_lineno, line.end_col_offset) for line in fields if ast.unparse(line.target) == field]
        return "".join(self.source.splitlines()[(row or 0) - 1][column or 0 :] for row, column in ends)

    def _lines(self, line: ast.FunctionDef) -> list[str]:
        first = min([line.lineno, *(decorator.lineno for decorator in line.decorator_list)])
        return self.source.splitlines()[first - 1 : line.end_lineno]


def statement(path: str, line: ast.stmt, previous: Previous) -> str | None:
    """A class or an alias; None for what is not written or written elsewhere."""
    match line:
        case ast.ClassDef():
            return class_of(path, line, previous)
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            return f"{name}: TypeAlias = {type_of(value)}"
        case ast.Assign(targets=[ast.Name(id="__all__")]) | ast.ImportFrom() | ast.Import() | ast.Expr():
            return None
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="TypedDict"))):
            return f"{name} = {type_of(line.value)}"
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return f"{name}: TypeAlias = {type_of(value)}"
    print(f"left out: {path}:{line.lineno}", file=sys.stderr)
    return None


def class_of(path: str, cls: ast.ClassDef, previous: Previous) -> str:
    bases = [ast.unparse(base) for base in cls.bases]
    if bases == ["BaseModel"]:
        bases = [base_of(path, cls.name)]
    keywords = [ast.unparse(keyword) for keyword in cls.keywords]
    fields = [line for line in cls.body if isinstance(line, ast.AnnAssign)]
    aliases = {ast.unparse(line.target): alias for line in fields if (alias := alias_of(line))}
    lines = [f"    __aliases__: ClassVar[dict[str, str]] = {aliases!r}\n"] if aliases else []
    lines += [f"    {field_of(line)}{previous.comment(cls.name, ast.unparse(line.target))}" for line in fields]
    lines += ["\n" + member for member in previous.members(cls.name)]
    return f"class {cls.name}({', '.join([*bases, *keywords])}):\n" + ("\n".join(lines) or "    pass")


def base_of(path: str, name: str) -> str:
    base = "Event" if (path, name) in events() else "Model"
    return f"models.{base}" if defines_model(path) else base


def defines_model(path: str) -> bool:
    return any(isinstance(line, ast.ClassDef) and line.name in {"Model", "Event"} for line in module(path).body)


def field_of(line: ast.AnnAssign) -> str:
    default = "" if line.value is None or is_required(line.value) else " = None"
    return f"{ast.unparse(line.target)}: {type_of(line.annotation)}{default}"


def is_required(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and all(keyword.arg != "default" for keyword in value.keywords)


def alias_of(line: ast.AnnAssign) -> str | None:
    """The name on the wire, where Python's is another one."""
    for node in ast.walk(line):
        if isinstance(node, ast.keyword) and node.arg == "alias":
            return str(ast.literal_eval(node.value))
    return None


class _Plain(ast.NodeTransformer):
    """Types without what only their library makes use of."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id == "Annotated":
            assert isinstance(node.slice, ast.Tuple)
            return self.visit(node.slice.elts[0])
        return self.generic_visit(node)


def type_of(annotation: ast.expr) -> str:
    return ast.unparse(_Plain().visit(annotation))


# Imports


def used_names(texts: Iterable[str]) -> set[str]:
    """Names, and the first parts of dotted ones, also in types that are written as strings."""
    names: set[str] = set()
    for node in (node for text in texts for node in ast.walk(ast.parse(text))):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[A-Z]\w+", node.value):
            names.add(node.value)
    return names


def import_lines(path: str, names: set[str], previous: Previous) -> str:
    theirs = module(path)
    lines = [f"from typing import {', '.join(sorted(names & TYPING))}"] if names & TYPING else []
    if "models" in names:
        lines.append("from ssescan import models")
    elif bases := names & {"Model", "Event"} - set(theirs.imports):
        lines += [f"from {OURS_OF[base]} import {base}" for base in sorted(bases)]
    if names & OF_OURS:
        lines.append(f"from ssescan.openai.types._params import {', '.join(sorted(names & OF_OURS))}")
    for name, at in sorted(theirs.imports.items()):
        if name in names:
            lines.append(import_of(theirs, name, at))
    lines += [ast.unparse(line) for line in previous.body if is_kept_import(line, names, lines)]
    return "\n".join(lines)


def import_of(theirs: Module, name: str, at: str) -> str:
    """`from .x import X`; a name that comes by way of a package is taken from where it is defined."""
    original, renamed = next(
        (alias.name, f" as {alias.asname}" if alias.asname else "")
        for line in theirs.body
        if isinstance(line, ast.ImportFrom) and theirs._absolute(line) == at
        for alias in line.names
        if (alias.asname or alias.name) == name
    )
    defined = defined_in(original, at)
    target = (at if defined == f"{at}.{original}" else defined).split(".")
    here = theirs.package.split(".") if theirs.package else []
    shared = next((n for n, (a, b) in enumerate(zip(target, here)) if a != b), min(len(target), len(here)))
    dots = "." * (len(here) - shared + 1)
    return f"from {dots}{'.'.join(target[shared:])} import {original}{renamed}"


def is_kept_import(line: ast.stmt, names: set[str], lines: list[str]) -> bool:
    """An import that only the methods need which were written by hand."""
    text = "\n".join(lines)
    return (
        isinstance(line, ast.ImportFrom)
        and line.level > 0
        and any(alias.name in names and not re.search(rf"\b{alias.name}\b", text) for alias in line.names)
    )


# Packages


def package_source(path: str, paths: set[str]) -> str:
    """`__init__.py`: what checkers are told, and where names are found at run time."""
    theirs, previous = module(path), Previous(path)
    names: dict[str, str] = {}
    for name, at in theirs.imports.items():
        if (found := defined_in(name, at)) in paths:
            names[name] = found.removeprefix(f"{path}." if path else "")
    told = [f"    from .{at} import {name} as {name}" for name, at in sorted(names.items(), key=lambda n: n[::-1])]
    head = previous.docstring or f"Types of `{path}`, under the names of `openai.types`."
    table = ", ".join(f"{name!r}: {at!r}" for name, at in sorted(names.items()))
    return f'''"""{head}"""

from typing import TYPE_CHECKING

from ssescan._lazy import attach

if TYPE_CHECKING:
{chr(10).join(told) or "    pass"}
else:
    __getattr__, __dir__, __all__ = attach(__name__, {{{table}}})
'''


def main() -> None:
    paths = wanted()
    sources = {path: written(path) for path in sorted(paths - BY_HAND)}
    packages = {path.rpartition(".")[0] for path in paths} | {""}
    sources |= {package: package_source(package, paths | BY_HAND) for package in sorted(packages)}
    for path, source in sources.items():
        file = OURS.joinpath(*path.split("."), "__init__.py") if path in packages else file_of(OURS, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, "utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    subprocess.run([*ruff, "check", "--quiet", "--fix", "--select", "I,F401", str(OURS)], check=True)
    subprocess.run([*ruff, "format", "--quiet", str(OURS)], check=True)
    print(f"{len(sources)} modules")


if __name__ == "__main__":
    main()
