"""A call of the code interpreter, as it arrives."""

from __future__ import annotations

from typing import List, Literal, Optional, TypeAlias, Union

from ssescan.models import Model

from .code_interpreter_logs import CodeInterpreterLogs
from .code_interpreter_output_image import CodeInterpreterOutputImage

__all__ = ["CodeInterpreterToolCallDelta", "CodeInterpreter", "CodeInterpreterOutput"]

CodeInterpreterOutput: TypeAlias = Union[CodeInterpreterLogs, CodeInterpreterOutputImage]


class CodeInterpreter(Model):
    input: Optional[str] = None
    outputs: Optional[List[CodeInterpreterOutput]] = None


class CodeInterpreterToolCallDelta(Model):
    index: int
    type: Literal["code_interpreter"]
    id: Optional[str] = None
    code_interpreter: Optional[CodeInterpreter] = None
