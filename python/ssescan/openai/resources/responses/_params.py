"""The keyword arguments of the methods of the Responses API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._call import Options, ordered_by_name

if TYPE_CHECKING:
    from typing import Iterable, List, Literal, Optional, Required, Union

    from ..._types import Omit
    from ...types.responses import (
        ResponseIncludable,
        ResponseInputParam,
        ResponsePromptParam,
        ResponseTextConfigParam,
        ServiceTier,
        ToolParam,
        response_compact_params,
        response_create_params,
    )
    from ...types.responses.response_input_item_param import ResponseInputItemParam
    from ...types.shared import Metadata, ResponsesModel
    from ...types.shared_params import Reasoning

__all__ = ["ResponseArguments", "ResponseCompact", "ResponseCreate", "ResponseRetrieve"]


class ResponseArguments(Options, total=False):
    """The arguments of `create` that `parse` takes too, besides `text`."""

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
    tool_choice: response_create_params.ToolChoice | Omit
    tools: Iterable[ToolParam] | Omit
    top_logprobs: Optional[int] | Omit
    top_p: Optional[float] | Omit
    truncation: Optional[Literal["auto", "disabled"]] | Omit
    user: str | Omit


@ordered_by_name
class ResponseCreate(ResponseArguments, total=False):
    text: ResponseTextConfigParam | Omit


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
