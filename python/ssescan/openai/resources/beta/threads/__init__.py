"""Threads, their messages and runs."""

from ...._async import add_async_names
from .messages import Messages
from .runs.runs import Runs
from .threads import Threads

__all__ = ["Messages", "Runs", "Threads"]

add_async_names(__name__)
