"""A container's network access, to listed domains only."""

from __future__ import annotations

from typing import List, Literal, Optional

from ssescan.models import Model

from .container_network_policy_domain_secret import ContainerNetworkPolicyDomainSecret

__all__ = ["ContainerNetworkPolicyAllowlist"]


class ContainerNetworkPolicyAllowlist(Model):
    allowed_domains: List[str]
    type: Literal["allowlist"]
    domain_secrets: Optional[List[ContainerNetworkPolicyDomainSecret]] = None
