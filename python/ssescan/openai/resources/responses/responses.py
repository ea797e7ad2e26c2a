"""The Responses API."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from ..._async import add_async_names
from ..._endpoints import Options, delete, get, post
from ..._types import omit
from ._helpers import ResponseHelpers
from ._params import ResponseCompact, ResponseCreate, ResponseRetrieve
from .input_items import InputItems
from .input_tokens import InputTokens

if TYPE_CHECKING:
    from typing import Literal, Optional

    from typing_extensions import Unpack

    from ..._streaming import Stream
    from ..._types import Omit
    from ...types.responses import (
        CompactedResponse,
        Response,
        ResponseStreamEvent,
    )

__all__ = ["Responses"]

add_async_names(__name__)


class Responses(ResponseHelpers):
    @cached_property
    def input_items(self) -> InputItems:
        return self._group(InputItems)

    @cached_property
    def input_tokens(self) -> InputTokens:
        return self._group(InputTokens)

    @overload
    def create(self, *, stream: Literal[True], **arguments: Unpack[ResponseCreate]) -> Stream[ResponseStreamEvent]: ...
    @overload
    def create(
        self, *, stream: Optional[Literal[False]] | Omit = omit, **arguments: Unpack[ResponseCreate]
    ) -> Response: ...
    @overload
    def create(
        self, *, stream: bool, **arguments: Unpack[ResponseCreate]
    ) -> Response | Stream[ResponseStreamEvent]: ...

    @post(
        "/responses", "responses.Response", ResponseCreate, dialect="responses", events="responses.ResponseStreamEvent"
    )
    def create(self, *, stream: Optional[bool] | Omit = omit, **arguments: Unpack[ResponseCreate]) -> Any:
        """Create a response to `input`. With `stream=True` return a `Stream` of its events."""

    @overload
    def retrieve(
        self, response_id: str, *, stream: Literal[True], **arguments: Unpack[ResponseRetrieve]
    ) -> Stream[ResponseStreamEvent]: ...
    @overload
    def retrieve(
        self, response_id: str, *, stream: Literal[False] | Omit = omit, **arguments: Unpack[ResponseRetrieve]
    ) -> Response: ...
    @overload
    def retrieve(
        self, response_id: str, *, stream: bool, **arguments: Unpack[ResponseRetrieve]
    ) -> Response | Stream[ResponseStreamEvent]: ...

    @get(
        "/responses/{response_id}",
        "responses.Response",
        ResponseRetrieve,
        dialect="responses",
        events="responses.ResponseStreamEvent",
    )
    def retrieve(self, response_id: str, *, stream: bool | Omit = omit, **arguments: Unpack[ResponseRetrieve]) -> Any:
        """Return a response. With `stream=True` return a `Stream` of its events after `starting_after`."""

    @delete("/responses/{response_id}", "None")
    def delete(self, response_id: str, **arguments: Unpack[Options]) -> None:
        """Delete a response."""

    @post("/responses/{response_id}/cancel", "responses.Response")
    def cancel(self, response_id: str, **arguments: Unpack[Options]) -> Response:
        """Cancel a response that runs in the background."""

    @post("/responses/compact", "responses.CompactedResponse", ResponseCompact, required=("model",))
    def compact(self, **arguments: Unpack[ResponseCompact]) -> CompactedResponse:
        """Compact a conversation, for the requests that continue it."""
