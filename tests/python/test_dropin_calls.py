"""Programs that change how a client calls: they replace methods, override hooks, or read a stream in a way of their own."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal

import httpx
import httpx2
import openai
import pydantic
import pytest

import ssescan.openai
from differential import answer, names_of
from faultserver import FaultServer
from scripts import assistants, created, delta, text
from test_dropin import CHUNKS, COMPLETION, PACKAGES, SSE, Wrapped, named

RUN = {"id": "r", "object": "thread.run", "status": "completed", "thread_id": "t", "assistant_id": "a"}
RESPONSE = {"id": "resp", "object": "response", "created_at": 1, "model": "m", "status": "completed", "output": []}
RESPONSE_SSE = b"".join(
    f"event: {name}\ndata: {json.dumps({'type': name, 'sequence_number': at, 'response': RESPONSE})}\n\n".encode()
    for at, name in enumerate(("response.created", "response.completed"))
)
STREAM = "text/event-stream"


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


def client_of(package: Any, server: FaultServer, **options: Any) -> Any:
    return package.OpenAI(**{"api_key": "k", "base_url": f"{server.origin}/v1", **options})


# By name: the path of a method that is replaced, a program, and the server's answer.
Program = Callable[[Any], object]
CALLS: dict[str, tuple[str, Program, Any]] = {
    "chat.stream": (
        "chat.completions.create",
        lambda client: list(client.chat.completions.stream(model="m", messages=[]).__enter__()),
        answer(SSE, kind=STREAM),
    ),
    "chat.parse": (
        "chat.completions.create",
        lambda client: client.chat.completions.parse(model="m", messages=[]),
        answer(COMPLETION),
    ),
    "chat, raw": (
        "chat.completions.create",
        lambda client: client.chat.completions.with_raw_response.create(model="m", messages=[]).parse(),
        answer(COMPLETION),
    ),
    "chat.parse, raw": (
        "chat.completions.parse",
        lambda client: client.with_raw_response.chat.completions.parse(model="m", messages=[]).parse(),
        answer(COMPLETION),
    ),
    "chat, body not read": (
        "chat.completions.create",
        lambda client: (
            client.chat.completions.with_streaming_response.create(model="m", messages=[]).__enter__().parse()
        ),
        answer(COMPLETION),
    ),
    "responses.stream": (
        "responses.create",
        lambda client: list(client.responses.stream(model="m", input="Hi").__enter__()),
        answer(RESPONSE_SSE, kind=STREAM),
    ),
    "responses.stream of one that exists": (
        "responses.retrieve",
        lambda client: list(client.responses.stream(response_id="r").__enter__()),
        answer(RESPONSE_SSE, kind=STREAM),
    ),
    "responses.parse": (
        "responses.create",
        lambda client: client.responses.parse(model="m", input=""),
        answer(RESPONSE),
    ),
    "runs.stream": (
        "beta.threads.runs.create",
        lambda client: list(client.beta.threads.runs.stream(thread_id="t", assistant_id="a").__enter__()),
        answer(assistants(created(), delta(text("Hi"))), kind=STREAM),
    ),
    "runs.create_and_poll": (
        "beta.threads.runs.create",
        lambda client: client.beta.threads.runs.create_and_poll(thread_id="t", assistant_id="a"),
        answer(RUN),
    ),
    "runs.poll": (
        "beta.threads.runs.retrieve",
        lambda client: client.beta.threads.runs.poll("r", thread_id="t"),
        answer(RUN),
    ),
    "runs.create_and_poll, which polls": (
        "beta.threads.runs.poll",
        lambda client: client.beta.threads.runs.create_and_poll(thread_id="t", assistant_id="a", timeout=9),
        answer(RUN),
    ),
    "create_and_run_poll": (
        "beta.threads.create_and_run",
        lambda client: client.beta.threads.create_and_run_poll(assistant_id="a"),
        answer(RUN),
    ),
    "vector_stores.files.create_and_poll": (
        "vector_stores.files.create",
        lambda client: client.vector_stores.files.create_and_poll("f", vector_store_id="v", attributes={"a": 1}),
        answer({"id": "f", "status": "completed"}),
    ),
    "vector_stores.files.upload": (
        "vector_stores.files.create",
        lambda client: client.vector_stores.files.upload(vector_store_id="v", file=b"x"),
        answer({"id": "f", "status": "completed"}),
    ),
    "vector_stores.files.upload_and_poll": (
        "vector_stores.files.create_and_poll",
        lambda client: client.vector_stores.files.upload_and_poll(vector_store_id="v", file=b"x"),
        answer({"id": "f", "status": "completed"}),
    ),
    "vector_stores.file_batches.create_and_poll": (
        "vector_stores.file_batches.create",
        lambda client: client.vector_stores.file_batches.create_and_poll("v", file_ids=["f"]),
        answer({"id": "b", "status": "completed", "file_counts": {"in_progress": 0}}),
    ),
    "vector_stores.file_batches.upload_and_poll": (
        "vector_stores.file_batches.create_and_poll",
        lambda client: client.vector_stores.file_batches.upload_and_poll("v", files=[], file_ids=["f"]),
        answer({"id": "b", "status": "completed", "file_counts": {"in_progress": 0}}),
    ),
}


def replaced(client: Any, path: str, place: str, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Replace a method by one that notes its arguments and calls it, on the class or on the object. Return the notes."""
    for part in path.split(".")[:-1]:
        client = getattr(client, part)
    name, calls = path.rpartition(".")[2], []
    owner = type(client) if place == "class" else client
    method = getattr(owner, name)

    def noting(*args: Any, **arguments: Any) -> Any:
        passed = {key: value for key, value in arguments.items() if key != "include_obfuscation"}
        calls.append({key: type(value).__name__ if not value else value for key, value in passed.items()})
        return method(*args, **arguments)

    monkeypatch.setattr(owner, name, noting)
    return calls


@pytest.mark.parametrize("place", ["class", "object"])
@pytest.mark.parametrize("name", CALLS)
def test_a_replaced_method_is_called_as_openai_calls_it(name: str, place: str, server: FaultServer):
    path, program, response = CALLS[name]
    seen = {}
    for package in (openai, ssescan.openai):
        server.play_each(response)
        client = client_of(package, server)
        with pytest.MonkeyPatch.context() as monkeypatch, warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            calls = replaced(client, path, place, monkeypatch)
            program(client)
        sent = {key: value for key, value in server.requests[-1].headers.items() if key.startswith("x-stainless-")}
        seen[package] = calls, sent.get("x-stainless-raw-response"), sent.get("x-stainless-helper-method")
    assert seen[ssescan.openai] == seen[openai]


class TestRequest:
    """Every call of a client goes through its `request`."""

    @pytest.mark.parametrize("name", CALLS)
    def test_of_methods_and_helpers(self, name: str, server: FaultServer):
        seen = {}
        for package in (openai, ssescan.openai):
            noted: list[Any] = []

            class Client(package.OpenAI):  # type: ignore[misc,name-defined]
                def request(self, cast_to: Any, options: Any, *, noted: Any = noted, **how: Any) -> Any:
                    params = {name: value for name, value in options.params.items() if value != []}
                    classes = [names_of(cls) for cls in (cast_to, how.get("stream_cls"))]
                    noted.append((*classes, options.method, options.url, params, options.json_data))
                    noted.append(how.get("stream", False))
                    headers = dict(options.headers or {})
                    noted.append({key: headers[key] for key in headers if "Raw" in key or "Helper" in key})
                    return super().request(cast_to, options, **how)

            server.play_each(CALLS[name][2])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                CALLS[name][1](Client(api_key="k", base_url=f"{server.origin}/v1"))
            seen[package] = noted
        assert seen[ssescan.openai] == seen[openai]

    @PACKAGES
    def test_by_a_program(self, package: Any, server: FaultServer):
        server.play_each(answer({"a": 1}), answer({"a": 2}), answer(SSE, kind=STREAM))
        client = client_of(package, server)
        options = named(package, "_models.FinalRequestOptions")
        call = options(
            method="post", url="/x", json_data={"b": 1}, params={"q": "1"}, headers={"X-A": "y"}, max_retries=0
        )
        assert client.request(dict, call) == {"a": 1}
        sent = server.requests[-1]
        assert (sent.path, json.loads(sent.body), sent.headers["x-a"]) == ("/v1/x?q=1", {"b": 1}, "y")
        assert client.request(object, options.construct(method="get", url="/x")) == {"a": 2}
        chunk = named(package, "types.chat.ChatCompletionChunk")
        with client.request(
            chunk, options(method="get", url="/x"), stream=True, stream_cls=package.Stream[chunk]
        ) as stream:
            assert [event.choices[0].delta.content for event in stream] == ["H", "i", None]


class TestTracers:
    """Tracers replace `request` of a client, and follow the stream that it returns."""

    @PACKAGES
    @pytest.mark.parametrize("name", ["chat", "responses", "assistants", "chat.stream"])
    def test_derive_a_class_of_streams(self, package: Any, name: str, server: FaultServer):
        client, seen = client_of(package, server), []
        programs = {
            "chat": (lambda: client.chat.completions.create(model="m", messages=[], stream=True), SSE),
            "responses": (lambda: client.responses.create(model="m", input="", stream=True), RESPONSE_SSE),
            "assistants": (
                lambda: client.beta.threads.create_and_run(assistant_id="a", stream=True),
                assistants(created(), delta(text("Hi"))),
            ),
            "chat.stream": (lambda: client.chat.completions.stream(model="m", messages=[]).__enter__(), SSE),
        }
        original = client.request

        def request(*args: Any, stream_cls: Any, **how: Any) -> Any:
            class Traced(stream_cls):  # type: ignore[misc]
                def __stream__(self) -> Iterator[Any]:
                    seen.append("begins")
                    for event in super().__stream__():
                        seen.append(event)
                        yield event
                    seen.append("ends")

            return original(*args, stream_cls=Traced, **how)

        client.request = request
        program, body = programs[name]
        server.play_each(answer(body, kind=STREAM))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            stream = program()
        events = [next(iter(stream)), *stream]
        assert (seen[0], seen[-1], seen.count("begins")) == ("begins", "ends", 1)
        assert name == "chat.stream" or seen[1:-1] == events
        assert all(hasattr(event, "model_dump") for event in seen[1:-1]) and len(seen) > 3

    @PACKAGES
    @pytest.mark.parametrize("raw", [False, True])
    def test_wrap_the_result(self, package: Any, raw: bool, server: FaultServer, monkeypatch: pytest.MonkeyPatch):
        seen: list[Any] = []
        original = package.OpenAI.request

        def request(client: Any, cast_to: Any, options: Any, **how: Any) -> Any:
            result = original(client, cast_to, options, **how)
            if raw:
                result.parse()
                result._parsed_by_type[cast_to] = Wrapped(result._parsed_by_type.get(cast_to), seen)
                return result
            assert isinstance(result, package.Stream) and cast_to is named(package, "types.chat.ChatCompletion")
            return Wrapped(result, seen)

        monkeypatch.setattr(package.OpenAI, "request", request)
        server.play_each(answer(SSE, kind=STREAM))
        completions = client_of(package, server).chat.completions
        arguments = {"model": "m", "messages": [], "stream": True}
        list(completions.with_raw_response.create(**arguments).parse() if raw else completions.create(**arguments))
        assert seen == ["H", "i", None]

    @PACKAGES
    def test_change_the_result(self, package: Any, server: FaultServer):
        server.play_each(answer(COMPLETION))
        chat = named(package, "types.chat.ChatCompletion")
        options = {"post_parser": lambda completion: (type(completion), completion.id)}
        assert client_of(package, server).get("/x", cast_to=chat, options=options) == (chat, "c")


@PACKAGES
def test_the_wait_between_polls_is_replaced(package: Any, server: FaultServer):
    slept: list[float] = []
    server.play_each(answer({**RUN, "status": "queued"}, "openai-poll-after-ms: 700"), answer(RUN))
    runs = client_of(package, server).beta.threads.runs
    runs._sleep = slept.append
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert runs.poll("r", thread_id="t").status == "completed"
    assert slept == [0.7]


@PACKAGES
def test_a_class_of_pages(package: Any, server: FaultServer):
    model = {"id": "m", "object": "model", "created": 1, "owned_by": "x"}
    server.play_each(answer({"object": "list", "data": [model]}))
    page_class, item = named(package, "pagination.SyncPage"), named(package, "types.Model")
    of_item = page_class[item]
    assert isinstance(of_item, type) and issubclass(of_item, page_class)
    client = client_of(package, server)
    for page in (client.models.list(), client.get_api_list("/models", model=item, page=of_item)):
        assert isinstance(page, of_item) and [type(model) for model in page] == [item]


@PACKAGES
def test_the_format_of_an_answer_is_updated_by_the_input(package: Any, server: FaultServer):
    class Answer(pydantic.BaseModel):
        text: str

    def update(**text_format: Any) -> list[Any]:
        return [{"type": "configuration_update", "text": {"format": text_format}}, {"role": "user", "content": "Hi"}]

    part = {"type": "output_text", "text": '{"text": "a"}', "annotations": []}
    message = {"id": "m", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    server.play_each(answer({**RESPONSE, "output": [message]}))
    parse, schema = client_of(package, server).responses.parse, {"type": "json_schema", "name": "x", "schema": {}}
    with pytest.raises(TypeError, match="Pass parse_as for the updated output schema"):
        parse(text_format=Answer, input=update(**schema))
    with pytest.raises(TypeError, match="Cannot use parse_as with a plain-text format update"):
        parse(parse_as=Answer, input=update(type="text"))
    assert server.requests == []
    assert parse(text_format=Answer, input=update(type="text")).output_parsed is None
    assert parse(parse_as=Answer, input=update(**schema)).output_parsed == Answer(text="a")
    assert parse(parse_as=None, text_format=Answer, input=update(**schema)).output_parsed is None


class TestHooks:
    @PACKAGES
    def test_of_each_attempt(self, package: Any, server: FaultServer):
        class Client(package.OpenAI):  # type: ignore[misc,name-defined]
            attempts = 0

            def _prepare_options(self, options: Any) -> Any:
                self.attempts += 1
                options.headers = {**(options.headers or {}), "X-Attempt": str(self.attempts)}
                options.json_data = {**options.json_data, "attempt": self.attempts}
                return super()._prepare_options(options)

            def _prepare_request(self, request: Any) -> None:
                request.headers["X-Signed"] = f"{request.method} {request.headers['X-Attempt']}"
                super()._prepare_request(request)

        server.play_each(answer({}, "retry-after-ms: 1", status="503 No"), answer(COMPLETION))
        client = Client(api_key="k", base_url=f"{server.origin}/v1")
        client.chat.completions.create(model="m", messages=[])
        assert [request.headers["x-signed"] for request in server.requests] == ["POST 1", "POST 2"]
        assert [json.loads(request.body)["attempt"] for request in server.requests] == [1, 2]

    @PACKAGES
    def test_the_key_of_azure_is_refreshed(self, package: Any, server: FaultServer):
        class Client(package.AzureOpenAI):  # type: ignore[misc,name-defined]
            def _refresh_api_key(self) -> str:
                return "fresh"

        server.play_each(answer(COMPLETION))
        client = Client(api_key=lambda: "old", azure_endpoint=server.origin, api_version="1")
        client.chat.completions.create(model="m", messages=[])
        assert server.requests[-1].headers["api-key"] == "fresh"

    @PACKAGES
    def test_an_azure_host_that_begins_like_a_path(self, package: Any):
        client = package.AzureOpenAI(api_key="k", azure_endpoint="https://deployments.example", api_version="1")
        call = named(package, "_models.FinalRequestOptions")(
            method="post", url="/chat/completions", json_data={"model": "m"}
        )
        url = client._build_request(call).url
        assert str(url) == "https://deployments.example/openai/deployments/m/chat/completions?api-version=1"

    @PACKAGES
    def test_of_retries(self, package: Any, server: FaultServer):
        seen: list[Any] = []

        class Client(package.OpenAI):  # type: ignore[misc,name-defined]
            def _should_retry(self, response: Any) -> bool:
                return super()._should_retry(response) or response.status_code == 418

            def _calculate_retry_timeout(self, remaining_retries: int, options: Any, *args: Any) -> float:
                seen.append((remaining_retries, options.get_max_retries(self.max_retries)))
                return 0.001

        server.play_each(answer({}, status="418 Tea"), answer({}, status="500 No"), answer(COMPLETION))
        client = Client(api_key="k", base_url=f"{server.origin}/v1", max_retries=3)
        client.chat.completions.create(model="m", messages=[])
        assert seen == [(3, 3), (2, 3)]


@PACKAGES
def test_the_response_itself_as_the_result(package: Any, server: FaultServer):
    server.play_each(answer({"a": 1}, f"location: {server.origin}/y", status="302 Else"), answer({"a": 2}))
    response = client_of(package, server).get("/x", cast_to=httpx2.Response)
    assert (response.status_code, response.json()) == (200, {"a": 2})
    assert [redirect.status_code for redirect in response.history] == [302]


@pytest.mark.parametrize("status", ["200 OK", "302 Else", "404 No", "503 No"])
@PACKAGES
def test_questions_about_a_response(package: Any, status: str, server: FaultServer):
    server.play_each(answer({}, status=status))
    client = package.OpenAI(api_key="k", base_url=f"{server.origin}/v1", max_retries=0)
    try:
        response = client.models.with_raw_response.retrieve("m").http_response
    except package.APIStatusError as error:
        response = error.response
    code = int(status[:3])
    assert response.http_version == "HTTP/1.1"
    assert (response.is_success, response.is_informational, response.is_redirect) == (code == 200, False, code == 302)
    assert (response.is_client_error, response.is_server_error, response.is_error) == (
        code == 404,
        code == 503,
        code > 400,
    )


@PACKAGES
def test_names_that_programs_import_from_the_package(package: Any):
    assert named(package, "HttpxBinaryResponseContent").__name__ == "HttpxBinaryResponseContent"
    assert named(package, "lib.pydantic_function_tool") is package.pydantic_function_tool
    assert callable(named(package, "lib.type_to_response_format_param"))


@PACKAGES
def test_the_key_of_the_administration(package: Any, server: FaultServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    server.play_each(answer({}))
    both, admin = (client_of(package, server, api_key=key, admin_api_key="a") for key in ("k", None))
    for_admin = {"security": {"admin_api_key_auth": True}}
    for client, options in ((both, {}), (both, for_admin), (admin, {})):
        client.get("/organization/projects", cast_to=object, options=options)
    assert [request.headers["authorization"] for request in server.requests] == ["Bearer k", "Bearer a", "Bearer a"]
    with pytest.raises(TypeError, match="Could not resolve authentication method"):
        admin.get("/x", cast_to=object, options={"security": {"bearer_auth": True}})


@PACKAGES
def test_a_region_in_place_of_a_url(package: Any):
    client = package.OpenAI(api_key="k", websocket_base_url="wss://x/v1")
    assert client.copy(data_residency="eu").websocket_base_url is None
    assert client.copy().websocket_base_url == "wss://x/v1"
    assert client.copy(base_url=None).base_url.host == "api.openai.com"
    with pytest.raises(ValueError, match="mutually exclusive"):
        client.with_options(base_url=None, data_residency="eu")


@PACKAGES
def test_tools_that_are_iterated_once(package: Any, server: FaultServer):
    class Item(pydantic.BaseModel):
        id: str

    call = {
        "id": "f",
        "call_id": "c",
        "type": "function_call",
        "name": "item",
        "namespace": "shop",
        "arguments": '{"id": "a"}',
    }
    server.play_each(answer({**RESPONSE, "output": [call]}))
    tool = package.pydantic_responses_function_tool(Item, name="item")
    tools = [{"type": "namespace", "name": "shop", "description": "d", "tools": iter([tool])}]
    response = client_of(package, server).responses.parse(model="m", input="Hi", tools=tools, service_tier="flex")
    assert response.output[0].parsed_arguments == Item(id="a")
    body = json.loads(server.requests[-1].body)
    assert list(body)[:3] == ["model", "service_tier", "input"]
    assert [tool["name"] for tool in body["tools"][0]["tools"]] == ["item"]


class TestIteration:
    @PACKAGES
    @pytest.mark.parametrize("how", ["__iter__", "__next__", "_iterator"])
    def test_is_patched(self, package: Any, how: str, server: FaultServer, monkeypatch: pytest.MonkeyPatch):
        seen = []

        def noting(events: Any) -> Iterator[Any]:
            for event in events:
                seen.append(event.choices[0].delta.content)
                yield event

        if how == "__iter__":
            iterate = package.Stream.__iter__
            monkeypatch.setattr(package.Stream, "__iter__", lambda stream: noting(iterate(stream)))
        elif how == "__next__":
            advance = package.Stream.__next__
            monkeypatch.setattr(package.Stream, "__next__", lambda stream: next(noting(iter([advance(stream)]))))
        server.play_each(answer(SSE, kind=STREAM))
        stream = client_of(package, server).chat.completions.create(model="m", messages=[], stream=True)
        if how == "_iterator":
            stream._iterator = noting(stream._iterator)
        assert iter(stream) is not stream
        if how == "__iter__":
            assert [event.choices[0].delta.content for event in stream] == ["H", "i", None]
        else:
            assert next(stream).choices[0].delta.content == "H"
            if how == "_iterator":
                assert [event.choices[0].delta.content for event in stream] == ["i", None]
            stream.close()
        assert seen == (["H"] if how == "__next__" else ["H", "i", None])

    def test_all_ways_share_one_position(self, server: FaultServer):
        server.play_each(answer(SSE, kind=STREAM))
        stream = client_of(ssescan.openai, server).chat.completions.create(model="m", messages=[], stream=True)
        assert next(iter(stream)).text == "H"
        assert stream.scan() and stream.text() == "i"
        assert [event.text for event in stream] == [None]
        assert list(stream) == [] and stream.outcome == "done"

    def test_a_dropped_stream_is_released_at_once(self, server: FaultServer):
        server.play_each(answer(SSE, kind=STREAM))
        stream = client_of(ssescan.openai, server).chat.completions.create(model="m", messages=[], stream=True)
        next(iter(stream))
        with pytest.warns(ResourceWarning, match="unclosed stream"):
            del stream

    @PACKAGES
    def test_a_stream_of_a_response_of_ones_own(self, package: Any):
        response = httpx.Response(200, content=SSE, request=httpx.Request("GET", "http://x"))
        chunk = named(package, "types.chat.ChatCompletionChunk")
        stream = package.Stream(cast_to=chunk, response=response, client=package.OpenAI(api_key="k"))
        assert [event.choices[0].delta.content for event in stream] == ["H", "i", None]


class TestResponse:
    """The response of a stream."""

    @PACKAGES
    def test_is_read_in_place_of_its_events(self, package: Any, server: FaultServer):
        server.play_each(answer(SSE, kind=STREAM))
        client = client_of(package, server)

        def response() -> Any:
            stream = client.chat.completions.create(model="m", messages=[], stream=True)
            assert not stream.response.is_closed
            stream.response.raise_for_status()
            streams.append(stream)
            return stream.response

        streams: list[Any] = []
        assert b"".join(response().iter_bytes()) == SSE
        assert streams[0].response.is_closed
        assert list(response().iter_lines()) == SSE.decode().splitlines()
        assert list(response().iter_bytes(100))[0] == SSE[:100]
        assert "".join(response().iter_text()) == SSE.decode()

    @PACKAGES
    def test_is_closed_by_the_program(self, package: Any, server: FaultServer):
        server.play_each(answer(SSE, kind=STREAM))
        stream = client_of(package, server).chat.completions.create(model="m", messages=[], stream=True)
        next(stream)
        stream.response.close()
        assert stream.response.is_closed
        del stream  # without a warning

    def test_has_one_reader(self, server: FaultServer):
        server.play_each(answer(SSE, kind=STREAM))
        stream = client_of(ssescan.openai, server).chat.completions.create(model="m", messages=[], stream=True)
        next(stream)
        with pytest.raises(ssescan.openai._response.StreamAlreadyConsumed):
            next(stream.response.iter_bytes())
        stream.close()

    @PACKAGES
    def test_of_an_error(self, package: Any, server: FaultServer):
        server.play_each(answer({"error": {"message": "no"}}, status="400 Bad"))
        with pytest.raises(package.BadRequestError) as caught:
            client_of(package, server).models.retrieve("m")
        with pytest.raises(Exception, match="400"):
            caught.value.response.raise_for_status()
        assert list(caught.value.response.iter_bytes()) == [b'{"error": {"message": "no"}}']


@PACKAGES
def test_exceptions_are_of_the_package(package: Any):
    found = [getattr(package, name) for name in openai.__all__]
    errors = [it for it in found if isinstance(it, type) and issubclass(it, Exception)]
    assert len(errors) > 15 and {error.__module__ for error in errors} == {package.__name__}


@PACKAGES
def test_unions_in_models_of_a_program(package: Any, server: FaultServer):
    class Text(package.BaseModel):  # type: ignore[misc,name-defined]
        kind: Literal["text"]

    class Number(package.BaseModel):  # type: ignore[misc,name-defined]
        kind: Literal["number"]

    class Found(package.BaseModel):  # type: ignore[misc,name-defined]
        one: Annotated[Text | Number, "x"]
        many: list[Annotated[Text | Number, "x"]]
        named: dict[str, Annotated[Text, "x"]]

    text, number = {"kind": "text"}, {"kind": "number"}
    server.play_each(answer({"one": number, "many": [text, number], "named": {"a": text}}))
    found = client_of(package, server).get("/x", cast_to=Found)
    assert [type(it) for it in (found.one, *found.many, found.named["a"])] == [Number, Text, Number, Text]


@PACKAGES
def test_a_subclass_of_a_model_has_defaults(package: Any):
    class Scored(named(package, "types.chat.ChatCompletion")):  # type: ignore[misc]
        score: float = 0.5
        tags: list[str] = ["new"]  # noqa: RUF012
        note: str | None = None
        rank: int = pydantic.Field(default=1, alias="the-rank")

    model = Scored.model_validate(COMPLETION)
    assert (model.score, model.tags, model.note, model.rank) == (0.5, ["new"], None, 1)
    ranked = Scored.model_validate({**COMPLETION, "the-rank": 7})
    assert (ranked.rank, ranked.to_dict()["the-rank"], ranked.model_dump()["rank"]) == (7, 7, 7)
    dumped = model.model_dump()
    assert (dumped["score"], dumped["tags"], "score" in model.to_dict()) == (0.5, ["new"], False)
    assert "score" not in model.model_dump(exclude_defaults=True)
    assert Scored.model_fields["score"].default == 0.5
    model.score = 1.0
    assert (model.score, model.model_dump(exclude_defaults=True)["score"]) == (1.0, 1.0)
    assert Scored.model_validate({**COMPLETION, "score": 2.0}).score == 2.0


class TestLowLevelStreams:
    """`cast_to` and `stream_cls` of `client.post(stream=True)` say what the events are."""

    @PACKAGES
    def test_of_dicts_and_models(self, package: Any, server: FaultServer):
        class Chunk(package.BaseModel):  # type: ignore[misc,name-defined]
            id: str

        class Streamed(package.Stream[Chunk]):  # type: ignore[misc,name-defined]
            pass

        server.play_each(answer(SSE, kind=STREAM))
        client = client_of(package, server)
        for how in ({"stream_cls": package.Stream[dict]}, {"stream_cls": package.Stream[object]}, {}):
            with client.post("/x", cast_to=object, body={}, stream=True, **how) as stream:
                assert list(stream) == CHUNKS
        for stream_cls in (package.Stream[Chunk], Streamed):
            with client.post("/x", cast_to=Chunk, body={}, stream=True, stream_cls=stream_cls) as stream:
                events = list(stream)
            assert {type(event) for event in events} == {Chunk} and events[0].id == "c"
            assert type(stream) is (Streamed if stream_cls is Streamed else package.Stream)
        with client.get("/x", cast_to=Chunk, stream=True) as stream:
            assert next(stream).id == "c"

    @PACKAGES
    def test_of_any_json_to_the_end_of_the_body(self, package: Any, server: FaultServer):
        server.play_each(answer(b'data: {"n": 1}\n\ndata: {"n": 2}\n\n', kind=STREAM))
        stream = client_of(package, server).get("/x", cast_to=object, stream=True, stream_cls=package.Stream[object])
        assert list(stream) == [{"n": 1}, {"n": 2}]

    @PACKAGES
    def test_with_names_and_errors(self, package: Any, server: FaultServer):
        error = {"error": {"message": "no"}}
        server.play_each(answer(b'event: a\ndata: {"n": 1}\n\ndata: {"error": {"message": "no"}}\n\n', kind=STREAM))
        client = client_of(package, server)

        def events(**options: Any) -> Any:
            stream = client.post("/x", cast_to=dict, stream=True, stream_cls=package.Stream[dict], options=options)
            return list(stream)

        assert events(stream_mode="events") == [{"n": 1}, error]
        named_events = [{"event": "a", "data": {"n": 1}}, {"event": None, "data": error}]
        assert events(stream_mode="events", synthesize_event_and_data=True) == named_events
        with pytest.raises(package.APIError, match="no"):
            events(synthesize_event_and_data=True)

    @PACKAGES
    def test_an_error(self, package: Any, server: FaultServer):
        server.play_each(answer(b'data: {"n": 1}\n\ndata: {"error": {"message": "no"}}\n\n', kind=STREAM))
        stream = client_of(package, server).get("/x", cast_to=object, stream=True, stream_cls=package.Stream[object])
        assert next(stream) == {"n": 1}
        with pytest.raises(package.APIError, match="no"):
            next(stream)


def unseekable(content: bytes) -> Any:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    return Pipe(content)


class TestContent:
    """Content that is sent as it is."""

    @PACKAGES
    @pytest.mark.parametrize(
        ("content", "repeatable"),
        [
            (lambda: b"abcdef", True),
            (lambda: [b"abc", b"def"], True),
            (lambda: io.BytesIO(b"abcdef"), True),
            (lambda: unseekable(b"abcdef"), False),
            (lambda: iter([b"abc", b"def"]), False),
        ],
        ids=["bytes", "list", "file", "pipe", "iterator"],
    )
    def test_is_sent_again_if_it_can_be_read_again(
        self, package: Any, content: Any, repeatable: bool, server: FaultServer
    ):
        server.play_each(answer({}, "retry-after-ms: 1", status="503 No"), answer({"a": 1}))
        client, headers = client_of(package, server), {"Content-Type": "text/plain"}
        if repeatable:
            assert client.post("/x", cast_to=object, content=content(), options={"headers": headers}) == {"a": 1}
        else:
            with pytest.raises(package.InternalServerError):
                client.post("/x", cast_to=object, content=content(), options={"headers": headers})
        assert [request.body for request in server.requests] == [b"abcdef"] * (1 + repeatable)
        assert server.requests[0].headers["content-type"] == "text/plain"

    @PACKAGES
    def test_as_the_body(self, package: Any, server: FaultServer):
        server.play_each(answer({}))
        with pytest.warns(DeprecationWarning, match="Passing raw bytes as `body` is deprecated"):
            client_of(package, server).post("/x", cast_to=object, body=b"abc")
        assert server.requests[-1].body == b"abc"

    def test_of_a_redirect(self, server: FaultServer):
        server.play_each(answer({}, f"location: {server.origin}/y", status="307 Else"), answer({"a": 1}))
        client = client_of(ssescan.openai, server)
        assert client.post("/x", cast_to=object, content=io.BytesIO(b"abc")) == {"a": 1}
        assert [request.body for request in server.requests] == [b"abc", b"abc"]
        server.play_each(answer({}, f"location: {server.origin}/y", status="307 Else"))
        with pytest.raises(ssescan.openai.APIConnectionError, match="can be read only once"):
            client.post("/x", cast_to=object, content=iter([b"abc"]))

    @pytest.mark.parametrize("content", [bytearray(b"abc"), memoryview(b"abc"), "abc", (b"a", b"bc")])
    def test_of_other_kinds(self, content: Any, server: FaultServer):
        server.play_each(answer({"a": 1}))
        client_of(ssescan.openai, server).put("/x", cast_to=object, content=content)
        assert server.requests[-1].body == b"abc"
