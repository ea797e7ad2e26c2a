"""`CustomToolInputFormat`, as it is sent."""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict, Union

from ssescan.openai.types._params import Required

__all__ = ["CustomToolInputFormat", "Text", "Grammar"]


class Text(TypedDict, total=False):
    type: Required[Literal["text"]]


class Grammar(TypedDict, total=False):
    definition: Required[str]
    syntax: Required[Literal["lark", "regex"]]
    type: Required[Literal["grammar"]]


CustomToolInputFormat: TypeAlias = Union[Text, Grammar]
