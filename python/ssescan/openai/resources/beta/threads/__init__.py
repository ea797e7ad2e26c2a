"""Threads, their messages and runs."""

from .messages import Messages
from .runs.runs import Runs
from .threads import Threads

__all__ = ["Messages", "Runs", "Threads"]
