"""The plugin for pytest: the fixture `ssescan_pool`. pytest finds it by an entry point."""

from __future__ import annotations

import os
from collections.abc import Iterator
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


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    if call.when == "call" and call.excinfo is not None:
        item.stash[_HAS_FAILED] = True
