"""`Timeout`: how long to wait, as programs of the `openai` package say it."""

from __future__ import annotations

from typing import Any

__all__ = ["Timeout"]

#: None is a value of a timeout: it waits for ever.
_UNSET: Any = object()


class Timeout:
    """Seconds to wait for a connection (`connect`) and for a byte (`read`); None waits for ever, also for an event.

    ``Timeout(60)`` sets all, ``Timeout(60, connect=5)`` one of them differently. `write` and `pool` are kept, and do
    nothing: a request is written at once, and the pool makes a further connection when all are busy. For deadlines of
    events and of whole streams see `ssescan.Timeouts`, which every `timeout=` takes as well.
    """

    def __init__(
        self,
        timeout: Any = _UNSET,
        *,
        connect: float | None = _UNSET,
        read: float | None = _UNSET,
        write: float | None = _UNSET,
        pool: float | None = _UNSET,
    ) -> None:
        own = {"connect": connect, "read": read, "write": write, "pool": pool}
        self.connect: float | None
        self.read: float | None
        self.write: float | None
        self.pool: float | None
        self.connect, self.read, self.write, self.pool = (
            _default(timeout, at) if value is _UNSET else value for at, value in enumerate(own.values())
        )

    def as_dict(self) -> dict[str, float | None]:
        return {"connect": self.connect, "read": self.read, "write": self.write, "pool": self.pool}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timeout) and self.as_dict() == other.as_dict()

    def __hash__(self) -> int:
        return hash(tuple(self.as_dict().values()))

    def __repr__(self) -> str:
        values = self.as_dict()
        if len(set(values.values())) == 1:
            return f"Timeout(timeout={self.connect})"
        return f"Timeout({', '.join(f'{name}={value}' for name, value in values.items())})"


def _default(timeout: Any, at: int) -> Any:
    """What `timeout` says for the clock at this place: of another timeout, of a tuple, or for all."""
    if timeout is _UNSET:
        raise ValueError("Timeout must either include a default, or set all four parameters explicitly.")
    if isinstance(timeout, tuple):
        return timeout[at] if at < len(timeout) else None
    name = ("connect", "read", "write", "pool")[at]
    return getattr(timeout, name) if hasattr(timeout, "connect") else timeout
