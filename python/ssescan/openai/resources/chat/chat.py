"""The group of Chat Completions."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..._async import async_names
from .._resource import Resource
from .completions import Completions

if not TYPE_CHECKING:
    __getattr__ = async_names(__name__)

__all__ = ["Chat"]


class Chat(Resource):
    @cached_property
    def completions(self) -> Completions:
        return self._group(Completions)
