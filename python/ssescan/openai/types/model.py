"""`Model`, as it is received."""

from __future__ import annotations

from typing import Literal, Optional

from ssescan import models

__all__ = ["Model"]


class Model(models.Model):
    id: str
    created: int
    object: Literal["model"]
    owned_by: str
    shutdown_date: Optional[str] = None
