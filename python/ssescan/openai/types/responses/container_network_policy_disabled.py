"""A container without network access."""

from __future__ import annotations

from typing import Literal

from ssescan.models import Model

__all__ = ["ContainerNetworkPolicyDisabled"]


class ContainerNetworkPolicyDisabled(Model):
    type: Literal["disabled"]
