"""The Responses API."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

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


class Responses(ResponseHelpers):
    @cached_property
    def input_items(self) -> InputItems:
        return self._group(InputItems)

    @cached_property
    def input_tokens(self) -> InputTokens:
        return self._group(InputTokens)

    @overload
    def create(self, *, stream: Literal[True], **given: Unpack[ResponseCreate]) -> Stream[ResponseStreamEvent]: ...
    @overload
    def create(
        self, *, stream: Optional[Literal[False]] | Omit = omit, **given: Unpack[ResponseCreate]
    ) -> Response: ...
    @overload
    def create(self, *, stream: bool, **given: Unpack[ResponseCreate]) -> Response | Stream[ResponseStreamEvent]: ...

    @post("/responses", "responses.Response", dialect="responses")
    def create(self, *, stream: Optional[bool] | Omit = omit, **given: Unpack[ResponseCreate]) -> Any:
        """The answer to `input`: with `stream=True` a `Stream` of what happens while it is made."""

    @overload
    def retrieve(
        self, response_id: str, *, stream: Literal[True], **given: Unpack[ResponseRetrieve]
    ) -> Stream[ResponseStreamEvent]: ...
    @overload
    def retrieve(
        self, response_id: str, *, stream: Literal[False] | Omit = omit, **given: Unpack[ResponseRetrieve]
    ) -> Response: ...
    @overload
    def retrieve(
        self, response_id: str, *, stream: bool, **given: Unpack[ResponseRetrieve]
    ) -> Response | Stream[ResponseStreamEvent]: ...

    @get("/responses/{response_id}", "responses.Response", dialect="responses")
    def retrieve(self, response_id: str, *, stream: bool | Omit = omit, **given: Unpack[ResponseRetrieve]) -> Any:
        """A response as it stands; with `stream=True` its events, from behind `starting_after` on."""

    @delete("/responses/{response_id}", "None")
    def delete(self, response_id: str, **given: Unpack[Options]) -> None:
        """Forgets a response."""

    @post("/responses/{response_id}/cancel", "responses.Response")
    def cancel(self, response_id: str, **given: Unpack[Options]) -> Response:
        """Stops a response that is made in the background."""

    @post("/responses/compact", "responses.CompactedResponse")
    def compact(self, **given: Unpack[ResponseCompact]) -> CompactedResponse:
        """A conversation made short, for what follows on it."""
