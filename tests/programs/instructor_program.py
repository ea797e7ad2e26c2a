"""instructor: answers as pydantic classes."""

from __future__ import annotations

from typing import Any

import instructor
from openai import OpenAI
from pydantic import BaseModel

from scenarios import MODEL, PROMPT, run

REQUIREMENTS = ("instructor",)
DIFFERENCES = {
    "stream_error": {"error": "an error in a stream has the class of the status that it implies"},
    "early_end": {"error": "a truncated stream raises", "result": "a truncated stream raises"},
}
MESSAGES = [{"role": "user", "content": PROMPT}]


class Place(BaseModel):
    """A city."""

    city: str
    population: int


def client(url: str, mode: Any) -> Any:
    """Return a client of the server."""
    return instructor.from_openai(OpenAI(base_url=url, api_key="sk-test"), mode=mode)


def text(url: str) -> Any:
    """Stream a text. instructor passes it on."""
    stream = client(url, instructor.Mode.TOOLS).chat.completions.create(
        model=MODEL, messages=MESSAGES, response_model=None, stream=True
    )
    return [it.choices[0].delta.content for it in stream if it.choices]


def whole(url: str) -> Any:
    """Ask for a text without a stream."""
    create = client(url, instructor.Mode.TOOLS).chat.completions.create
    return create(model=MODEL, messages=MESSAGES, response_model=None)


def structured(url: str) -> Any:
    """Ask for a class by tools and by JSON, whole and as it arrives."""
    seen: list[Any] = []
    for mode in (instructor.Mode.TOOLS, instructor.Mode.JSON, instructor.Mode.JSON_SCHEMA):
        completions = client(url, mode).chat.completions
        seen.append(completions.create(model=MODEL, messages=MESSAGES, response_model=Place))
        seen.append(list(completions.create_partial(model=MODEL, messages=MESSAGES, response_model=Place)))
        place, raw = completions.create_with_completion(model=MODEL, messages=MESSAGES, response_model=Place)
        seen.append([place, raw.id, raw.usage])
    return seen


def tools(url: str) -> Any:
    """Ask for a list of classes, which the tools of the server do not send: instructor asks again."""
    completions = client(url, instructor.Mode.TOOLS).chat.completions
    return completions.create(model=MODEL, messages=MESSAGES, response_model=Place, max_retries=2)


def responses(url: str) -> Any:
    """Ask for a class by Responses. The server answers with a call of another tool, so the library raises."""
    client = instructor.from_openai(OpenAI(base_url=url, api_key="sk-test"), mode=instructor.Mode.RESPONSES_TOOLS)
    return client.responses.create(model=MODEL, input=PROMPT, response_model=Place, max_retries=1)


run(text=text, whole=whole, tools=tools, structured=structured, responses=responses)
