"""The Responses API."""

from typing import TYPE_CHECKING

from ..._async import async_names
from .input_items import InputItems
from .input_tokens import InputTokens
from .responses import Responses

if not TYPE_CHECKING:
    __getattr__ = async_names(__name__)

__all__ = ["InputItems", "InputTokens", "Responses"]
