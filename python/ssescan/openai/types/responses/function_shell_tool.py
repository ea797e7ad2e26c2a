"""The shell tool."""

from __future__ import annotations

from typing import List, Literal, Optional, TypeAlias, Union

from ssescan.models import Model

from .container_auto import ContainerAuto
from .container_reference import ContainerReference
from .local_environment import LocalEnvironment

__all__ = ["FunctionShellTool", "Environment"]

Environment: TypeAlias = Union[ContainerAuto, LocalEnvironment, ContainerReference, None]


class FunctionShellTool(Model):
    type: Literal["shell"]
    allowed_callers: Optional[List[Literal["direct", "programmatic"]]] = None
    environment: Optional[Environment] = None
