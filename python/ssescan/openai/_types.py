"""Markers for arguments that are not sent. `None` is sent, as null."""

from __future__ import annotations

from typing import Literal

__all__ = ["NOT_GIVEN", "NotGiven", "Omit", "not_given", "omit"]


class NotGiven:
    """The type of `NOT_GIVEN`: no value was given, so the default holds."""

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "NOT_GIVEN"


class Omit:
    """The type of `omit`: the argument, or a default header, is left away."""

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "omit"


not_given = NOT_GIVEN = NotGiven()
omit = Omit()
