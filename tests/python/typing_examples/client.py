"""Calls of the client: what they take, and what they give with and without `stream=True`."""

from typing import Iterable, Union

from typing_extensions import assert_type

import ssescan.openai as openai
from ssescan import Timeouts
from ssescan.openai import NOT_GIVEN, AzureOpenAI, OpenAI, Stream, Timeout, omit
from ssescan.openai.pagination import SyncCursorPage, SyncPage
from ssescan.openai.types import Completion, Model
from ssescan.openai.types.beta import Assistant, AssistantStreamEvent, Thread, ThreadDeleted
from ssescan.openai.types.beta.assistant_stream_event import ThreadMessageDelta
from ssescan.openai.types.beta.threads import Message, Run
from ssescan.openai.types.beta.threads.runs import RunStep
from ssescan.openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessageParam
from ssescan.openai.types.responses import Response, ResponseStreamEvent

client = OpenAI(timeout=Timeout(60, connect=5), max_retries=0, default_headers={"X-A": "1"})
client = client.with_options(timeout=Timeouts(total_s=60))
azure = AzureOpenAI(azure_endpoint="https://example.com", api_version="v", azure_ad_token_provider=lambda: "token")


def chat(messages: Iterable[ChatCompletionMessageParam], creative: bool) -> str:
    streamed = client.chat.completions.create(
        messages=messages, model="m", stream=True, temperature=1.0 if creative else omit, stop=None
    )
    assert_type(streamed, Stream[ChatCompletionChunk])
    for event in streamed:
        assert_type(event, ChatCompletionChunk)
    whole = azure.chat.completions.create(messages=messages, model="m", timeout=5, extra_headers={"X": omit})
    assert_type(whole, ChatCompletion)
    assert_type(client.chat.completions.create(messages=[], model="m", stream=False), ChatCompletion)
    return whole.choices[0].message.content or ""


def either(stream: bool) -> None:
    made = client.completions.create(model="m", prompt="p", stream=stream)
    assert_type(made, Union[Completion, Stream[Completion]])
    answer = client.responses.create(model="m", input="Hi", stream=stream)
    assert_type(answer, Union[Response, Stream[ResponseStreamEvent]])


def responses() -> str:
    with client.responses.create(model="m", input=[{"role": "user", "content": "Hi"}], stream=True) as events:
        for event in events:
            if event.type == "response.output_text.delta":
                assert_type(event.delta, str)
            elif event.type == "response.completed":
                assert_type(event.response, Response)
    assert_type(client.responses.retrieve("r", stream=True, starting_after=3), Stream[ResponseStreamEvent])
    assert_type(client.responses.cancel("r"), Response)
    return openai.responses.retrieve("r").output_text


def assert_never_text(name: str) -> None:
    assert name != "thread.message.delta"


def threads() -> str:
    thread = client.beta.threads.create(metadata={"a": "b"})
    assert_type(thread, Thread)
    text = ""
    for event in client.beta.threads.runs.create(thread.id, assistant_id="a", stream=True, tools=NOT_GIVEN_TOOLS):
        match event:
            case ThreadMessageDelta(data=message):
                text += "".join(
                    part.text.value or "" for part in message.delta.content or [] if part.type == "text" and part.text
                )
            case _:
                assert_never_text(event.event)
    assert_type(client.beta.threads.create_and_run(assistant_id="a", stream=True), Stream[AssistantStreamEvent])
    assert_type(client.beta.threads.runs.create_and_poll(thread_id="t", assistant_id="a", poll_interval_ms=5), Run)
    assert_type(client.beta.threads.runs.poll("r", "t"), Run)
    assert_type(client.beta.threads.delete("t"), ThreadDeleted)
    return text


NOT_GIVEN_TOOLS = omit


def pages() -> None:
    for run in client.beta.threads.runs.list("t", limit=5, order="desc"):
        assert_type(run, Run)
    page = client.beta.threads.messages.list("t")
    assert_type(page, SyncCursorPage[Message])
    assert_type(page.get_next_page(), SyncCursorPage[Message])
    assert_type(client.beta.threads.runs.steps.list("r", thread_id="t"), SyncCursorPage[RunStep])
    assert_type([assistant.id for assistant in client.beta.assistants.list()], list[str])
    assert_type(client.beta.assistants.retrieve("a"), Assistant)
    models = openai.models.list()
    assert_type(models, SyncPage[Model])
    assert_type(models.data[0].owned_by, str)


def low_level() -> None:
    assert_type(client.get("/runs/r", cast_to=Run), Run)
    assert_type(client.post("/x", cast_to=str, body={"a": 1}), str)
    made = client.post("/x", cast_to=ChatCompletionChunk, stream=True, stream_cls=Stream[ChatCompletionChunk])
    assert_type(made, Stream[ChatCompletionChunk])
    assert NOT_GIVEN is openai.not_given
