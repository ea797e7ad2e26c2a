"""The response class of a transcription or translation depends on the format that the caller asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..._call import Call

__all__ = ["by_format"]

#: Formats that are plain text.
TEXT: Mapping[str, Any] = {"text": str, "srt": str, "vtt": str}


def by_format(**classes: str) -> Callable[[Call], Call]:
    """Return a function that sets the response class of a call, from its `response_format`.

    Args:
        **classes: The class of each format that is JSON. Formats that are unknown keep the class of the endpoint.
    """
    known = {**TEXT, **classes}

    def prepare(call: Call) -> Call:
        from ..._decoding import named  # loads models

        found = known.get(call.json_data.get("response_format"), call.result_class)
        return call._replace(result_class=named(found) if isinstance(found, str) else found)

    return prepare
