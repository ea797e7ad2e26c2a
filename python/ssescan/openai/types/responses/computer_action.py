"""What the model does with a mouse, a keyboard and a screen."""

from __future__ import annotations

from typing import List, Literal, Optional, TypeAlias, Union

from ssescan.models import Model

__all__ = [
    "ComputerAction",
    "Click",
    "DoubleClick",
    "Drag",
    "DragPath",
    "Keypress",
    "Move",
    "Screenshot",
    "Scroll",
    "Type",
    "Wait",
]


class Click(Model):
    button: Literal["left", "right", "wheel", "back", "forward"]
    type: Literal["click"]
    x: int
    y: int
    keys: Optional[List[str]] = None


class DoubleClick(Model):
    keys: Optional[List[str]] = None
    type: Literal["double_click"]
    x: int
    y: int


class DragPath(Model):
    x: int
    y: int


class Drag(Model):
    path: List[DragPath]
    type: Literal["drag"]
    keys: Optional[List[str]] = None


class Keypress(Model):
    keys: List[str]
    type: Literal["keypress"]


class Move(Model):
    type: Literal["move"]
    x: int
    y: int
    keys: Optional[List[str]] = None


class Screenshot(Model):
    type: Literal["screenshot"]


class Scroll(Model):
    scroll_x: int
    scroll_y: int
    type: Literal["scroll"]
    x: int
    y: int
    keys: Optional[List[str]] = None


class Type(Model):
    text: str
    type: Literal["type"]


class Wait(Model):
    type: Literal["wait"]


ComputerAction: TypeAlias = Union[Click, DoubleClick, Drag, Keypress, Move, Screenshot, Scroll, Type, Wait]
