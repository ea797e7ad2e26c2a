"""A call of the computer tool."""

from __future__ import annotations

from typing import List, Literal, Optional, TypeAlias, Union

from ssescan.models import Model

from .computer_action_list import ComputerActionList

__all__ = [
    "ResponseComputerToolCall",
    "PendingSafetyCheck",
    "Action",
    "ActionClick",
    "ActionDoubleClick",
    "ActionDrag",
    "ActionDragPath",
    "ActionKeypress",
    "ActionMove",
    "ActionScreenshot",
    "ActionScroll",
    "ActionType",
    "ActionWait",
]


class PendingSafetyCheck(Model):
    id: str
    code: Optional[str] = None
    message: Optional[str] = None


class ActionClick(Model):
    button: Literal["left", "right", "wheel", "back", "forward"]
    type: Literal["click"]
    x: int
    y: int
    keys: Optional[List[str]] = None


class ActionDoubleClick(Model):
    keys: Optional[List[str]] = None
    type: Literal["double_click"]
    x: int
    y: int


class ActionDragPath(Model):
    x: int
    y: int


class ActionDrag(Model):
    path: List[ActionDragPath]
    type: Literal["drag"]
    keys: Optional[List[str]] = None


class ActionKeypress(Model):
    keys: List[str]
    type: Literal["keypress"]


class ActionMove(Model):
    type: Literal["move"]
    x: int
    y: int
    keys: Optional[List[str]] = None


class ActionScreenshot(Model):
    type: Literal["screenshot"]


class ActionScroll(Model):
    scroll_x: int
    scroll_y: int
    type: Literal["scroll"]
    x: int
    y: int
    keys: Optional[List[str]] = None


class ActionType(Model):
    text: str
    type: Literal["type"]


class ActionWait(Model):
    type: Literal["wait"]


Action: TypeAlias = Union[
    ActionClick,
    ActionDoubleClick,
    ActionDrag,
    ActionKeypress,
    ActionMove,
    ActionScreenshot,
    ActionScroll,
    ActionType,
    ActionWait,
]


class ResponseComputerToolCall(Model):
    id: str
    call_id: str
    pending_safety_checks: List[PendingSafetyCheck]
    status: Literal["in_progress", "completed", "incomplete"]
    type: Literal["computer_call"]
    action: Optional[Action] = None
    actions: Optional[ComputerActionList] = None
