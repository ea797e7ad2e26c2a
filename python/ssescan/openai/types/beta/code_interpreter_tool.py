"""The code interpreter, as a tool of an assistant."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["CodeInterpreterTool"]


class CodeInterpreterTool(Model):
    type: Literal["code_interpreter"]
