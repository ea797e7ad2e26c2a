"""The endpoints in beta, grouped as in the `openai` package."""

from ..._async import add_async_names
from .agents.agents import Agents
from .assistants import Assistants
from .beta import Beta
from .threads.threads import Threads

__all__ = ["Agents", "Assistants", "Beta", "Threads"]

add_async_names(__name__)
