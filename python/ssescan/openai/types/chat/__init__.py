"""Models of Chat Completions."""

from typing import TYPE_CHECKING

from ssescan._lazy import attach

if TYPE_CHECKING:
    from .chat_completion_chunk import ChatCompletionChunk as ChatCompletionChunk
    from .chat_completion_token_logprob import ChatCompletionTokenLogprob as ChatCompletionTokenLogprob
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {"ChatCompletionChunk": "chat_completion_chunk", "ChatCompletionTokenLogprob": "chat_completion_token_logprob"},
    )
