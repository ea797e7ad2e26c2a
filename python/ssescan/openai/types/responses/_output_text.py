"""The member of `Response` that is not a field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .response_output_message import ResponseOutputMessage
from .response_output_text import ResponseOutputText

__all__ = ["OutputText"]


class _HasOutput(Protocol):
    @property
    def output(self) -> Sequence[object]: ...


class OutputText:
    """Base class of `Response`."""

    __slots__ = ()

    @property
    def output_text(self: _HasOutput) -> str:
        """The text of all `output_text` parts of all messages in `output`, joined."""
        # `or`: some servers leave the lists out, or send null as a text.
        return "".join(
            part.text or ""
            for item in self.output or ()
            if isinstance(item, ResponseOutputMessage)
            for part in item.content or ()
            if isinstance(part, ResponseOutputText)
        )
