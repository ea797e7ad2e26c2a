"""Types of `chat.completions`, under the names of `openai.types`."""

from typing import TYPE_CHECKING

from ssescan._lazy import attach

if TYPE_CHECKING:
    from .message_list_params import MessageListParams as MessageListParams
else:
    __getattr__, __dir__, __all__ = attach(__name__, {"MessageListParams": "message_list_params"})
