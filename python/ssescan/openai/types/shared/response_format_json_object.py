"""Output that must be a JSON object."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["ResponseFormatJSONObject"]


class ResponseFormatJSONObject(Model):
    type: Literal["json_object"]
