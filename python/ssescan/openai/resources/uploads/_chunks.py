"""Helpers of `uploads`: upload a large file in parts."""

from __future__ import annotations

import builtins
import io
import logging
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, overload

from ..._types import omit
from .._resource import Resource

if TYPE_CHECKING:
    from ..._types import Omit
    from ...types import FilePurpose, Upload

__all__ = ["UploadHelpers"]

log = logging.getLogger("openai.resources.uploads")

#: The size of a part: the largest that the server accepts.
PART_BYTES = 64 * 1024 * 1024


class UploadHelpers(Resource):
    @overload
    def upload_file_chunked(
        self,
        *,
        file: os.PathLike[str],
        mime_type: str,
        purpose: FilePurpose,
        bytes: int | None = None,
        part_size: int | None = None,
        md5: str | Omit = omit,
    ) -> Upload: ...
    @overload
    def upload_file_chunked(
        self,
        *,
        file: bytes,
        filename: str,
        bytes: int,
        mime_type: str,
        purpose: FilePurpose,
        part_size: int | None = None,
        md5: str | Omit = omit,
    ) -> Upload: ...

    def upload_file_chunked(
        self,
        *,
        file: os.PathLike[str] | builtins.bytes,
        mime_type: str,
        purpose: FilePurpose,
        filename: str | None = None,
        bytes: int | None = None,
        part_size: int | None = None,
        md5: str | Omit = omit,
    ) -> Upload:
        """Upload a file in parts, in sequence, and return the completed upload.

        Args:
            file: The path of the file, or its content.
            mime_type: The media type of the file.
            purpose: The purpose of the file.
            filename: The name of the file. Required for content.
            bytes: The size of the file. Required for content.
            part_size: The size of a part. Default: 64 MiB.
            md5: The checksum of the file, which the server compares.

        Raises:
            TypeError: `filename` or `bytes` is missing.
        """
        if isinstance(file, builtins.bytes):
            for name, value in (("filename", filename), ("bytes", bytes)):
                if value is None:
                    raise TypeError(f"The `{name}` argument is required for files in memory")
        else:
            filename = filename or os.path.basename(os.fspath(file))
            bytes = os.stat(file).st_size if bytes is None else bytes
        uploads: Any = self
        upload = uploads.create(bytes=bytes, filename=filename, mime_type=mime_type, purpose=purpose)
        ids = []
        for data in _parts(file, PART_BYTES if part_size is None else part_size):
            part = uploads.parts.create(upload_id=upload.id, data=data)
            log.info("Uploaded part %s for upload %s", part.id, upload.id)
            ids.append(part.id)
        done: Upload = uploads.complete(upload_id=upload.id, part_ids=ids, md5=md5)
        return done


def _parts(file: os.PathLike[str] | builtins.bytes, size: int) -> Iterator[builtins.bytes]:
    with io.BytesIO(file) if isinstance(file, builtins.bytes) else open(file, "rb") as opened:
        yield from iter(lambda: opened.read(size), b"")
