"""`ResponseSteerEvent`, as it is received."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

from .response_steer_input import ResponseSteerInput

__all__ = ["ResponseSteerEvent"]


class ResponseSteerEvent(Model):
    input: ResponseSteerInput
    previous_response_id: str
    type: Literal["response.steer"]
