"""Detects that the results in the files of a batch are of other requests than those of this run.

The `id` of each line that `run_file` writes ends with a mark: digests of the options of the run, and of the request in the
input. So a later run knows which of them have changed, without another file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

from ssescan.models._json import dumps

from ._problems import BadInput
from ._requests import BatchRequest, row_in

__all__ = ["ChangedRequests", "Changes", "Mark", "content_of"]

#: Field of a mark -> how a message names it.
_OPTIONS = {"model": "another model", "system": "another system message", "body": "other body options"}
_MARKED = re.compile(r"batch_req_[0-9a-f]+-([0-9a-f]{16})")


class ChangedRequests(BadInput):
    """The files have results of other requests, and the caller wants to know before anything is sent."""


class Mark(NamedTuple):
    """Digests of what was sent. 0 is a missing option, or a request without a digest.

    Attributes:
        model: The model of the run.
        system: Its system message.
        body: Its body options.
        content: The request in the input.
    """

    model: int
    system: int
    body: int
    content: int = 0

    @classmethod
    def of_options(cls, model: str | None, system: str | None, body: Mapping[str, Any] | None) -> Mark:
        """Return the mark of the options of a run."""
        return cls(_digest(model), _digest(system), _digest(body))

    @classmethod
    def of_line(cls, line: Mapping[str, Any]) -> Mark | None:
        """Return the mark of a line of an output or error file; None if it has no mark."""
        match = _MARKED.fullmatch(str(line.get("id")))
        return match and cls(*(int(match[1][at : at + 4], 16) for at in range(0, 16, 4)))

    def added_to(self, line: dict[str, Any]) -> dict[str, Any]:
        """Return a line with this mark in its `id`."""
        digits = "".join(f"{number:04x}" for number in self)
        return {**line, "id": f"{line['id'][:-16]}-{digits}"}


def content_of(request: BatchRequest, *, is_prompt: bool) -> int:
    """Return the digest of a request in the input: of the prompt of a row, or of the body of a line."""
    return _digest(request.body["messages"][-1]["content"] if is_prompt else request.body)


def _digest(value: object) -> int:
    if value is None:
        return 0
    try:
        encoded = dumps(value)
    except (RecursionError, TypeError, ValueError):
        return 0
    return int.from_bytes(blake2b(encoded, digest_size=2).digest(), "big") or 1


class Changes:
    """Counts the results of other requests in the files of a batch.

    Args:
        mark: The mark of the options of this run.
    """

    def __init__(self, mark: Mark) -> None:
        self._mark = mark
        self._same = self._kept = 0
        #: Results of no request of this run. Those whose `custom_id` the caller chose may be of another input.
        self._others = 0
        #: The options that differ -> results. No option: their requests were edited or moved.
        self._what: Counter[tuple[str, ...]] = Counter()

    def add(self, line: Mapping[str, Any], content: int | None) -> None:
        """Count a result.

        Args:
            line: Its line.
            content: The digest of the request that has its `custom_id`; None if the input has no such request.
        """
        if content is None:
            if row_in(line.get("custom_id")) is not None:
                self._others += 1
                self._what[self._options_of(line)] += 1
            return
        options, mark = self._options_of(line), Mark.of_line(line)
        if options or (mark and content and mark.content not in (0, content)):
            self._kept += 1
            self._what[options] += 1
        else:
            self._same += 1

    def _options_of(self, line: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the options in which a result differs from this run."""
        mark = Mark.of_line(line)
        return tuple(name for name in _OPTIONS if mark and getattr(mark, name) != getattr(self._mark, name))

    def check(self, output: object, *, pending: int, total: int) -> None:
        """Raise `ChangedRequests` if answers of other requests would be kept, or most results are of other requests.

        Args:
            output: The file, for the message.
            pending: How many requests have no result.
            total: How many requests there are.
        """
        if not self._kept and not (pending and self._others > self._same):
            return
        number = self._kept + self._others
        results = "1 result is of another request" if number == 1 else f"{number} results are of other requests"
        what = ", ".join(f"{count} {_described(options)}" for options, count in self._what.most_common())
        then = ", and these results would be kept" if self._kept else ""
        raise ChangedRequests(
            f"Requests have changed: in {output} {results} ({what}). {pending} of {total} requests would be sent{then}."
        )


def _described(options: tuple[str, ...]) -> str:
    return f"with {' and '.join(_OPTIONS[name] for name in options)}" if options else "edited or moved since"
