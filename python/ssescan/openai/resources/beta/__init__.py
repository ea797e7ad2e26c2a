"""The endpoints in beta, grouped as in the `openai` package."""

from .assistants import Assistants
from .beta import Beta
from .threads.threads import Threads

__all__ = ["Assistants", "Beta", "Threads"]
