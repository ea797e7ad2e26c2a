"""Assistants: models with instructions and tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._async import add_async_names
from ..._endpoints import Options, delete, get, post
from .._listing import ListingBefore
from ._assistants import AssistantsResource

if TYPE_CHECKING:
    from typing import Iterable, Optional, Union

    from typing_extensions import Required, Unpack

    from ..._types import Omit
    from ...pagination import SyncCursorPage
    from ...types.beta import (
        Assistant,
        AssistantDeleted,
        AssistantResponseFormatOptionParam,
        AssistantToolParam,
        assistant_create_params,
    )
    from ...types.shared import ChatModel, Metadata, ReasoningEffort

__all__ = ["Assistants"]

add_async_names(__name__)


class _Assistant(Options, total=False):
    description: Optional[str] | Omit
    instructions: Optional[str] | Omit
    metadata: Optional[Metadata] | Omit
    name: Optional[str] | Omit
    reasoning_effort: Optional[ReasoningEffort] | Omit
    response_format: Optional[AssistantResponseFormatOptionParam] | Omit
    temperature: Optional[float] | Omit
    tool_resources: Optional[assistant_create_params.ToolResources] | Omit
    tools: Iterable[AssistantToolParam] | Omit
    top_p: Optional[float] | Omit


class AssistantCreate(_Assistant, total=False):
    model: Required[Union[str, ChatModel]]


class AssistantUpdate(_Assistant, total=False):
    model: Union[str, ChatModel] | Omit


class Assistants(AssistantsResource):
    _deprecated = "deprecated"

    @post("/assistants", "beta.Assistant", AssistantCreate, required=("model",))
    def create(self, **arguments: Unpack[AssistantCreate]) -> Assistant:
        """Create an assistant."""

    @get("/assistants/{assistant_id}", "beta.Assistant")
    def retrieve(self, assistant_id: str, **arguments: Unpack[Options]) -> Assistant:
        """Return an assistant."""

    @post("/assistants/{assistant_id}", "beta.Assistant", AssistantUpdate)
    def update(self, assistant_id: str, **arguments: Unpack[AssistantUpdate]) -> Assistant:
        """Change an assistant."""

    @get("/assistants", "beta.Assistant", ListingBefore, page="SyncCursorPage")
    def list(self, **arguments: Unpack[ListingBefore]) -> SyncCursorPage[Assistant]:
        """Return the assistants, in pages."""

    @delete("/assistants/{assistant_id}", "beta.AssistantDeleted")
    def delete(self, assistant_id: str, **arguments: Unpack[Options]) -> AssistantDeleted:
        """Delete an assistant."""
