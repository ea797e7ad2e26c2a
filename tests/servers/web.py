"""The programs of examples/web: they stream from a scripted API to a socket or a real browser.

`make test-servers` runs this in an environment with the frameworks. SCREENSHOTS=FOLDER keeps pictures of the page.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import cycle
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from ssescan import Scanner
from ssescan.replay import Recording, ReplayServer, Request
from ssescan.testing import frame

EXAMPLES = Path(__file__).resolve().parents[2] / "examples/web"
COMMANDS = {
    "flask": "-m flask --app flask_app run --port {port}",
    "django": "django_app.py runserver --noreload {port}",
    "fastapi": "-m uvicorn fastapi_app:app --port {port}",
    "flask_status": "-m flask --app flask_status run --port {port}",
    "gunicorn": "-m gunicorn --config gunicorn_conf.py --bind 127.0.0.1:{port} flask_status:app",
    "fastapi_status": "-m uvicorn fastapi_status:app --port {port}",
}
WORDS = [f"{word} " for word in "An event stream is one response that the server does not finish".split()]
#: Questions, and what the API does with them.
PLAIN, ENDLESS, BROKEN = "What is an event stream?", "Count to infinity.", "What fails?"
#: The first is too long for a URL.
LONG, FORBIDDEN = "Why? " * 20_000, "What is forbidden?"
LIMIT_S = 15.0


def delta(text: str) -> bytes:
    return frame({"choices": [{"index": 0, "delta": {"content": text}}]})


class API:
    """The API that the programs ask. The question says what it does.

    Attributes:
        url: Its base URL.
        left: How many streams were left before their end.
    """

    def __init__(self) -> None:
        self.left = 0
        self._server = ReplayServer(self._named_by_question, steps=self._steps)
        self.url = f"{self._server.url}/v1"

    @staticmethod
    def _named_by_question(request: Request) -> Recording:
        return Recording(json.loads(request.body)["messages"][0]["content"], b"")

    def _steps(self, recording: Recording) -> Iterator[bytes | float]:
        whole = False
        try:
            for word in WORDS if recording.name != ENDLESS else cycle(WORDS):
                if recording.name == FORBIDDEN:
                    yield frame({"choices": [{"index": 0, "delta": {"refusal": word}}]})
                    continue
                yield delta(word)
                yield 0.15
                if recording.name == BROKEN and word == WORDS[3]:
                    yield frame({"error": {"message": "The model is <b>overloaded</b>", "type": "server_error"}})
                    break
            reason = "length" if recording.name.startswith(LONG) else "stop"
            yield frame({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}) + frame("[DONE]")
            whole = True
        finally:
            self.left += not whole

    def close(self) -> None:
        self._server.close()


@pytest.fixture(scope="module")
def api() -> Iterator[API]:
    with closing(API()) as api:
        yield api


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def program(name: str, api_url: str) -> Iterator[int]:
    """Run a program, and return its port."""
    with process_of(name, api_url) as (_, port):
        yield port


@contextmanager
def process_of(name: str, api_url: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run a program, and return its process and its port."""
    port = free_port()
    root = EXAMPLES.parents[1]
    environment = {
        **os.environ,
        "OPENAI_BASE_URL": api_url,
        "OPENAI_API_KEY": "k",
        "NO_PROXY": "*",
        "PYTHONPATH": f"{root / 'python'}{os.pathsep}{EXAMPLES}",
    }
    command = [sys.executable, *COMMANDS[name].format(port=port).split()]
    process = subprocess.Popen(command, cwd=EXAMPLES, env=environment, stderr=subprocess.DEVNULL)
    try:
        until(lambda: answers(port))
        yield process, port
    finally:
        process.kill()
        process.wait()


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def until(holds: Callable[[], object]) -> None:
    end_s = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < end_s
        time.sleep(0.02)


@pytest.fixture(scope="module", params=list(COMMANDS))
def port(request: pytest.FixtureRequest, api: API) -> Iterator[int]:
    with program(request.param, api.url) as port:
        yield port


class Browser:
    """A socket that asks as a browser does."""

    def __init__(self, port: int, question: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), LIMIT_S)
        body = json.dumps({"question": question}).encode()
        head = "POST /answer HTTP/1.0\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %i\r\n\r\n"
        self._socket.sendall((head % len(body)).encode() + body)
        self.received = b""

    def read_until(self, part: bytes) -> None:
        while part not in self.received and (block := self._socket.recv(65536)):
            self.received += block

    def status(self) -> int:
        with self._socket:
            self.read_until(b"\r\n")
        return int(self.received.split()[1])

    def events(self) -> list[tuple[str, object]]:
        with self._socket:
            self.read_until(b"\0")  # to the end
        head, _, body = self.received.partition(b"\r\n\r\n")
        assert b"text/event-stream" in head.lower()
        return [(event.event, event.json()) for event in Scanner(body)]

    def leave(self) -> None:
        self._socket.close()


class TestEachFramework:
    def test_pieces_arrive_one_by_one(self, port: int):
        began_s = time.monotonic()
        browser = Browser(port, PLAIN)
        browser.read_until(b"An ")
        first_s = time.monotonic() - began_s
        events = browser.events()

        assert events == [*(("text", word) for word in WORDS), ("end", "stop")]
        assert first_s < (time.monotonic() - began_s) / 2

    def test_an_error_in_the_middle_is_an_event(self, port: int):
        *texts, failure = Browser(port, BROKEN).events()

        assert texts == [("text", word) for word in WORDS[:4]]
        assert failure == ("failure", {"kind": "error", "retry": True})

    def test_a_browser_that_leaves_ends_the_request(self, port: int, api: API):
        before = api.left
        browser = Browser(port, ENDLESS)
        browser.read_until(b"event: text")
        browser.leave()

        until(lambda: api.left == before + 1)

    def test_an_api_that_is_away_is_an_event_too(self, request: pytest.FixtureRequest):
        with program("flask", f"http://127.0.0.1:{free_port()}") as port:
            assert Browser(port, PLAIN).events() == [("failure", {"kind": "refused", "retry": True})]

    @pytest.mark.parametrize("name", ["gunicorn", "fastapi_status"])
    def test_sigterm_ends_the_answers(self, api: API, name: str):
        """The servers wait for answers that have no end, or for 30 s."""
        with process_of(name, api.url) as (process, port):
            browser = Browser(port, ENDLESS)
            browser.read_until(b"event: text")
            process.terminate()
            *_, last = browser.events()
            process.wait(LIMIT_S)

        assert last == ("failure", {"kind": "cancelled", "retry": True})

    @pytest.mark.parametrize("name", ["flask_status", "fastapi_status"])
    def test_an_api_that_is_away_is_a_status(self, name: str):
        with program(name, f"http://127.0.0.1:{free_port()}") as port:
            assert Browser(port, PLAIN).status() == 502


def test_the_tests_that_the_docs_show(tmp_path: Path):
    root = EXAMPLES.parents[1]
    page = (root / "docs/guide/testing.md").read_text("utf-8").partition("### Test a view")[2]
    for name, part in zip(("conftest.py", "test_of_the_docs.py"), page.split("```python\n")[1:]):
        (tmp_path / name).write_text(part.partition("```")[0], "utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    environment |= {"PYTHONPATH": f"{root / 'python'}{os.pathsep}{EXAMPLES}", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "ssescan.pytest_plugin", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    assert "4 passed" in done.stdout, done.stdout


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=760,420"):
        options.add_argument(argument)
    service = webdriver.ChromeService("/usr/bin/chromedriver" if Path("/usr/bin/chromedriver").exists() else None)
    driver = webdriver.Chrome(options, service)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def page(browser: webdriver.Chrome, api: API) -> Iterator[webdriver.Chrome]:
    with program("flask", api.url) as port:
        browser.get(f"http://127.0.0.1:{port}/")
        yield browser


def ask(page: webdriver.Chrome, question: str) -> None:
    page.execute_script("document.getElementById('question').value = arguments[0]", question)
    page.find_element(By.ID, "ask").click()


def text_of(page: webdriver.Chrome, name: str) -> str:
    return page.find_element(By.ID, name).get_property("textContent")


def wait(page: webdriver.Chrome, holds: Callable[[], object]) -> None:
    WebDriverWait(page, LIMIT_S, 0.02).until(lambda _: holds())


def keep(page: webdriver.Chrome, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.save_screenshot(str(Path(folder, f"web-{name}.png")))


class TestPage:
    def test_tokens_appear_one_by_one(self, page: webdriver.Chrome):
        ask(page, PLAIN)
        seen = set()
        wait(page, lambda: seen.add(text_of(page, "answer")) or text_of(page, "state") == "Done.")

        assert text_of(page, "answer") == "".join(WORDS)
        assert len(seen) > 5
        assert not page.find_element(By.ID, "stop").is_enabled()

    @pytest.mark.parametrize(
        ("question", "state"),
        [
            (LONG, "Incomplete: the answer has reached its limit of tokens."),
            (FORBIDDEN, "No text: the model may have refused to answer."),
        ],
    )
    def test_an_answer_that_is_not_complete_is_not_done(self, page: webdriver.Chrome, question: str, state: str):
        ask(page, question)
        wait(page, lambda: not page.find_element(By.ID, "stop").is_enabled())

        assert text_of(page, "state") == state

    def test_stop(self, page: webdriver.Chrome, api: API):
        before = api.left
        ask(page, ENDLESS)
        wait(page, lambda: text_of(page, "answer").count(" ") > 8)
        keep(page, "answer")
        page.find_element(By.ID, "stop").click()
        stopped = text_of(page, "answer")

        assert text_of(page, "state") == "Stopped."
        until(lambda: api.left == before + 1)
        assert text_of(page, "answer") == stopped

    def test_an_error_shows(self, page: webdriver.Chrome):
        ask(page, BROKEN)
        wait(page, lambda: text_of(page, "state").startswith("Failed"))
        keep(page, "failure")

        assert text_of(page, "state") == "Failed: the model reported an error. Please ask again."
        assert text_of(page, "answer") == "".join(WORDS[:4])
