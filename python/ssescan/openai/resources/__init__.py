"""The endpoints, grouped as in the `openai` package."""

from typing import TYPE_CHECKING

from ssescan._lazy import attach

from .._async import async_names

if TYPE_CHECKING:
    from .audio import Audio as Audio
    from .batches import Batches as Batches
    from .beta import Beta as Beta
    from .chat import Chat as Chat
    from .completions import Completions as Completions
    from .conversations import Conversations as Conversations
    from .embeddings import Embeddings as Embeddings
    from .files import Files as Files
    from .images import Images as Images
    from .models import Models as Models
    from .moderations import Moderations as Moderations
    from .responses import Responses as Responses
    from .uploads import Uploads as Uploads
    from .vector_stores import VectorStores as VectorStores
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "Audio": "audio",
            "Batches": "batches",
            "Beta": "beta",
            "Chat": "chat",
            "Completions": "completions",
            "Conversations": "conversations",
            "Embeddings": "embeddings",
            "Files": "files",
            "Images": "images",
            "Models": "models",
            "Moderations": "moderations",
            "Responses": "responses",
            "Uploads": "uploads",
            "VectorStores": "vector_stores",
        },
        async_names(__name__),
    )
