"""The Responses API."""

from ..._async import add_async_names
from .input_items import InputItems
from .input_tokens import InputTokens
from .responses import Responses

__all__ = ["InputItems", "InputTokens", "Responses"]

add_async_names(__name__)
