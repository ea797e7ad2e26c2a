"""Helpers of `vector_stores`: add files, and wait until the server has processed them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..._constants import RAW_RESPONSE_HEADER
from ..._endpoints import Options, given
from ..._methods import method
from ..._types import NotGiven, Omit, omit
from .._resource import Resource

if TYPE_CHECKING:
    from typing import Dict, Iterable, Optional, Union

    from typing_extensions import Unpack

    from ..._types import FileTypes
    from ...types import FileChunkingStrategyParam
    from ...types._params import SequenceNotStr
    from ...types.vector_stores import VectorStoreFile, VectorStoreFileBatch, file_batch_create_params

__all__ = ["FileBatchHelpers", "FileHelpers"]


class FileAdd(Options, total=False):
    attributes: Optional[Dict[str, Union[str, float, bool]]] | Omit
    chunking_strategy: FileChunkingStrategyParam | Omit


class FileBatchAdd(FileAdd, total=False):
    file_ids: SequenceNotStr[str] | Omit
    files: Iterable[file_batch_create_params.File] | Omit


class FileHelpers(Resource):
    @method(FileAdd)
    def create_and_poll(
        self,
        file_id: str,
        *,
        vector_store_id: str,
        poll_interval_ms: int | Omit = omit,
        max_wait_seconds: float | Omit = omit,
        **arguments: Unpack[FileAdd],
    ) -> VectorStoreFile:
        """Add a file to a vector store, and wait until it is processed; see `poll`."""
        _check_wait(max_wait_seconds)
        self._ask("create", vector_store_id=vector_store_id, file_id=file_id, **arguments)
        return self.poll(
            file_id,
            vector_store_id=vector_store_id,
            poll_interval_ms=poll_interval_ms,
            max_wait_seconds=max_wait_seconds,
        )

    def poll(
        self,
        file_id: str,
        *,
        vector_store_id: str,
        poll_interval_ms: int | Omit = omit,
        max_wait_seconds: float | Omit = omit,
    ) -> VectorStoreFile:
        """Wait until a file of a vector store is processed, or has failed, and return it.

        Args:
            file_id: The id of the file.
            vector_store_id: The vector store.
            poll_interval_ms: The time between two requests. By default the server sets it, else it is one second.
            max_wait_seconds: The limit of the wait. By default there is no limit.

        Raises:
            TimeoutError: The file is not processed within the limit.
            ValueError: `max_wait_seconds` is negative or not finite.
        """
        _check_wait(max_wait_seconds)
        return _polled(  # type: ignore[no-any-return]
            self,
            lambda file: file.status != "in_progress",
            poll_interval_ms,
            max_wait_seconds,
            file_id,
            vector_store_id=vector_store_id,
        )

    def upload(
        self, *, vector_store_id: str, file: FileTypes, chunking_strategy: FileChunkingStrategyParam | Omit = omit
    ) -> VectorStoreFile:
        """Upload a file and add it to a vector store. The server processes it afterwards.

        Args:
            vector_store_id: The vector store.
            file: The file.
            chunking_strategy: How the server splits the text of the file.
        """
        uploaded = self._client.files.create(file=file, purpose="assistants")
        added: VectorStoreFile = self.create(  # type: ignore[attr-defined]
            vector_store_id=vector_store_id, file_id=uploaded.id, chunking_strategy=chunking_strategy
        )
        return added

    def upload_and_poll(
        self,
        *,
        vector_store_id: str,
        file: FileTypes,
        attributes: Optional[Dict[str, Union[str, float, bool]]] | Omit = omit,
        poll_interval_ms: int | Omit = omit,
        max_wait_seconds: float | Omit = omit,
        chunking_strategy: FileChunkingStrategyParam | Omit = omit,
    ) -> VectorStoreFile:
        """Upload a file, add it to a vector store, and wait until it is processed; see `poll`.

        Args:
            vector_store_id: The vector store.
            file: The file.
            attributes: Values that searches can filter by.
            poll_interval_ms: The time between two requests.
            max_wait_seconds: The limit of the wait after the upload.
            chunking_strategy: How the server splits the text of the file.
        """
        _check_wait(max_wait_seconds)
        uploaded = self._client.files.create(file=file, purpose="assistants")
        return self.create_and_poll(
            file_id=uploaded.id,
            vector_store_id=vector_store_id,
            attributes=attributes,
            chunking_strategy=chunking_strategy,
            poll_interval_ms=poll_interval_ms,
            max_wait_seconds=max_wait_seconds,
        )


class FileBatchHelpers(Resource):
    @method(FileBatchAdd)
    def create_and_poll(
        self, vector_store_id: str, *, poll_interval_ms: int | Omit = omit, **arguments: Unpack[FileBatchAdd]
    ) -> VectorStoreFileBatch:
        """Add files to a vector store, and wait until all of them are processed; see `poll`."""
        batch = self._ask("create", vector_store_id=vector_store_id, **arguments)
        return self.poll(batch.id, vector_store_id=vector_store_id, poll_interval_ms=poll_interval_ms)

    def poll(self, batch_id: str, *, vector_store_id: str, poll_interval_ms: int | Omit = omit) -> VectorStoreFileBatch:
        """Wait until no file of a batch is in progress, and return the batch.

        Args:
            batch_id: The id of the batch.
            vector_store_id: The vector store.
            poll_interval_ms: The time between two requests. By default the server sets it, else it is one second.
        """
        return _polled(  # type: ignore[no-any-return]
            self,
            lambda batch: batch.file_counts.in_progress <= 0,
            poll_interval_ms,
            omit,
            batch_id,
            vector_store_id=vector_store_id,
        )

    def upload_and_poll(
        self,
        vector_store_id: str,
        *,
        files: Iterable[FileTypes],
        max_concurrency: int = 5,
        file_ids: SequenceNotStr[str] = (),
        poll_interval_ms: int | Omit = omit,
        chunking_strategy: FileChunkingStrategyParam | Omit = omit,
    ) -> VectorStoreFileBatch:
        """Upload files in threads, add them to a vector store, and wait until all of them are processed.

        Args:
            vector_store_id: The vector store.
            files: The files.
            max_concurrency: The number of threads.
            file_ids: Further files, which were uploaded before.
            poll_interval_ms: The time between two requests; see `poll`.
            chunking_strategy: How the server splits the texts of the files.

        Raises:
            Exception: The first upload that failed.
        """
        from concurrent.futures import ThreadPoolExecutor

        def upload(file: FileTypes) -> str:
            return self._client.files.create(file=file, purpose="assistants").id  # type: ignore[no-any-return]

        with ThreadPoolExecutor(max_workers=max_concurrency) as threads:
            uploaded = list(threads.map(upload, files))
        return self.create_and_poll(
            vector_store_id=vector_store_id,
            file_ids=[*file_ids, *uploaded],
            poll_interval_ms=poll_interval_ms,
            chunking_strategy=chunking_strategy,
        )


def _check_wait(max_wait_seconds: float | Omit) -> None:
    if not isinstance(max_wait_seconds, (NotGiven, Omit)) and not 0 <= max_wait_seconds < math.inf:
        raise ValueError("Expected a finite, non-negative value for `max_wait_seconds`")


def _polled(
    group: Any, ended: Callable[[Any], bool], interval_ms: Any, max_wait_s: Any, item_id: str, **ids: str
) -> Any:
    """Return an item once it has ended. Ask for it again and again, at the interval that the server sets."""
    own = given({"X-Stainless-Custom-Poll-Interval": interval_ms})
    sent = {RAW_RESPONSE_HEADER: "true", "X-Stainless-Poll-Helper": "true"}
    headers = {**sent, **{name: str(value) for name, value in own.items()}}
    deadline = None if isinstance(max_wait_s, (NotGiven, Omit)) else time.monotonic() + max_wait_s
    while True:
        _remaining_s(deadline, item_id)
        response = group.with_raw_response.retrieve(item_id, **ids, extra_headers=headers)
        item = response.parse()
        if ended(item):
            return item
        if isinstance(interval_ms, (NotGiven, Omit)):
            interval_ms = int(response.headers.get("openai-poll-after-ms", 1000))
        group._sleep(min(interval_ms / 1000, _remaining_s(deadline, item_id)))


def _remaining_s(deadline: float | None, item_id: str) -> float:
    """Return the seconds until a deadline.

    Raises:
        TimeoutError: The deadline has passed.
    """
    remaining_s = math.inf if deadline is None else deadline - time.monotonic()
    if remaining_s <= 0:
        raise TimeoutError(f"Timed out waiting for vector store file {item_id!r} to finish processing")
    return remaining_s
