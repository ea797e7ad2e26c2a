"""Chat Completions, and the messages of stored ones."""

from typing import TYPE_CHECKING

from ...._async import async_names
from .completions import Completions
from .messages import Messages

if not TYPE_CHECKING:
    __getattr__ = async_names(__name__)

__all__ = ["Completions", "Messages"]
