"""`ContainerNetworkPolicyDomainSecretParam`, as it is sent."""

from __future__ import annotations

from typing import TypedDict

from ssescan.openai.types._params import Required

__all__ = ["ContainerNetworkPolicyDomainSecretParam"]


class ContainerNetworkPolicyDomainSecretParam(TypedDict, total=False):
    domain: Required[str]
    name: Required[str]
    value: Required[str]
