"""The groups that are in beta."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..._async import add_async_names
from ..._left_out import LEFT_OUT_OF_BETA, missing_attribute
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

    if not TYPE_CHECKING:  # checkers report attributes that are missing

        def __getattr__(self, name: str) -> Any:
            raise missing_attribute(self, name, "client.beta", LEFT_OUT_OF_BETA)
