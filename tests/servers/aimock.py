"""Streams of a live aimock server in several APIs, read with the dialect of each API and with `auto`.

    python tests/servers/aimock.py FOLDER [RECORDINGS]

FOLDER has the server that aimock.sh installs. The script prints one line, and exits with 1 if a text, a tool call, token
counts, a finish reason or an outcome is wrong. With RECORDINGS it also writes the bodies to that folder.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import ssescan
from ssescan import Scanner, accumulate
from ssescan.batch import run
from ssescan.openai import OpenAI

FIXTURES = Path(__file__).with_name("aimock.fixtures.json")

#: Name of a fixture -> its text and its reasoning.
TEXTS = {
    "text": ('Hello, wörld 🙂\nand "more"', ""),
    "reasoning": ("It is 4.", "Two and two."),
    "tools": ("I look both up.", ""),
    "limit": ("This is", ""),
    "truncated": ("", ""),
}
CALLS = [("weather", {"city": "Paris"}), ("time", {})]


class Api(NamedTuple):
    """An API of the server.

    Attributes:
        path: The path of its streams.
        body: Makes the body of a request with a prompt.
        calls: Returns the tool calls of the final object, each with its name and its input.
        usage: The token counts of the fixture `text`.
        ends: The finish reasons of `text`, `tools` and `limit`, or the states of a response.
        url: The URL of the API in batches, or None.
    """

    path: str
    body: Callable[[str], dict[str, Any]]
    calls: Callable[[Any], list[tuple[str, Any]]]
    usage: dict[str, Any]
    ends: tuple[str, str, str]
    url: str | None = None


def messages(prompt: str, **more: Any) -> dict[str, Any]:
    return {"model": "m", "stream": True, "messages": [{"role": "user", "content": prompt}], **more}


def calls_of_chat(message: Any) -> list[tuple[str, Any]]:
    return [(call.function.name, call.function.parsed_arguments) for call in message.tool_calls or ()]


def calls_of_gemini(final: Any) -> list[tuple[str, Any]]:
    calls = [part.to_dict().get("functionCall") for part in final.candidates[0].content.parts]
    return [(call["name"], call["args"]) for call in calls if call]


TOKENS = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
APIS = {
    "chat": Api(
        "/v1/chat/completions",
        lambda prompt: messages(prompt, stream_options={"include_usage": True}),
        lambda final: calls_of_chat(final.choices[0].message),
        TOKENS,
        ("stop", "tool_calls", "length"),
        "/v1/chat/completions",
    ),
    "responses": Api(
        "/v1/responses",
        lambda prompt: {"model": "m", "stream": True, "input": [{"role": "user", "content": prompt}]},
        lambda final: [(o.name, o.parsed_arguments) for o in final.output if o.type == "function_call"],
        {"input_tokens": 7, "output_tokens": 5, "total_tokens": 12},
        ("completed", "completed", "incomplete"),
        "/v1/responses",
    ),
    "anthropic": Api(
        "/v1/messages",
        lambda prompt: messages(prompt, max_tokens=100),
        lambda final: [(block.name, block.input) for block in final.content if block.type == "tool_use"],
        {"input_tokens": 7, "output_tokens": 5},
        ("end_turn", "tool_use", "max_tokens"),
        "/v1/messages",
    ),
    "gemini": Api(
        "/v1beta/models/m:streamGenerateContent?alt=sse",
        lambda prompt: {"contents": [{"role": "user", "parts": [{"text": prompt}]}]},
        calls_of_gemini,
        {"promptTokenCount": 7, "candidatesTokenCount": 5, "totalTokenCount": 12},
        ("STOP", "FUNCTION_CALL", "MAX_TOKENS"),
    ),
    "cohere": Api(
        "/v2/chat",
        messages,
        lambda final: calls_of_chat(final.message),
        {"billed_units": {"input_tokens": 7, "output_tokens": 5, "search_units": 0, "classifications": 0},
         "tokens": {"input_tokens": 7, "output_tokens": 5}},
        ("COMPLETE", "TOOL_CALL", "MAX_TOKENS"),
    ),
}  # fmt: skip


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Start the server, and yield its URL."""
    program = folder / "node_modules/@copilotkit/aimock/dist/cli.js"
    command = ["node", program, "--port", "0", "--fixtures", FIXTURES, "--latency", "0"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if found := re.search(r"http://[\w.]+:\d+", line):
                yield found[0]
                break
        else:
            raise SystemExit(f"the server does not start: {''.join(lines)}")
    finally:
        process.terminate()
        process.stdout.close()
        process.wait()


def body_of(url: str, api: Api, prompt: str) -> tuple[bytes, Exception | None]:
    """Return the body of a stream, and the failure that ended it."""
    blocks: list[bytes] = []

    class Tee:
        def write(self, data: bytes) -> int:
            blocks.append(bytes(data))
            return len(data)

    stream = ssescan.stream(url + api.path, json=api.body(prompt), max_retries=0, tee=Tee())
    while stream.scan():
        pass
    return b"".join(blocks), stream.err


def blocks_of(body: bytes, failure: Exception | None) -> Iterator[bytes]:
    """Yield a body as it arrived, with the failure that ended it."""
    yield body
    if failure is not None:
        raise failure


def differences(name: str, api: Api, prompt: str, dialect: str, body: bytes, failure: Exception | None) -> list[str]:
    """Return what is wrong in a stream that is read with a dialect."""
    text, reasoning = TEXTS[prompt]
    if name == "cohere" and prompt == "reasoning":  # the server sends it as text there
        text, reasoning = f"{reasoning}{text}", ""
    read = {}
    for channel in ("text", "reasoning"):
        stream = Scanner(blocks_of(body, failure), dialect=dialect)
        parts = []
        try:
            parts.extend(stream.texts(channel))
        except ssescan.SSEScanError:
            pass
        read[channel] = "".join(parts)
    if prompt == "truncated":
        is_cut = failure is not None and str(stream.outcome) == "broken" and "This text".startswith(read["text"][:9])
        return [] if is_cut else [f"truncated: {stream.outcome}, {read['text']!r}"]

    final = accumulate(stream := Scanner(body, dialect=dialect))
    end = dict(zip(("text", "tools", "limit"), api.ends)).get(prompt)
    plan = "I will use the requested tool." if name == "cohere" and prompt == "tools" else ""
    pairs = {
        "dialect": (stream.dialect, name),
        "text": (read["text"], text),
        "reasoning": (read["reasoning"], reasoning + plan),
        "outcome": (stream.outcome in ("done", "finished"), True),
        "finish reason": (stream.finish_reason or getattr(final, "status", None) if end else None, end),
        "calls": (api.calls(final), CALLS if prompt == "tools" else []),
    }
    if prompt == "text":
        # Anthropic's counts are in two events: the stream has those of the last one, the final object has all.
        whole = final.to_dict()
        held = whole.get("usage") or whole.get("usageMetadata") or {}
        pairs["usage"] = ({key: held.get(key) for key in api.usage}, api.usage)
        pairs["usage of the stream"] = ({key: held.get(key) for key in stream.usage or [""]}, dict(stream.usage or {}))
    return [f"{what}: {ours!r} is not {expected!r}" for what, (ours, expected) in pairs.items() if ours != expected]


def of_refusal(url: str, api: Api) -> list[str]:
    try:
        ssescan.stream(url + api.path, json=api.body("refused"), max_retries=0)
    except ssescan.errors.RateLimitError as error:
        return [] if "Slow down." in str(error) and error.retryable else [f"refused: {error!r}"]
    return ["refused: no error"]


def of_batch(url: str, api: Api) -> list[str]:
    prompts = ("text", "tools", "limit")
    lines = [{"custom_id": prompt, "url": api.url, "body": api.body(prompt)} for prompt in prompts]
    with OpenAI(api_key="k", base_url=f"{url}/v1") as client:
        results = {result.custom_id: result for result in run(lines, client=client, coalesce_s=0)}
    found = [f"batch: {prompt}: {results[prompt].error!r}" for prompt in prompts if not results[prompt].ok]
    texts = {prompt: results[prompt].text for prompt in prompts}
    wrong = {prompt: text for prompt, text in texts.items() if text != TEXTS[prompt][0]}
    calls = len(results["tools"].tool_calls)
    return found + ([f"batch: {wrong!r}, {calls} calls"] if wrong or calls != 2 else [])


def main() -> int:
    os.environ.update(NO_PROXY="*", no_proxy="*")  # the server is on this machine
    recordings = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    found, streams = [], 0
    with server(Path(sys.argv[1])) as url:
        for name, api in APIS.items():
            for prompt in TEXTS:
                body, failure = body_of(url, api, prompt)
                if recordings:
                    (recordings / f"aimock-{name}-{prompt}.sse").write_bytes(body)
                for dialect in (name, "auto"):
                    streams += 1
                    problems = differences(name, api, prompt, dialect, body, failure)
                    found += [f"{name} as {dialect}: {prompt}: {problem}" for problem in problems]
            found += [f"{name}: {problem}" for problem in of_refusal(url, api)]
            found += [f"{name}: {problem}" for problem in (of_batch(url, api) if api.url else ())]
    print(*found, sep="\n", end="\n" * bool(found))
    print(
        f"aimock: ssescan {ssescan.__version__} {'FAILS' if found else 'agrees'} on {streams} streams of {len(APIS)} APIs"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
