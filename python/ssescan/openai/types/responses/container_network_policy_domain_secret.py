"""A secret that a container sends to one domain."""

from __future__ import annotations

from ssescan.models import Model

__all__ = ["ContainerNetworkPolicyDomainSecret"]


class ContainerNetworkPolicyDomainSecret(Model):
    domain: str
    name: str
    value: str
