"""Endpoints besides chat, responses and assistants, as checkers see them."""

from __future__ import annotations

from pathlib import Path
from typing import List

from pydantic import BaseModel
from typing_extensions import assert_type

from ssescan.openai import OpenAI, Stream
from ssescan.openai._binary import HttpxBinaryResponseContent
from ssescan.openai.pagination import SyncCursorPage
from ssescan.openai.types import FileObject, ImagesResponse
from ssescan.openai.types.audio import Transcription, TranscriptionDiarized, TranscriptionVerbose
from ssescan.openai.types.beta.agent_session import AgentSession
from ssescan.openai.types.beta.agent_session_event import AgentSessionEvent
from ssescan.openai.types.image_gen_stream_event import ImageGenStreamEvent
from ssescan.openai.types.vector_stores import VectorStoreFile


def files(client: OpenAI, path: Path) -> None:
    made = client.files.create(file=path, purpose="assistants")
    assert_type(made, FileObject)
    assert_type(client.files.create(file=("a.txt", b"x", "text/plain"), purpose="batch").id, str)
    assert_type(client.files.list(limit=3), SyncCursorPage[FileObject])
    assert_type(client.files.content(made.id), HttpxBinaryResponseContent)
    assert_type(
        client.vector_stores.files.upload_and_poll(vector_store_id="vs", file=path, max_wait_seconds=3),
        VectorStoreFile,
    )


def vectors(client: OpenAI) -> List[float]:
    return client.embeddings.create(model="m", input=["a", "b"]).data[0].embedding


def audio(client: OpenAI, path: Path) -> None:
    create = client.audio.transcriptions.create
    assert_type(create(file=path, model="m"), Transcription)
    assert_type(create(file=path, model="m", response_format="verbose_json"), TranscriptionVerbose)
    assert_type(create(file=path, model="m", response_format="diarized_json"), TranscriptionDiarized)
    assert_type(create(file=path, model="m", response_format="srt"), str)
    assert_type(client.audio.speech.create(input="Hi", model="m", voice="alloy").read(), bytes)


def images(client: OpenAI) -> None:
    assert_type(client.images.generate(prompt="a cat"), ImagesResponse)
    assert_type(client.images.generate(prompt="a cat", stream=True), Stream[ImageGenStreamEvent])


class Place(BaseModel):
    city: str


def agents(client: OpenAI) -> None:
    session = client.beta.agents.sessions.create(environment={"type": "openai_hosted"}, agent_id="agent_1")
    assert_type(session, AgentSession)
    assert_type(client.beta.agents.sessions.events.stream(session.id), Stream[AgentSessionEvent])
    with client.beta.agents.sessions.stream(session.id, input="Hi", tool_handlers={"f": str}) as stream:
        for event in stream:
            if event.type == "agent.session.turn.output_text.delta":
                assert_type(event.delta, str)
        assert_type(stream.get_final_result().output_parsed, None)
    with client.beta.agents.sessions.stream(session.id, input="Hi", output_type=Place) as parsed:
        assert_type(parsed.get_final_result().output_parsed, Place | None)
