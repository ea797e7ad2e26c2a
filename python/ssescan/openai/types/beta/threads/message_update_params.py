"""What is sent to message update."""

from __future__ import annotations

from typing import Optional, TypedDict

from ssescan.openai.types._params import Required

from ...shared_params.metadata import Metadata

__all__ = ["MessageUpdateParams"]


class MessageUpdateParams(TypedDict, total=False):
    thread_id: Required[str]
    metadata: Optional[Metadata]
