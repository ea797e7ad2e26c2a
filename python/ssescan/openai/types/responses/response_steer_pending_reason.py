"""`ResponseSteerPendingReason`."""

from __future__ import annotations

from typing import Literal, TypeAlias, Union

__all__ = ["ResponseSteerPendingReason"]

ResponseSteerPendingReason: TypeAlias = Union[Literal["waiting_for_required_input"], str]
