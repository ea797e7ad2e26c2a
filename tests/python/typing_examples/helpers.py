"""Programs with helpers, as checkers see them: arguments of hooks, events told apart, classes that answers are parsed into."""

from __future__ import annotations

from typing import List, Optional

import httpx
import pydantic
from typing_extensions import assert_type

from ssescan import Timeouts
from ssescan.openai import AssistantEventHandler, OpenAI, pydantic_function_tool
from ssescan.openai.lib.streaming import AssistantStreamManager
from ssescan.openai.lib.tool_loop import ToolOutput
from ssescan.openai.types.beta import AssistantStreamEvent
from ssescan.openai.types.beta.threads import Message, Run, Text, TextDelta
from ssescan.openai.types.beta.threads.runs import RunStep, ToolCall, ToolCallDelta


class Handler(AssistantEventHandler):
    words: int = 0

    def on_event(self, event: AssistantStreamEvent) -> None:
        if event.event == "thread.run.requires_action":
            assert_type(event.data, Run)

    def on_text_delta(self, delta: TextDelta, snapshot: Text) -> None:
        assert_type(delta.value, Optional[str])
        assert_type(snapshot.value, str)

    def on_tool_call_delta(self, delta: ToolCallDelta, snapshot: ToolCall) -> None:
        if delta.type == "function" and delta.function:
            assert_type(delta.function.arguments, Optional[str])


class Order(pydantic.BaseModel):
    item: str


class Place:
    city: str


def get_weather(city: str) -> str:
    return city


def heard(output: ToolOutput) -> None:
    assert_type(output.error, Optional[Exception])


def runs(client: OpenAI) -> None:
    stream = client.beta.threads.runs.stream(thread_id="t", assistant_id="a", event_handler=Handler())
    assert_type(stream, AssistantStreamManager[Handler])
    with stream as handler:
        assert_type(handler.words, int)
        assert_type(handler.get_final_run(), Run)
        assert_type(handler.get_final_messages(), List[Message])
        assert_type(handler.get_final_run_steps(), List[RunStep])
        for event in handler:
            assert_type(event, AssistantStreamEvent)
    with client.beta.threads.create_and_run_stream(assistant_id="a") as plain:
        assert_type(plain, AssistantEventHandler)
        for text in plain.text_deltas:
            assert_type(text, str)


def tools(client: OpenAI) -> None:
    with client.beta.threads.runs.run_tools(
        thread_id="t", assistant_id="a", functions=[get_weather], on_tool_output=heard, event_handler=Handler()
    ) as handler:
        assert_type(handler, Handler)
    with client.responses.run_tools(
        model="m", input="x", functions={"f": get_weather}, on_tool_error="raise"
    ) as stream:
        for event in stream:
            if event.type == "response.output_text.delta":
                assert_type(event.snapshot, str)


def chat(client: OpenAI) -> None:
    with client.chat.completions.stream(model="m", messages=[], response_format=Place) as stream:
        for event in stream:
            if event.type == "content.delta":
                assert_type(event.snapshot, str)
            elif event.type == "content.done":
                assert_type(event.parsed, Optional[Place])
            elif event.type == "tool_calls.function.arguments.done":
                assert_type(event.arguments, str)
        assert_type(stream.get_final_completion().choices[0].message.parsed, Optional[Place])
    parsed = client.chat.completions.parse(model="m", messages=[], response_format=Place)
    assert_type(parsed.choices[0].message.parsed, Optional[Place])


def responses(client: OpenAI) -> None:
    with client.responses.stream(model="m", input="x", text_format=Place, background=True, resume=True) as stream:
        for event in stream:
            if event.type == "response.output_text.done":
                assert_type(event.parsed, Optional[Place])
            elif event.type == "response.function_call_arguments.delta":
                assert_type(event.snapshot, str)
        assert_type(stream.get_final_response().output_parsed, Optional[Place])
    assert_type(client.responses.parse(model="m", input="x", text_format=Place).output_parsed, Optional[Place])


def with_many_arguments(client: OpenAI) -> None:
    with client.chat.completions.stream(
        model="m",
        messages=[{"role": "user", "content": "Hi"}],
        response_format=Place,
        temperature=0.5,
        tools=[pydantic_function_tool(Order)],
        timeout=httpx.Timeout(5),
    ) as stream:
        assert_type(stream.get_final_completion().choices[0].message.parsed, Optional[Place])
    with client.chat.completions.stream(model="m", messages=[], response_format={"type": "json_object"}) as plain:
        assert_type(plain.get_final_completion().choices[0].message.parsed, None)
    with client.chat.completions.run_tools(
        model="m",
        messages=[],
        functions=[len],
        on_tool_error="raise",
        response_format=Place,
        timeout=Timeouts(idle_s=5),
    ) as tools:
        assert_type(tools.get_final_completion().choices[0].message.parsed, Optional[Place])
    with client.responses.stream(model="m", input="x", instructions="Be brief", tools=[], temperature=0) as events:
        assert_type(events.get_final_response().output_parsed, None)
    assert_type(
        client.responses.parse(model="m", input="x", parse_as=Place, verbosity="low").output_parsed, Optional[Place]
    )
