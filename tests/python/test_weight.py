"""What an import loads: what is not needed then is loaded later. Times are in the benches."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: Of no use to this library, or not before there is an event to decode or a request to send.
HEAVY = {"anyio", "asyncio", "dataclasses", "httpx", "inspect", "orjson", "pydantic", "requests", "uuid"}


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import ssescan", {"urllib3", "ssescan.dialects", "ssescan.models", "ssescan.http.transport"}),
        (
            "from ssescan import Scanner, Timeouts, StreamTruncated",
            {"urllib3", "ssescan.dialects", "ssescan.http.transport"},
        ),
        ("import ssescan.openai", {"urllib3", "ssescan.models", "ssescan.http.transport"}),
        ("from ssescan.openai import OpenAI", {"ssescan.openai.types", "ssescan.openai.resources", "urllib.request"}),
    ],
)
def test_not_loaded(statement: str, absent: set[str]):
    loaded = modules_after(statement)
    # On some Pythons urllib3 loads one of them.
    heavy = HEAVY - modules_after("import urllib3") if "urllib3" in loaded else HEAVY

    assert "ssescan" in loaded
    assert loaded & (heavy | absent) == set()


def modules_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_auto_loads_the_classes_of_one_dialect():
    event = b'data: {"object":"chat.completion.chunk","choices":[]}\n\n'
    loaded = modules_after(f"import ssescan; next(ssescan.Scanner([{event!r}], dialect='auto'))")

    assert "ssescan.openai.types.chat.chat_completion_chunk" in loaded
    assert not {
        name for name in loaded if name.startswith(("ssescan.openai.types.responses", "ssescan.openai.types.beta"))
    }
