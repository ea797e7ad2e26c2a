"""An error, as a server sends it."""

from __future__ import annotations

from typing import Literal, Optional, Union

from ssescan.models import Model

__all__ = ["ErrorObject", "Misalignment", "MisalignmentSteer"]


class MisalignmentSteer(Model):
    message: str


class Misalignment(Model):
    detailed_explanation: Optional[str] = None
    error_type: Union[
        str,
        Literal[
            "potentially_unintended_data_transfer",
            "potentially_unintended_data_access",
            "potentially_unintended_destructive_activity",
            "other",
        ],
        None,
    ] = None
    review_target: Optional[str] = None
    steer: Optional[MisalignmentSteer] = None


class ErrorObject(Model):
    code: Optional[str] = None
    message: str
    param: Optional[str] = None
    type: str
    misalignment: Optional[Misalignment] = None
