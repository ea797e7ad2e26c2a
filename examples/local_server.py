"""Answers for the examples without a key: a server in this process, which writes at the pace of a model."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from unittest.mock import patch

from ssescan.replay import Recording, ReplayServer, Request
from ssescan.testing import Answer


@contextmanager
def local_server(*answers: Answer | Callable[[Request], Answer], rate: float = 25) -> Iterator[None]:
    """Answer the requests in this block, unless OPENAI_API_KEY or OPENAI_BASE_URL is set: then a real server does.

    Ctrl-C ends the block, without a traceback.

    Args:
        answers: One for each request, in order; or one function, which takes the request.
        rate: The events per second; the variable RATE overrides it.
    """
    if "OPENAI_API_KEY" in os.environ or "OPENAI_BASE_URL" in os.environ:
        os.environ.setdefault("OPENAI_API_KEY", "none")  # servers of your own often need no key
        with suppress(KeyboardInterrupt):
            yield
        return

    def recording(request: Request) -> Recording:
        answer = answers[(len(server.requests) - 1) % len(answers)]
        return Recording("answer", bytes(answer(request) if callable(answer) else answer))

    with ReplayServer(recording, rate=float(os.environ.get("RATE", rate))) as server:
        here = {"OPENAI_BASE_URL": f"{server.url}/v1", "OPENAI_API_KEY": "none", "NO_PROXY": "127.0.0.1"}
        with patch.dict(os.environ, here), suppress(KeyboardInterrupt):
            yield


def words(text: str) -> list[str]:
    """Return the words of a text, each with the white space after it: the pieces in which a model writes."""
    return re.findall(r"\s*\S+\s*", text)
