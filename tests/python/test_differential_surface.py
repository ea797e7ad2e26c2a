"""Each endpoint of the client with every argument, in both packages against the same server.

Arguments and responses are samples of the types that `openai` declares; see `samples`.
"""

from __future__ import annotations

import base64
import importlib
import io
import struct
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

import ssescan.openai
from differential import SDK, Row, answer, names_of, seen_by
from each import for_each
from faultserver import FaultServer
from fixtures import STREAMS
from samples import FILE, arguments_of, response_of
from ssescan import Scanner, StreamTruncated, errors
from ssescan.openai import OpenAI
from ssescan.openai._endpoints import Endpoint
from ssescan.types.speech import SpeechAudioDeltaEvent, SpeechAudioDoneEvent
from test_surface import METHODS, at, endpoint_at

OURS, THEIRS = OpenAI(api_key="k"), openai.OpenAI(api_key="k")
#: Groups whose endpoints `test_differential` has rows for.
ELSEWHERE = ("beta.chat.", "beta.assistants.", "beta.threads.", "chat.", "completions.", "models.", "responses.")
BINARY = b"\x00\xff binary \r\n" * 5000
#: Arguments of which one sample is not enough: the classes of the response depend on them, or they exclude each other.
CHOSEN: dict[str, dict[str, Any]] = {
    "embeddings.create": {"encoding_format": "float"},
    "audio.voices.create": {"type": "x"},
}


#: Endpoints whose models have names that differ on the wire. A model of `openai` then has such a field twice.
DICTS = {"moderations.create"}


PATHS = [
    path
    for path in METHODS
    if not path.startswith(ELSEWHERE) and (row := endpoint_at(path)) is not None and not row.always_streams
]


def theirs(name: str) -> Any:
    module, _, cls = f"openai.types.{name}".rpartition(".")
    return getattr(importlib.import_module(module), cls)


def response(row: Endpoint) -> Any:
    if row.result_class == "None":
        return answer(b"", kind=None)
    if row.result_class is str or row.result_class == "HttpxBinaryResponseContent":
        return answer(BINARY, "x-request-id: req_1", kind="application/octet-stream")
    body = response_of(theirs(str(row.result_class)), page=row.page is not None)
    return answer(body, "x-request-id: req_1")


def program(path: str) -> Any:
    arguments = {**arguments_of(at(THEIRS, path)), **CHOSEN.get(path, {})}

    def call(it: SDK) -> Any:
        result = at(it.client(), path)(**arguments)
        if hasattr(result, "iter_pages"):
            return [type(result).__name__.partition("[")[0], result, list(result)]
        if path in DICTS:
            return result.to_dict()
        return result.read() if hasattr(result, "write_to_file") else result

    return call


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


def compare(row: Row, server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> Any:
    expected, got = (seen_by(package, row, server, monkeypatch) for package in ("openai", "ssescan.openai"))
    assert got.requests == expected.requests
    assert (got.result, got.error, got.warnings) == (expected.result, expected.error, expected.warnings)
    return got


@for_each(PATHS, parts=3)
def test_an_endpoint(path: str):
    row = endpoint_at(path)
    assert row is not None
    with FaultServer() as server, pytest.MonkeyPatch.context() as monkeypatch:
        seen = compare(Row(path, program(path), (response(row),)), server, monkeypatch)
    assert seen.error is None and len(seen.requests) == 1


def test_there_are_many():
    assert len(PATHS) > 100


def requested(client: Any, path: str, arguments: dict[str, Any]) -> Any:
    """Return what a program sees that replaces `request` of a client: the classes and the call."""
    seen: list[Any] = []

    def request(cast_to: Any, options: Any, **how: Any) -> Any:
        classes = names_of(cast_to), names_of(how.get("stream_cls"))
        seen.append((*classes, how.get("stream", False), options.method, options.url))
        raise StopIteration

    client.request = request
    with warnings.catch_warnings(), pytest.raises(StopIteration):
        warnings.simplefilter("ignore", DeprecationWarning)
        at(client, path)(**arguments)
    return seen


#: Only their `request` is called, and it is replaced each time.
REPLACED = OpenAI(api_key="k"), openai.OpenAI(api_key="k")


@for_each([path for path in METHODS if endpoint_at(path) is not None], parts=1)
def test_what_a_replaced_request_sees(path: str):
    arguments = arguments_of(at(THEIRS, path))
    for streams in ({}, {"stream": True}) if "stream" in arguments else ({},):
        ours, theirs = (requested(client, path, {**arguments, **streams}) for client in REPLACED)
        assert ours == theirs


VECTOR = struct.pack("<4f", 0.5, -1.0, 1e-3, 3.25)
USAGE = {"prompt_tokens": 1, "total_tokens": 1}


def embeddings(*vectors: Any) -> Any:
    data = [{"object": "embedding", "index": at, "embedding": vector} for at, vector in enumerate(vectors)]
    return answer({"object": "list", "data": data, "model": "m", "usage": USAGE}, "x-request-id: req_1")


def embedded(it: SDK, **more: Any) -> Any:
    return it.client().embeddings.create(model="m", input=["a", "b"], **more)


BASE64 = base64.b64encode(VECTOR).decode()
STORE_FILE = {"id": "file_1", "object": "vector_store.file", "vector_store_id": "vs", "created_at": 1, "usage_bytes": 1}


def store_file(status: str, *headers: str) -> Any:
    return answer({**STORE_FILE, "status": status, "last_error": None}, *headers)


def batch(in_progress: int, *headers: str) -> Any:
    counts = {"in_progress": in_progress, "completed": 1, "failed": 0, "cancelled": 0, "total": 1}
    body = {"id": "vsfb", "object": "vector_store.files_batch", "status": "completed", "file_counts": counts}
    return answer({**body, "created_at": 1, "vector_store_id": "vs"}, *headers)


def file_object(status: str) -> Any:
    body = {"id": "file_1", "object": "file", "bytes": 1, "created_at": 1, "filename": "f", "purpose": "assistants"}
    return answer({**body, "status": status})


UPLOAD = answer({"id": "up", "object": "upload", "bytes": 10, "filename": "f", "status": "pending"})
PART = answer({"id": "part", "object": "upload.part", "upload_id": "up", "created_at": 1})
TEXT = answer(b"Hello", kind="text/plain")


class Named(io.BytesIO):
    name = '/tmp/a dir/\u00fc"q\\.json'


def uploaded(it: SDK, file: Any, **more: Any) -> Any:
    return it.client().files.create(file=file, purpose="assistants", **more)


def transcribed(it: SDK, **more: Any) -> Any:
    return it.client().audio.transcriptions.create(file=FILE, model="m", **more)


def spoken(it: SDK) -> Any:
    return it.client().audio.speech.create(input="Hi", model="m", voice="alloy")


def contents(it: SDK) -> Any:
    found = it.client().files.content("f")
    return [
        type(found).__name__,
        found.content,
        found.text,
        found.charset_encoding,
        [*found.iter_bytes(1000)],
        [*found.iter_text(700)],
        [*found.iter_lines()],
        found.response.headers["content-type"],
    ]


def json_content(it: SDK) -> Any:
    found = it.client().files.content("f")
    return [found.json(), found.json(parse_int=str), found.encoding]


def written(it: SDK) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "written.bin")
        spoken(it).write_to_file(path)
        at_once = path.read_bytes()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            spoken(it).stream_to_file(str(path), chunk_size=7)
        return [at_once, path.read_bytes()]


def paged(it: SDK, path: str, *args: Any) -> Any:
    return list(at(it.client(), path)(*args))


def page(*ids: str, kind: str = "x", **more: Any) -> Any:
    return answer({"object": "list", "data": [{"id": name, "type": kind} for name in ids], **more})


def chunked(it: SDK, **more: Any) -> Any:
    return it.client().uploads.upload_file_chunked(mime_type="text/plain", purpose="assistants", **more)


def low_level(verb: str, files: Any) -> Any:
    options = {"headers": {"Content-Type": "multipart/form-data"}}
    return lambda it: getattr(it.client(), verb)("/x", cast_to=object, body={"a": [1]}, files=files, options=options)


def streamed(fixture: str) -> Any:
    return answer((STREAMS / f"{fixture}.sse").read_bytes(), kind="text/event-stream")


ROWS = [
    Row("embeddings as base64", embedded, (embeddings(BASE64, BASE64),)),
    Row("embeddings of a server that knows no base64", embedded, (embeddings([0.5, 1.0]),)),
    Row("embeddings as the caller asks for", lambda it: embedded(it, encoding_format="base64"), (embeddings(BASE64),)),
    Row("embeddings without a vector", embedded, (embeddings(),)),
    Row("a file of bytes", lambda it: uploaded(it, b"abc"), (file_object("processed"),)),
    Row("a file with a name", lambda it: uploaded(it, Named(b"abc")), (file_object("processed"),)),
    Row("a file without a name", lambda it: uploaded(it, io.BytesIO(b"abc")), (file_object("processed"),)),
    Row("a file at a path", lambda it: uploaded(it, Path(__file__)), (file_object("processed"),)),
    Row("an open file", lambda it: uploaded(it, open(__file__, "rb")), (file_object("processed"),)),  # noqa: SIM115
    Row("a file of a type", lambda it: uploaded(it, ("a.x", b"abc", "text/x")), (file_object("processed"),)),
    Row("a file without a filename", lambda it: uploaded(it, (None, b"abc")), (file_object("processed"),)),
    Row(
        "a file with headers",
        lambda it: uploaded(it, ("a", io.BytesIO(b"abc"), "text/x", {"X-A": "b"})),
        (file_object("processed"),),
    ),
    Row("a file in a tuple at a path", lambda it: uploaded(it, ("n", Path(__file__))), (file_object("processed"),)),
    Row(
        "fields of a form",
        lambda it: uploaded(
            it, b"a", expires_after={"anchor": "created_at", "seconds": 1}, extra_body={"a": [1, True]}
        ),
        (file_object("processed"),),
    ),
    Row(
        "a boundary of the caller",
        lambda it: uploaded(it, b"a", extra_headers={"content-type": "multipart/form-data; boundary=abc"}),
        (file_object("processed"),),
    ),
    Row(
        "a form is sent again",
        lambda it: uploaded(it, io.BytesIO(b"abc")),
        (answer({}, status="500 Oops"), file_object("processed")),
    ),
    Row(
        "several images",
        lambda it: it.client().images.edit(image=[b"a", ("b.png", b"b")], prompt="p", mask=b"m", n=2),
        (answer({"created": 1, "data": [{"b64_json": "eA=="}]}),),
    ),
    Row("transcription as text", lambda it: transcribed(it, response_format="text"), (TEXT,)),
    Row("transcription as subtitles", lambda it: transcribed(it, response_format="srt"), (TEXT,)),
    Row("transcription as JSON", lambda it: transcribed(it, response_format="json"), (answer({"text": "Hi"}),)),
    Row(
        "transcription with details",
        lambda it: transcribed(it, response_format="verbose_json"),
        (answer({"text": "Hi", "duration": 1.0, "language": "en"}),),
    ),
    Row(
        "transcription with speakers",
        lambda it: transcribed(it, response_format="diarized_json"),
        (answer({"text": "Hi", "duration": 1.0, "segments": [], "task": "transcribe"}),),
    ),
    Row("transcription by default", transcribed, (answer({"text": "Hi"}),)),
    Row("content", contents, (answer("a ü\r\nb\n".encode() * 300, kind="text/plain; charset=utf-8"),)),
    Row("content that is JSON", json_content, (answer({"a": [1, 2.5]}),)),
    Row("content in files", written, (answer(BINARY, kind="audio/mpeg"),)),
    Row(
        "conversation items, in pages",
        lambda it: paged(it, "conversations.items.list", "c"),
        (page("a", "b", kind="message", last_id="b", has_more=True), page("c", kind="message", has_more=False)),
    ),
    Row(
        "sessions, in pages",
        lambda it: paged(it, "beta.agents.sessions.list"),
        (page("a", next="n1", has_more=True), page("b", last_id="x", has_more=False)),
    ),
    Row(
        "sessions of which the next page has no name",
        lambda it: paged(it, "beta.agents.list"),
        (page("a", has_more=True), page("b", has_more=False)),
    ),
    Row(
        "environments, in pages",
        lambda it: paged(it, "beta.agents.environments.list"),
        (page("a", next="n1", has_more=True), page("b", has_more=False)),
    ),
    Row(
        "waiting for a file",
        lambda it: it.client().files.wait_for_processing("file_1", poll_interval=0.25),
        (file_object("uploaded"), file_object("uploaded"), file_object("processed")),
    ),
    Row(
        "waiting for a file in vain",
        lambda it: it.client().files.wait_for_processing("file_1", max_wait_seconds=-1),
        (file_object("uploaded"),),
    ),
    Row(
        "adding a file to a store and waiting",
        lambda it: it.client().vector_stores.files.create_and_poll("file_1", vector_store_id="vs", attributes={"a": 1}),
        (
            store_file("in_progress"),
            store_file("in_progress", "openai-poll-after-ms: 1500"),
            store_file("in_progress"),
            store_file("completed"),
        ),
    ),
    Row(
        "uploading a file to a store and waiting",
        lambda it: it.client().vector_stores.files.upload_and_poll(
            vector_store_id="vs", file=FILE, poll_interval_ms=10, max_wait_seconds=30
        ),
        (file_object("uploaded"), store_file("in_progress"), store_file("in_progress"), store_file("failed")),
    ),
    Row(
        "uploading a file to a store",
        lambda it: it.client().vector_stores.files.upload(vector_store_id="vs", file=FILE),
        (file_object("uploaded"), store_file("in_progress")),
    ),
    Row(
        "a limit below zero",
        lambda it: it.client().vector_stores.files.poll("f", vector_store_id="vs", max_wait_seconds=-1),
    ),
    Row(
        "a limit that has passed",
        lambda it: it.client().vector_stores.files.poll("f", vector_store_id="vs", max_wait_seconds=0),
    ),
    Row(
        "adding files to a store and waiting",
        lambda it: it.client().vector_stores.file_batches.create_and_poll("vs", file_ids=["a"]),
        (batch(1), batch(1, "openai-poll-after-ms: 20"), batch(0)),
    ),
    Row(
        "uploading files to a store and waiting",
        lambda it: it.client().vector_stores.file_batches.upload_and_poll("vs", files=[FILE], file_ids=["b"]),
        (file_object("uploaded"), batch(1), batch(0)),
    ),
    Row(
        "uploading in parts",
        lambda it: chunked(it, file=b"0123456789", filename="f", bytes=10, part_size=4),
        (UPLOAD, PART, PART, PART, UPLOAD),
    ),
    Row("uploading a path in parts", lambda it: chunked(it, file=Path(__file__), md5="x"), (UPLOAD, PART, UPLOAD)),
    Row(
        "Azure sends forms to the deployment",
        lambda it: it.azure().audio.transcriptions.create(file=FILE, model="dep", language="en"),
        (answer({"text": "Hi"}),),
    ),
    *(
        Row(f"files of a low-level {verb}", low_level(verb, files), (answer({"a": 1}),))
        for verb, files in (("post", {"f": b"x"}), ("put", [("f", FILE), ("f", b"y")]), ("patch", {"f": FILE}))
    ),
    Row(
        "a stream of images",
        lambda it: list(it.client().images.generate(model="m", prompt="p", partial_images=2, stream=True)),
        (streamed("images/image_generation"),),
    ),
    Row(
        "a stream of edited images",
        lambda it: list(it.client().images.edit(image=FILE, prompt="p", stream=True)),
        (streamed("images/image_edit"),),
    ),
    Row(
        "a stream of a transcription",
        lambda it: list(transcribed(it, response_format="diarized_json", chunking_strategy="auto", stream=True)),
        (streamed("transcription/speakers"),),
    ),
    Row(
        "a stream of a new session",
        lambda it: list(it.client().beta.agents.sessions.create(environment={"type": "none"}, stream=True)),
        (streamed("agents/turn"),),
    ),
    Row(
        "a stream of a session that fails",
        lambda it: list(it.client().beta.agents.sessions.events.stream("as_1", include_obfuscation=False)),
        (streamed("agents/turn_failed"),),
    ),
    Row(
        "speech as events",
        lambda it: it.client().audio.speech.create(input="Hi", model="m", voice="alloy", stream_format="sse").read(),
        (streamed("speech/whole"),),
    ),
    Row(
        "the client of the package",
        lambda it: at(_module(it), "files.retrieve")("f"),
        (file_object("processed"),),
    ),
]


def _module(it: SDK) -> Any:
    package = it.openai
    package.api_key, package.base_url = "k", f"{it.url}/"
    return package


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
def test_a_program(row: Row, server: FaultServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("random.random", lambda: 0.0)
    monkeypatch.setattr("openai._base_client.random", lambda: 0.0)
    compare(row, server, monkeypatch)


@pytest.mark.parametrize(
    "wanted", [None, "json", "text", "verbose_json", "diarized_json", "new", {"type": "new"}], ids=str
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_unknown_audio_format_is_logged(server: FaultServer, caplog: pytest.LogCaptureFixture, wanted: Any):
    seen = []
    server.play_each(answer({"text": "Hi"}))
    for package in (openai, ssescan.openai):
        client, results = package.OpenAI(api_key="k", base_url=server.origin, max_retries=0), []
        for group in (client.audio.transcriptions, client.audio.translations):
            result = group.create(file=FILE, model="m", response_format=wanted)
            results.append(
                (type(result).__name__, [(it.name, it.getMessage()) for it in caplog.records if "audio" in it.name])
            )
            caplog.clear()
        seen.append(results)
    assert seen[0] == seen[1]


class TestFiles:
    @pytest.mark.parametrize("file", [3, "text", {"a": 1}, [b"a", 3]])
    def test_what_is_not_a_file(self, file: Any):
        with pytest.raises(RuntimeError, match="Invalid file 'file': expected bytes, a binary file, a path or a tuple"):
            OURS.files.create(file=file, purpose="assistants")

    def test_a_file_that_is_open_as_text(self):
        with pytest.raises(TypeError, match="open as text"):
            OURS.files.create(file=io.StringIO("x"), purpose="assistants")  # type: ignore[arg-type]

    @pytest.mark.parametrize("missing", ["filename", "bytes"])
    def test_content_in_parts_needs_a_name_and_a_size(self, missing: str):
        arguments: Any = {"file": b"0", "filename": "f", "bytes": 1, "mime_type": "t", "purpose": "assistants"}
        for client in (OURS, THEIRS):
            with pytest.raises(TypeError, match=f"The `{missing}` argument"):
                client.uploads.upload_file_chunked(**{k: v for k, v in arguments.items() if k != missing})


class TestRaw:
    """Responses of `with_raw_response` and `with_streaming_response` of endpoints that are not plain JSON."""

    def test_embeddings_are_decoded_when_they_are_parsed(self, server: FaultServer):
        server.play_each(embeddings(BASE64))
        raw = client(server).embeddings.with_raw_response.create(model="m", input="a")
        assert raw.parse().data[0].embedding == pytest.approx([0.5, -1.0, 1e-3, 3.25])
        assert b"base64" in server.requests[-1].body

    def test_content_is_written_as_it_arrives(self, server: FaultServer, tmp_path: Path):
        server.play_each(answer(BINARY, kind="audio/mpeg"))
        speech = client(server).audio.speech.with_streaming_response
        with speech.create(input="Hi", model="m", voice="alloy") as response:
            response.stream_to_file(tmp_path / "a", chunk_size=1000)
        assert (tmp_path / "a").read_bytes() == BINARY
        with client(server).files.with_streaming_response.content("f") as response:
            assert b"".join(response.iter_bytes(chunk_size=100)) == BINARY
        with client(server).files.with_streaming_response.content("f") as response:
            assert response.parse() == BINARY

    def test_raw_content(self, server: FaultServer):
        server.play_each(answer(BINARY, kind="audio/mpeg"))
        raw = client(server).files.with_raw_response.content("f")
        assert (raw.content, raw.parse().content, type(raw.parse()).__name__) == (
            BINARY,
            BINARY,
            "HttpxBinaryResponseContent",
        )


def client(server: FaultServer) -> Any:
    return OpenAI(api_key="k", base_url=f"{server.origin}/v1")


class TestStreams:
    """Our streams of these endpoints have more than those of `openai`: outcome, text and usage."""

    def test_text_and_end_of_a_transcription(self, server: FaultServer):
        server.play_each(streamed("transcription/whole"))
        with client(server).audio.transcriptions.create(file=FILE, model="m", stream=True) as events:
            assert events.reader().read() == "Grüße, Welt"
        assert (events.outcome, events.dialect, events.usage["total_tokens"]) == ("done", "transcription", 45)

    def test_a_turn_that_fails_fails_its_reader(self, server: FaultServer):
        server.play_each(streamed("agents/turn_failed"))
        events = client(server).beta.agents.sessions.events.stream("as_1")
        with pytest.raises(errors.APIError, match="The model failed."):
            events.reader().read()

    def test_one_that_is_truncated(self, server: FaultServer):
        server.play_each(streamed("images/image_edit_truncated"))
        with pytest.raises(StreamTruncated):
            list(client(server).images.edit(image=FILE, prompt="p", stream=True))

    def test_speech_while_it_arrives(self, server: FaultServer):
        server.play_each(streamed("speech/whole"))
        speech = client(server).audio.speech.with_streaming_response
        with speech.create(input="Hi", model="m", voice="alloy", stream_format="sse") as response:
            events = list(Scanner(response.iter_bytes(), dialect="speech"))
        assert [type(event) for event in events] == [SpeechAudioDeltaEvent] * 3 + [SpeechAudioDoneEvent]
        assert (events[0].audio, events[-1].usage.total_tokens) == ("SUQzBAAAAAAA", 115)
