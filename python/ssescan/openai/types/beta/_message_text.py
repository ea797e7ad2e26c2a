"""The member of `AgentSessionMessage` that is not a field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

__all__ = ["MessageText"]


class _HasContent(Protocol):
    @property
    def content(self) -> Sequence[Any]: ...


class MessageText:
    """Base class of `AgentSessionMessage`."""

    __slots__ = ()

    @property
    def output_text(self: _HasContent) -> str:
        """The text of all `output_text` parts of the content, joined."""
        return "".join(part.text or "" for part in self.content or () if part.type == "output_text")
