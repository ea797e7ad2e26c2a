"""Chat Completions, and the messages of stored ones."""

from ...._async import add_async_names
from .completions import Completions
from .messages import Messages

__all__ = ["Completions", "Messages"]

add_async_names(__name__)
