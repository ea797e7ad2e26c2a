"""mirascope: calls, streams, tools and formats."""

from __future__ import annotations

from typing import Any

from mirascope import llm
from mirascope.llm.providers.openai.completions.provider import OpenAICompletionsProvider
from mirascope.llm.providers.openai.responses.provider import OpenAIResponsesProvider
from pydantic import BaseModel

from scenarios import MODEL, PROMPT, run

REQUIREMENTS = ("mirascope",)
DIFFERENCES = {
    "stream_error": {"error": "an error in a stream has the class of the status that it implies"},
    "early_end": {"error": "a truncated stream raises", "result": "a truncated stream raises"},
}


def model(url: str) -> Any:
    """Return a model of the server."""
    llm.register_provider(OpenAICompletionsProvider(api_key="sk-test", base_url=url), scope="openai/")
    return llm.Model(f"openai/{MODEL}:completions")


def text(url: str) -> Any:
    """Stream a text."""
    stream = model(url).stream(PROMPT)
    parts = list(stream.text_stream())
    return [parts, str(stream.finish_reason), stream.usage and stream.usage.output_tokens]


def whole(url: str) -> Any:
    """Ask for a text without a stream."""
    response = model(url).call(PROMPT)
    return [response.text(), response.usage.total_tokens, str(response.raw.id)]


@llm.tool
def get_weather(city: str) -> str:
    """Return the weather in a city."""
    return f"sunny in {city}"


def tools(url: str) -> Any:
    """Stream a tool call and the answer to it."""
    stream = model(url).stream(PROMPT, tools=[get_weather])
    stream.finish()
    calls = [[call.name, call.args] for call in stream.tool_calls]
    later = stream.resume(stream.execute_tools())
    return [calls, list(later.text_stream())]


class Place(BaseModel):
    """A city."""

    city: str
    population: int


def structured(url: str) -> Any:
    """Stream JSON by a schema."""
    stream = model(url).stream(PROMPT, format=Place)
    return [[it and it.model_dump() for it in stream.structured_stream()], stream.parse()]


def responses(url: str) -> Any:
    """Stream a response and a tool call, and ask for a response without a stream."""
    llm.register_provider(OpenAIResponsesProvider(api_key="sk-test", base_url=url), scope="openai/")
    by_responses = llm.Model(f"openai/{MODEL}:responses")
    parts = list(by_responses.stream(PROMPT).text_stream())
    stream = by_responses.stream(PROMPT, tools=[get_weather])
    stream.finish()
    calls = [[call.name, call.args] for call in stream.tool_calls]
    return [parts, calls, by_responses.call(PROMPT).text()]


run(text=text, whole=whole, tools=tools, structured=structured, responses=responses)
