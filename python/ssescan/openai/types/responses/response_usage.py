"""Token counts of a response."""

from __future__ import annotations

from typing import Optional

from ssescan.models import Model

__all__ = ["ResponseUsage", "InputTokensDetails", "InputTokensDetailsCacheWriteTokensDetails", "OutputTokensDetails"]


class InputTokensDetailsCacheWriteTokensDetails(Model):
    ttl_12h_tokens: int
    ttl_30m_tokens: int


class InputTokensDetails(Model):
    cache_write_tokens: int
    cached_tokens: int
    cache_write_tokens_details: Optional[InputTokensDetailsCacheWriteTokensDetails] = None


class OutputTokensDetails(Model):
    reasoning_tokens: int


class ResponseUsage(Model):
    input_tokens: int
    input_tokens_details: InputTokensDetails
    output_tokens: int
    output_tokens_details: OutputTokensDetails
    total_tokens: int
