"""Small dialects of no provider, each for one thing that the schema can say; and the examples of docs/guide/dialects/.

`tests/rust/shapes.json` is written from them, so that both languages read `tests/streams/shapes/` and
`tests/streams/examples/` with them.
"""

from __future__ import annotations

import runpy
from pathlib import Path

from ssescan.dialects import Channel, Dialect, Finish, PresentKey, Row, Text, Unless, When

_TYPES = "ssescan.events"
_part = "candidates[*].content.parts[*]"
_candidate = "candidates[*].index"

#: Conditions on an alternative, the index of an outer array, the JSON text of an object, and a second way to end.
PARTS = Dialect(
    "parts",
    types=_TYPES,
    rows={},
    default=(
        Row("UnknownEvent", ends="payload", when=When("feedback.blocked")),
        Row(
            "UnknownEvent",
            {
                "text": Channel(Text(f"{_part}.text", Unless(f"{_part}.thought", True)), _candidate),
                "reasoning": Channel(Text(f"{_part}.text", When(f"{_part}.thought", True)), _candidate),
                "tool_arguments": Channel(Text(f"{_part}.call.args", as_json=True), _candidate),
            },
            usage="usage",
        ),
    ),
    named_by=(),
    finish=Finish("candidates[*].finish", _candidate, fails=("broken",)),
    index=0,
)

_message = "task.message.parts[*]"

#: Names that are keys, alternatives in different arrays, and ends by the string at a path.
KEYS = Dialect(
    "keys",
    types=_TYPES,
    rows={
        "status": (
            Row(
                "UnknownEvent",
                ends="last",
                fails="result.status.error",
                when=When("result.status.state", ("FAILED", "rejected")),
            ),
            Row("UnknownEvent", ends="last", when=When("result.status.state", "done", ignore_case=True)),
            Row("UnknownEvent", ends="mark", when=When("result.status.state", "closed")),
            Row(None, error=("result.status.error",), when=When("result.status.error")),
            Row("UnknownEvent"),
        ),
        "artifact": Row(
            "UnknownEvent",
            {"text": Channel(("result.artifact.parts[*].text", "result.artifact.lines[*]", "result.artifact.text"))},
        ),
    },
    default=Row("UnknownEvent"),
    named_by=(PresentKey("result"),),
)

#: Payloads that are arrays.
ARRAYS = Dialect(
    "arrays",
    types=_TYPES,
    rows={
        "messages": Row("UnknownEvent", {"text": Channel(("[0].content", "[0].content[*].text"))}, usage="[1].usage"),
        "values": Row("UnknownEvent"),
        "end": Row(None, ends="mark"),
    },
    default=Row("UnknownEvent"),
    data_key="data",
    name_key="event",
)

#: Several answers in one stream.
RUNS = Dialect(
    "runs",
    types=_TYPES,
    rows={
        "STARTED": Row("UnknownEvent", ends="reopens"),
        "TEXT": Row("UnknownEvent", {"text": Channel("delta")}),
        "FINISHED": Row("UnknownEvent", ends="payload"),
    },
    default=Row("UnknownEvent"),
    named_by=("type",),
)

DOCS = Path(__file__).parents[2] / "docs/guide/dialects"
EXAMPLES: tuple[Dialect, ...] = tuple(runpy.run_path(str(path))["DIALECT"] for path in sorted(DOCS.glob("*.py")))
SHAPES = (PARTS, KEYS, ARRAYS, RUNS, *EXAMPLES)
