"""A container made for the request."""

from __future__ import annotations

from typing import List, Literal, Optional, TypeAlias, Union

from ssescan.models import Model

from .container_network_policy_allowlist import ContainerNetworkPolicyAllowlist
from .container_network_policy_disabled import ContainerNetworkPolicyDisabled
from .inline_skill import InlineSkill
from .skill_reference import SkillReference

__all__ = ["ContainerAuto", "NetworkPolicy", "Skill"]

NetworkPolicy: TypeAlias = Union[ContainerNetworkPolicyDisabled, ContainerNetworkPolicyAllowlist]

Skill: TypeAlias = Union[SkillReference, InlineSkill]


class ContainerAuto(Model):
    type: Literal["container_auto"]
    file_ids: Optional[List[str]] = None
    memory_limit: Optional[Literal["1g", "4g", "16g", "64g"]] = None
    network_policy: Optional[NetworkPolicy] = None
    skills: Optional[List[Skill]] = None
