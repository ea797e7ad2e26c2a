"""Chat Completions."""

from typing import TYPE_CHECKING

from ..._async import async_names
from .chat import Chat
from .completions import Completions

if not TYPE_CHECKING:
    __getattr__ = async_names(__name__)

__all__ = ["Chat", "Completions"]
