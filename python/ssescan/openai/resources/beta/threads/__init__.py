"""Threads, their messages and runs."""

from typing import TYPE_CHECKING

from ...._async import async_names
from .messages import Messages
from .runs.runs import Runs
from .threads import Threads

if not TYPE_CHECKING:
    __getattr__ = async_names(__name__)

__all__ = ["Messages", "Runs", "Threads"]
