"""The caller's machine, where a shell call ran."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["ResponseLocalEnvironment"]


class ResponseLocalEnvironment(Model):
    type: Literal["local"]
