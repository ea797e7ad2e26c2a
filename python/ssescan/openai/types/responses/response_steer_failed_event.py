"""`ResponseSteerFailedEvent`, as it is received."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan.models import Model

from .response_steer_error_code import ResponseSteerErrorCode
from .response_steer_input import ResponseSteerInput

__all__ = ["ResponseSteerFailedEvent", "Error", "Steer"]


class Error(Model):
    code: ResponseSteerErrorCode
    message: str
    type: Literal["invalid_request_error"]


class Steer(Model):
    input: ResponseSteerInput
    previous_response_id: str
    id: Optional[str] = None


class ResponseSteerFailedEvent(Model):
    error: Error
    sequence_number: int
    steer: Steer
    type: Literal["response.steer.failed"]
    stream_id: Optional[str] = None
