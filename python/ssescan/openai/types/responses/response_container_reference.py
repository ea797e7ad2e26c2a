"""The container that a shell call ran in."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["ResponseContainerReference"]


class ResponseContainerReference(Model):
    container_id: str
    type: Literal["container_reference"]
