"""The cost of the helpers: none before they are used, then linear in the length of the answer.

The tests count function calls, which do not depend on the machine. `make bench` measures times.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from scripts import assistants, call_step, chat, chunk, created, delta, step_delta, text, tool
from ssescan import Scanner
from ssescan.openai import AssistantEventHandler, omit
from ssescan.openai.lib._partial_json import partial_json
from ssescan.openai.lib.streaming.chat import ChatCompletionStream
from ssescan.openai.lib.streaming.responses import ResponseStream
from test_helpers_responses import arguments, call, done_call, responses, written


def loaded(program: str) -> list[str]:
    code = f"import sys\n{program}\nprint(*sys.modules)"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def test_nothing_is_loaded_before_it_is_used():
    modules = loaded("from ssescan.openai import OpenAI; OpenAI(api_key='k')")
    assert not [name for name in modules if name.startswith("ssescan.openai.lib")]
    assert "ssescan.openai._response" not in modules


def test_importing_the_package_loads_no_parser_of_urls():
    assert not {"urllib.parse", "ipaddress", "urllib3", "orjson"} & set(loaded("import ssescan"))


def test_pydantic_is_loaded_by_those_who_have_classes():
    modules = loaded(
        "from ssescan.openai import OpenAI\n"
        "client = OpenAI(api_key='k')\n"
        "client.chat.completions.stream(model='m', messages=[])\n"
        "client.responses.stream(model='m', input='x')\n"
        "import ssescan.openai.lib.streaming.chat._completions, ssescan.openai.lib.streaming._assistants"
    )
    assert "ssescan.openai.lib.streaming.chat._completions" in modules
    assert not {"pydantic", "jiter", "httpx2", "openai"} & set(modules)


class Body:
    """A stream in blocks of 64 KiB."""

    def __init__(self, data: bytes, dialect: str) -> None:
        self.response = None
        blocks = [data[at : at + 65536] for at in range(0, len(data), 65536)]
        self._events = Scanner(blocks, dialect=dialect)

    def __iter__(self) -> Any:
        return iter(self._events)

    def close(self) -> None:
        self._events.close()


class Watching(AssistantEventHandler):
    """A handler that reads every snapshot."""

    seen = 0

    def on_text_delta(self, delta: Any, snapshot: Any) -> None:
        self.seen += len(delta.value) + len(snapshot.value)

    def on_tool_call_delta(self, delta: Any, snapshot: Any) -> None:
        self.seen += len(snapshot.function.arguments)


def of_run(data: bytes) -> None:
    handler: Any = Watching()
    handler._init(Body(data, "assistants"))
    handler.until_done()
    assert handler.seen


def of_chat(data: bytes) -> None:
    raw: Any = Body(data, "chat")
    stream: Any = ChatCompletionStream(raw_stream=raw, response_format=omit, input_tools=omit)
    assert sum(len(getattr(event, "snapshot", "")) for event in stream if event.type == "content.delta") >= 0
    assert stream.get_final_completion()


def of_response(data: bytes) -> None:
    raw: Any = Body(data, "responses")
    stream: Any = ResponseStream(raw_stream=raw, text_format=omit, input_tools=omit, starting_after=None)
    assert sum(len(event.snapshot) for event in stream if event.type.endswith(".delta"))


def pieces(n: int) -> list[str]:
    return [f" tok{at % 10}" for at in range(n)]


LONG: dict[str, tuple[Callable[[bytes], None], Callable[[int], bytes]]] = {
    "text of a run": (of_run, lambda n: assistants(created(), *(delta(text(it)) for it in pieces(n)))),
    "a call of a run": (
        of_run,
        lambda n: assistants(
            call_step(), step_delta(tool(0, "", "f", "a")), *(step_delta(tool(0, it)) for it in pieces(n))
        ),
    ),
    "chat": (of_chat, lambda n: chat(*(chunk({"content": it}) for it in pieces(n)), chunk(finish="stop"))),
    "a call of chat": (
        of_chat,
        lambda n: chat(
            chunk({"tool_calls": [tool(0, "", "f", "a")]}),
            *(chunk({"tool_calls": [tool(0, it)]}) for it in pieces(n)),
            chunk(finish="tool_calls"),
        ),
    ),
    "chat with probabilities": (
        of_chat,
        lambda n: chat(
            *(chunk({"content": it}, logprobs={"content": [{"token": it, "logprob": 0}]}) for it in pieces(n)),
            chunk(finish="stop"),
        ),
    ),
    "a response": (of_response, lambda n: b"".join(responses(*written(*pieces(n))))),
    "a call of a response": (
        of_response,
        lambda n: b"".join(responses(call(), *(arguments(it) for it in pieces(n)), output=[done_call("")])),
    ),
}


def calls_of(work: Callable[[], object]) -> int:
    """Return how many functions of Python and C are called."""
    counted = [0]

    def count(frame: Any, what: str, argument: Any) -> None:
        counted[0] += what in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return counted[0]


@pytest.mark.parametrize("name", LONG)
def test_work_grows_with_the_answer(name: str):
    read, written = LONG[name]
    short, long = written(500), written(4000)
    read(short)  # fills the caches
    assert calls_of(lambda: read(long)) <= 8.2 * calls_of(lambda: read(short))


@pytest.mark.parametrize("name", LONG)
def test_work_per_piece_is_bounded(name: str):
    read, written = LONG[name]
    short, long = written(100), written(600)
    read(short)
    assert (calls_of(lambda: read(long)) - calls_of(lambda: read(short))) / 500 < 200


def test_json_that_is_not_looked_at_is_not_parsed(monkeypatch: pytest.MonkeyPatch):
    import pydantic

    from ssescan.openai.lib.streaming import _lazy_fields

    class Place(pydantic.BaseModel):
        city: str

    parsed: list[str] = []
    monkeypatch.setattr(_lazy_fields, "partial_json", lambda text: parsed.append(text) or partial_json(text))
    whole = json.dumps({"city": "x" * 3000})
    raw: Any = Body(chat(*(chunk({"content": it}) for it in whole), chunk(finish="stop")), "chat")
    stream: Any = ChatCompletionStream(raw_stream=raw, response_format=Place, input_tools=omit)
    events = [event for event in stream if event.type == "content.delta"]
    assert parsed == []
    assert events[20].parsed == {} and len(parsed) == 1
    assert stream.get_final_completion().choices[0].message.parsed == Place(city="x" * 3000)


def test_what_an_event_shows_is_what_there_was():
    raw: Any = Body(chat(*(chunk({"content": it}) for it in "abc"), chunk(finish="stop")), "chat")
    stream: Any = ChatCompletionStream(raw_stream=raw, response_format=omit, input_tools=omit)
    events = [event for event in stream if event.type == "content.delta"]
    assert [event.snapshot for event in events] == ["a", "ab", "abc"]
    assert events[0].to_dict() == {"type": "content.delta", "delta": "a", "snapshot": "a", "parsed": None}
