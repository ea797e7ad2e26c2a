"""The group of Chat Completions."""

from __future__ import annotations

from functools import cached_property

from ..._async import add_async_names
from .._resource import Resource
from .completions import Completions

__all__ = ["Chat"]

add_async_names(__name__)


class Chat(Resource):
    @cached_property
    def completions(self) -> Completions:
        return self._group(Completions)
