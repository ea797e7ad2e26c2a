"""langfuse: its client, which records calls as spans."""

from __future__ import annotations

import json
import re
from typing import Any

from langfuse import Langfuse
from langfuse.openai import OpenAI
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import BaseModel

from scenarios import MODEL, PROMPT, run

REQUIREMENTS = ("langfuse",)
DIFFERENCES = {
    "stream_error": {"error": "an error in a stream has the class of the status that it implies"},
    "early_end": {"error": "a truncated stream raises", "result": "a truncated stream raises"},
}
MESSAGES = [{"role": "user", "content": PROMPT}]
EXPORTER = InMemorySpanExporter()
LANGFUSE = Langfuse(public_key="pk", secret_key="sk", base_url="http://127.0.0.1:9", span_exporter=EXPORTER)
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}


def client(url: str) -> Any:
    """Return a client of the server."""
    return OpenAI(base_url=url, api_key="sk-test")


def spans() -> Any:
    """Return the names and attributes of the spans since the last call, without times and versions."""
    LANGFUSE.flush()
    found = EXPORTER.get_finished_spans()
    EXPORTER.clear()
    shown = [[span.name, span.status.status_code.name, dict(span.attributes)] for span in found]
    text = re.sub(
        r"\d{4}-\d\d-\d\dT[\d:.]+Z?|\d+\.\d+\.\d+|http://127[^\"]*?\d/",
        "",
        json.dumps(shown, default=str, sort_keys=True),
    )
    return json.loads(text)


def text(url: str) -> Any:
    """Stream a text, by a loop."""
    try:
        stream = client(url).chat.completions.create(
            model=MODEL, messages=MESSAGES, stream=True, stream_options={"include_usage": True}, name="text"
        )
        parts = [it.choices[0].delta.content for it in stream if it.choices]
    except Exception:
        spans()
        raise
    return [parts, spans()]


def whole(url: str) -> Any:
    """Ask for a text without a stream, also as a raw response."""
    completions = client(url).chat.completions
    answer = completions.create(model=MODEL, messages=MESSAGES)
    raw = completions.with_raw_response.create(model=MODEL, messages=MESSAGES)
    return [answer, raw.parse().choices[0].message.content, spans()]


def tools(url: str) -> Any:
    """Stream a tool call, by `next`."""
    stream = client(url).chat.completions.create(model=MODEL, messages=MESSAGES, tools=[WEATHER], stream=True)
    calls = []
    while (chunk := next(stream, None)) is not None:
        calls += [it.function.arguments for choice in chunk.choices for it in choice.delta.tool_calls or []]
    return [calls, spans()]


class Place(BaseModel):
    """A city."""

    city: str
    population: int


def structured(url: str) -> Any:
    """Ask for a class, whole and as it arrives."""
    completions = client(url).chat.completions
    parsed = completions.parse(model=MODEL, messages=MESSAGES, response_format=Place)
    with completions.stream(model=MODEL, messages=MESSAGES, response_format=Place) as stream:
        kinds = [event.type for event in stream]
    return [parsed.choices[0].message.parsed, kinds, stream.get_final_completion().choices[0].message.parsed, spans()]


def responses(url: str) -> Any:
    """Stream a response, and ask for one without a stream."""
    group = client(url).responses
    kinds = [event.type for event in group.create(model=MODEL, input=PROMPT, stream=True)]
    return [kinds, group.create(model=MODEL, input=PROMPT).output_text, spans()]


def embeddings(url: str) -> Any:
    """Ask for embeddings."""
    return [client(url).embeddings.create(model="e", input=["a"]).data[0].embedding, spans()]


run(text=text, whole=whole, tools=tools, structured=structured, responses=responses, embeddings=embeddings)
