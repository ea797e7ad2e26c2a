"""`InputTokenCountResponse`, as it is received."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["InputTokenCountResponse"]


class InputTokenCountResponse(Model):
    input_tokens: int
    object: Literal["response.input_tokens"]
