"""Legacy completions: text instead of messages.

A dialect of its own, since its choices have their text elsewhere and its events are of another class. Only the
payload tells it from chat, by its `object`; so that is the name of its events. Servers that leave `object` away
are read as well, if the dialect is asked for.
"""

from __future__ import annotations

from .schema import Channel, Dialect, Finish, Row

_choice = "choices[*].index"
_completion = Row("Completion", {"text": Channel("choices[*].text", _choice)}, usage="usage")

DIALECT = Dialect(
    "completions",
    types="ssescan.openai.types.completion",
    named_by=("sse", "object"),
    index=0,
    claims=("text_completion",),
    finish=Finish("choices[*].finish_reason", _choice),
    default=_completion,
    rows={"text_completion": _completion, "error": Row(None, error=("error", ""))},
)
