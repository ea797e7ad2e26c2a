"""The size of an input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._async import add_async_names
from ..._endpoints import Options, post
from .._resource import Resource

if TYPE_CHECKING:
    from typing import Iterable, Literal, Optional, Union

    from typing_extensions import Unpack

    from ..._types import Omit
    from ...types.responses import InputTokenCountResponse, ToolParam, input_token_count_params
    from ...types.responses.response_input_item_param import ResponseInputItemParam
    from ...types.shared_params import Reasoning

__all__ = ["InputTokens"]

add_async_names(__name__)


class InputTokenCount(Options, total=False):
    conversation: Optional[input_token_count_params.Conversation] | Omit
    input: Union[str, Iterable[ResponseInputItemParam], None] | Omit
    instructions: Optional[str] | Omit
    model: Optional[str] | Omit
    parallel_tool_calls: Optional[bool] | Omit
    personality: Union[str, Literal["friendly", "pragmatic"]] | Omit
    previous_response_id: Optional[str] | Omit
    reasoning: Optional[Reasoning] | Omit
    text: Optional[input_token_count_params.Text] | Omit
    tool_choice: Optional[input_token_count_params.ToolChoice] | Omit
    tools: Optional[Iterable[ToolParam]] | Omit
    truncation: Literal["auto", "disabled"] | Omit


class InputTokens(Resource):
    @post("/responses/input_tokens", "responses.InputTokenCountResponse", InputTokenCount)
    def count(self, **arguments: Unpack[InputTokenCount]) -> InputTokenCountResponse:
        """Count the tokens that the input of a response would have."""
