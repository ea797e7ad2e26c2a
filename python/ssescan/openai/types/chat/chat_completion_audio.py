"""`ChatCompletionAudio`, as it is received."""

from __future__ import annotations

from ssescan.models import Model

__all__ = ["ChatCompletionAudio"]


class ChatCompletionAudio(Model):
    id: str
    data: str
    expires_at: int
    transcript: str
