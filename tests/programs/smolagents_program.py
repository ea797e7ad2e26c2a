"""smolagents: its model class, and an agent that calls a tool."""

from __future__ import annotations

import json
from typing import Any

from smolagents import OpenAIModel, ToolCallingAgent, tool
from smolagents.monitoring import LogLevel

from scenarios import MODEL, PROMPT, run

REQUIREMENTS = ("smolagents",)
DIFFERENCES = {
    "stream_error": {"error": "an error in a stream has the class of the status that it implies"},
    "early_end": {"error": "a truncated stream raises", "result": "a truncated stream raises"},
}
MESSAGES = [{"role": "user", "content": [{"type": "text", "text": PROMPT}]}]


def model(url: str) -> Any:
    """Return a model of the server."""
    return OpenAIModel(MODEL, api_base=url, api_key="sk-test", retry=False)


def text(url: str) -> Any:
    """Stream a text."""
    deltas = list(model(url).generate_stream(MESSAGES))
    usages = [it.token_usage for it in deltas if it.token_usage]
    return ["".join(it.content or "" for it in deltas), [[it.input_tokens, it.output_tokens] for it in usages]]


def whole(url: str) -> Any:
    """Ask for a text without a stream."""
    answer = model(url).generate(MESSAGES)
    return [answer.role, answer.content, answer.token_usage.total_tokens, answer.dict()]


@tool
def get_weather(city: str) -> str:
    """Return the weather in a city.

    Args:
        city: The name of the city.
    """
    return f"sunny in {city}"


def tools(url: str) -> Any:
    """Stream the steps of an agent. It stops after one step: the server has no final answer for it."""
    agent = ToolCallingAgent(
        tools=[get_weather], model=model(url), stream_outputs=True, verbosity_level=LogLevel.OFF, max_steps=1
    )
    return [str(agent.run(PROMPT)), [plain_step(step) for step in agent.memory.steps[1:]]]


def plain_step(step: Any) -> Any:
    """Return the calls and observations of a step."""
    calls = [[call.name, call.arguments] for call in getattr(step, "tool_calls", None) or []]
    return [calls, getattr(step, "observations", None), str(getattr(step, "error", None))]


def structured(url: str) -> Any:
    """Ask for JSON by a schema."""
    schema = {"type": "object", "properties": {"city": {"type": "string"}, "population": {"type": "integer"}}}
    form = {"type": "json_schema", "json_schema": {"name": "place", "schema": schema}}
    return json.loads(model(url).generate(MESSAGES, response_format=form).content)


run(text=text, whole=whole, tools=tools, structured=structured)
