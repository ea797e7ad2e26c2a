"""Chat Completions."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from ..._endpoints import Options, delete, get, post
from ..._types import omit
from ._helpers import CompletionHelpers
from ._params import CompletionCreate, CompletionList, CompletionUpdate
from .messages import Messages

if TYPE_CHECKING:
    from typing import Literal, Optional

    from typing_extensions import Unpack

    from ..._streaming import Stream
    from ..._types import Omit
    from ...pagination import SyncCursorPage
    from ...types.chat import (
        ChatCompletion,
        ChatCompletionChunk,
        ChatCompletionDeleted,
    )

__all__ = ["Completions"]


class Completions(CompletionHelpers):
    @cached_property
    def messages(self) -> Messages:
        return self._group(Messages)

    @overload
    def create(self, *, stream: Literal[True], **given: Unpack[CompletionCreate]) -> Stream[ChatCompletionChunk]: ...
    @overload
    def create(
        self, *, stream: Optional[Literal[False]] | Omit = omit, **given: Unpack[CompletionCreate]
    ) -> ChatCompletion: ...
    @overload
    def create(
        self, *, stream: bool, **given: Unpack[CompletionCreate]
    ) -> ChatCompletion | Stream[ChatCompletionChunk]: ...

    @post("/chat/completions", "chat.ChatCompletion", dialect="chat")
    def create(self, *, stream: Optional[bool] | Omit = omit, **given: Unpack[CompletionCreate]) -> Any:
        """The answer to a conversation: with `stream=True` a `Stream` of its chunks."""

    @get("/chat/completions/{completion_id}", "chat.ChatCompletion")
    def retrieve(self, completion_id: str, **given: Unpack[Options]) -> ChatCompletion:
        """An answer that was stored."""

    @post("/chat/completions/{completion_id}", "chat.ChatCompletion")
    def update(self, completion_id: str, **given: Unpack[CompletionUpdate]) -> ChatCompletion:
        """Other `metadata` for an answer that was stored."""

    @get("/chat/completions", "chat.ChatCompletion", page="SyncCursorPage")
    def list(self, **given: Unpack[CompletionList]) -> SyncCursorPage[ChatCompletion]:
        """The answers that were stored."""

    @delete("/chat/completions/{completion_id}", "chat.ChatCompletionDeleted")
    def delete(self, completion_id: str, **given: Unpack[Options]) -> ChatCompletionDeleted:
        """Forgets an answer that was stored."""
