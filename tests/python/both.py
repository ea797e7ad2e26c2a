"""One program, run with ssescan's client and with the package's own, against the same server.

A program is a function of the package and a client of it; what it tells is noted as plain data, at the time when it is
told, and what it raises as a class and a message.
"""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import openai

import ssescan.openai
from faultserver import END, FaultServer, Script, certificate, head, length, piece

__all__ = ["Noted", "Program", "Reader", "answer", "body", "both", "few_certificates", "plain"]

Program = Callable[[Any, Any, "Noted"], object]


def plain(value: Any) -> Any:
    """Dicts and lists; of models, what was sent. What is null is left out: to a model it is the same as what is absent."""
    if hasattr(value, "to_dict") and not isinstance(value, dict):
        return {"": type(value).__name__.split("[")[0], **plain(value.to_dict())}
    if hasattr(value, "model_dump"):
        return value.model_dump()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, BaseException):
        return [type(value).__name__, str(value)]
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


class Noted(list):  # type: ignore[type-arg]
    """What a program told, in order."""

    def __call__(self, name: str, *values: Any) -> None:
        self.append((name, *plain(values)))


def body(data: bytes) -> Script:
    """An event stream, whole."""
    return (head("Transfer-Encoding: chunked"), piece(data) + END)


def answer(data: bytes, status: str = "200 OK") -> Script:
    """A JSON answer."""
    return (head(length(len(data)), status=status, kind="application/json"), data)


def few_certificates() -> AbstractContextManager[Any]:
    """Have httpx load one certificate instead of hundreds: a client of `openai` is made in 2 ms instead of 50."""
    return patch.dict(os.environ, SSL_CERT_FILE=certificate())


def run(package: Any, origin: str, program: Program) -> Noted:
    with few_certificates():
        client, noted = package.OpenAI(api_key="k", base_url=origin, max_retries=0), Noted()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations, and what pydantic says of a server that sends other types
        try:
            program(package, client, noted)
        except Exception as error:
            noted("raised", error)
        finally:
            client.close()
    return noted


def both(program: Program, *scripts: Script) -> tuple[Noted, Noted]:
    """What `program` told with ours and with theirs; each meets the scripts from the first one on."""
    with FaultServer() as server:
        noted = []
        for package in (ssescan.openai, openai):
            server.play_each(*scripts)
            noted.append(run(package, server.origin, program))
    return noted[0], noted[1]


class Reader:
    """Another thread, which takes everything that `stream` gives."""

    def __init__(self, stream: Iterable[Any]) -> None:
        self._seen: list[Any] = []
        self._thread = threading.Thread(target=self._read, args=(stream,))
        self._thread.start()

    def _read(self, stream: Iterable[Any]) -> None:
        try:
            for event in stream:
                self._seen.append(event)  # noqa: PERF402
        except Exception as error:
            self._seen.append(error)

    def seen(self) -> list[Any]:
        """What it was, or the exception behind it, once it has ended."""
        self._thread.join(5)
        assert not self._thread.is_alive()
        return self._seen
