"""Helpers that accumulate, beside the `openai` package's own: an event handler, and streams of chat and responses.

    python benches/helpers.py

Both read the same blocks of 64 KiB from memory and look at every snapshot. `growth` is what 8,000 deltas cost over what
500 do: 16 is linear.
"""

from __future__ import annotations

import importlib
import json
import time
import warnings
from functools import partial
from typing import Any, Callable, Iterator

from measure import Ratio, in_turn
from peers import httpx2_response

from ssescan import Scanner

SHORT, LONG = 500, 8_000
BLOCK = 65536
OURS, THEIRS = "ssescan.openai", "openai"


def body(events: list[tuple[str, Any]]) -> list[bytes]:
    frames = [f"event: {name}\n" * bool(name) + f"data: {json.dumps(data)}\n\n" for name, data in events]
    whole = "".join([*frames, "data: [DONE]\n\n"]).encode()
    return [whole[at : at + BLOCK] for at in range(0, len(whole), BLOCK)]


def words(n: int) -> list[str]:
    return [f" tok{at % 10}" for at in range(n)]


# The streams


def run(n: int) -> list[tuple[str, Any]]:
    part = {"index": 0, "type": "text"}
    content = [{"content": [{**part, "text": {"value": word, "annotations": []}}]} for word in words(n)]
    begun = {"id": "msg_1", "object": "thread.message", "role": "assistant", "content": [], "metadata": {}}
    deltas = [{"id": "msg_1", "object": "thread.message.delta", "delta": delta} for delta in content]
    return [("thread.message.created", begun), *(("thread.message.delta", delta) for delta in deltas)]


def chunks(deltas: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    around = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    choices = [{"index": 0, "delta": delta, "finish_reason": None, "logprobs": None} for delta in deltas]
    end = {"index": 0, "delta": {}, "finish_reason": "stop", "logprobs": None}
    return [("", {**around, "choices": [choice]}) for choice in [*choices, end]]


def chat(n: int) -> list[tuple[str, Any]]:
    return chunks([{"role": "assistant", "content": ""}, *({"content": word} for word in words(n))])


def calls(n: int) -> list[tuple[str, Any]]:
    first = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": ""}}
    rest = [{"index": 0, "function": {"arguments": word}} for word in words(n)]
    return chunks([{"tool_calls": [call]} for call in [first, *rest]])


def response(n: int) -> list[tuple[str, Any]]:
    shown = {"id": "resp_1", "object": "response", "created_at": 1, "model": "m", "output": [], "tools": []}
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    where = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    done = {**item, "content": [{"type": "output_text", "text": "".join(words(n)), "annotations": []}]}
    events = [
        ("created", {"response": shown}),
        ("output_item.added", {"output_index": 0, "item": item}),
        ("content_part.added", {**where, "part": {"type": "output_text", "text": "", "annotations": []}}),
        *(("output_text.delta", {**where, "delta": word, "logprobs": []}) for word in words(n)),
        ("completed", {"response": {**shown, "output": [done]}}),
    ]
    return [
        (f"response.{name}", {"type": f"response.{name}", "sequence_number": at, **fields})
        for at, (name, fields) in enumerate(events)
    ]


# The readers


class Blocks:
    """A stream of ours over blocks in memory."""

    response = None

    def __init__(self, blocks: list[bytes], dialect: str) -> None:
        self._events = Scanner(blocks, dialect=dialect)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._events)


def raw(package: str, blocks: list[bytes], dialect: str) -> Any:
    if package == OURS:
        return Blocks(blocks, dialect)
    from openai import OpenAI, Stream
    from openai.types.beta import AssistantStreamEvent
    from openai.types.chat import ChatCompletionChunk
    from openai.types.responses import ResponseStreamEvent

    types = {"assistants": AssistantStreamEvent, "chat": ChatCompletionChunk, "responses": ResponseStreamEvent}
    return Stream(cast_to=types[dialect], response=httpx2_response(blocks), client=OpenAI(api_key="none"))


def by_handler(package: str, blocks: list[bytes]) -> int:
    base = importlib.import_module(f"{package}.lib.streaming").AssistantEventHandler

    class Handler(base):
        seen = 0

        def on_text_delta(self, delta: Any, snapshot: Any) -> None:
            self.seen = len(snapshot.value)

    handler = Handler()
    handler._init(raw(package, blocks, "assistants"))
    try:
        handler.until_done()
    except Exception as error:  # ours says that the run is not complete, and so it is not
        if "end" not in str(error):
            raise
    return handler.seen


def by_stream(package: str, blocks: list[bytes]) -> int:
    chat = importlib.import_module(f"{package}.lib.streaming.chat")
    omit, seen = importlib.import_module(f"{package}._types").omit, 0
    stream = chat.ChatCompletionStream(raw_stream=raw(package, blocks, "chat"), response_format=omit, input_tools=omit)
    for event in stream:
        if event.type.endswith(".delta"):
            seen = len(event.arguments if event.type.startswith("tool") else event.snapshot)
    return seen


def by_response(package: str, blocks: list[bytes]) -> int:
    responses = importlib.import_module(f"{package}.lib.streaming.responses")
    omit, seen = importlib.import_module(f"{package}._types").omit, 0
    options = {"text_format": omit, "input_tools": omit, "starting_after": None}
    for event in responses.ResponseStream(raw_stream=raw(package, blocks, "responses"), **options):
        if event.type == "response.output_text.delta":
            seen = len(event.snapshot)
    return seen


Read = Callable[[str, list[bytes]], int]
WORK: dict[str, tuple[Callable[[int], Any], Read]] = {
    "event handler, text": (run, by_handler),
    "chat, text": (chat, by_stream),
    "chat, a tool call": (calls, by_stream),
    "responses, text": (response, by_response),
}


def timed(read: Read, package: str, blocks: list[bytes]) -> None:
    """What is measured; it gives no seconds of its own."""
    read(package, blocks)


def main() -> None:
    warnings.simplefilter("ignore")
    print(f"{'':22}{'us per delta':>14}{'openai':>10}{'faster':>10}{'growth':>10}{'openai':>10}")
    for name, (make, read) in WORK.items():
        short, long = body(make(SHORT)), body(make(LONG))
        assert read(OURS, short) == read(THEIRS, short) == len("".join(words(SHORT)))
        sizes = ((SHORT, short), (LONG, long))
        keys = {(package, size): blocks for package in (OURS, THEIRS) for size, blocks in sizes}
        cases: dict[Any, Any] = {key: partial(timed, read, key[0], blocks) for key, blocks in keys.items()}
        took: dict[Any, Any] = in_turn(cases, 1, 5, time.process_time)
        ours, theirs = took[OURS, LONG], took[THEIRS, LONG]
        growths = [Ratio.of(took[package, LONG], took[package, SHORT]).median for package in (OURS, THEIRS)]
        each = [samples.median / LONG * 1e6 for samples in (ours, theirs)]
        faster = Ratio.of(theirs, ours).median
        print(f"{name:22}{each[0]:14.1f}{each[1]:10.1f}{faster:9.0f}x{growths[0]:10.1f}{growths[1]:10.1f}", flush=True)


if __name__ == "__main__":
    main()
