"""`Timeout`: the timeout class of the `openai` package."""

from __future__ import annotations

from typing import Any, Optional, Protocol, Union

from ssescan.http.deadlines import Timeouts

__all__ = ["Timeout", "TimeoutLike", "TimeoutTypes"]

#: None is a timeout of its own: it waits without limit.
_UNSET: Any = object()


class Timeout:
    """How long to wait, in seconds. None means no timeout, also for an event.

    `Timeout(60)` sets all four, `Timeout(60, connect=5)` sets one of them differently. `ssescan.Timeouts` has timeouts for
    events and for whole streams; every `timeout=` takes it too.

    Args:
        timeout: The value of the timeouts that are not passed.
        connect: For a connection.
        read: For the next byte.
        write: Stored, but unused: a request is written at once.
        pool: Stored, but unused: the pool opens another connection when all are busy.

    Raises:
        ValueError: A timeout has no value.
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
        """Return the four timeouts by name."""
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
    """Return the value at this position of another timeout or a tuple; any other value applies to all positions."""
    if timeout is _UNSET:
        raise ValueError("Timeout must either include a default, or set all four parameters explicitly.")
    if isinstance(timeout, tuple):
        return timeout[at] if at < len(timeout) else None
    name = ("connect", "read", "write", "pool")[at]
    return getattr(timeout, name) if hasattr(timeout, "connect") else timeout


class TimeoutLike(Protocol):
    """A timeout of httpx or httpx2."""

    @property
    def connect(self) -> Optional[float]: ...
    @property
    def read(self) -> Optional[float]: ...
    @property
    def write(self) -> Optional[float]: ...
    @property
    def pool(self) -> Optional[float]: ...


#: The values of every `timeout=`.
TimeoutTypes = Union[float, Timeout, "Timeouts", TimeoutLike, None]
