"""sentry-sdk: its integration, which patches `openai` and records calls as spans."""

from __future__ import annotations

import json
from typing import Any

import sentry_sdk
from openai import OpenAI
from pydantic import BaseModel
from sentry_sdk.integrations.openai import OpenAIIntegration

from scenarios import MODEL, PROMPT, run

REQUIREMENTS = ("sentry-sdk",)
DIFFERENCES = {
    "stream_error": {"error": "an error in a stream has the class of the status that it implies"},
    "early_end": {"error": "a truncated stream raises", "result": "a truncated stream raises"},
}
MESSAGES = [{"role": "user", "content": PROMPT}]
WEATHER = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}
#: Keys of spans that are times, threads and random identifiers.
VOLATILE = ("thread.", "gen_ai.response.time_to_first_token", "code.", "server.")
EVENTS: list[Any] = []


def keep(event: Any, hint: Any) -> None:
    """Keep an event instead of sending it."""
    EVENTS.append(event)


sentry_sdk.init(
    dsn="http://key@127.0.0.1:9/1",
    traces_sample_rate=1.0,
    send_default_pii=True,
    default_integrations=False,
    integrations=[OpenAIIntegration(include_prompts=True)],
    before_send_transaction=keep,
    before_send=keep,
)


def recorded(url: str, program: Any) -> Any:
    """Return what a program returns, and the spans and errors that Sentry recorded of it."""
    EVENTS.clear()
    with sentry_sdk.start_transaction(name="test"):
        result = program(OpenAI(base_url=url, api_key="sk-test").chat.completions)
    spans = [span for event in EVENTS for span in event.get("spans", ())]
    shown = [
        [
            span["op"],
            span["description"],
            span.get("status"),
            {key: value for key, value in span["data"].items() if not key.startswith(VOLATILE)},
        ]
        for span in spans
    ]
    return [result, json.loads(json.dumps(shown, default=str))]


def text(url: str) -> Any:
    """Stream a text."""

    def program(completions: Any) -> Any:
        usage = {"include_usage": True}
        stream = completions.create(model=MODEL, messages=MESSAGES, stream=True, stream_options=usage)
        return [it.choices[0].delta.content for it in stream if it.choices]

    return recorded(url, program)


def whole(url: str) -> Any:
    """Ask for a text without a stream."""
    return recorded(url, lambda completions: completions.create(model=MODEL, messages=MESSAGES))


def tools(url: str) -> Any:
    """Stream a tool call."""

    def program(completions: Any) -> Any:
        with completions.create(model=MODEL, messages=MESSAGES, tools=[WEATHER], stream=True) as stream:
            chunks = [choice.delta.tool_calls for it in stream for choice in it.choices]
        return [[call.function.arguments for call in calls or []] for calls in chunks]

    return recorded(url, program)


class Place(BaseModel):
    """A city."""

    city: str
    population: int


def structured(url: str) -> Any:
    """Ask for a class, whole and as it arrives."""

    def program(completions: Any) -> Any:
        parsed = completions.parse(model=MODEL, messages=MESSAGES, response_format=Place)
        with completions.stream(model=MODEL, messages=MESSAGES, response_format=Place) as stream:
            kinds = [event.type for event in stream]
        return [parsed.choices[0].message.parsed, kinds]

    return recorded(url, program)


def responses(url: str) -> Any:
    """Stream a response, and ask for one without a stream."""

    def program(completions: Any) -> Any:
        group = completions._client.responses
        kinds = [event.type for event in group.create(model=MODEL, input=PROMPT, stream=True)]
        return [kinds, group.create(model=MODEL, input=PROMPT).output_text]

    return recorded(url, program)


def embeddings(url: str) -> Any:
    """Ask for embeddings."""
    ask = {"model": "e", "input": ["a", "b"]}
    return recorded(url, lambda completions: completions._client.embeddings.create(**ask).data[1].embedding)


run(text=text, whole=whole, tools=tools, structured=structured, responses=responses, embeddings=embeddings)
