"""Chat Completions."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from ...._async import add_async_names
from ...._call import Call
from ...._endpoints import Options, delete, get, post
from ...._types import omit
from .._helpers import CompletionHelpers
from .._params import CompletionCreate, CompletionList, CompletionUpdate
from .messages import Messages

if TYPE_CHECKING:
    from typing import Literal, Optional

    from typing_extensions import Unpack

    from ...._streaming import Stream
    from ...._types import Omit
    from ....pagination import SyncCursorPage
    from ....types.chat import (
        ChatCompletion,
        ChatCompletionChunk,
        ChatCompletionDeleted,
    )

__all__ = ["Completions"]

add_async_names(__name__)


def _refuse_class(call: Call) -> Call:
    """Return the call. Raise TypeError if its format is a class, which `parse` and `stream` take."""
    if isinstance(call.json_data.get("response_format"), type):
        # The message is that of `openai`, on purpose. But its `parse` does not stream.
        given, instead = (" with `stream=True`", "stream") if call.stream else ("", "parse")
        raise TypeError(
            f"You tried to pass a `BaseModel` class to `chat.completions.create()`{given}; You must use "
            f"`chat.completions.{instead}()` instead"
        )
    return call


class Completions(CompletionHelpers):
    @cached_property
    def messages(self) -> Messages:
        return self._group(Messages)

    @overload
    def create(
        self, *, stream: Literal[True], **arguments: Unpack[CompletionCreate]
    ) -> Stream[ChatCompletionChunk]: ...
    @overload
    def create(
        self, *, stream: Optional[Literal[False]] | Omit = omit, **arguments: Unpack[CompletionCreate]
    ) -> ChatCompletion: ...
    @overload
    def create(
        self, *, stream: bool, **arguments: Unpack[CompletionCreate]
    ) -> ChatCompletion | Stream[ChatCompletionChunk]: ...

    @post(
        "/chat/completions",
        "chat.ChatCompletion",
        CompletionCreate,
        required=("messages", "model"),
        dialect="chat",
        events="chat.ChatCompletionChunk",
        prepare=_refuse_class,
    )
    def create(self, *, stream: Optional[bool] | Omit = omit, **arguments: Unpack[CompletionCreate]) -> Any:
        """Answer a conversation. With `stream=True` return a `Stream` of chunks."""

    @get("/chat/completions/{completion_id}", "chat.ChatCompletion")
    def retrieve(self, completion_id: str, **arguments: Unpack[Options]) -> ChatCompletion:
        """Return a stored completion."""

    @post("/chat/completions/{completion_id}", "chat.ChatCompletion", CompletionUpdate, required=("metadata",))
    def update(self, completion_id: str, **arguments: Unpack[CompletionUpdate]) -> ChatCompletion:
        """Replace the `metadata` of a stored completion."""

    @get("/chat/completions", "chat.ChatCompletion", CompletionList, page="SyncCursorPage")
    def list(self, **arguments: Unpack[CompletionList]) -> SyncCursorPage[ChatCompletion]:
        """Return the stored completions, in pages."""

    @delete("/chat/completions/{completion_id}", "chat.ChatCompletionDeleted")
    def delete(self, completion_id: str, **arguments: Unpack[Options]) -> ChatCompletionDeleted:
        """Delete a stored completion."""
