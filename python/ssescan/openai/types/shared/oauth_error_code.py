"""`OAuthErrorCode`."""

from __future__ import annotations

from typing import Literal, TypeAlias, Union

__all__ = ["OAuthErrorCode"]

OAuthErrorCode: TypeAlias = Union[Literal["invalid_grant", "invalid_subject_token"], str]
