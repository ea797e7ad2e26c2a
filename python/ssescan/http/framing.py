"""Chooses the framing of a response's body from its headers (RFC 9112, section 6.3). The core does the framing."""

from __future__ import annotations

from typing import Any

from ssescan import _core

from ._urllib3 import frame_of_body
from .decoders import UnsupportedEncoding

__all__ = ["check_transfer_encoding", "framing_of"]


def check_transfer_encoding(headers: Any) -> None:
    """Raise `UnsupportedEncoding` for a transfer coding other than chunked."""
    coding = headers.get("transfer-encoding", "chunked")
    if coding.strip().lower() not in ("chunked", "identity"):
        raise UnsupportedEncoding(f"Unsupported Transfer-Encoding {coding!r} (supported: chunked)")


def framing_of(raw: Any) -> _core.Framing:
    """Return the framing of the body of a response of urllib3."""
    chunked, length = frame_of_body(raw)
    if chunked:
        return _core.Framing("chunked")
    return _core.Framing("close") if length is None else _core.Framing("length", length)
