"""The groups that are in beta."""

from __future__ import annotations

from functools import cached_property

from .._resource import Resource
from ..chat.chat import Chat
from .assistants import Assistants
from .threads.threads import Threads

__all__ = ["Beta"]


class Beta(Resource):
    @cached_property
    def chat(self) -> Chat:
        return self._group(Chat)

    @cached_property
    def assistants(self) -> Assistants:
        return self._group(Assistants)

    @cached_property
    def threads(self) -> Threads:
        return self._group(Threads)
