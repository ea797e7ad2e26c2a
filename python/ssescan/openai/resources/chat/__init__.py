"""Chat Completions."""

from ..._async import add_async_names
from .chat import Chat
from .completions import Completions

__all__ = ["Chat", "Completions"]

add_async_names(__name__)
