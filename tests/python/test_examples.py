"""The programs of examples/. `make test-servers` runs those of examples/web under their frameworks."""

from __future__ import annotations

from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest

from conftest import BARE_DONE, HI, chunk
from ssescan import Parser
from ssescan.openai import OpenAI, RateLimitError
from ssescan.testing import CUT, STALL, Answer, FakePool, failure, stream

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "examples/web"


@pytest.mark.parametrize("path", sorted(WEB.glob("*.*")), ids=lambda path: path.stem)
def test_the_page_shows_them_as_they_are(path: Path):
    language = {".py": "python"}.get(path.suffix, "html")
    assert f"```{language}\n{path.read_text('utf-8')}```" in (ROOT / "docs/guide/web.md").read_text("utf-8")


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    return SimpleNamespace(**run_path(str(WEB / "frames.py")))


def events(web: SimpleNamespace, answer: Answer) -> list[tuple[str, object]]:
    pool = FakePool(answer)
    web.frames.__globals__["client"] = OpenAI(api_key="k", http_client=pool, max_retries=0)
    parser = Parser()
    return [(event.event, event.json()) for event in parser.feed(b"".join(web.frames("a\nb")))]


def test_frames(web: SimpleNamespace, caplog: pytest.LogCaptureFixture):
    assert events(web, stream(HI, chunk(finish="stop"), BARE_DONE)) == [("text", "Hi"), ("end", "stop")]

    assert events(web, stream(HI, CUT)) == [("text", "Hi"), ("failure", {"kind": "broken", "retry": True})]
    assert "answer failed: Connection lost" in caplog.text
    # A server may quote a part of the key.
    assert events(web, failure(401, "Bad key: sk-12")) == [("failure", {"kind": "refused", "retry": False})]
    assert "sk-12" in caplog.text


def test_a_status_before_the_first_byte_and_kinds_of_ends(web: SimpleNamespace):
    assert events(web, stream(HI, chunk(finish="length"), BARE_DONE))[-1] == ("end", "length")
    assert events(web, stream(STALL))[-1][1]["kind"] == "timeout"
    assert events(web, stream(HI, STALL))[-1][1]["kind"] == "timeout"

    pool = FakePool(failure(429, "slow down"), stream(HI, chunk(finish="stop"), BARE_DONE))
    web.frames.__globals__["client"] = OpenAI(api_key="k", http_client=pool, max_retries=0)
    with pytest.raises(RateLimitError):
        web.ask("Hi")
    assert b"event: end" in b"".join(web.frames_of(web.ask("Hi")))
    assert len(pool.requests) == 2


def test_the_request_ends_with_the_iterator(web: SimpleNamespace):
    web.frames.__globals__["client"] = OpenAI(
        api_key="k", http_client=FakePool(stream(HI, BARE_DONE)), max_retries=0, on_stream_end=(ends := []).append
    )
    pieces = web.frames("Hi")
    assert b"event: text" in next(pieces)
    pieces.close()
    assert [end.outcome for end in ends] == ["cancelled"]
