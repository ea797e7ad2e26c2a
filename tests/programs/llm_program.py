"""llm: the command-line tool's library."""

from __future__ import annotations

import json
from typing import Any

from llm.default_plugins.openai_models import Chat

from scenarios import MODEL, PROMPT, run

REQUIREMENTS = ("llm",)
DIFFERENCES = {
    "stream_error": {"error": "an error in a stream has the class of the status that it implies"},
    "early_end": {"error": "a truncated stream raises", "result": "a truncated stream raises"},
}


def model(url: str) -> Any:
    """Return a model of the server."""
    return Chat(MODEL, api_base=url, supports_schema=True, supports_tools=True)


def text(url: str) -> Any:
    """Stream a text."""
    response = model(url).prompt(PROMPT, key="sk-test")
    return [list(response), response.usage().input, response.usage().output]


def whole(url: str) -> Any:
    """Ask for a text without a stream."""
    return model(url).prompt(PROMPT, key="sk-test", stream=False).text()


def get_weather(city: str) -> str:
    """Return the weather in a city."""
    return f"sunny in {city}"


def tools(url: str) -> Any:
    """Run the loop of tool calls."""
    chain = model(url).chain(PROMPT, key="sk-test", tools=[get_weather])
    return [list(chain), [[it.name, it.arguments] for response in chain.responses() for it in response.tool_calls()]]


def structured(url: str) -> Any:
    """Ask for JSON by a schema."""
    schema = {"type": "object", "properties": {"city": {"type": "string"}, "population": {"type": "integer"}}}
    return json.loads(model(url).prompt(PROMPT, key="sk-test", schema=schema).text())


run(text=text, whole=whole, tools=tools, structured=structured)
