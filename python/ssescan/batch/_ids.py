"""Which rows of a file there are and which are done, in about nine bytes each: the file may have millions."""

from __future__ import annotations

from array import array
from hashlib import blake2b

__all__ = ["Ids"]


class Ids:
    """Room for `count` ids: a table of their digests, with linear probing, and a bit for each place.

    Two ids with one digest would be taken for the same. With 64 bits and a million rows that happens once in 37 million
    files.
    """

    def __init__(self, count: int) -> None:
        self._size = count + count // 9 + 8  # nine tenths full at most
        self._digests = array("Q", [0]) * self._size  # 0 is nobody's
        self._done = bytearray(self._size // 8 + 1)

    def add(self, custom_id: str) -> bool:
        """Takes an id in. False if it is there already."""
        at, digest = self._find(custom_id)
        new = not self._digests[at]
        self._digests[at] = digest
        return new

    def finish(self, custom_id: str) -> bool:
        """The row of that id is done. False if there is none, or it was before."""
        at, digest = self._find(custom_id)
        if self._digests[at] != digest or self._done[at >> 3] >> (at & 7) & 1:
            return False
        self._done[at >> 3] |= 1 << (at & 7)
        return True

    def is_done(self, custom_id: str) -> bool:
        at, _ = self._find(custom_id)
        return bool(self._done[at >> 3] >> (at & 7) & 1)

    def _find(self, custom_id: str) -> tuple[int, int]:
        """Where an id is, or would be, and its digest."""
        encoded = custom_id.encode("utf-8", "surrogatepass")
        digest = int.from_bytes(blake2b(encoded, digest_size=8).digest(), "little") or 1
        digests, at = self._digests, digest % self._size
        while (other := digests[at]) and other != digest:
            at = at + 1 if at + 1 < self._size else 0
        return at, digest
