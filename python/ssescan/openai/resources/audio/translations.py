"""Translations: the text of a recording, in English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from ..._async import add_async_names
from ..._endpoints import Options, post
from ..._types import omit
from .._resource import Resource
from ._formats import by_format

if TYPE_CHECKING:
    from typing import Literal, Union

    from typing_extensions import Required, Unpack

    from ..._types import FileTypes, Omit
    from ...types import AudioModel
    from ...types.audio import Translation, TranslationVerbose

__all__ = ["Translations"]

add_async_names(__name__)


class TranslationCreate(Options, total=False):
    file: Required[FileTypes]
    model: Required[Union[str, AudioModel]]
    prompt: str | Omit
    temperature: float | Omit


class Translations(Resource):
    @overload
    def create(
        self, *, response_format: Literal["json"] | Omit = omit, **arguments: Unpack[TranslationCreate]
    ) -> Translation: ...
    @overload
    def create(
        self, *, response_format: Literal["verbose_json"], **arguments: Unpack[TranslationCreate]
    ) -> TranslationVerbose: ...
    @overload
    def create(
        self, *, response_format: Literal["text", "srt", "vtt"], **arguments: Unpack[TranslationCreate]
    ) -> str: ...

    @post(
        "/audio/translations",
        "audio.translation.Translation",
        TranslationCreate,
        required=("file", "model"),
        files=("file",),
        deprecated="deprecated",
        prepare=by_format(verbose_json="audio.translation_verbose.TranslationVerbose"),
    )
    def create(
        self,
        *,
        response_format: Literal["json", "text", "srt", "verbose_json", "vtt"] | Omit = omit,
        **arguments: Unpack[TranslationCreate],
    ) -> Any:
        """Return the text of a recording, in English."""
