"""A call of the code interpreter."""

from __future__ import annotations

from typing import List, Literal, TypeAlias, Union

from ssescan.models import Model

__all__ = [
    "CodeInterpreterToolCall",
    "CodeInterpreter",
    "CodeInterpreterOutput",
    "CodeInterpreterOutputLogs",
    "CodeInterpreterOutputImage",
    "CodeInterpreterOutputImageImage",
]


class CodeInterpreterOutputLogs(Model):
    logs: str
    type: Literal["logs"]


class CodeInterpreterOutputImageImage(Model):
    file_id: str


class CodeInterpreterOutputImage(Model):
    image: CodeInterpreterOutputImageImage
    type: Literal["image"]


CodeInterpreterOutput: TypeAlias = Union[CodeInterpreterOutputLogs, CodeInterpreterOutputImage]


class CodeInterpreter(Model):
    input: str
    outputs: List[CodeInterpreterOutput]


class CodeInterpreterToolCall(Model):
    id: str
    code_interpreter: CodeInterpreter
    type: Literal["code_interpreter"]
