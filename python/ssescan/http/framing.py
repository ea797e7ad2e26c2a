"""Chooses the framing of a response's body from its headers (RFC 9112, section 6.3). The core does the framing."""

from __future__ import annotations

from typing import Any

from ssescan import _core

from ._urllib3 import frame_of_body
from .decoders import UnsupportedEncoding

__all__ = ["check_transfer_encoding", "framing_of"]


def _transfer_encoding(headers: Any) -> str:
    """Return the transfer coding of a response. Spaces and tabs around it do not count; other white space does."""
    coding: str = headers.get("transfer-encoding", "identity")
    return coding.strip(" \t").lower()


def check_transfer_encoding(headers: Any) -> None:
    """Raise `UnsupportedEncoding` for a transfer coding other than chunked."""
    coding = _transfer_encoding(headers)
    if coding not in ("chunked", "identity"):
        raise UnsupportedEncoding(f"Unsupported Transfer-Encoding {coding!r} (supported: chunked)")


def framing_of(raw: Any) -> _core.Framing:
    """Return the framing of the body of a response of urllib3."""
    chunked, length = frame_of_body(raw)
    if chunked or _transfer_encoding(raw.headers) == "chunked":  # http.client does not ignore spaces and tabs
        return _core.Framing("chunked")
    return _core.Framing("close") if length is None else _core.Framing("length", length)
