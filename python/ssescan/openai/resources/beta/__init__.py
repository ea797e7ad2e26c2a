"""What is in beta: Assistants v2."""

from .assistants import Assistants
from .beta import Beta
from .threads.threads import Threads

__all__ = ["Assistants", "Beta", "Threads"]
