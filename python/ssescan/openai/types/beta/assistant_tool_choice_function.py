"""The one function an assistant must call."""

from __future__ import annotations

from ssescan.models import Model

__all__ = ["AssistantToolChoiceFunction"]


class AssistantToolChoiceFunction(Model):
    name: str
