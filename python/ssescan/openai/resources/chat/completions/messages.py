"""The messages that a stored chat completion answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._async import add_async_names
from ...._endpoints import get
from ..._listing import Listing
from ..._resource import Resource

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ....pagination import SyncCursorPage
    from ....types.chat import ChatCompletionStoreMessage

__all__ = ["Messages"]

add_async_names(__name__)


class Messages(Resource):
    @get(
        "/chat/completions/{completion_id}/messages", "chat.ChatCompletionStoreMessage", Listing, page="SyncCursorPage"
    )
    def list(self, completion_id: str, **arguments: Unpack[Listing]) -> SyncCursorPage[ChatCompletionStoreMessage]:
        """Return the messages of a stored completion, in pages."""
