"""Legacy completions: text instead of messages.

A dialect of its own, since its choices have their text elsewhere and its events are of another class. Only the `object`
in the payload tells it from chat; servers that leave that away are read as well, if the dialect is asked for.
"""

from __future__ import annotations

from .schema import Channel, Dialect, Finish, Row

_choice = "choices[*].index"

DIALECT = Dialect(
    "completions",
    types="ssescan.openai.types.completion",
    index=0,
    claims=("object=text_completion",),
    finish=Finish("choices[*].finish_reason", _choice),
    default=Row("Completion", {"text": Channel("choices[*].text", _choice)}, usage="usage"),
    rows={"error": Row(None, error=("error", ""))},
)
