"""Programs run with `openai` 3.54.0 and with `ssescan.openai` against the same scripted server: what both do, compared.

What a row names in `differs` is a heading of docs/explanation/differences.md; everything else must be the same.
"""

from __future__ import annotations

import logging
import re
from collections import UserDict, deque
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pydantic
import pytest

import test_differential_streams
from conftest import BARE_DONE, DONE, chunk, delta, frame, output, run
from differential import SDK, Row, answer, seen_by
from faultserver import CHUNKED, CLOSE, CUT, RESET, STALL, FaultServer, certificate, head, length, piece, stream

DIFFERENCES = Path(__file__).parents[2] / "docs/explanation/differences.md"

# What the server says

THREAD = {"id": "thread_1", "object": "thread", "created_at": 1, "metadata": {"a": "b"}, "tool_resources": None}
RUN = {"id": "run_1", "object": "thread.run", "thread_id": "thread_1", "assistant_id": "asst_1", "status": "queued"}
MESSAGE = {
    "id": "msg_1",
    "object": "thread.message",
    "created_at": 1,
    "thread_id": "thread_1",
    "role": "assistant",
    "content": [{"type": "text", "text": {"value": "Hi", "annotations": []}}],
    "unheard_of": {"x": 1},
}
STEP = {
    "id": "step_1",
    "object": "thread.run.step",
    "type": "tool_calls",
    "status": "completed",
    "step_details": {
        "type": "tool_calls",
        "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}", "output": None}}],
    },
}
ASSISTANT = {"id": "asst_1", "object": "assistant", "model": "m", "tools": [{"type": "file_search"}]}
USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
COMPLETION = {
    "id": "chatcmpl_1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
            },
        }
    ],
    "usage": USAGE,
}
TEXT_COMPLETION = {
    "id": "cmpl_1",
    "object": "text_completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "text": "Hi", "logprobs": None}],
}
RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1.5,
    "model": "m",
    "status": "completed",
    "output": [
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "Hi", "annotations": []}],
        },
        {"type": "function_call", "id": "fc_1", "call_id": "c", "name": "f", "arguments": "{}"},
    ],
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [{"type": "function", "name": "f", "parameters": {}, "strict": True}],
}
MODEL = {"id": "m", "object": "model", "created": 1, "owned_by": "o"}
ITEM = {"type": "message", "id": "msg_1", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}
IDS = ("x-request-id: req_1",)


def page(*items: Any, more: bool | None = None, **extra: Any) -> Any:
    has_more = {} if more is None else {"has_more": more}
    return {"object": "list", "data": list(items), **has_more, **extra}


def deleted(kind: str) -> Any:
    return {"id": "x", "object": kind, "deleted": True}


# One row for each endpoint, with every kind of argument


def called(path: str, *args: Any, **arguments: Any) -> Any:
    def program(it: SDK) -> Any:
        found: Any = it.client()
        for part in path.split("."):
            found = getattr(found, part)
        result = found(*args, **arguments)
        return [result, list(result)] if hasattr(result, "iter_pages") else result

    return program


MESSAGES = [{"role": "user", "content": "Hi"}]
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
ENDPOINTS: list[tuple[Any, Any]] = [
    (called("chat.completions.create", messages=MESSAGES, model="m", temperature=0.5, tools=[TOOL]), COMPLETION),
    (called("chat.completions.create", model="m", messages=MESSAGES, stop=None, n=2, stream=False), COMPLETION),
    (called("chat.completions.retrieve", "c/1"), COMPLETION),
    (called("chat.completions.update", "c1", metadata={"a": "b"}), COMPLETION),
    (called("chat.completions.list", limit=2, metadata={"a": "b"}, order="asc"), page(COMPLETION, more=False)),
    (called("chat.completions.delete", "c1"), deleted("chat.completion.deleted")),
    (called("completions.create", model="m", prompt=["a", "b"], echo=True), TEXT_COMPLETION),
    (called("responses.create", model="m", input="Hi", reasoning={"effort": "low"}, store=False), RESPONSE),
    (called("responses.retrieve", "resp_1", include=["a", "b"], include_obfuscation=False), RESPONSE),
    (called("responses.delete", "resp_1"), {}),
    (called("responses.cancel", "resp_1"), RESPONSE),
    (called("responses.input_items.list", "resp_1", limit=3), page(ITEM, more=False)),
    (
        called("responses.input_tokens.count", model="m", input="Hi", tools=[]),
        {"object": "response.input_tokens", "input_tokens": 3},
    ),
    (
        called("responses.compact", model="m", previous_response_id="r"),
        {"id": "x", "object": "response.compaction", "output": []},
    ),
    (
        called("chat.completions.messages.list", "c1", order="desc"),
        page({"id": "m", "role": "user", "content": "Hi"}, more=False),
    ),
    (called("models.list"), page(MODEL, MODEL)),
    (called("models.retrieve", "ft:m:o/1"), MODEL),
    (called("models.delete", "m"), deleted("model")),
    (called("beta.assistants.create", model="m", tools=[{"type": "file_search"}], metadata=None), ASSISTANT),
    (called("beta.assistants.retrieve", "asst_1"), ASSISTANT),
    (called("beta.assistants.update", "asst_1", name="n"), ASSISTANT),
    (called("beta.assistants.list", after="a", before="b", limit=1, order="desc"), page(ASSISTANT, more=False)),
    (called("beta.assistants.delete", "asst_1"), deleted("assistant.deleted")),
    (called("beta.threads.create"), THREAD),
    (called("beta.threads.create", messages=MESSAGES, tool_resources={"file_search": {}}), THREAD),
    (called("beta.threads.retrieve", "thread_1"), THREAD),
    (called("beta.threads.update", "thread_1", metadata={"a": "b"}), THREAD),
    (called("beta.threads.delete", "thread_1"), deleted("thread.deleted")),
    (called("beta.threads.create_and_run", assistant_id="asst_1", thread={"messages": MESSAGES}), RUN),
    (called("beta.threads.messages.create", "thread_1", role="user", content="Hi"), MESSAGE),
    (called("beta.threads.messages.retrieve", "msg_1", thread_id="thread_1"), MESSAGE),
    (called("beta.threads.messages.update", message_id="msg_1", thread_id="thread_1", metadata={}), MESSAGE),
    (called("beta.threads.messages.list", "thread_1", run_id="run_1"), page(MESSAGE, MESSAGE, more=False)),
    (called("beta.threads.messages.delete", "msg_1", thread_id="thread_1"), deleted("thread.message.deleted")),
    (called("beta.threads.runs.create", "thread_1", assistant_id="asst_1", include=["x"], tools=[TOOL]), RUN),
    (called("beta.threads.runs.retrieve", "run_1", thread_id="thread_1"), {**RUN, "usage": USAGE}),
    (called("beta.threads.runs.update", "run_1", thread_id="thread_1", metadata={"a": "b"}), RUN),
    (called("beta.threads.runs.list", "thread_1", limit=20), page(RUN, more=False)),
    (called("beta.threads.runs.cancel", "run_1", thread_id="thread_1"), RUN),
    (
        called(
            "beta.threads.runs.submit_tool_outputs",
            "run_1",
            thread_id="thread_1",
            tool_outputs=[{"tool_call_id": "t", "output": "42"}],
        ),
        RUN,
    ),
    (called("beta.threads.runs.steps.retrieve", "s", thread_id="t", run_id="r", include=["x"]), STEP),
    (called("beta.threads.runs.steps.list", "run_1", thread_id="thread_1"), page(STEP, more=False)),
]
CALLS = [
    Row(f"call {at}: {[c.cell_contents for c in program.__closure__][-1]}", program, (answer(body, *IDS),))
    for at, (program, body) in enumerate(ENDPOINTS)
]


# Arguments


def chatted(it: SDK, client: Any = None, **more: Any) -> Any:
    return (client or it.client()).chat.completions.create(**{"messages": MESSAGES, "model": "m", **more})


def refused(program: Any) -> Any:
    def told(it: SDK) -> Any:
        with pytest.raises(Exception) as caught:
            program(it)
        return type(caught.value).__name__

    return told


class Aliased(pydantic.BaseModel):
    role: str = pydantic.Field(serialization_alias="Role")


def a_model_in_the_body(it: SDK) -> Any:
    client = it.client()
    first = chatted(it, client)
    return chatted(it, client, messages=[*MESSAGES, first.choices[0].message], tools=(tool for tool in [TOOL]))


OK = (answer(COMPLETION),)
ARGUMENTS = [
    Row("extra headers", lambda it: chatted(it, extra_headers={"X-A": "1", "OpenAI-Beta": "x"}), OK),
    Row("an extra header over the credentials", lambda it: chatted(it, extra_headers={"authorization": "Mine"}), OK),
    Row("a header left away", lambda it: chatted(it, extra_headers={"Authorization": it.openai.Omit()}), OK),
    Row("headers that are counted by others", lambda it: chatted(it, extra_headers={"x-stainless-retry-count": "9"}), OK),
    Row("the header of the beta is the caller's", lambda it: it.client().beta.threads.retrieve(
        "t", extra_headers={"OpenAI-Beta": "assistants=v1"}), (answer(THREAD),)),
    Row("extra query", lambda it: chatted(it, extra_query={"a": [1, 2], "b": {"c": True}, "d": None, "e": 1.5}), OK),
    Row("extra body", lambda it: chatted(it, extra_body={"model": "n", "top_k": 3, "deep": {"a": [1]}}), OK),
    Row("extra body of a call without one", lambda it: it.client().responses.cancel("r", extra_body={"a": 1}), (answer(RESPONSE),)),
    Row("extra body of a GET", lambda it: it.client().responses.retrieve("r", extra_body={"a": 1}), (answer(RESPONSE),)),
    Row("extra body of a DELETE", lambda it: it.client().models.delete("m", extra_body={"a": 1}), (answer(deleted("model")),)),
    Row("extra query of a POST", lambda it: it.client().beta.threads.runs.create("t", assistant_id="a", include=["x"], extra_query={"include": ["y"], "z": 1}), (answer(RUN),)),
    Row("an extra header of another case", lambda it: chatted(it, it.client(default_headers={"X-A": "1"}), extra_headers={"x-a": "2"}), OK),
    Row("numbers in headers and query", lambda it: chatted(it, extra_headers={"X-A": "1"}, extra_query={"f": 1.0, "n": 10**20, "s": "a b&c=d+e/é"}), OK),
    Row("a body of odd things", lambda it: chatted(it, extra_body={"tuple": (1, 2), "set": [], "big": 2**70, "float": 1e22, "key": {1: 2}, "none": None}), OK),
    Row("left away", lambda it: chatted(it, temperature=it.openai.NOT_GIVEN, top_p=it.openai.omit, seed=it.openai.not_given), OK),
    Row("left away inside", lambda it: chatted(it, tools=[{"type": "function", "function": {"name": "f", "strict": it.openai.NOT_GIVEN}}]), OK),
    Row("null", lambda it: chatted(it, temperature=None, stop=None, stream=None), OK),
    Row("models and generators in the body", a_model_in_the_body, OK),
    Row("generators that are gone through twice", lambda it: chatted(
        it, messages=map(dict, MESSAGES), tools=(tool for tool in [TOOL]), extra_body={"big": 2**70}), OK),
    Row("left away inside of a generator", lambda it: chatted(
        it, messages=(dict(message, name=it.openai.omit) for message in MESSAGES)), OK),
    Row("iterables that are no lists", lambda it: chatted(it, messages=deque(MESSAGES), tools={"f": TOOL}.values()), OK),
    Row("mappings that are no dicts", lambda it: chatted(it, messages=map(MappingProxyType, MESSAGES), tools=[UserDict(TOOL)]), OK),
    Row("a set in the body", lambda it: chatted(it, stop={"x"})),
    Row("a file in the body", refused(lambda it: chatted(it, messages=[{"role": "user", "content": BytesIO(b"x")}]))),
    Row("bytes in the body", lambda it: chatted(it, metadata={"a": b"x"})),
    Row("models with aliases", lambda it: chatted(it, messages=[Aliased(role="user")], metadata={"a": Aliased(role="b")}), OK),
    Row("models with aliases in the extra body", lambda it: chatted(it, extra_body={"a": Aliased(role="b"), "c": [{"d": Aliased(role="e")}]}), OK),
    Row("a model as the body", lambda it: it.client().post("/x", cast_to=object, body=Aliased(role="b")), OK),
    Row("models in the body", lambda it: it.client().post(
        "/x", cast_to=object, body={"a": Aliased(role="b")}, options={"extra_json": {"c": Aliased(role="d")}}), OK),
    Row("text of all kinds", lambda it: chatted(it, messages=[{"role": "user", "content": "ü\u2028€😀\x00\"\\/"}]), OK),
    Row("a timeout", lambda it: chatted(it, timeout=3), OK),
    Row("a timeout for all", lambda it: chatted(it, it.client(timeout=2.5)), OK),
    Row("no timeout", lambda it: chatted(it, timeout=None), OK),
    Row("a Timeout", lambda it: chatted(it, timeout=it.openai.Timeout(60, read=5.0)), OK),
    Row("an id that is encoded", lambda it: it.client().beta.threads.retrieve("a b/c?#é:@$"), (answer(THREAD),)),
    Row("an empty id", lambda it: it.client().beta.threads.retrieve("")),
    Row("an id of dots", lambda it: it.client().beta.threads.retrieve("..")),
]  # fmt: skip


# Arguments that are wrong: the class is the same


WRONG = [
    Row("no messages", refused(lambda it: it.client().chat.completions.create(model="m"))),
    Row("an unknown argument", refused(lambda it: chatted(it, temprature=1))),
    Row("too many arguments", refused(lambda it: it.client().beta.threads.retrieve("a", "b"))),
    Row("no id", refused(lambda it: it.client().beta.threads.runs.retrieve("a"))),
    Row("an object in the body", refused(lambda it: chatted(it, user=object()))),
    Row("no retries", refused(lambda it: it.client(max_retries=None))),
    Row("retries below none", refused(lambda it: it.client(max_retries=-1))),
    Row("a client of another library", refused(lambda it: it.client(http_client=SimpleNamespace(timeout=None)))),
]


# Clients


def attributes(it: SDK, **options: Any) -> Any:
    client = it.openai.OpenAI(**options)
    names = ("api_key", "organization", "project", "max_retries", "webhook_secret", "admin_api_key")
    return {**{name: getattr(client, name) for name in names}, "base_url": str(client.base_url)}


def tokens() -> Any:
    given = iter(["t1", "t2", "t3", "t4", "t5", "t6"])
    return lambda: next(given)


def changed_base_url(it: SDK) -> Any:
    client = it.client()
    client.base_url = f"{it.server.origin}/v7"
    chatted(it, client)
    chatted(it, client.copy())
    return str(client.base_url) == f"{it.server.origin}/v7/"


def changed_organization(it: SDK) -> Any:
    client = it.client(organization="o", project="p")
    client.organization, client.project, client.api_key, client.max_retries = "o2", None, "sk-2", 0
    chatted(it, client)
    chatted(it, client.with_options(timeout=4))


def next_and_with(it: SDK) -> Any:
    with chatted(it, stream=True) as made:
        first = next(made).choices[0].delta.content
        second = made.__next__().choices[0].delta.content
    return [first, second]


def second_loop(it: SDK) -> Any:
    made, texts = chatted(it, stream=True), []
    for event in made:
        texts.append(event.choices[0].delta.content)
        break
    texts.append([event.choices[0].delta.content for event in made])
    return [texts, list(made)]


def copies(it: SDK) -> Any:
    client = it.client(organization="o", default_headers={"X-A": "1"}, default_query={"q": "1"})
    copied = client.with_options(default_headers={"X-B": "2"}, default_query={"r": "2"}, max_retries=0)
    chatted(it, copied)
    replaced = client.copy(set_default_headers={"X-C": "3"}, set_default_query={}, api_key="sk-other", project="p")
    chatted(it, replaced)
    return [
        copied.max_retries,
        client.max_retries,
        copied.organization,
        type(copied).__name__,
        copied.timeout == client.timeout,
    ]


def keys_that_change(it: SDK) -> Any:
    keys = iter(["sk-1", "sk-2", "sk-3", "sk-4"])
    client = it.client(api_key=lambda: next(keys))
    before = client.api_key
    chatted(it, client)
    copied = client.with_options(max_retries=1)
    chatted(it, copied)
    return [before, client.api_key, copied.api_key]


def closed(it: SDK) -> Any:
    with it.client() as client:
        states = [client.is_closed()]
    states.append(client.is_closed())
    chatted(it, client)


def reset(package: Any) -> Any:
    names = (
        "api_key",
        "base_url",
        "admin_api_key",
        "organization",
        "project",
        "webhook_secret",
        "default_headers",
        "default_query",
        "azure_endpoint",
        "api_version",
        "api_type",
        "http_client",
    )
    for name in names:
        setattr(package, name, None)
    if hasattr(package, "_reset_client"):
        package._reset_client()


def no_client(it: SDK) -> Any:
    package = it.openai
    reset(package)
    try:
        package.api_key, package.base_url, package.organization = "sk-module", f"{it.url}/", "org"
        package.default_headers = {"X-A": "1"}
        first = package.chat.completions.create(messages=MESSAGES, model="m")
        package.api_key = "sk-later"
        package.models.retrieve("m")
        return first.id
    finally:
        reset(package)


def no_client_and_no_slash(it: SDK) -> Any:
    package = it.openai
    reset(package)
    try:
        package.api_key, package.base_url = "k", it.url
        return package.models.retrieve("m").id
    finally:
        reset(package)


def no_client_and_more_settings(it: SDK) -> Any:
    package = it.openai
    reset(package)
    try:
        package.api_key, package.base_url, package.project = "k", f"{it.url}/", "p"
        package.default_headers, package.default_query = {"X-A": "1"}, {"a": "1"}
        package.models.retrieve("m")
        seen = [dict(package.default_headers), dict(package.default_query), package.project, package.organization]
        package.default_headers, package.default_query, package.project = {"X-B": "1"}, {"b": "1"}, None
        package.models.retrieve("m")
        return seen
    finally:
        reset(package)


def no_client_for_azure(it: SDK) -> Any:
    package = it.openai
    reset(package)
    try:
        package.api_type, package.api_version, package.azure_endpoint = "azure", "2024", it.server.origin
        package.api_key = "az-module"
        return package.chat.completions.create(messages=MESSAGES, model="m").id
    finally:
        reset(package)


def no_client_for_azure_and_a_query(it: SDK) -> Any:
    package = it.openai
    reset(package)
    try:
        package.api_type, package.api_version, package.azure_endpoint = "azure", "2024", it.server.origin
        package.api_key, package.default_query = "az-module", {"team": "a"}
        package.chat.completions.create(messages=MESSAGES, model="m")
        seen = dict(package.default_query)
        package.default_query = {"team": "b"}
        package.chat.completions.create(messages=MESSAGES, model="m")
        return seen
    finally:
        reset(package)


ENVIRON = {
    "OPENAI_API_KEY": "sk-env",
    "OPENAI_ORG_ID": "o-env",
    "OPENAI_PROJECT_ID": "p-env",
    "OPENAI_BASE_URL": "ORIGIN/v2",
}
CLIENTS = [
    Row("no credentials", lambda it: it.openai.OpenAI()),
    Row("an empty key", lambda it: it.openai.OpenAI(api_key="")),
    Row("all of the environment", lambda it: chatted(it, it.openai.OpenAI()), OK, environ=ENVIRON),
    Row("arguments over the environment", lambda it: chatted(it, it.openai.OpenAI(
        api_key="sk-arg", organization="o-arg", project="p-arg", base_url=f"{it.server.origin}/v3/")), OK, environ=ENVIRON),
    Row("headers of the environment", lambda it: chatted(it, it.client(default_headers={"X-B": "mine"})), OK,
        environ={"OPENAI_CUSTOM_HEADERS": "X-A: 1\nX-B: 2\nnonsense\nAuthorization: Env\n"}),
    Row("a key for admins only", lambda it: chatted(it, it.openai.OpenAI(base_url=it.url)), OK, environ={"OPENAI_ADMIN_KEY": "sk-admin"}),
    Row("attributes", lambda it: attributes(it, api_key="k", organization="o", base_url="https://h/v1")),
    Row("attributes by default", lambda it: attributes(it, api_key="k", webhook_secret="w")),
    Row("a region", lambda it: attributes(it, api_key="k", data_residency="eu")),
    Row("a region and a URL", lambda it: attributes(it, api_key="k", data_residency="eu", base_url="x")),
    Row("an unknown region", lambda it: attributes(it, api_key="k", data_residency="mars")),
    Row("headers and query for all", lambda it: chatted(it, it.client(
        default_headers={"X-A": "1", "Authorization": "Mine"}, default_query={"a": [1, 2], "b": True})), OK),
    Row("copies", copies, OK),
    Row("copies with both", refused(lambda it: it.client().copy(default_headers={}, set_default_headers={}))),
    Row("keys that change", keys_that_change, OK),
    Row("keys that change between tries", lambda it: chatted(it, it.client(api_key=tokens())), (answer({}, status="500 X"), answer({}, status="500 X"), *OK)),
    Row("a key that fails", lambda it: chatted(it, it.client(api_key=lambda: {}["nothing"]))),  # type: ignore[index]
    Row("a key that is empty", lambda it: chatted(it, it.client(api_key=lambda: ""))),
    Row("a key that is empty, and a header", lambda it: chatted(it, it.client(api_key=lambda: "", default_headers={"Authorization": "Mine"})), OK),
    Row("headers of several spellings", lambda it: chatted(it, it.client(default_headers={"X-A": "1", "x-a": "2", "CONTENT-TYPE": "application/x"})), OK),
    Row("a default header left away", lambda it: chatted(it, it.client(default_headers={"X-Stainless-Lang": it.openai.Omit(), "Content-Type": it.openai.omit})), OK),
    Row("no Authorization by default", lambda it: chatted(it, it.client(default_headers={"Authorization": it.openai.Omit()})), OK),
    Row("a base URL with slashes", lambda it: chatted(it, it.client(base_url=f"{it.url}/")), OK),
    Row("a base URL that is changed", changed_base_url, OK),
    Row("an organization that is changed", changed_organization, OK),
    Row("attributes that are read", lambda it: [sorted(it.client().default_query), it.client().auth_headers, it.client(max_retries=7).max_retries]),
    Row("streams one after another", lambda it: [[c.id for c in chatted(it, stream=True)] for _ in range(2)], (stream(chunk("Hi", finish="stop"), BARE_DONE),)),
    Row("next and with", next_and_with, (stream(chunk("a"), chunk("b"), chunk("", finish="stop"), BARE_DONE),)),
    Row("a second loop", second_loop, (stream(chunk("a"), chunk("b"), chunk("", finish="stop"), BARE_DONE),)),
    Row("closed", closed, OK),
    Row("no client", no_client, (answer(COMPLETION), answer(MODEL))),
    Row("no client, no slash", no_client_and_no_slash, (answer(MODEL),), differs={"The package's base_url": "requests"}),
    Row("no client, more settings", no_client_and_more_settings, (answer(MODEL),),
        environ={"OPENAI_CUSTOM_HEADERS": "X-E: 1", "OPENAI_ORG_ID": "o-env"}),
    Row("no client, for Azure", no_client_for_azure, OK),
    Row("no client, for Azure, and a query", no_client_for_azure_and_a_query, OK),
    Row("no client, two credentials", lambda it: [reset(it.openai), it.openai.models.list()],
        environ={"OPENAI_API_KEY": "sk", "AZURE_OPENAI_API_KEY": "az"}),
    Row("Timeout", lambda it: [repr(it.openai.Timeout(5)), repr(it.openai.Timeout(600, connect=5.0)),
        it.openai.Timeout(5) == it.openai.Timeout(5.0), it.openai.Timeout((1, 2)).as_dict(), repr(it.openai.DEFAULT_TIMEOUT),
        it.openai.Timeout(it.openai.Timeout(3)).read, it.openai.DEFAULT_MAX_RETRIES, repr(it.client().timeout)]),
    Row("half a Timeout", refused(lambda it: it.openai.Timeout(connect=1))),
]  # fmt: skip


# Proxies of the environment


def outside(it: SDK) -> Any:
    return chatted(it, it.client(base_url="http://api.invalid/v1", max_retries=0)).id


PROXIES = [
    Row("proxy", outside, OK, environ={"HTTP_PROXY": "ORIGIN", "NO_PROXY": ""}),
    Row("proxy: with a login", outside, OK, environ={"HTTP_PROXY": "http://u%40x:p@HOST", "NO_PROXY": ""}),
    Row("proxy: for all", outside, OK, environ={"ALL_PROXY": "ORIGIN", "NO_PROXY": "elsewhere.invalid"}),
    Row("proxy: not for this", lambda it: chatted(it), OK, environ={"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}),
    Row("proxy: not for these", lambda it: chatted(it), OK, environ={"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "localhost,127.0.0.1"}),
    Row("proxy: not there", outside, OK, environ={"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": ""}),
]  # fmt: skip


# Azure


def azure_token(it: SDK, **options: Any) -> Any:
    return it.openai.AzureOpenAI(api_version="v", azure_endpoint=it.server.origin, **options)


def azure_calls(it: SDK, client: Any) -> Any:
    chatted(it, client)
    client.models.list()
    client.beta.threads.retrieve("t")
    client.responses.retrieve("r")


def azure_copies(it: SDK) -> Any:
    client = it.azure(azure_deployment="d").with_options(max_retries=0)
    azure_calls(it, client)
    azure_calls(it, client.copy(azure_ad_token="tok"))
    azure_calls(it, client.copy(base_url=f"{it.server.origin}/mine", api_version="w"))


AZURE_ENVIRON = {"AZURE_OPENAI_ENDPOINT": "ORIGIN/", "OPENAI_API_VERSION": "v-env", "AZURE_OPENAI_API_KEY": "az-env"}
AZURE = [
    Row("azure", lambda it: azure_calls(it, it.azure()), OK),
    Row("azure: a model that is encoded", lambda it: chatted(it, it.azure(), model="a/b c"), OK),
    Row("azure: a deployment", lambda it: azure_calls(it, it.azure(azure_deployment="d")), OK),
    Row("azure: a base URL", lambda it: azure_calls(it, it.openai.AzureOpenAI(
        api_key="k", api_version="v", base_url=f"{it.server.origin}/base/")), OK),
    Row("azure: completions", lambda it: it.azure().completions.create(model="m", prompt="p"), (answer(TEXT_COMPLETION),)),
    Row("azure: a token", lambda it: chatted(it, azure_token(it, azure_ad_token="tok")), OK),
    Row("azure: tokens that are asked for", lambda it: chatted(it, azure_token(it, azure_ad_token_provider=tokens())),
        (answer({}, status="500 X"), answer({}, status="500 X"), answer(COMPLETION))),
    Row("azure: a token that is none", lambda it: chatted(it, azure_token(it, azure_ad_token_provider=lambda: "")), OK),
    Row("azure: keys that are asked for", lambda it: chatted(it, azure_token(it, api_key=tokens())), OK),
    Row("azure: the environment", lambda it: chatted(it, it.openai.AzureOpenAI()), OK, environ=AZURE_ENVIRON),
    Row("azure: the environment's token", lambda it: chatted(it, it.openai.AzureOpenAI()), OK,
        environ={**AZURE_ENVIRON, "AZURE_OPENAI_AD_TOKEN": "tok-env"}),
    Row("azure: no credentials", lambda it: azure_token(it)),
    Row("azure: two credentials", lambda it: azure_token(it, api_key="k", azure_ad_token="t")),
    Row("azure: no version", lambda it: it.openai.AzureOpenAI(api_key="k", azure_endpoint="https://h")),
    Row("azure: no endpoint", lambda it: it.openai.AzureOpenAI(api_key="k", api_version="v")),
    Row("azure: two endpoints", lambda it: it.azure(base_url="https://h")),
    Row("azure: copies", azure_copies, OK),
    Row("azure: a region", lambda it: it.azure().copy(data_residency="eu")),
    Row("azure: an unknown argument", refused(lambda it: it.azure(streem=1))),
    Row("an unknown argument of a copy", refused(lambda it: it.client().copy(timeot=1))),
    Row("azure: a stream", lambda it: [c.id for c in chatted(it, it.azure(), stream=True)], (stream(chunk("Hi", finish="stop"), BARE_DONE),)),
]  # fmt: skip


# Pages


def runs(*ids: str) -> list[Any]:
    return [{**RUN, "id": name} for name in ids]


def by_hand(it: SDK) -> Any:
    first = it.client().beta.threads.runs.list("t", limit=2, extra_headers={"X-A": "1"}, extra_query={"q": "1"})
    info = first.next_page_info()
    second = first.get_next_page()
    third = second.get_next_page()
    with pytest.raises(RuntimeError) as caught:
        third.get_next_page()
    return [first, first.has_next_page(), info.params, repr(info), second, second.has_next_page(), str(caught.value)]


def iterated(path: str, *args: Any) -> Any:
    def program(it: SDK) -> Any:
        found: Any = it.client()
        for part in path.split("."):
            found = getattr(found, part)
        page = found(*args)
        return [[item.id for item in page], [len(each.data) for each in page.iter_pages()]]

    return program


TWO = tuple(answer(body) for body in (page(*runs("a", "b"), more=True), page(*runs("c"), more=False)))
PAGES = [
    Row("pages by hand", by_hand, (*TWO, answer(page()))),
    Row("all items", iterated("beta.threads.runs.list", "t"), (*TWO, TWO[1])),
    Row("more is not said", iterated("beta.threads.runs.list", "t"), (answer(page(*runs("a"))), answer(page()))),
    Row("more, but nothing there", iterated("beta.threads.runs.list", "t"), (answer(page(more=True)),)),
    Row("no data", lambda it: it.client().beta.threads.runs.list("t").has_next_page(), (answer({"object": "list", "data": []}),)),
    Row("items without an id", lambda it: it.client().beta.threads.runs.list("t").has_next_page(),
        (answer(page({"object": "thread.run"}, more=True)),)),
    Row("a page that fails", iterated("beta.threads.runs.list", "t"), (TWO[0], answer({"error": {"message": "no"}}, status="404 X"))),
    Row("models are one page", iterated("models.list"), (answer(page(MODEL, MODEL)),)),
]  # fmt: skip


# Calls of what there is no method for


def headers_of_a_response(it: SDK) -> Any:
    headers = it.client().models.with_raw_response.list().headers
    found = dict(headers)
    return [
        found,
        list(headers),
        list(headers.items()),
        headers.multi_items(),
        headers.get_list("x-many"),
        headers["X-MANY"],
    ]


def headers_of_an_error(it: SDK) -> Any:
    with pytest.raises(it.openai.BadRequestError) as caught:
        it.client().models.list(extra_headers={"X-Own": "1"})
    sent = {
        name: value for name, value in dict(caught.value.request.headers).items() if name in ("authorization", "x-own")
    }
    return [dict(caught.value.response.headers), sent, caught.value.request.headers.get_list("X-Own")]


def low_level(it: SDK) -> Any:
    client, run_class = it.client(), it.load("types.beta.threads").Run
    get: Any = client.get
    return [
        get("/x", cast_to=run_class, options={"params": {"a": [1]}, "headers": {"X-A": "1"}, "timeout": 4}),
        get("x?hard=1", cast_to=object, options={"params": {"soft": "2"}}),
        client.post("/x", cast_to=dict[str, object], body={"a": 1}, options={"extra_json": {"b": 2}}),
        client.put("/x", cast_to=str, body=None),
        client.patch("/x", cast_to=type(None), body={"a": None}),
        client.delete("/x", cast_to=object, body={}),
        client.post("/x", cast_to=object, content=b"raw", options={"headers": {"Content-Type": "text/plain"}}),
        get(f"{it.server.origin}/elsewhere", cast_to=object),
    ]


def low_level_page(it: SDK) -> Any:
    pagination, run_class = it.load("pagination"), it.load("types.beta.threads").Run
    return list(it.client().get_api_list("/runs", model=run_class, page=pagination.SyncCursorPage[run_class]))


def low_level_stream(it: SDK) -> Any:
    chunk_class = it.load("types.chat").ChatCompletionChunk
    cls = it.openai.Stream[chunk_class]
    body = {"model": "m", "stream": True}
    made = it.client().post("/chat/completions", cast_to=chunk_class, body=body, stream=True, stream_cls=cls)
    return [event.choices[0].delta.content for event in made]


LOW_LEVEL = [
    Row("low level", low_level, (answer({**RUN, "status": "completed"}),)),
    Row("low level: scalars", lambda it: [it.client().get("/x", cast_to=cls) for cls in (str, int, float)], (answer(b"42", kind="text/plain"),)),
    Row("low level: bool", lambda it: it.client().get("/x", cast_to=bool), (answer(b" True\n", kind="text/plain"),)),
    Row("low level: bytes", lambda it: it.client().get("/x", cast_to=bytes), (answer(b"\xff{", kind="application/json"),)),
    Row("low level: a model of pydantic", refused(lambda it: it.client().get("/x", cast_to=Aliased)), OK),
    Row("raw: headers", headers_of_a_response, (answer({"data": []}, "X-Request-ID: r", "X-Many: a", "X-Many: b"),)),
    Row("headers of an error", headers_of_an_error, (answer({}, "X-Request-ID: r", status="400 Bad"),)),
    Row("raw: a model of pydantic", refused(lambda it: it.client().models.with_raw_response.list().parse(to=Aliased)), OK),
    Row("low level: a tuple", refused(lambda it: it.client().get("/x", cast_to=tuple)), OK),
    Row("low level: lists", lambda it: it.client().get("/x", cast_to=list[it.load("types.beta.threads").Run]), (answer([RUN, RUN]),)),
    Row("low level: pages", low_level_page, TWO),
    Row("low level: a stream", low_level_stream, (stream(chunk("Hi", finish="stop"), BARE_DONE),)),
    Row("low level: retries", lambda it: it.client().get("/x", cast_to=object, options={"max_retries": 1}), (answer({}, status="500 X"),)),
    Row("low level: both bodies", refused(lambda it: it.client().post("/x", cast_to=object, body={}, content=b""))),
    Row("no JSON, but a model", lambda it: it.client().models.retrieve("m"), (answer(b"<html>", kind="text/html"),)),
    Row("JSON under another name", lambda it: it.client().models.retrieve("m"), (answer(MODEL, kind="text/plain"),)),
    Row("no JSON, and strict", lambda it: it.client(_strict_response_validation=True).models.retrieve("m"), (answer(b"<html>", kind="text/html"),)),
    Row("no JSON where it is promised", lambda it: it.client().models.retrieve("m"), (answer(b"<html>"),),
        differs={"A body that is not JSON": "error"}),
    Row("JSON of another shape", lambda it: it.client().models.retrieve("m"), (answer([1, 2]),)),
    Row("a coding that nobody knows", lambda it: it.client().models.list(), (answer({"data": []}, "Content-Encoding: snappy"),),
        differs={"Content codings": "result error"}),
    Row("a coding that is a charset", lambda it: it.client().models.list(), (answer({"data": []}, "Content-Encoding: utf-8"),)),
    Row("a coding of a store", lambda it: it.client().models.list(), (answer({"data": []}, "Content-Encoding: aws-chunked"),)),
    Row("JSON that is null", lambda it: it.client().models.retrieve("m"), (answer(None),)),
]  # fmt: skip


# Errors


def failed(status: str, body: Any, *headers: str, **more: Any) -> Row:
    kind = "application/json" if not isinstance(body, bytes) else "text/html"
    script = answer(body, *IDS, "retry-after-ms: 1", *headers, status=status, kind=kind)
    return Row(f"{status}: {body!r}"[:60], lambda it: chatted(it, it.client(max_retries=0)), (script,), **more)


ERROR = {"message": "m", "type": "t", "param": "p", "code": "c"}
ERRORS = [
    *(failed(f"{status} X", {"error": {**ERROR, "code": status}}) for status in (400, 401, 403, 404, 409, 418, 422, 429, 500, 503)),
    failed("400 X", {"error": "text"}, differs={"Errors that are pages": "error"}),
    failed("400 X", {"error": {"message": {"deep": 1}}}),
    failed("400 X", {"error": None}),
    failed("400 X", {"message": "outside"}),
    failed("400 X", {"detail": "d"}, differs={"Errors that are pages": "error"}),
    failed("400 X", [1]),
    failed("400 X", "text", differs={"Errors that are pages": "error"}),
    failed("400 X", b"<html>\n<title>502</title> ", differs={"Errors that are pages": "error"}),
    failed("400 X", b""),
    failed("502 X", b"\xff\xfe", differs={"Errors that are pages": "error"}),
    Row("a stream that is refused", lambda it: chatted(it, it.client(max_retries=0), stream=True),
        (answer({"error": ERROR}, *IDS, status="401 X"),)),
    Row("cut before its head", lambda it: chatted(it, it.client(max_retries=0)), ((CUT,),), differs={"Why a connection failed": "error"}),
    Row("reset", lambda it: chatted(it, it.client(max_retries=0)), ((RESET,),), differs={"Why a connection failed": "error"}),
    Row("cut in its body", lambda it: chatted(it, it.client(max_retries=0)), ((head(length(100), kind="application/json"), b'{"id":', CUT),), differs={"Why a connection failed": "error"}),
    Row("too late", lambda it: chatted(it, it.client(max_retries=0), timeout=0.2), ((STALL,),), differs={"Which timeout expired": "error"}),
    Row("nobody there", lambda it: chatted(it, it.client(max_retries=0, base_url="http://127.0.0.1:9/v1")), differs={"Why a connection failed": "error"}),
    Row("a host that is none", lambda it: chatted(it, it.client(max_retries=0, base_url="http://nobody.invalid/v1")), differs={"Why a connection failed": "error"}),
    Row("a key with a line break", lambda it: chatted(it, it.client(api_key="sk-secret\n", max_retries=0)), OK,
        differs={"Headers that HTTP forbids": "error"}),
    Row("a name with a space", lambda it: chatted(it, it.client(max_retries=0), extra_headers={"x y": "z"}), OK,
        differs={"Headers that HTTP forbids": "error"}),
    Row("a port that is none", lambda it: chatted(it, it.client(max_retries=0, base_url="http://127.0.0.1:99999/v1")),
        differs={"Requests that can not be sent": "error"}),
    Row("no time at all", lambda it: chatted(it, it.client(max_retries=0), timeout=0), OK,
        differs={"Requests that can not be sent": "error"}),
]  # fmt: skip


def plain(*events: bytes) -> tuple[Any, ...]:
    return (stream(*events),)


# Redirects: what is asked again, and what goes along


def moved(status: int, to: str = "/elsewhere") -> Any:
    return lambda request: answer(
        {}, f"Location: {to.replace('PORT', request.headers['host'].rpartition(':')[2])}", status=f"{status} X"
    )


REDIRECTS = [
    *(Row(f"{status} to another path", lambda it: chatted(it), (moved(status), *OK)) for status in (307, 308)),
    *(Row(f"{status} to another path", lambda it: chatted(it), (moved(status), *OK), differs={"Redirects": "requests"}) for status in (301, 302, 303)),
    Row("307 to another origin", lambda it: chatted(it, it.client(organization="o")), (moved(307, "http://localhost:PORT/x"), *OK), differs={"Redirects": "requests"}),
    Row("307 to another origin, for Azure", lambda it: chatted(it, it.azure()), (moved(307, "http://localhost:PORT/x"), *OK)),
    Row("moved, and not followed", lambda it: it.client().get("/x", cast_to=object, options={"follow_redirects": False}), (moved(307), *OK)),
    Row("a stream that moved", lambda it: [c.id for c in chatted(it, stream=True)], (moved(307), *plain(chunk("Hi", finish="stop"), BARE_DONE))),
    Row("304 without a Location", lambda it: chatted(it, it.client(max_retries=0)), (answer(b"", status="304 X"),)),
    Row("moved for ever", lambda it: chatted(it, it.client(max_retries=0)), (moved(307),), differs={"Redirects": "error"}),
]  # fmt: skip


# Retries: how often, how long, and what is counted

BUSY = {"error": {"message": "busy"}}


def busy(*headers: str, status: str = "429 X") -> Any:
    return answer(BUSY, *headers, status=status)


RETRIES = [
    Row("retried to the end", lambda it: chatted(it), (busy("retry-after-ms: 250"),)),
    Row("retried with success", lambda it: chatted(it), (busy("retry-after: 7"), busy("retry-after-ms: 10"), *OK)),
    Row("retries of one call", lambda it: chatted(it, it.client().with_options(max_retries=4)), (busy("retry-after-ms: 1"),)),
    Row("too long", lambda it: chatted(it), (busy("retry-after: 121", "x-should-retry: true"),)),
    Row("told to", lambda it: chatted(it), (busy("x-should-retry: true", "retry-after-ms: 5", status="400 X"), *OK)),
    Row("told not to", lambda it: chatted(it), (busy("x-should-retry: false", status="500 X"), *OK)),
    Row("not for a 422", lambda it: chatted(it), (busy(status="422 X"), *OK)),
    Row("a conflict", lambda it: chatted(it), (busy("retry-after-ms: 5", status="409 X"), *OK)),
    Row("a stream", lambda it: [c.id for c in chatted(it, stream=True)],
        (busy("retry-after-ms: 5"), stream(chunk("Hi", finish="stop"), BARE_DONE))),
    Row("cut in its body, and asked again", lambda it: chatted(it), ((head(length(100), kind="application/json"), b'{"id":', CUT), *OK)),
    Row("no answer, and asked again", lambda it: chatted(it), ((RESET,), (CUT,), *OK)),
    Row("late, and asked again", lambda it: chatted(it, timeout=0.8), ((STALL,), *OK)),
    Row("a date", lambda it: chatted(it, it.client(max_retries=1)), (busy("retry-after: Wed, 21 Oct 2115 07:28:00 GMT"),)),
]  # fmt: skip


# Runs that are waited for


def polled(*states: str, after_ms: str | None = None) -> tuple[Any, ...]:
    headers = [] if after_ms is None else [f"openai-poll-after-ms: {after_ms}"]
    return tuple(answer({**RUN, "status": state}, *headers) for state in states)


POLLS = [
    Row("polled", lambda it: it.client().beta.threads.runs.poll("run_1", "thread_1"), polled("queued", "in_progress", "completed")),
    Row("polled as asked", lambda it: it.client().beta.threads.runs.poll("run_1", thread_id="thread_1", poll_interval_ms=70),
        polled("queued", "cancelling", "cancelled")),
    Row("polled as the server says", lambda it: it.client().beta.threads.runs.poll("run_1", "thread_1", {"X-A": "1"}, {"q": 1}),
        polled("queued", "queued", "failed", after_ms="120")),
    Row("created and polled", lambda it: it.client().beta.threads.runs.create_and_poll(
        thread_id="thread_1", assistant_id="a", include=["x"], model=None, extra_headers={"X-A": "1"}),
        polled("queued", "requires_action")),
    Row("submitted and polled", lambda it: it.client().beta.threads.runs.submit_tool_outputs_and_poll(
        run_id="run_1", thread_id="thread_1", tool_outputs=[{"output": "1", "tool_call_id": "t"}], poll_interval_ms=5),
        polled("queued", "expired")),
    Row("made, run and polled", lambda it: it.client().beta.threads.create_and_run_poll(
        assistant_id="a", thread={"messages": MESSAGES}, timeout=7), polled("queued", "incomplete")),
]  # fmt: skip


# Streams


def read(make: Any) -> Any:
    """The events of a stream, and how it ended, as its program sees it."""

    def program(it: SDK) -> Any:
        events: list[Any] = []
        made = make(it.client(max_retries=0))
        try:
            for event in made:
                events.append(event)
        except Exception as error:
            return [events, error, made.response.status_code]
        return [events, None, made.response.headers.get("x-request-id")]

    return program


def asked_assistants(client: Any) -> Any:
    return client.beta.threads.runs.create("t", assistant_id="a", stream=True)


def asked_chat(client: Any) -> Any:
    return client.chat.completions.create(messages=MESSAGES, model="m", stream=True)


def asked_completions(client: Any) -> Any:
    return client.completions.create(prompt="p", model="m", stream=True)


def asked_responses(client: Any) -> Any:
    return client.responses.create(input="Hi", model="m", stream=True)


def resumed(client: Any) -> Any:
    return client.responses.retrieve("r", stream=True, starting_after=3)


WHOLE_RUN = (
    run("created"),
    frame(MESSAGE, "thread.message.created"),
    delta("Hi"),
    frame(STEP, "thread.run.step.completed"),
    run("completed"),
    DONE,
)
FINISH = chunk(finish="stop")
SAID = {"error": {"message": "no", "type": "server_error", "code": 5}}
TEXT_PIECE = frame(TEXT_COMPLETION)
CREATED = frame({"type": "response.created", "response": RESPONSE, "sequence_number": 0}, "response.created")
WHOLE_RESPONSE = (
    CREATED,
    output("Hi"),
    frame({"type": "response.completed", "response": RESPONSE}, "response.completed"),
)
TOOL_CALLS = [{"index": 0, "id": "t", "type": "function", "function": {"name": "f", "arguments": "{"}}]


STREAMS = [
    Row("stream: a run", read(asked_assistants), plain(*WHOLE_RUN)),
    Row("stream: tool outputs", read(lambda client: client.beta.threads.runs.submit_tool_outputs(
        "run_1", thread_id="t", tool_outputs=[], stream=True)), plain(*WHOLE_RUN)),
    Row("stream: a thread and its run", read(lambda client: client.beta.threads.create_and_run(
        assistant_id="a", stream=True)), plain(frame(THREAD, "thread.created"), *WHOLE_RUN)),
    Row("stream: chat", read(asked_chat), plain(chunk(role="assistant"), chunk("Hi"), chunk(tool_calls=TOOL_CALLS), FINISH,
        frame({"id": "c", "choices": [], "usage": USAGE}), BARE_DONE)),
    Row("stream: fields that nobody knows", read(asked_chat), plain(chunk("Hi", reasoning_content="hm", x={"y": [1]}), FINISH, BARE_DONE)),
    Row("stream: completions", read(asked_completions), plain(TEXT_PIECE, TEXT_PIECE, BARE_DONE)),
    Row("stream: responses", read(asked_responses), plain(*WHOLE_RESPONSE)),
    Row("stream: resumed", read(resumed), plain(*WHOLE_RESPONSE)),
    Row("stream: [DONE] behind a response", read(asked_responses), plain(*WHOLE_RESPONSE, BARE_DONE)),
    Row("stream: comments", read(asked_chat), plain(b": hi\n\n", chunk("Hi"), b":\n\n", FINISH, BARE_DONE)),
    Row("stream: carriage returns", read(asked_chat), plain(*(event.replace(b"\n", b"\r\n") for event in (chunk("Hi"), FINISH, BARE_DONE)))),
    Row("stream: several data lines", read(asked_chat), plain(b'data: {"id":\ndata: "c", "choices": []}\n\n', FINISH, BARE_DONE)),
    Row("stream: U+2028 and friends", read(asked_chat), plain(chunk("a\u2028b\x85c\x0bd"), FINISH, BARE_DONE)),
    Row("stream: lone surrogates, NaN, exponents", read(asked_chat), plain(
        b'data: {"id":"\\ud83d","choices":[],"created":1e3,"x":NaN,"y":-0.0}\n\n', FINISH, BARE_DONE)),
    Row("stream: large integers", read(asked_chat), plain(
        b'data: {"id":"c","choices":[],"created":12345678901234567890123}\n\n', FINISH, BARE_DONE), differs={"Integers over 64 bits": "result"}),
    Row("stream: [DONE] and more", read(asked_chat), plain(chunk("Hi"), FINISH, b"data: [DONE] bye\n\n", chunk("no"))),
    Row("stream: an error inside", read(asked_chat), plain(chunk("Hi"), frame(SAID)), differs={"Errors inside a stream": "result"}),
    Row("stream: an error of its own class", read(asked_chat), plain(chunk("Hi"), frame({"error": {"message": "odd", "code": "odd"}}))),
    Row("stream: an error as text", read(asked_chat), plain(chunk("Hi"), frame({"error": "text"})), differs={"Errors inside a stream": "result"}),
    Row("stream: an error without a message", read(asked_chat), plain(chunk("Hi"), frame({"error": {"code": "c"}}))),
    Row("stream: no error", read(asked_chat), plain(frame({"id": "c", "choices": [], "error": None}), FINISH, BARE_DONE)),
    Row("stream: a flat error of a run", read(asked_assistants), plain(run("created"), frame({"message": "no", "code": "server_error"}, "error"), DONE),
        differs={"Flat errors": "result"}),
    Row("stream: a flat error of a response", read(asked_responses), plain(CREATED,
        frame({"type": "error", "message": "no", "code": "c", "param": None, "sequence_number": 1}, "error")), differs={"Flat errors": "result"}),
    Row("stream: a response that failed", read(asked_responses), plain(CREATED, frame(
        {"type": "response.failed", "response": {**RESPONSE, "status": "failed", "error": {"code": "server_error", "message": "no"}}}, "response.failed")),
        differs={"Responses that failed": "result"}),
    Row("stream: an unknown event of a run", read(asked_assistants), plain(frame({"id": "x"}, "thread.new"), run("completed"), DONE),
        differs={"Unknown events": "result"}),
    Row("stream: an unknown event of a response", read(asked_responses), plain(frame({"type": "response.new", "a": 1}), *WHOLE_RESPONSE),
        differs={"Unknown events": "result"}),
    Row("stream: cut between events", read(asked_chat), plain(chunk("Hi")), differs={"Cut streams": "result"}),
    Row("stream: a run that is cut", read(asked_assistants), plain(run("created"), delta("Hi")), differs={"Cut streams": "result"}),
    Row("stream: cut in its connection", read(asked_chat), ((head(CHUNKED), piece(chunk("Hi")), RESET),), differs={"Cut streams": "result"}),
    Row("stream: without its [DONE]", read(asked_chat), plain(chunk("Hi"), FINISH)),
    Row("stream: no data", read(asked_chat), plain(b"id: 1\n" + chunk("Hi"), b"\n", b"event: ping\n\n", b"data:\n\n", FINISH, BARE_DONE),
        differs={"Events without data": "result"}),
    Row("stream: pings", read(asked_assistants), plain(b"event: ping\ndata: {}\n\n", *WHOLE_RUN), differs={"Pings": "result"}),
    Row("stream: a byte order mark", read(asked_chat), plain(b"\xef\xbb\xbf" + chunk("Hi"), FINISH, BARE_DONE),
        differs={"Byte order marks": "result"}),
    Row("stream: bad UTF-8", read(asked_chat), plain(b'data: {"id":"\xff","choices":[]}\n\n', FINISH, BARE_DONE), differs={"Bad UTF-8": "result"}),
    Row("stream: bad JSON", read(asked_chat), plain(b"data: {oops\n\n", FINISH, BARE_DONE), differs={"Bad JSON": "result"}),
    Row("stream: a page instead", read(asked_chat), (answer(b"<html>", kind="text/html"),), differs={"Bodies that are not a stream": "result error"}),
    Row("stream: until the connection ends", read(asked_chat), ((head("Connection: close"), chunk("Hi"), FINISH, BARE_DONE, CLOSE),)),
]  # fmt: skip


def headers_of_a_stream(*names: str) -> Any:
    def program(it: SDK) -> Any:
        list(asked_chat(it.client()))
        return {name: it.server.requests[-1].headers.get(name) for name in names}

    return program


def reused(it: SDK) -> Any:
    """How many connections three streams take, one after another."""
    client, before = it.client(), it.server.connections
    for _ in range(3):
        list(asked_chat(client))
    return it.server.connections - before


def closed_by_another(it: SDK) -> Any:
    """A stream that is closed by another thread while this one waits for its next event."""
    import threading

    made = asked_chat(it.client(max_retries=0))
    next(iter(made))
    threading.Timer(0.1, made.close).start()
    return [c.id for c in made]


DEFAULT_STREAM = plain(chunk("Hi"), FINISH, BARE_DONE)
WIRE = [
    Row("what a stream accepts", headers_of_a_stream("accept"), DEFAULT_STREAM, differs={"Accept": "result"}),
    Row("codings of a stream", headers_of_a_stream("accept-encoding"), DEFAULT_STREAM, differs={"Accept-Encoding": "result"}),
    Row("who asks", headers_of_a_stream("user-agent", "x-stainless-package-version"), DEFAULT_STREAM, differs={"User-Agent": "result"}),
    Row("what is asked from", headers_of_a_stream("x-stainless-lang", "x-stainless-os", "x-stainless-arch", "x-stainless-runtime",
        "x-stainless-runtime-version", "x-stainless-async", "x-stainless-read-timeout", "content-type"), DEFAULT_STREAM),
    Row("fields that were set", lambda it: sorted(it.client().models.retrieve("m").model_fields_set), (answer({**MODEL, "x": 1}),),
        differs={"model_fields_set": "result"}),
    Row("the version", lambda it: [it.openai.__version__, it.openai.__title__, it.openai.VERSION, it.load("version").VERSION]),
    Row("a base URL as text", lambda it: [isinstance(it.client().base_url, str)], differs={"base_url": "result"}),
    Row("connections", reused, DEFAULT_STREAM, differs={"Connections": "result"}),
]  # fmt: skip


def logged(level: str) -> Any:
    """What the loggers of a package say, but for numbers that are their own."""

    def program(it: SDK) -> Any:
        said: list[str] = []
        handler = logging.Handler()
        handler.emit = lambda record: said.append(f"{record.levelname} {record.getMessage()}")  # type: ignore[method-assign]
        logger = logging.getLogger("openai")
        logger.addHandler(handler)
        logger.setLevel(level)
        try:
            chatted(it, it.client(api_key="sk-secret", default_headers={"X-Secret": "hidden"}))
        finally:
            logger.removeHandler(handler)
            logger.setLevel("NOTSET")
        return said

    return program


LOGS = [
    Row("logs", logged("INFO"), (busy("retry-after-ms: 5"), *OK)),
    Row(
        "logs in detail",
        logged("DEBUG"),
        (busy("retry-after-ms: 5", *IDS), answer(COMPLETION, *IDS)),
        differs={"Logs": "result"},
    ),
    Row("logs of no answer", logged("DEBUG"), ((CUT,), *OK), differs={"Logs": "result"}),
]


ROWS = [
    *LOGS,
    *CALLS,
    *ARGUMENTS,
    *WRONG,
    *CLIENTS,
    *AZURE,
    *PAGES,
    *LOW_LEVEL,
    *ERRORS,
    *REDIRECTS,
    *RETRIES,
    *POLLS,
    *STREAMS,
    *WIRE,
]
PARTS = ("requests", "result", "error", "warnings", "slept_s")


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI", "AZURE_OPENAI"):
        for more in (
            "API_KEY",
            "ADMIN_KEY",
            "ORG_ID",
            "PROJECT_ID",
            "BASE_URL",
            "ENDPOINT",
            "AD_TOKEN",
            "API_VERSION",
            "LOG",
        ):
            monkeypatch.delenv(f"{name}_{more}", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("SSL_CERT_FILE", certificate())  # one certificate is loaded faster than hundreds
    monkeypatch.setattr("random.random", lambda: 0.0)
    monkeypatch.setattr("openai._base_client.random", lambda: 0.0)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
def test_a_program(row: Row, server: FaultServer, monkeypatch: pytest.MonkeyPatch):
    theirs = seen_by("openai", row, server, monkeypatch)
    ours = seen_by("ssescan.openai", row, server, monkeypatch)

    differs = " ".join(row.differs.values()).split()
    for part in PARTS:
        if part not in differs:
            assert getattr(ours, part) == getattr(theirs, part), part
    for part in differs:
        assert getattr(ours, part) != getattr(theirs, part), f"the difference in {part} has gone away: {row.differs}"


def test_there_are_many():
    assert len(ROWS) >= 45 and len({row.name for row in ROWS}) == len(ROWS)


def test_the_page_lists_what_the_rows_show():
    listed = re.findall(r"^### (.*)$", DIFFERENCES.read_text("utf-8"), re.MULTILINE)
    shown = {name for row in ROWS for name in row.differs}
    assert sorted(listed) == sorted({*shown, *test_differential_streams.DIFFERS.values()})
