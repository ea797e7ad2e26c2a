"""Programs that serialize, copy, replace or inspect clients, models and errors. Both packages run them where possible."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from typing import Annotated, Any, Union
from unittest import mock

import openai
import pydantic
import pydantic_core
import pytest

import ssescan.openai
from differential import answer
from faultserver import FaultServer
from ssescan.testing import FakePool, chat

PACKAGES = pytest.mark.parametrize("package", [openai, ssescan.openai], ids=["openai", "ssescan"])
COMPLETION = {
    "id": "c",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi"}}],
    "created": 1,
    "model": "m",
    "object": "chat.completion",
    "further": [1],
}


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


def named(package: Any, path: str) -> Any:
    module, _, name = f"{package.__name__}.{path}".rpartition(".")
    return getattr(importlib.import_module(module), name)


class TestPydantic:
    """Models where pydantic meets them."""

    @PACKAGES
    def test_a_field_of_any_type(self, package: Any):
        class Log(pydantic.BaseModel):
            answer: Any

        cls = named(package, "types.chat.ChatCompletion")
        model = cls.model_validate(COMPLETION)
        whole = model.model_dump(mode="json")
        assert whole["further"] == [1]
        assert pydantic_core.to_jsonable_python(Log(answer=[model])) == {"answer": [whole]}
        assert Log(answer={"a": model}).model_dump(mode="json") == {"answer": {"a": whole}}
        assert pydantic_core.from_json(Log(answer=model).model_dump_json()) == {"answer": whole}
        assert pydantic_core.from_json(pydantic_core.to_json(model)) == whole

    @PACKAGES
    def test_parameters(self, package: Any):
        adapter = pydantic.TypeAdapter(list[named(package, "types.chat.ChatCompletionMessageParam")])  # type: ignore[misc]
        assert adapter.validate_python([{"role": "user", "content": "Hi"}]) == [{"role": "user", "content": "Hi"}]
        with pytest.raises(pydantic.ValidationError):
            adapter.validate_python([{"role": "x", "content": "Hi"}])


@PACKAGES
def test_the_fields_of_a_model_as_a_dict(package: Any):
    model = named(package, "types.chat.ChatCompletion").model_validate(COMPLETION)
    fields = vars(model)
    assert (fields["id"], fields["choices"][0].message.content, fields["usage"]) == ("c", "Hi", None)
    assert list(vars(model.choices[0])) == list(type(model.choices[0]).model_fields)
    assert "further" not in fields


@PACKAGES
def test_raw_access_can_be_replaced(package: Any):
    completions = package.OpenAI(api_key="k").chat.completions
    before = completions.with_raw_response
    with mock.patch.object(completions, "with_raw_response") as replaced:
        assert completions.with_raw_response is replaced
    assert completions.with_raw_response is before
    with mock.patch.object(completions, "with_streaming_response") as replaced:
        assert completions.with_streaming_response is replaced


class TestErrors:
    @pytest.mark.parametrize("dialect", ["chat", "responses"])
    def test_an_error_in_a_stream_has_a_response(self, server: FaultServer, dialect: str):
        error = {"message": "Slow down", "code": "rate_limit_exceeded", "type": "rate_limit_error"}
        body = f"data: {json.dumps({'error': error})}\n\n".encode()
        server.play_each(answer(body, "x-request-id: req_1", kind="text/event-stream"))
        client = ssescan.openai.OpenAI(api_key="k", base_url=f"{server.origin}/v1")
        with pytest.raises(ssescan.openai.RateLimitError) as caught:
            if dialect == "chat":
                list(client.chat.completions.create(model="m", messages=[], stream=True))
            else:
                list(client.responses.create(model="m", input="Hi", stream=True))
        response = caught.value.response
        assert (response.status_code, response.headers["X-Request-Id"]) == (200, "req_1")
        assert json.loads(response.text) == response.json() == {"error": error}
        assert response.request.headers["AUTHORIZATION"] == "Bearer k"
        assert caught.value.status_code == 429

    def test_a_stream_without_a_response(self):
        body = b'data: {"error": {"message": "x", "code": "server_error"}}\n\n'
        with pytest.raises(ssescan.openai.InternalServerError) as caught:
            list(ssescan.Scanner([body], dialect="chat"))
        assert caught.value.response is None


@PACKAGES
def test_headers_of_requests_are_found_in_any_case(package: Any, server: FaultServer):
    server.play_each(answer(COMPLETION))
    client = package.OpenAI(api_key="k", base_url=f"{server.origin}/v1")
    raw = client.chat.completions.with_raw_response.create(model="m", messages=[])
    headers = raw.http_request.headers
    assert headers["content-type"] == headers["Content-Type"] == "application/json"
    assert "AUTHORIZATION" in headers and headers.get("x-none") is None


CHUNK = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
CHUNKS = [{**CHUNK, "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]} for text in "Hi"]
CHUNKS.append({**CHUNK, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
SSE = b"".join(f"data: {json.dumps(chunk)}\n\n".encode() for chunk in CHUNKS) + b"data: [DONE]\n\n"


class Wrapped:
    """A stream as tracers return it."""

    def __init__(self, stream: Any, seen: list[Any]) -> None:
        self._stream, self._seen = stream, seen

    def __iter__(self) -> Iterator[Any]:
        for chunk in self._stream:
            self._seen.append(chunk.choices[0].delta.content)
            yield chunk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Proxy:
    """A method as the wrapt package replaces it: with all attributes of the original."""

    def __init__(self, method: Any, seen: list[Any]) -> None:
        self._method, self._seen = method, seen

    def __call__(self, **arguments: Any) -> Wrapped:
        return Wrapped(self._method(**arguments), self._seen)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._method, name)


@PACKAGES
@pytest.mark.parametrize("place", ["class", "object", "proxy"])
def test_helpers_call_a_method_that_was_replaced(
    package: Any, place: str, server: FaultServer, monkeypatch: pytest.MonkeyPatch
):
    server.play_each(answer(SSE, kind="text/event-stream"))
    completions = package.OpenAI(api_key="k", base_url=f"{server.origin}/v1").chat.completions
    seen: list[Any] = []
    if place == "class":
        create = type(completions).create
        monkeypatch.setattr(
            type(completions), "create", lambda self, **arguments: Wrapped(create(self, **arguments), seen)
        )
    elif place == "object":
        create = completions.create
        monkeypatch.setattr(completions, "create", lambda **arguments: Wrapped(create(**arguments), seen))
    else:
        monkeypatch.setattr(completions, "create", Proxy(completions.create, seen))
    with completions.stream(model="m", messages=[], extra_headers={"X-A": "b"}) as stream:
        assert stream.get_final_completion().choices[0].message.content == "Hi"
    assert seen == ["H", "i", None]
    headers = server.requests[-1].headers
    assert (headers["x-stainless-helper-method"], headers["x-a"]) == ("chat.completions.stream", "b")
    server.play_each(answer(COMPLETION))
    assert completions.parse(model="m", messages=[]).choices[0].message.content == "Hi"


@PACKAGES
def test_a_class_where_a_format_is_wanted(package: Any):
    class Answer(pydantic.BaseModel):
        text: str

    completions = package.OpenAI(api_key="k", base_url="http://127.0.0.1:9").chat.completions
    with pytest.raises(TypeError, match=r"You tried to pass a `BaseModel` class to `chat\.completions\.create\(\)`"):
        completions.create(model="m", messages=[], response_format=Answer)


def test_a_class_elsewhere_in_a_body():
    client = ssescan.openai.OpenAI(api_key="k", base_url="http://127.0.0.1:9")
    with pytest.raises(TypeError, match="Cannot send the class int: expected a value"):
        client.responses.create(model="m", input="Hi", metadata={"a": int})  # type: ignore[dict-item]


def test_a_class_for_a_stream_names_the_call_that_streams():
    completions: Any = ssescan.openai.OpenAI(api_key="k", base_url="http://127.0.0.1:9").chat.completions
    with pytest.raises(TypeError, match=r"with `stream=True`; You must use `chat\.completions\.stream\(\)` instead"):
        completions.create(model="m", messages=[], response_format=pydantic.BaseModel, stream=True)


def test_a_stream_in_a_body_is_not_read():
    """Its events would be sent as a list, and the request is paid for."""
    pool = FakePool(chat("Hel", "lo"))
    client: Any = ssescan.openai.OpenAI(api_key="k", http_client=pool)
    completions = client.chat.completions
    question: Any = {"model": "m", "messages": []}
    with (
        completions.create(**question, stream=True) as stream,
        completions.stream(**question) as helper,
        ssescan.EventSource("http://x", http_client=pool) as source,
    ):
        for wrong in (stream, stream.reader(), stream.texts(), helper, source):
            with pytest.raises(TypeError, match=f"Cannot send an object of type {type(wrong).__name__}: "):
                completions.create(model="m", messages=[{"role": "user", "content": wrong}])
            with pytest.raises(TypeError, match=f"{type(wrong).__name__}"):
                ssescan.stream("http://x", json={"input": wrong}, http_client=pool)
        assert len(pool.requests) == 2
        assert stream.reader().read() == "Hello"


@PACKAGES
def test_a_subclass_may_override_the_default_headers(package: Any, server: FaultServer):
    class Client(package.OpenAI):  # type: ignore[misc,name-defined]
        @property
        def default_headers(self) -> Any:
            return {**super().default_headers, "X-Trace": "t"}

    server.play_each(answer(COMPLETION))
    client = Client(api_key="k", base_url=f"{server.origin}/v1", default_headers={"Accept": "a/b", "X-A": "b"})
    client.chat.completions.create(model="m", messages=[])
    headers = server.requests[-1].headers
    assert (headers["x-trace"], headers["accept"], headers["x-a"]) == ("t", "a/b", "b")
    assert headers["authorization"] == "Bearer k"


@PACKAGES
def test_types_that_low_level_calls_take(package: Any, server: FaultServer):
    server.play_each(answer(COMPLETION))
    client = package.OpenAI(api_key="k", base_url=f"{server.origin}/v1")
    chat, legacy = named(package, "types.chat.ChatCompletion"), named(package, "types.Completion")
    for cast_to in (Annotated[chat, "x"], Union[chat, legacy], Annotated[Union[chat, legacy], "x"]):
        assert type(client.get("/x", cast_to=cast_to)) is chat
    raw = client.chat.completions.with_raw_response.create(model="m", messages=[])
    assert type(raw.parse(to=Annotated[chat, "x"])) is chat
    with pytest.raises(TypeError, match="max_retries cannot be None"):
        client.get("/x", cast_to=object, options={"max_retries": None})
