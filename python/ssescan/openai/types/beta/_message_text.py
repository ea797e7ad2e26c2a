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
        parts = self.content if isinstance(self.content, (list, tuple)) else ()
        texts = (part.text for part in parts if getattr(part, "type", None) == "output_text")
        return "".join(text for text in texts if isinstance(text, str))
