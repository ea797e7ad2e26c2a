"""A Response of 200 KB, as a call without a stream gives it: made and partly read, and written again."""

from __future__ import annotations

import json
from typing import Any, Callable

import orjson
from openai._models import construct_type
from openai.types.responses import Response as Theirs

from ssescan.openai.types.responses import Response

LOADS, OURS, THEIRS = "orjson.loads", "ssescan, partly read", "openai, partly read"
SIZE = 200_000
#: Names of what `responses` makes.
KINDS = ("long texts", "many items", "log probabilities")


def response(kind: str) -> bytes:
    """The body of a response of that kind."""
    output: list[dict[str, Any]] = []
    while len(orjson.dumps(output)) < SIZE:
        output += _items(kind, len(output))
    said = {
        "id": "resp_1",
        "object": "response",
        "status": "completed",
        "created_at": 1.5,
        "model": "m",
        "metadata": {},
    }
    usage = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    rest = {"tools": [], "tool_choice": "auto", "parallel_tool_calls": True, "usage": {**usage, **details}}
    return orjson.dumps({**said, "output": output, **rest})


def _items(kind: str, at: int) -> list[dict[str, Any]]:
    if kind == "long texts":
        return [_message(at, "words and " * 2000)]
    if kind == "log probabilities":
        top = {"token": "word", "logprob": -1.5, "bytes": [119, 111, 114, 100]}
        return [_message(at, "word " * 50, logprobs=[{**top, "top_logprobs": [top]}] * 100)]
    call = {"name": "f", "arguments": json.dumps({"query": "some words to look for"}), "status": "completed"}
    cited = {"type": "url_citation", "url": "https://example.com/", "title": "t", "start_index": 1, "end_index": 5}
    return [
        {"id": f"rs_{at}", "type": "reasoning", "summary": [{"type": "summary_text", "text": "thought " * 20}]},
        {"id": f"fc_{at}", "type": "function_call", "call_id": f"call_{at}", **call},
        _message(at, "words and " * 40, annotations=[cited] * 2),
    ]


def _message(at: int, text: str, **more: Any) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": [], **more}
    return {"id": f"msg_{at}", "type": "message", "role": "assistant", "status": "completed", "content": [part]}


def read(made: Any) -> None:
    """What a program looks at."""
    assert made.id and made.status == "completed" and made.usage.total_tokens == 3
    assert made.output_text.startswith("word")


def ours(body: bytes) -> Any:
    return Response.model_validate_json(body)


def theirs(body: bytes) -> Any:
    return construct_type(type_=Theirs, value=orjson.loads(body))


def cases(body: bytes) -> dict[str, Callable[[], None]]:
    """What is measured, by name."""
    if ours(body).to_dict() != theirs(body).to_dict():
        raise SystemExit("ssescan and openai see other things in a response")
    made: dict[str, Callable[[], object]] = {
        LOADS: lambda: orjson.loads(body),
        OURS: lambda: read(ours(body)),
        THEIRS: lambda: read(theirs(body)),
        "ssescan, to_dict": lambda: ours(body).to_dict(),
        "openai, to_dict": lambda: theirs(body).to_dict(),
        "ssescan, to_json": lambda: ours(body).to_json(),
        "openai, to_json": lambda: theirs(body).to_json(),
    }
    return {name: _dropping(make) for name, make in made.items()}


def _dropping(make: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        make()

    return run
