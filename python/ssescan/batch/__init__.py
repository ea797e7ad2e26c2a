"""Many requests at once: one thread per stream, and one rate limiter for all of them.

`run` takes requests from any iterable and yields their results. `run_file` and `ssescan batch` read requests from a file,
append results to another one, and resume an interrupted run. `read` and `to_pandas` return the results in such files.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._engine import Run as Run
    from ._engine import run as run
    from ._failures import BatchStopped as BatchStopped
    from ._files import FileSummary as FileSummary
    from ._files import run_file as run_file
    from ._limiter import Limiter as Limiter
    from ._limiter import PauseTooLong as PauseTooLong
    from ._options import Progress as Progress
    from ._problems import BadInput as BadInput
    from ._read import read as read
    from ._read import to_pandas as to_pandas
    from ._requests import BadRequest as BadRequest
    from ._requests import BatchRequest as BatchRequest
    from ._results import BatchResult as BatchResult
    from ._results import Timings as Timings
else:
    from ssescan._lazy import attach

    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "BadInput": "_problems",
            "BadRequest": "_requests",
            "BatchRequest": "_requests",
            "BatchResult": "_results",
            "BatchStopped": "_failures",
            "FileSummary": "_files",
            "Limiter": "_limiter",
            "PauseTooLong": "_limiter",
            "Progress": "_options",
            "Run": "_engine",
            "Timings": "_results",
            "read": "_read",
            "run": "_engine",
            "run_file": "_files",
            "to_pandas": "_read",
        },
    )
