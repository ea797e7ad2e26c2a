"""The group of Chat Completions."""

from __future__ import annotations

from functools import cached_property

from .._resource import Resource
from .completions import Completions

__all__ = ["Chat"]


class Chat(Resource):
    @cached_property
    def completions(self) -> Completions:
        return self._group(Completions)
