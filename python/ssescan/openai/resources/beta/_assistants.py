"""The base of the groups of Assistants v2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._endpoints import Options
from .._resource import Resource

if TYPE_CHECKING:
    from typing import Optional

    from ..._types import Omit
    from ...types.shared import Metadata

__all__ = ["AssistantsResource", "MetadataUpdate"]


class AssistantsResource(Resource):
    _headers = {"OpenAI-Beta": "assistants=v2"}
    _deprecated = "The Assistants API is deprecated in favor of the Responses API"


class MetadataUpdate(Options, total=False):
    metadata: Optional[Metadata] | Omit
