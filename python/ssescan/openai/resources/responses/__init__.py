"""The Responses API."""

from .input_items import InputItems
from .responses import Responses

__all__ = ["InputItems", "Responses"]
