"""The member of `Response` that is not a field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

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
        return "".join(
            part.text
            for item in _elements(self.output)
            if isinstance(item, ResponseOutputMessage)
            for part in _elements(item.content)
            if isinstance(part, ResponseOutputText) and _is_text(part.text)
        )


def _elements(value: object) -> Sequence[object]:
    """Return a list, or nothing: some servers omit lists, or send another value."""
    return cast("Sequence[object]", value) if isinstance(value, (list, tuple)) else ()


def _is_text(value: object) -> bool:
    return isinstance(value, str)
