"""The groups that are in beta."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..._async import add_async_names
from .._resource import Resource
from ..chat.chat import Chat
from .assistants import Assistants
from .threads.threads import Threads

if TYPE_CHECKING:  # the largest group, loaded when it is first used
    from .agents import Agents

__all__ = ["Beta"]

add_async_names(__name__)


class Beta(Resource):
    @cached_property
    def agents(self) -> Agents:
        from .agents import Agents

        return self._group(Agents)

    @cached_property
    def chat(self) -> Chat:
        return self._group(Chat)

    @cached_property
    def assistants(self) -> Assistants:
        return self._group(Assistants)

    @cached_property
    def threads(self) -> Threads:
        return self._group(Threads)
