"""The plugin for pytest: the fixture `ssescan_pool`. pytest finds it by an entry point."""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import pytest

__all__ = ["ssescan_pool"]

_HAS_FAILED = pytest.StashKey[bool]()


@pytest.fixture
def ssescan_pool(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Answer the requests of all clients of ssescan in this test, also of clients that were made before it.

    Add answers with `ssescan_pool.add(ssescan.testing.chat("Hello"))`. Each is used once, unless it is added with
    `repeat=True`. `ssescan_pool.requests` lists the requests. A request without an answer fails the test. OPENAI_API_KEY is
    set if it is missing.
    """
    from ssescan.testing import answers  # pytest loads this module in every run

    if "OPENAI_API_KEY" not in os.environ:
        monkeypatch.setenv("OPENAI_API_KEY", "test")
    with answers() as pool:
        yield pool
        if _HAS_FAILED in request.node.stash:  # the test has reported its failure, which may be that of a request
            pool.unanswered.clear()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    if call.when == "call" and call.excinfo is not None:
        item.stash[_HAS_FAILED] = True
        if call.excinfo.type.__module__ == "ssescan.testing":  # NoAnswerLeft
            _drop_our_frames(call.excinfo.tb)


def _drop_our_frames(trace: TracebackType | None) -> None:
    """Remove the frames of ssescan from a traceback: the lines of the test and of the program are enough."""
    while trace is not None:
        following = trace.tb_next
        package = "" if following is None else following.tb_frame.f_globals.get("__package__") or ""
        if following is not None and package.partition(".")[0] == "ssescan":
            trace.tb_next = following.tb_next
        else:
            trace = following
