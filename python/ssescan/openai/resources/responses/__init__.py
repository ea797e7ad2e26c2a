"""The Responses API."""

from .input_items import InputItems
from .input_tokens import InputTokens
from .responses import Responses

__all__ = ["InputItems", "InputTokens", "Responses"]
