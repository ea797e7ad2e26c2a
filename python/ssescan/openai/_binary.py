"""`HttpxBinaryResponseContent`: the content of a file or an audio, as bytes."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from typing import Any

from ssescan.http.pieces import sized
from ssescan.http.transport import Response

__all__ = ["HttpxBinaryResponseContent"]


class HttpxBinaryResponseContent:
    """A body that is not JSON. It was read whole; `with_streaming_response` reads it piece by piece.

    Args:
        response: The response, whose body was read.
    """

    def __init__(self, response: Response) -> None:
        self.response = response

    @property
    def content(self) -> bytes:
        """The body."""
        return self.response.content

    @property
    def text(self) -> str:
        """The body as text."""
        return self.response.text

    @property
    def encoding(self) -> str | None:
        """The encoding of the body as text."""
        return self.response.encoding

    @property
    def charset_encoding(self) -> str | None:
        """The encoding that the response declares, or None."""
        _, charset, name = (self.response.headers.get("content-type") or "").partition("charset=")
        return name.split(";")[0].strip().strip('"') if charset else None

    def json(self, **options: Any) -> Any:
        """Return the decoded body. The options are those of `json.loads`."""
        import json

        return json.loads(self.content, **options)

    def read(self) -> bytes:
        """Return the body."""
        return self.content

    def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Yield the body, in pieces of `chunk_size` bytes."""
        return sized([self.content], chunk_size or len(self.content) or 1, b"")

    iter_raw = iter_bytes

    def iter_text(self, chunk_size: int | None = None) -> Iterator[str]:
        """Yield the body as text, in pieces of `chunk_size` characters."""
        return sized([self.text], chunk_size or len(self.text) or 1, "")

    def iter_lines(self) -> Iterator[str]:
        """Yield the lines of the body as text, without line ends."""
        return iter(self.text.splitlines())

    def write_to_file(self, file: str | os.PathLike[str]) -> None:
        """Write the body to the file with this name."""
        with open(file, mode="wb") as target:
            target.write(self.content)

    def stream_to_file(self, file: str | os.PathLike[str], *, chunk_size: int | None = None) -> None:
        """Write the body to the file with this name. Deprecated: the body was read before."""
        warnings.warn(
            "stream_to_file() writes a body that is in memory. Use `.with_streaming_response` to write it as it arrives.",
            DeprecationWarning,
            stacklevel=2,
        )
        self.write_to_file(file)

    def close(self) -> None:
        """Close the response."""
        self.response.close()
