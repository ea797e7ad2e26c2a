"""Transcriptions: the text of a recording."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from ..._async import add_async_names
from ..._endpoints import Options, post
from ..._types import omit
from .._resource import Resource
from ._formats import by_format

if TYPE_CHECKING:
    from typing import List, Literal, Optional, Union

    from typing_extensions import Required, Unpack

    from ..._streaming import Stream
    from ..._types import FileTypes, Omit
    from ...types import AudioModel, AudioResponseFormat
    from ...types._params import SequenceNotStr
    from ...types.audio import (
        Transcription,
        TranscriptionDiarized,
        TranscriptionInclude,
        TranscriptionStreamEvent,
        TranscriptionVerbose,
        transcription_create_params,
    )

__all__ = ["Transcriptions"]

add_async_names(__name__)


class TranscriptionCreate(Options, total=False):
    file: Required[FileTypes]
    model: Required[Union[str, AudioModel]]
    chunking_strategy: Optional[transcription_create_params.ChunkingStrategy] | Omit
    include: List[TranscriptionInclude] | Omit
    keywords: SequenceNotStr[str] | Omit
    known_speaker_names: SequenceNotStr[str] | Omit
    known_speaker_references: SequenceNotStr[str] | Omit
    language: str | Omit
    languages: SequenceNotStr[str] | Omit
    prompt: str | Omit
    temperature: float | Omit
    timestamp_granularities: List[Literal["word", "segment"]] | Omit


class Transcriptions(Resource):
    @overload
    def create(
        self,
        *,
        response_format: AudioResponseFormat | Omit = omit,
        stream: Literal[True],
        **arguments: Unpack[TranscriptionCreate],
    ) -> Stream[TranscriptionStreamEvent]: ...
    @overload
    def create(
        self,
        *,
        response_format: Literal["json"] | Omit = omit,
        stream: Optional[Literal[False]] | Omit = omit,
        **arguments: Unpack[TranscriptionCreate],
    ) -> Transcription: ...
    @overload
    def create(
        self,
        *,
        response_format: Literal["verbose_json"],
        stream: Optional[Literal[False]] | Omit = omit,
        **arguments: Unpack[TranscriptionCreate],
    ) -> TranscriptionVerbose: ...
    @overload
    def create(
        self,
        *,
        response_format: Literal["diarized_json"],
        stream: Optional[Literal[False]] | Omit = omit,
        **arguments: Unpack[TranscriptionCreate],
    ) -> TranscriptionDiarized: ...
    @overload
    def create(
        self,
        *,
        response_format: Literal["text", "srt", "vtt"],
        stream: Optional[Literal[False]] | Omit = omit,
        **arguments: Unpack[TranscriptionCreate],
    ) -> str: ...
    @overload
    def create(
        self,
        *,
        response_format: AudioResponseFormat | Omit = omit,
        stream: bool,
        **arguments: Unpack[TranscriptionCreate],
    ) -> Transcription | TranscriptionVerbose | TranscriptionDiarized | str | Stream[TranscriptionStreamEvent]: ...

    @post(
        "/audio/transcriptions",
        "audio.transcription.Transcription",
        TranscriptionCreate,
        required=("file", "model"),
        dialect="transcription",
        events="audio.TranscriptionStreamEvent",
        files=("file",),
        prepare=by_format(
            verbose_json="audio.transcription_verbose.TranscriptionVerbose",
            diarized_json="audio.transcription_diarized.TranscriptionDiarized",
        ),
    )
    def create(
        self,
        *,
        response_format: AudioResponseFormat | Omit = omit,
        stream: Optional[bool] | Omit = omit,
        **arguments: Unpack[TranscriptionCreate],
    ) -> Any:
        """Return the text of a recording. With `stream=True` return a `Stream` of its events."""
