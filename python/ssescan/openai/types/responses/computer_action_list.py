"""A batch of computer actions."""

from __future__ import annotations

from typing import List, TypeAlias

from .computer_action import ComputerAction

__all__ = ["ComputerActionList"]

ComputerActionList: TypeAlias = List[ComputerAction]
