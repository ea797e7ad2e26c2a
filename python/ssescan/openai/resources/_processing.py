"""Helpers of `files`: wait until the server has processed a file."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ._resource import Resource

if TYPE_CHECKING:
    from ..types import FileObject

__all__ = ["FileHelpers"]

ENDED = {"processed", "error", "deleted"}


class FileHelpers(Resource):
    def wait_for_processing(
        self, id: str, *, poll_interval: float = 5.0, max_wait_seconds: float = 30 * 60
    ) -> FileObject:
        """Wait until a file is processed, or has failed, and return it.

        Args:
            id: The id of the file.
            poll_interval: The seconds between two requests.
            max_wait_seconds: The limit of the wait.

        Raises:
            RuntimeError: The file is not processed within the limit.
        """
        files: Any = self
        start_s = time.monotonic()
        file: FileObject = files.retrieve(id)
        while file.status not in ENDED:
            self._sleep(poll_interval)
            file = files.retrieve(id)
            if time.monotonic() - start_s > max_wait_seconds:
                raise RuntimeError(
                    f"Giving up on waiting for file {id} to finish processing after {max_wait_seconds} seconds."
                )
        return file
