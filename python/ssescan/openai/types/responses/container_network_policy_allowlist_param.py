"""`ContainerNetworkPolicyAllowlistParam`, as it is sent."""

from __future__ import annotations

from typing import Iterable, Literal, TypedDict

from ssescan.openai.types._params import Required, SequenceNotStr

from .container_network_policy_domain_secret_param import ContainerNetworkPolicyDomainSecretParam

__all__ = ["ContainerNetworkPolicyAllowlistParam"]


class ContainerNetworkPolicyAllowlistParam(TypedDict, total=False):
    allowed_domains: Required[SequenceNotStr[str]]
    type: Required[Literal["allowlist"]]
    domain_secrets: Iterable[ContainerNetworkPolicyDomainSecretParam]
