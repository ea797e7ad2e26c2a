"""What a custom tool takes as input."""

from __future__ import annotations

from typing import Literal, TypeAlias, Union

from ssescan.models import Model

__all__ = ["CustomToolInputFormat", "Text", "Grammar"]


class Text(Model):
    type: Literal["text"]


class Grammar(Model):
    definition: str
    syntax: Literal["lark", "regex"]
    type: Literal["grammar"]


CustomToolInputFormat: TypeAlias = Union[Text, Grammar]
