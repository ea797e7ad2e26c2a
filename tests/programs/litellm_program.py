"""litellm: its `completion`."""

from __future__ import annotations

from typing import Any

import litellm
from pydantic import BaseModel

from scenarios import MODEL, PROMPT, run

REQUIREMENTS = ("litellm",)
#: litellm derives its own pydantic classes from `openai.BaseModel`, and imports types of realtime and fine-tuning.
DOES_NOT_START = "cannot import name 'Response' from 'ssescan.openai._types'"
MESSAGES = [{"role": "user", "content": PROMPT}]
WEATHER = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


def ask(url: str, **options: Any) -> Any:
    """Send a request to the server."""
    return litellm.completion(f"openai/{MODEL}", MESSAGES, api_base=url, api_key="sk-test", max_retries=2, **options)


def text(url: str) -> Any:
    """Stream a text."""
    return [it.choices[0].delta.content for it in ask(url, stream=True) if it.choices]


def whole(url: str) -> Any:
    """Ask for a text without a stream."""
    answer = ask(url)
    return [answer.choices[0].message.content, answer.usage.total_tokens]


def tools(url: str) -> Any:
    """Stream a tool call."""
    deltas = [it.choices[0].delta for it in ask(url, tools=[WEATHER], stream=True) if it.choices]
    return [[call.function.arguments for call in delta.tool_calls or []] for delta in deltas]


class Place(BaseModel):
    """A city."""

    city: str
    population: int


def structured(url: str) -> Any:
    """Ask for JSON by a class."""
    return ask(url, response_format=Place).choices[0].message.content


run(text=text, whole=whole, tools=tools, structured=structured)
