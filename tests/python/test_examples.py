"""The programs of examples/. `make test-servers` runs those of examples/web under their frameworks."""

from __future__ import annotations

import importlib
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from conftest import BARE_DONE, HI, chunk
from ssescan import Parser, ServerSentEvent, StreamEnd
from ssescan.testing import CUT, STALL, Pause, answers, chat, error, failure, stream

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "examples/web"


@pytest.mark.parametrize("path", sorted(WEB.glob("*.*")), ids=lambda path: path.stem)
def test_the_page_shows_them_as_they_are(path: Path):
    language = {".py": "python"}.get(path.suffix, "html")
    assert f"```{language}\n{path.read_text('utf-8')}```" in (ROOT / "docs/guide/web.md").read_text("utf-8")


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module `frames` of the example, with a client that does not retry."""
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.syspath_prepend(str(WEB))
    for name in ("frames", "passthrough", "pings", "shutdown"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    module = importlib.import_module("frames")
    monkeypatch.setattr(module, "client", module.client.with_options(max_retries=0))
    return module


def read(frames: Iterable[bytes]) -> list[tuple[str, object]]:
    return [(event.event, event.json()) for event in Parser().feed(b"".join(frames))]


def events(web: Any, answer: Any) -> list[tuple[str, object]]:
    with answers(answer):
        return read(web.frames("a\nb"))


def failed(kind: str, *, retry: bool) -> tuple[str, object]:
    return "failure", {"kind": kind, "retry": retry}


def test_frames(web: Any, caplog: pytest.LogCaptureFixture):
    assert events(web, stream(HI, chunk(finish="stop"), BARE_DONE)) == [("text", "Hi"), ("end", "stop")]
    # An answer that the model did not finish is not "done".
    for reason in ("length", "content_filter"):
        assert events(web, chat("Hel", finish_reason=reason)) == [("text", "Hel"), ("end", reason)]
    assert events(web, stream(chunk(refusal="No."), chunk(finish="stop"), BARE_DONE)) == [("end", "stop")]  # no text

    assert events(web, stream(HI, CUT)) == [("text", "Hi"), failed("broken", retry=True)]
    assert "answer failed: Connection lost" in caplog.text
    assert events(web, chat("Hel", finish_reason="error"))[1:] == [failed("error", retry=True)]
    # A server may quote a part of the key.
    assert events(web, failure(401, "Bad key: sk-12")) == [failed("refused", retry=False)]
    assert "sk-12" in caplog.text
    assert events(web, failure(429, "m", code="insufficient_quota")) == [failed("refused", retry=False)]
    # The server took the request, and may be working on it.
    assert events(web, STALL) == events(web, stream(STALL)) == [failed("timeout", retry=False)]
    assert events(web, chat("Hel", STALL))[1:] == [failed("timeout", retry=True)]


def test_frames_of_a_stream_that_the_view_started(web: Any):
    with answers(chat("Hel", "lo"), chat(Pause(0.05), "Hello")) as pool:
        assert read(web.frames_of(web.ask("Hi"))) == [("text", "Hel"), ("text", "lo"), ("end", "stop")]
        stream = web.ask("Hi")
        frames = [*importlib.import_module("pings").with_pings(web.frames_of(stream), stream.cancel, 0.01)]
    assert b": ping\n\n" in frames
    assert read(frames) == [("text", "Hello"), ("end", "stop")]
    assert len(pool.requests) == 2


def test_the_request_ends_with_the_iterator(
    web: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    ends: list[StreamEnd] = []
    monkeypatch.setattr(web, "client", web.client.with_options(on_stream_end=ends.append))
    pings = importlib.import_module("pings")

    def with_pings(question: str) -> Any:
        stream = web.ask(question)
        return pings.with_pings(web.frames_of(stream), stream.cancel)

    for frames_for in (web.frames, with_pings):
        with answers(chat("Hel", Pause(0.05), "lo")):
            pieces = frames_for("Hi")
            assert b"event: text" in next(pieces)
            pieces.close()
            for thread in threading.enumerate():
                if thread.name.endswith("(read)"):
                    thread.join()
    assert [end.outcome for end in ends] == ["cancelled", "cancelled"]
    assert caplog.text == ""


def test_a_shutdown_cancels_the_streams_that_are_tracked(web: Any, caplog: pytest.LogCaptureFixture):
    shutdown = importlib.import_module("shutdown")
    with answers(chat("Hel", "lo")) as pool:
        pool.add(chat("late"))
        pieces = web.frames_of(shutdown.tracked(web.ask("Hi")))
        first = next(pieces)
        shutdown.stop_all()
        assert read([first, *pieces]) == [("text", "Hel"), failed("cancelled", retry=True)]
        assert read(web.frames_of(shutdown.tracked(web.ask("Hi")))) == [failed("cancelled", retry=True)]
    assert caplog.text == ""


def test_sigterm_runs_the_handler_of_the_server_too(web: Any):
    shutdown = importlib.import_module("shutdown")
    seen: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
    try:
        shutdown.stop_all_at_sigterm()
        signal.raise_signal(signal.SIGTERM)
        assert seen == [signal.SIGTERM]
        assert shutdown.stopping.wait(10)
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM is POSIX")
@pytest.mark.parametrize(("handler", "code"), [("SIG_DFL", -signal.SIGTERM), ("SIG_IGN", 0)])
def test_sigterm_does_what_it_did_without_a_handler(handler: str, code: int):
    program = f"""
import signal, shutdown
signal.signal(signal.SIGTERM, signal.{handler})
shutdown.stop_all_at_sigterm()
signal.raise_signal(signal.SIGTERM)
assert signal.getsignal(signal.SIGTERM) is signal.{handler}
"""
    assert subprocess.run([sys.executable, "-c", program], cwd=WEB, timeout=60).returncode == code


class TestPassthrough:
    def of(self, web: Any, answer: Any) -> list[ServerSentEvent]:
        with answers(answer):
            pieces = b"".join(importlib.import_module("passthrough").passed_on(web.ask("Hi")))
        return [*Parser().feed(pieces)]

    def test_a_model(self, web: Any):
        whole = stream(HI, chunk(finish="stop"), BARE_DONE)
        assert self.of(web, whole) == [*Parser().feed(bytes(whole))]

    def test_an_error_is_one_for_a_client_of_the_api_too(self, web: Any, caplog: pytest.LogCaptureFixture):
        *_, last = self.of(web, stream(HI, CUT))
        assert last.json()["error"]["type"] == "server_error"
        *_, last = self.of(web, chat("Hi", error("sk-12", code="rate_limit_exceeded")))
        assert last.json()["error"]["code"] == "rate_limit_exceeded"
        assert "sk-12" not in last.data
        assert caplog.text.count("stream failed") == 2

    def test_a_feed(self, web: Any, caplog: pytest.LogCaptureFixture):
        passthrough = importlib.import_module("passthrough")
        frames = b"id: 7\nretry: 500\ndata: 1\n\n"
        with answers(stream(b": heartbeat\n\n", frames, CUT)) as pool:
            events = passthrough.open_feed("http://x/feed", "6")
            assert b"".join(passthrough.feed(events)) == frames
        assert pool.requests[0].headers["last-event-id"] == "6"
        assert "stream failed: Connection lost" in caplog.text
