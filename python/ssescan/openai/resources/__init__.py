"""The endpoints, grouped as in the `openai` package."""

from typing import TYPE_CHECKING

from ssescan._lazy import attach

if TYPE_CHECKING:
    from .beta import Beta as Beta
    from .chat import Chat as Chat
    from .completions import Completions as Completions
    from .models import Models as Models
    from .responses import Responses as Responses
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "Beta": "beta",
            "Chat": "chat",
            "Completions": "completions",
            "Models": "models",
            "Responses": "responses",
        },
    )
