"""Gemini's `streamGenerateContent` with `alt=sse`, of the Gemini API and of Vertex AI.

Events have no names; every event is a chunk. The answer is complete when every candidate that was seen has a finish
reason, and the stream ends without an end marker. A blocked prompt is an error.
"""

from __future__ import annotations

from .chat import FAILED
from .schema import UNSET, Channel, Dialect, Finish, Row, Text, Unless, When

_candidate = "candidates[*].index"
_part = "candidates[*].content.parts[*]"
_thought = f"{_part}.thought"
_blocked = "promptFeedback.blockReason"

#: The names of 0 in the enumerations of reasons.
_UNSPECIFIED = ("FINISH_REASON_UNSPECIFIED", "BLOCKED_REASON_UNSPECIFIED", "BLOCK_REASON_UNSPECIFIED")

#: How a candidate says that it is complete.
FINISH = Finish("candidates[*].finishReason", _candidate, fails=FAILED, unset=(*UNSET, *_UNSPECIFIED))

DIALECT = Dialect(
    "gemini",
    types="ssescan.types.gemini",
    check=False,
    index=0,
    claims=("candidates", "promptFeedback", "usageMetadata"),
    finish=FINISH,
    default=(
        Row(
            None,
            error=("promptFeedback",),
            when=(When(_blocked, True), Unless(_blocked, (*UNSET, *_UNSPECIFIED), ignore_case=True)),
        ),
        Row(
            "GenerateContentResponse",
            {
                "text": Channel(Text(f"{_part}.text", Unless(_thought, True)), _candidate),
                "reasoning": Channel(Text(f"{_part}.text", When(_thought, True)), _candidate),
                "tool_arguments": Channel(
                    (Text(f"{_part}.functionCall.args", as_json=True), f"{_part}.executableCode.code"), _candidate
                ),
            },
            usage="usageMetadata",
        ),
    ),
    # An event named `error` may have the error object itself as its payload.
    rows={"error": Row(None, error=("error", ""))},
)
