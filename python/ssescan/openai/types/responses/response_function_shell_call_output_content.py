"""What one shell command printed, and how it ended."""

from __future__ import annotations

from typing import Literal, TypeAlias, Union

from ssescan.models import Model

__all__ = ["ResponseFunctionShellCallOutputContent", "Outcome", "OutcomeTimeout", "OutcomeExit"]


class OutcomeTimeout(Model):
    type: Literal["timeout"]


class OutcomeExit(Model):
    exit_code: int
    type: Literal["exit"]


Outcome: TypeAlias = Union[OutcomeTimeout, OutcomeExit]


class ResponseFunctionShellCallOutputContent(Model):
    outcome: Outcome
    stderr: str
    stdout: str
