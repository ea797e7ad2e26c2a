"""Connections whose answer is over but whose body is not: they are drained when the next connection is needed.

Between the end marker of a stream and the end of its body lie a few bytes, and sometimes a few milliseconds. The program
does not wait for them. The rest of the body, its `Tail`, is queued, and read when a request needs a connection.
"""

from __future__ import annotations

import http.client
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import urllib3

from ssescan import _core

from ._urllib3 import drop
from .socket_reader import SocketReader
from .urls import Origin

__all__ = ["MAX_QUEUED", "DrainQueue", "Tail"]

#: How much is read after an end marker to make the connection reusable, and for how long.
MAX_TAIL_BYTES = 65536
MAX_TAIL_S = 0.1

#: Tails that are queued at one time; the oldest ones are closed.
MAX_QUEUED = 64


class Tail:
    """The rest of a body whose answer is over."""

    def __init__(self, raw: Any, reader: SocketReader, framing: _core.Framing) -> None:
        self._raw = raw
        self._reader = reader
        self._framing = framing
        self._deadline_s = time.monotonic() + MAX_TAIL_S
        self._bytes_left = MAX_TAIL_BYTES

    @property
    def may_arrive(self) -> bool:
        """True if the rest may still arrive and can be read without blocking."""
        return self._reader.has_socket and self._bytes_left > 0

    @property
    def left_s(self) -> float:
        """How long the rest may still be waited for, in seconds."""
        return max(0.0, self._deadline_s - time.monotonic())

    def read(self, wait_s: float) -> bool:
        """Read the rest, waiting at most `wait_s` seconds for it. Return True at the end of the body."""
        deadline_s = time.monotonic() + wait_s
        try:
            while not self._framing.ended and self._bytes_left > 0:
                block = self._reader.receive_within(max(0.0, deadline_s - time.monotonic()))
                if block is None:
                    return False
                self._bytes_left -= len(block)
                self._framing.feed(block)
                if self._framing.error is not None:
                    self._bytes_left = 0
                elif self._framing.ended:
                    self._reader.finish(reusable=self._framing.reusable)
        except (ValueError, OSError, urllib3.exceptions.HTTPError, http.client.HTTPException):
            self._bytes_left = 0
        return self._framing.ended

    def settle(self, wait_s: float) -> bool:
        """Read the rest within `wait_s` seconds and return the connection to its pool; close it if the rest is missing.

        Returns:
            True if the connection is back in its pool.
        """
        if self.read(wait_s):
            self._raw.release_conn()
            return True
        self.close()
        return False

    def close(self) -> None:
        """Close the connection."""
        self._reader.detach()
        drop(self._raw)


class DrainQueue:
    """The tails whose end has not arrived yet, with their origins. Dropping the queue closes them."""

    def __init__(self) -> None:
        self._tails: deque[tuple[Origin, Tail]] = deque()

    def adopter(self, origin: Origin) -> Callable[[Tail], None]:
        """Return a function that adds a tail of `origin`. It does not keep the queue alive."""
        reference = weakref.ref(self)

        def adopt(tail: Tail) -> None:
            queue = reference()
            if queue is None:
                tail.close()
            else:
                queue._add(origin, tail)

        return adopt

    def _add(self, origin: Origin, tail: Tail) -> None:
        self._tails.append((origin, tail))
        if len(self._tails) > MAX_QUEUED:
            for _, oldest in self._pop(1):
                oldest.settle(0.0)

    def _pop(self, count: int) -> Iterator[tuple[Origin, Tail]]:
        """Remove and yield the oldest ones. Other threads may remove some at the same time."""
        for _ in range(count):
            try:
                yield self._tails.popleft()
            except IndexError:
                return

    def drain(self, origin: Origin) -> None:
        """Make one connection to `origin` reusable, if one is queued, waiting for what is left of its time.

        Tails whose time is over are read without waiting, whatever their origin.
        """
        found = False
        for where, tail in self._pop(len(self._tails)):
            left_s = tail.left_s
            if left_s == 0 or (where == origin and not found):
                found |= tail.settle(left_s) and where == origin
            else:
                self._tails.append((where, tail))

    def close(self) -> None:
        """Close all connections in the queue."""
        for _, tail in self._pop(len(self._tails)):
            tail.close()

    def __del__(self) -> None:
        self.close()
