"""A container, by id."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["ContainerReference"]


class ContainerReference(Model):
    container_id: str
    type: Literal["container_reference"]
