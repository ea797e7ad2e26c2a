"""`ChatCompletionStreamOptionsParam`, as it is sent."""

from __future__ import annotations

from typing import TypedDict

__all__ = ["ChatCompletionStreamOptionsParam"]


class ChatCompletionStreamOptionsParam(TypedDict, total=False):
    include_obfuscation: bool
    include_usage: bool
