"""Chunks of a chat completion."""

from typing import List, Literal, Optional

from typing_extensions import assert_never, assert_type

from ssescan.openai.types import CompletionUsage
from ssescan.openai.types.chat import ChatCompletionChunk
from ssescan.openai.types.chat.chat_completion_chunk import Choice, ChoiceDelta, ChoiceDeltaToolCall


def text(chunk: ChatCompletionChunk) -> str:
    assert_type(chunk.text, Optional[str])
    assert_type(chunk.choices, List[Choice])
    return "".join(choice.delta.content or "" for choice in chunk.choices if choice.index == 0)


def tool_calls(chunk: ChatCompletionChunk) -> list[str]:
    found: list[str] = []
    for choice in chunk.choices:
        match choice:
            case Choice(delta=ChoiceDelta(tool_calls=[ChoiceDeltaToolCall(function=function), *_])):
                found.append((function and function.arguments) or "")
            case Choice(delta=delta):
                assert_type(delta, ChoiceDelta)
    return found


def ended(choice: Choice) -> bool:
    match choice.finish_reason:
        case None:
            return False
        case "stop" | "tool_calls" | "function_call":
            return True
        case "length" | "content_filter" as cut:
            assert_type(cut, Literal["length", "content_filter"])
            return True
        case _:
            assert_never(choice.finish_reason)


def tokens(chunk: ChatCompletionChunk) -> int:
    match chunk:
        case ChatCompletionChunk(usage=CompletionUsage(completion_tokens=count)):
            return count
        case _:
            return 0
