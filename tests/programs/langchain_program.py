"""langchain-openai: `ChatOpenAI`."""

from __future__ import annotations

from typing import Any

from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel

from scenarios import MODEL, PROMPT, run

REQUIREMENTS = ("langchain-openai",)
DIFFERENCES = {
    "stream_error": {"error": "an error in a stream has the class of the status that it implies"},
    "early_end": {"error": "a truncated stream raises", "result": "a truncated stream raises"},
}


def model(url: str) -> Any:
    """Return a model of the server."""
    return ChatOpenAI(model=MODEL, base_url=url, api_key="sk-test", stream_usage=True, timeout=20)


def text(url: str) -> Any:
    """Stream a text."""
    chunks = list(model(url).stream(PROMPT))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    return [[it.content for it in chunks], whole.usage_metadata, whole.response_metadata]


def whole(url: str) -> Any:
    """Ask for a text without a stream."""
    answer = model(url).invoke(PROMPT)
    return [answer.content, answer.usage_metadata, answer.response_metadata]


@tool
def get_weather(city: str) -> str:
    """Return the weather in a city."""
    return f"sunny in {city}"


def tools(url: str) -> Any:
    """Stream a tool call and the answer to it."""
    bound, calls, messages = model(url).bind_tools([get_weather]), [], [("user", PROMPT)]
    first = None
    for chunk in bound.stream(messages):
        first = chunk if first is None else first + chunk
        calls.append([it["args"] for it in chunk.tool_call_chunks])
    outputs = [get_weather.invoke(call) for call in first.tool_calls]
    later = [it.content for it in bound.stream([*messages, first, *outputs])]
    return [calls, first.tool_calls, later]


class Place(BaseModel):
    """A city."""

    city: str
    population: int


def structured(url: str) -> Any:
    """Ask for JSON by a schema, and stream it."""
    by_schema = model(url).with_structured_output(Place)
    by_tool = model(url).with_structured_output(Place, method="function_calling")
    return [by_schema.invoke(PROMPT), list(by_schema.stream(PROMPT)), list(by_tool.stream(PROMPT))]


def responses(url: str) -> Any:
    """Stream a response and a tool call, and ask for a response without a stream."""
    by_responses = ChatOpenAI(model=MODEL, base_url=url, api_key="sk-test", use_responses_api=True)
    chunks = list(by_responses.stream(PROMPT))
    calls = [it.tool_call_chunks for it in by_responses.bind_tools([get_weather]).stream(PROMPT)]
    answer = by_responses.invoke(PROMPT)
    return [[it.content for it in chunks], calls, answer.content, answer.usage_metadata, answer.response_metadata]


def embeddings(url: str) -> Any:
    """Ask for embeddings of texts."""
    model = OpenAIEmbeddings(model="e", base_url=url, api_key="sk-test", check_embedding_ctx_length=False)
    return [model.embed_query("a"), model.embed_documents(["a", "b"])]


run(text=text, whole=whole, tools=tools, structured=structured, responses=responses, embeddings=embeddings)
