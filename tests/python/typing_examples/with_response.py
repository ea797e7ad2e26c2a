"""`with_raw_response` and `with_streaming_response`, as checkers see them: the arguments and the result of each method."""

from __future__ import annotations

from typing import Any, Dict

from typing_extensions import assert_type

from ssescan.openai import APIResponse, OpenAI, Stream
from ssescan.openai._binary import HttpxBinaryResponseContent
from ssescan.openai._legacy_response import LegacyAPIResponse
from ssescan.openai._response import StreamedBinaryAPIResponse
from ssescan.openai.pagination import SyncCursorPage
from ssescan.openai.types import FileObject
from ssescan.openai.types.audio import Transcription
from ssescan.openai.types.beta.threads import Run
from ssescan.openai.types.chat import ChatCompletion, ChatCompletionChunk, ParsedChatCompletion
from ssescan.openai.types.responses import Response, ResponseStreamEvent


class Place:
    city: str


def raw(client: OpenAI) -> None:
    completions = client.chat.completions.with_raw_response
    made = completions.create(model="m", messages=[], temperature=0.5)
    assert_type(made, LegacyAPIResponse[ChatCompletion])
    assert_type(made.parse(), ChatCompletion)
    assert_type(made.parse(to=Dict[str, Any]), Dict[str, Any])
    assert_type(completions.create(model="m", messages=[], stream=True).parse(), Stream[ChatCompletionChunk])
    parsed = completions.parse(model="m", messages=[], response_format=Place)
    assert_type(parsed.parse(), ParsedChatCompletion[Place])
    assert_type(client.with_raw_response.files.list(limit=3).parse(), SyncCursorPage[FileObject])
    assert_type(client.files.with_raw_response.content("f").parse(), HttpxBinaryResponseContent)
    run = client.beta.threads.with_raw_response.runs.retrieve("run", thread_id="t")
    assert_type(run.parse(), Run)


def streaming(client: OpenAI) -> None:
    with client.responses.with_streaming_response.create(model="m", input="Hi", stream=True) as response:
        assert_type(response, APIResponse[Stream[ResponseStreamEvent]])
        assert_type(response.parse(), Stream[ResponseStreamEvent])
    with client.with_streaming_response.responses.retrieve("resp") as other:
        assert_type(other.parse(), Response)
    with client.files.with_streaming_response.content("f") as content:
        assert_type(content, StreamedBinaryAPIResponse[HttpxBinaryResponseContent])
        content.stream_to_file("f.txt")
    with client.audio.with_streaming_response.transcriptions.create(file=b"x", model="m") as audio:
        assert_type(audio.parse(), Transcription)


def mistakes(client: OpenAI) -> None:
    client.files.with_raw_response.contents("f")  # type: ignore[attr-defined]  # pyright: ignore
    client.files.with_raw_response.content("f", file="x")  # type: ignore[call-arg]  # pyright: ignore
    client.files.with_streaming_response.content()  # type: ignore[call-arg]  # pyright: ignore
    client.chat.completions.with_raw_response.create(model="m")  # type: ignore[call-overload]  # pyright: ignore
