"""The logger `ssescan`: what happens to requests and streams, at DEBUG; exceptions of the program's functions, above it.

A program that has not imported `logging` cannot have set it up, so that it is not imported here.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["debug_log", "log"]


def log() -> Any:
    """Return the `logging.Logger`."""
    import logging

    return logging.getLogger("ssescan")


def debug_log() -> Any:
    """Return the logger if the program wants its messages at DEBUG, else None."""
    if "logging" not in sys.modules:
        return None
    found = log()
    return found if found.isEnabledFor(10) else None
