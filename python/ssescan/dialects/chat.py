"""Chat Completions, of OpenAI and of compatible servers.

Events have no names; every event is a chunk. The answer is complete when every choice that was seen has a finish reason,
with or without `[DONE]` after it.
"""

from __future__ import annotations

from .schema import Channel, Dialect, Finish, Row

_delta = "choices[*].delta"
_choice = "choices[*].index"
_call = f"{_delta}.tool_calls[*]"

DIALECT = Dialect(
    "chat",
    types="ssescan.openai.types.chat.chat_completion_chunk",
    index=0,
    claims=("choices",),
    finish=Finish("choices[*].finish_reason", _choice),
    default=Row(
        "ChatCompletionChunk",
        {
            "text": Channel(f"{_delta}.content", _choice),
            "refusal": Channel(f"{_delta}.refusal", _choice),
            "reasoning": Channel((f"{_delta}.reasoning_content", f"{_delta}.reasoning"), _choice),
            "tool_arguments": Channel((f"{_call}.function.arguments", f"{_call}.custom.input"), f"{_call}.index"),
        },
        usage="usage",
    ),
    # Some servers send an event named `error`, whose payload may be the error object itself.
    rows={"error": Row(None, error=("error", ""))},
)
