"""`FunctionShellToolParam`, as it is sent."""

from __future__ import annotations

from typing import List, Literal, Optional, TypeAlias, TypedDict, Union

from ssescan.openai.types._params import Required

from .container_auto_param import ContainerAutoParam
from .container_reference_param import ContainerReferenceParam
from .local_environment_param import LocalEnvironmentParam

__all__ = ["FunctionShellToolParam", "Environment"]

Environment: TypeAlias = Union[ContainerAutoParam, LocalEnvironmentParam, ContainerReferenceParam]


class FunctionShellToolParam(TypedDict, total=False):
    type: Required[Literal["shell"]]
    allowed_callers: Optional[List[Literal["direct", "programmatic"]]]
    environment: Optional[Environment]
