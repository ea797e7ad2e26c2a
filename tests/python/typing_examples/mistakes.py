"""What a checker must refuse. An expected error that is not reported is itself reported."""

import ssescan
from ssescan import Parser, Scanner
from ssescan.openai import OpenAI
from ssescan.openai.types.beta import AssistantStreamEvent, Threads  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]
from ssescan.openai.types.beta.threads import TextDeltaBlock
from ssescan.openai.types.chat import ChatCompletionChunk

__all__ = ["Threads"]


def unknown_field(chunk: ChatCompletionChunk) -> object:
    return chunk.choises  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]


def unknown_event(event: AssistantStreamEvent) -> bool:
    return event.event == "thread.massage.delta"  # type: ignore[comparison-overlap] # pyright: ignore[reportUnnecessaryComparison]


def maybe_absent(block: TextDeltaBlock) -> object:
    return block.text.value  # type: ignore[union-attr] # pyright: ignore[reportOptionalMemberAccess]


def missing_field() -> TextDeltaBlock:
    return TextDeltaBlock(type="text")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]


def wrong_type() -> TextDeltaBlock:
    return TextDeltaBlock(index="0", type="text")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def positional() -> TextDeltaBlock:
    return TextDeltaBlock(0, "text")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]


def unknown_argument(client: OpenAI) -> None:
    client.models.retrieve("m", temprature=1)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]


def no_thread(client: OpenAI) -> object:
    return client.beta.threads.runs.retrieve("run_1")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue, reportUnknownVariableType]


def wrong_argument(client: OpenAI) -> object:
    return client.beta.threads.runs.list("thread_1", order="up")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def wrong_arguments_of_helpers(client: OpenAI) -> None:
    client.chat.completions.stream(model="m", messages=[], temprature=1)  # type: ignore[call-overload] # pyright: ignore[reportCallIssue]
    client.chat.completions.parse(model="m", messages="Hi", n="2")  # type: ignore[call-overload] # pyright: ignore[reportArgumentType]
    client.chat.completions.run_tools(model="m", messages=[])  # type: ignore[call-overload] # pyright: ignore[reportCallIssue]
    client.responses.parse(model="m", input=1)  # type: ignore[call-overload] # pyright: ignore[reportArgumentType]
    client.beta.threads.runs.stream(thread_id="t")  # type: ignore[call-overload] # pyright: ignore[reportCallIssue]


def misspelt_dialect(body: bytes, name: str) -> None:
    Scanner(body, dialect="antropic")  # type: ignore[call-overload] # pyright: ignore[reportArgumentType, reportCallIssue]
    Scanner(body, dialect=name)  # type: ignore[call-overload] # pyright: ignore[reportArgumentType, reportCallIssue]
    Parser("antropic")  # type: ignore[call-overload] # pyright: ignore[reportArgumentType, reportCallIssue]
    ssescan.stream("", dialect="antropic")  # type: ignore[call-overload] # pyright: ignore[reportArgumentType, reportCallIssue]


def wrong_timeout(client: OpenAI) -> None:
    client.models.retrieve("m", timeout="5")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
