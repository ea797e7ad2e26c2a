"""The dialects as the Rust tests read them: a file that is written from the Python declarations, never by hand."""

import json
import os
from pathlib import Path
from typing import Any, get_args

import pytest

from shapes import SHAPES
from ssescan.dialects import NAMES, Dialect, DialectName, Row, get

RUST = Path(__file__).parent.parent / "rust"


def exported(dialect: Dialect) -> dict[str, Any]:
    return {"name": dialect.name, **dialect.declaration()}


def as_text(dialects: list[dict[str, Any]]) -> str:
    """JSON with one row to a line, so that a change of it is a readable diff."""
    lines = []
    for dialect in dialects:
        rows = ",\n".join(f"  {json.dumps(row)}" for row in dialect["rows"])
        head = json.dumps({key: value for key, value in dialect.items() if key != "rows"})
        lines.append(f'{head[:-1]}, "rows": [\n{rows}\n]}}')
    return "[\n" + ",\n".join(lines) + "\n]\n"


@pytest.mark.parametrize(
    ("name", "dialects"), [("dialects.json", [get(name) for name in NAMES]), ("shapes.json", SHAPES)]
)
def test_the_exported_dialects_are_those_declared(name: str, dialects: list[Dialect]):
    """`UPDATE_GOLDEN=1 pytest` writes the file anew."""
    declared = as_text([exported(dialect) for dialect in dialects])

    if os.environ.get("UPDATE_GOLDEN"):
        (RUST / name).write_text(declared, encoding="ascii", newline="\n")
    assert (RUST / name).read_text(encoding="ascii") == declared


def test_the_names_for_checkers_are_those_of_the_dialects():
    assert get_args(DialectName) == (*NAMES, "auto")


def test_nothing_of_a_declaration_is_left_out():
    """A new field of a dialect or a row has to be exported, unless only Python looks at it."""
    python_only = {"default", "types", "name_key", "data_key", "check"}
    rows_python_only = {"cls"}
    declared = get("chat").declaration()

    assert set(Dialect.__dataclass_fields__) - python_only == {"name", *declared}
    assert set(Row.__dataclass_fields__) - rows_python_only | {"name"} == set(declared["rows"][0])
