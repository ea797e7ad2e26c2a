"""What is sent to run update."""

from __future__ import annotations

from typing import Optional, TypedDict

from ssescan.openai.types._params import Required

from ...shared_params.metadata import Metadata

__all__ = ["RunUpdateParams"]


class RunUpdateParams(TypedDict, total=False):
    thread_id: Required[str]
    metadata: Optional[Metadata]
