"""Legacy completions: text instead of messages.

The text is at another path than in chat, and the events have another class. `auto` distinguishes the two by the field
`object`; for servers that do not send it, pass `dialect="completions"`.
"""

from __future__ import annotations

from .chat import FINISH, error_rows
from .schema import Channel, Dialect, Row

_choice = "choices[*].index"

DIALECT = Dialect(
    "completions",
    types="ssescan.openai.types.completion",
    check=False,
    index=0,
    claims=("object=text_completion",),
    done_completes=True,
    finish=FINISH,
    default=(
        *error_rows(),
        Row(
            "Completion",
            {"text": Channel("choices[*].text", _choice)},
            usage=("usage", "x_groq.usage", "choices[*].usage"),
        ),
    ),
    rows={"error": Row(None, error=("error", ""))},
)
