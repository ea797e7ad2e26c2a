"""`ModelDeleted`, as it is received."""

from __future__ import annotations

from ssescan.models import Model

__all__ = ["ModelDeleted"]


class ModelDeleted(Model):
    id: str
    deleted: bool
    object: str
