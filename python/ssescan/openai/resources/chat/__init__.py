"""Chat Completions."""

from .chat import Chat
from .completions import Completions

__all__ = ["Chat", "Completions"]
