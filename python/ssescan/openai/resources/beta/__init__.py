"""The endpoints in beta, grouped as in the `openai` package."""

from typing import TYPE_CHECKING

from ..._async import async_names
from .assistants import Assistants
from .beta import Beta
from .threads.threads import Threads

if not TYPE_CHECKING:
    __getattr__ = async_names(__name__)

__all__ = ["Assistants", "Beta", "Threads"]
