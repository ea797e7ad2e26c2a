"""llama-index-llms-openai: its chat class."""

from __future__ import annotations

from typing import Any

from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai import OpenAI, OpenAIResponses
from pydantic import BaseModel

from scenarios import MODEL, PROMPT, run

REQUIREMENTS = ("llama-index-llms-openai",)
DIFFERENCES = {
    "stream_error": {"error": "an error in a stream has the class of the status that it implies"},
    "early_end": {
        "error": "a truncated stream raises",
        "result": "a truncated stream raises",
        "requests": "after the exception, the program does not send its second request",
    },
}


def model(url: str) -> Any:
    """Return a model of the server."""
    return OpenAI(model=MODEL, api_base=url, api_key="sk-test", max_retries=2, timeout=20, reuse_client=False)


def text(url: str) -> Any:
    """Stream a text, as a chat and as a completion."""
    answers = list(model(url).stream_chat([ChatMessage(role="user", content=PROMPT)]))
    return [
        [it.delta for it in answers],
        answers[-1].message.content,
        [it.delta for it in model(url).stream_complete(PROMPT)],
    ]


def whole(url: str) -> Any:
    """Ask for a text without a stream."""
    answer = model(url).chat([ChatMessage(role="user", content=PROMPT)])
    return [answer.message.content, answer.raw, answer.additional_kwargs]


def get_weather(city: str) -> str:
    """Return the weather in a city."""
    return f"sunny in {city}"


def tools(url: str) -> Any:
    """Stream a tool call and the answer to it; and let the library call the tool."""
    tool, asked = FunctionTool.from_defaults(get_weather), ChatMessage(role="user", content=PROMPT)
    *_, last = model(url).stream_chat_with_tools([tool], chat_history=[asked])
    calls = [[it.tool_id, it.tool_name, it.tool_kwargs] for it in model(url).get_tool_calls_from_response(last)]
    output = model(url).predict_and_call([tool], PROMPT)
    return [calls, last.message.content, str(output)]


class Place(BaseModel):
    """A city."""

    city: str
    population: int


def structured(url: str) -> Any:
    """Ask for a class, whole and as it arrives."""
    asked = [ChatMessage(role="user", content=PROMPT)]
    by_class = model(url).as_structured_llm(Place)
    return [by_class.chat(asked).raw, [it.raw for it in by_class.stream_chat(asked)]]


def responses(url: str) -> Any:
    """Stream a response and a tool call, and ask for a response without a stream."""
    by_responses = OpenAIResponses(model=MODEL, api_base=url, api_key="sk-test", max_retries=0)
    asked = [ChatMessage(role="user", content=PROMPT)]
    deltas = [it.delta for it in by_responses.stream_chat(asked)]
    tool = FunctionTool.from_defaults(get_weather)
    *_, last = by_responses.stream_chat_with_tools([tool], chat_history=asked)
    calls = by_responses.get_tool_calls_from_response(last, error_on_no_tool_call=False)
    return [deltas, [[it.tool_name, it.tool_kwargs] for it in calls], by_responses.chat(asked).message.content]


run(text=text, whole=whole, tools=tools, structured=structured, responses=responses)
