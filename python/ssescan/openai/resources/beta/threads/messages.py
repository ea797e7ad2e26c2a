"""The messages of a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._async import add_async_names
from ...._endpoints import Options, delete, get, post
from ..._listing import ListingBefore
from .._assistants import AssistantsResource, MetadataUpdate

if TYPE_CHECKING:
    from typing import Iterable, Literal, Optional, Union

    from typing_extensions import Required, Unpack

    from ...._types import Omit
    from ....pagination import SyncCursorPage
    from ....types.beta.threads import Message, MessageContentPartParam, MessageDeleted, message_create_params
    from ....types.shared import Metadata

__all__ = ["Messages"]

add_async_names(__name__)


class MessageCreate(Options, total=False):
    content: Required[Union[str, Iterable[MessageContentPartParam]]]
    role: Required[Literal["user", "assistant"]]
    attachments: Optional[Iterable[message_create_params.Attachment]] | Omit
    metadata: Optional[Metadata] | Omit


class MessageList(ListingBefore, total=False):
    run_id: str | Omit


class Messages(AssistantsResource):
    @post("/threads/{thread_id}/messages", "beta.threads.Message", MessageCreate, required=("content", "role"))
    def create(self, thread_id: str, **arguments: Unpack[MessageCreate]) -> Message:
        """Add a message to a thread."""

    @get("/threads/{thread_id}/messages/{message_id}", "beta.threads.Message")
    def retrieve(self, message_id: str, *, thread_id: str, **arguments: Unpack[Options]) -> Message:
        """Return a message."""

    @post("/threads/{thread_id}/messages/{message_id}", "beta.threads.Message", MetadataUpdate)
    def update(self, message_id: str, *, thread_id: str, **arguments: Unpack[MetadataUpdate]) -> Message:
        """Replace the `metadata` of a message."""

    @get("/threads/{thread_id}/messages", "beta.threads.Message", MessageList, page="SyncCursorPage")
    def list(self, thread_id: str, **arguments: Unpack[MessageList]) -> SyncCursorPage[Message]:
        """Return the messages of a thread, in pages."""

    @delete("/threads/{thread_id}/messages/{message_id}", "beta.threads.MessageDeleted")
    def delete(self, message_id: str, *, thread_id: str, **arguments: Unpack[Options]) -> MessageDeleted:
        """Delete a message."""
