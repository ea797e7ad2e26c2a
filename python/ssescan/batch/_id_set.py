"""A set of the ids in a file, and which of them have a result. It takes about eleven bytes per id.

A file may have millions of requests, so their ids themselves are not kept.
"""

from __future__ import annotations

from array import array
from hashlib import blake2b

__all__ = ["IdSet"]


class IdSet:
    """A set of up to `count` ids: a hash table of their digests with linear probing, and one bit per place.

    Two ids with the same digest count as one. Digests have 64 bits. With a million ids this happens in one of 37 million
    files.
    """

    def __init__(self, count: int) -> None:
        self._size = count + count // 9 + 8  # at most nine tenths are used
        self._digests = array("Q", [0]) * self._size  # 0 is a free place
        self._contents = array("H", [0]) * self._size
        self._done = bytearray(self._size // 8 + 1)

    def add(self, custom_id: str, content: int = 0) -> bool:
        """Add an id, with a digest of 16 bits of its request. Return False if the id was in the set already."""
        at, digest = self._find(custom_id)
        is_new = not self._digests[at]
        if is_new:
            self._digests[at], self._contents[at] = digest, content
        return is_new

    def content(self, custom_id: str) -> int | None:
        """Return the digest of the request of an id; None if the id is unknown."""
        at, digest = self._find(custom_id)
        return self._contents[at] if self._digests[at] == digest else None

    def mark_done(self, custom_id: str) -> bool:
        """Record that an id has a result. Return False if the id is unknown, or had a result already."""
        at, digest = self._find(custom_id)
        if self._digests[at] != digest or self._done[at >> 3] >> (at & 7) & 1:
            return False
        self._done[at >> 3] |= 1 << (at & 7)
        return True

    def is_done(self, custom_id: str) -> bool:
        """Return whether an id has a result."""
        at, _ = self._find(custom_id)
        return bool(self._done[at >> 3] >> (at & 7) & 1)

    def _find(self, custom_id: str) -> tuple[int, int]:
        """Return the place of an id, or the free place for it, and its digest."""
        encoded = custom_id.encode("utf-8", "surrogatepass")
        digest = int.from_bytes(blake2b(encoded, digest_size=8).digest(), "little") or 1
        digests, at = self._digests, digest % self._size
        while (other := digests[at]) and other != digest:
            at = at + 1 if at + 1 < self._size else 0
        return at, digest
