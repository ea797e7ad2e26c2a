"""Many streams at once: a thread each, one limiter for all, and files that can be gone on with.

`run` takes requests from any iterable and yields results; `run_file` and `ssescan batch` do so from file to file.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._attempts import PauseTooLong as PauseTooLong
    from ._engine import Progress as Progress
    from ._engine import run as run
    from ._files import BadInput as BadInput
    from ._files import FileSummary as FileSummary
    from ._files import run_file as run_file
    from ._limiter import Limiter as Limiter
    from ._requests import BadRequest as BadRequest
    from ._requests import BatchRequest as BatchRequest
    from ._results import BatchResult as BatchResult
    from ._results import Timings as Timings
else:
    from ssescan._lazy import attach

    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "BadInput": "_files",
            "BadRequest": "_requests",
            "BatchRequest": "_requests",
            "BatchResult": "_results",
            "FileSummary": "_files",
            "Limiter": "_limiter",
            "PauseTooLong": "_attempts",
            "Progress": "_engine",
            "Timings": "_results",
            "run": "_engine",
            "run_file": "_files",
        },
    )
