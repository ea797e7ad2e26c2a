"""The response class of a transcription or translation depends on the format that the caller asks for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from ..._call import Call

__all__ = ["by_format"]

#: Formats that are plain text.
TEXT: Mapping[str, Any] = {"text": str, "srt": str, "vtt": str}

log = logging.getLogger("openai.audio.transcriptions")


def by_format(**classes: str) -> Callable[[Call], Call]:
    """Return a function that sets the response class of a call, from its `response_format`.

    Args:
        **classes: The class of each format that is JSON. Formats that are unknown keep the class of the endpoint, and are
            logged.
    """
    known = {**TEXT, **classes}

    def prepare(call: Call) -> Call:
        from ..._decoding import named  # loads models

        wanted = call.json_data.get("response_format")
        if wanted not in (None, "json", *known):
            log.warning("Unexpected audio response format: %s", wanted)  # the message of `openai`
        found = known.get(wanted, call.result_class) if isinstance(wanted, str) else call.result_class
        return call._replace(result_class=named(found) if isinstance(found, str) else found)

    return prepare
