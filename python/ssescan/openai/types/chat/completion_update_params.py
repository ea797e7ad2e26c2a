"""What is sent to completion update."""

from __future__ import annotations

from typing import Optional, TypedDict

from ssescan.openai.types._params import Required

from ..shared_params.metadata import Metadata

__all__ = ["CompletionUpdateParams"]


class CompletionUpdateParams(TypedDict, total=False):
    metadata: Required[Optional[Metadata]]
