"""The base of all groups of endpoints, at its module path in the `openai` package."""

from ._async import add_async_names
from .resources._resource import Resource as SyncAPIResource

__all__ = ["SyncAPIResource"]

add_async_names(__name__)
