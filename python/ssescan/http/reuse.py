"""Connections whose answer is over but whose body is not: saved when the next one is needed.

Between a stream's end mark and the end of its body lie a few bytes, and sometimes a few milliseconds. The
reader does not wait for them; the body is set aside, and looked after when the pool is asked for a connection.
"""

from __future__ import annotations

import weakref
from collections import deque
from typing import Callable, Iterator

from .body import Body
from .urls import Origin

__all__ = ["Aside"]

#: Connections set aside at one time; the oldest ones are closed.
MAX_ASIDE = 64


class Aside:
    """The bodies that were set aside, and where they come from. Closes them when it is dropped."""

    def __init__(self) -> None:
        self._bodies: deque[tuple[Origin, Body]] = deque()

    def taker(self, origin: Origin) -> Callable[[Body], None]:
        """What sets a body of `origin` aside. A body must not keep its own keeper alive, so this does not."""
        keeper = weakref.ref(self)

        def take(body: Body) -> None:
            aside = keeper()
            if aside is None:
                body.close()
            else:
                aside._put(origin, body)

        return take

    def _put(self, origin: Origin, body: Body) -> None:
        self._bodies.append((origin, body))
        if len(self._bodies) > MAX_ASIDE:
            for _, oldest in self._take(1):
                oldest.drain_late(0.0)

    def _take(self, count: int) -> Iterator[tuple[Origin, Body]]:
        """Takes the oldest, one by one; other threads may take some."""
        for _ in range(count):
            try:
                yield self._bodies.popleft()
            except IndexError:
                return

    def drain(self, origin: Origin) -> None:
        """A connection to `origin` is needed: one that was set aside is waited for, for what is left of its time."""
        found = False
        for where, body in self._take(len(self._bodies)):
            left_s = body.late_s()
            if left_s == 0 or (where == origin and not found):
                found |= body.drain_late(left_s) and where == origin
            else:
                self._bodies.append((where, body))

    def close(self) -> None:
        for _, body in self._take(len(self._bodies)):
            body.close()

    def __del__(self) -> None:
        self.close()
