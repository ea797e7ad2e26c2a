"""The logger `ssescan`: what happens to requests and streams.

Failures that an exception or a callback reports to the program are INFO. Other failures are WARNING.
A program that has not imported `logging` cannot have set it up, so that it is not imported here for less than a warning.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["DEBUG", "INFO", "WARNING", "log", "log_at"]

#: The levels of `logging`.
DEBUG, INFO, WARNING = 10, 20, 30


def log() -> Any:
    """Return the `logging.Logger`."""
    import logging

    return logging.getLogger("ssescan")


def log_at(level: int) -> Any:
    """Return the logger if the program wants its messages at this level, else None."""
    if level < WARNING and "logging" not in sys.modules:
        return None
    found = log()
    return found if found.isEnabledFor(level) else None
