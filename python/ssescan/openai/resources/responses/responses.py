"""The Responses API."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from ..._endpoints import Options, delete, get, post
from ..._types import omit
from ._helpers import ResponseHelpers
from .input_items import InputItems
from .input_tokens import InputTokens

if TYPE_CHECKING:
    from typing import Iterable, List, Literal, Optional, Union

    from typing_extensions import Required, Unpack

    from ..._streaming import Stream
    from ..._types import Omit
    from ...types.responses import (
        CompactedResponse,
        Response,
        ResponseIncludable,
        ResponseInputParam,
        ResponsePromptParam,
        ResponseStreamEvent,
        ResponseTextConfigParam,
        ServiceTier,
        ToolParam,
        response_compact_params,
        response_create_params,
    )
    from ...types.responses.response_input_item_param import ResponseInputItemParam
    from ...types.shared import Metadata, ResponsesModel
    from ...types.shared_params import Reasoning

__all__ = ["Responses"]


class ResponseCreate(Options, total=False):
    access_programs: response_create_params.AccessPrograms | Omit
    background: Optional[bool] | Omit
    background_options: response_create_params.BackgroundOptions | Omit
    context_management: Optional[Iterable[response_create_params.ContextManagement]] | Omit
    conversation: Optional[response_create_params.Conversation] | Omit
    image: response_create_params.Image | Omit
    include: Optional[List[ResponseIncludable]] | Omit
    input: Union[str, ResponseInputParam] | Omit
    instructions: Optional[str] | Omit
    max_output_tokens: Optional[int] | Omit
    max_tool_calls: Optional[int] | Omit
    metadata: Optional[Metadata] | Omit
    model: ResponsesModel | Omit
    moderation: Optional[response_create_params.Moderation] | Omit
    parallel_tool_calls: Optional[bool] | Omit
    previous_response_id: Optional[str] | Omit
    prompt: Optional[ResponsePromptParam] | Omit
    prompt_cache_key: Optional[str] | Omit
    prompt_cache_options: response_create_params.PromptCacheOptions | Omit
    prompt_cache_retention: Optional[Literal["in_memory", "24h"]] | Omit
    reasoning: Optional[Reasoning] | Omit
    safety_identifier: Optional[str] | Omit
    service_tier: Optional[ServiceTier] | Omit
    store: Optional[bool] | Omit
    stream_options: Optional[response_create_params.StreamOptions] | Omit
    temperature: Optional[float] | Omit
    text: ResponseTextConfigParam | Omit
    tool_choice: response_create_params.ToolChoice | Omit
    tools: Iterable[ToolParam] | Omit
    top_logprobs: Optional[int] | Omit
    top_p: Optional[float] | Omit
    truncation: Optional[Literal["auto", "disabled"]] | Omit
    user: str | Omit


class ResponseCompact(Options, total=False):
    model: Required[Union[ResponsesModel, None]]
    image: response_compact_params.Image | Omit
    input: Union[str, Iterable[ResponseInputItemParam], None] | Omit
    instructions: Optional[str] | Omit
    previous_response_id: Optional[str] | Omit
    prompt_cache_key: Optional[str] | Omit
    prompt_cache_options: Optional[response_compact_params.PromptCacheOptions] | Omit
    prompt_cache_retention: Optional[Literal["in_memory", "24h"]] | Omit
    service_tier: Optional[Literal["auto", "default", "fast", "flex", "priority"]] | Omit


class ResponseRetrieve(Options, total=False):
    include: List[ResponseIncludable] | Omit
    include_obfuscation: bool | Omit
    starting_after: int | Omit


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
