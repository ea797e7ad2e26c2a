"""Each program of examples/ runs as it is, without a key, and prints what its reader expects."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from runpy import run_path
from unittest.mock import patch

import pytest
import urllib3

from ssescan import Parser, otel
from ssescan.replay import ReplayServer
from ssescan.testing import chat

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

#: The events per second. The others get all events at once.
RATES = {"time_limit": "2"}
#: The name of a program -> what it prints. Times match any number.
OUTPUTS = {
    "assistants_run": r"""(?s)\(thread\.run\.created\)\n.*
step message_creation\n.*
Each event has a class, so match finds the right case\.\(thread\.message\.completed\)\n.*
run completed, 15 tokens
""",
    "batch_csv": r"""id,answer,error
(?=(?:.*\n)*france,It is Paris\.,\n)(?=(?:.*\n)*peru,It is Lima\.,\n)(?:\w+,It is \w+\.,\n){4}""",
    "chat": r"""A few lines of text that a server sends over a response that stays open\.
\[stop; [\d.]+ s to the first word\]
""",
    "csv_rows": r"""[\d.]+ s \{'name': 'Volga', 'km': '3530', 'countries': '1'\}
[\d.]+ s \{'name': 'Danube', 'km': '2850', 'countries': '10'\}
([\d.]+ s \{.*\}\n){3}[\d.]+ s \{'name': 'Elbe', 'km': '1094', 'countries': '2'\}
""",
    "json_items": r"""[\d.]+ s The Opera House: you can walk on its roof
[\d.]+ s The Fram Museum: the ship is inside
[\d.]+ s Vigeland Park: two hundred sculptures
""",
    "own_dialect": r"""thought \{'thinks': 'Hm\.'\} -> text None
word \{'word': \{'spelling': 'Once'\}\} -> text 'Once'
done
""",
    "own_loop": r"""\['Hello there, and hello from the other stream too\.', 'Hello there, and hello from the other stream too\.'\]
""",
    "sentences": r"""say: Sunlight has all colours\.
say: Air scatters blue light most, about 5\.5 times as much as red!
say: So we see blue\.
""",
    "telemetry": r"""chat gpt-5\.5: \{.*'gen_ai\.usage\.output_tokens': 2,.*'ssescan\.outcome': 'done'.*\}
Hello!
""",
    "time_limit": r"""too slow \(limit 'total'\), so far: '(Once )?'
cancelled, so far: '(Once )?'
""",
    "tool_loop": r"""\(get_weather of Oslo\)
Yes: it is -3 degrees, and it snows\.
""",
}

NO_SERVER = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}


def run(name: str, monkeypatch: pytest.MonkeyPatch, **environment: str) -> None:
    path = str(EXAMPLES / f"{name}.py")
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.setattr(sys, "argv", [path])
    with patch.dict(os.environ, NO_SERVER | {"RATE": RATES.get(name, "100000")} | environment, clear=True):
        run_path(path, run_name="__main__")


def test_each_program_is_tested_and_listed() -> None:
    programs = {path.stem for path in EXAMPLES.glob("*.py")} - {"local_server"}
    assert programs == {*OUTPUTS, "web_page"}
    listed = re.findall(r"^\| \[`(\w+)\.py`\]\(\1\.py\) \|", (EXAMPLES / "README.md").read_text("utf-8"), re.MULTILINE)
    assert set(listed) == programs and len(listed) == len(programs)


@pytest.mark.parametrize("name", OUTPUTS)
def test_program(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        run(name, monkeypatch)
    finally:
        otel.uninstrument()
    assert re.fullmatch(OUTPUTS[name], capsys.readouterr().out)


@pytest.mark.parametrize("name", [*OUTPUTS, "web_page"])
def test_a_program_is_short_and_says_how_to_run_it(name: str) -> None:
    text = (EXAMPLES / f"{name}.py").read_text("utf-8")
    assert len(text.splitlines()) <= 40
    docstring = text.split('"""')[1]
    assert f"python examples/{name}.py" in docstring
    assert "OPENAI_API_KEY" in docstring or "[URL]" in docstring  # a service of its own


def test_a_real_server_is_asked_if_one_is_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with ReplayServer(bytes(chat("Hello from elsewhere."))) as server:
        run("chat", monkeypatch, OPENAI_BASE_URL=f"{server.url}/v1", NO_PROXY="*")
        run("own_loop", monkeypatch, OPENAI_BASE_URL=f"{server.url}/v1", NO_PROXY="*")
    assert [request.path for request in server.requests] == ["/v1/chat/completions"] * 3
    assert capsys.readouterr().out.count("Hello from elsewhere.") == 3


SHELL = NO_SERVER | {"RATE": "1000", "PYTHONIOENCODING": "utf-8"}


def test_a_program_runs_from_the_shell() -> None:
    command = [sys.executable, "-W", "error", "examples/chat.py"]
    done = subprocess.run(command, cwd=EXAMPLES.parent, env=SHELL, capture_output=True, text=True, timeout=60)
    assert re.fullmatch(OUTPUTS["chat"], done.stdout), done.stderr
    assert done.stderr == ""


@pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals are POSIX")
@pytest.mark.parametrize("own", [{}, {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}])
def test_ctrl_c_leaves_no_traceback(own: dict[str, str]) -> None:
    command = [sys.executable, "examples/web_page.py", "0"]
    with subprocess.Popen(
        command, cwd=EXAMPLES.parent, env=SHELL | own, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        program.stdout.readline()
        program.send_signal(signal.SIGINT)
        assert (program.communicate(timeout=60)[1], program.returncode) == ("", 0)


def test_web_page() -> None:
    command = [sys.executable, "examples/web_page.py", "0"]
    with subprocess.Popen(
        command, cwd=EXAMPLES.parent, env=SHELL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as program:
        try:
            url = program.stdout.readline().strip()
            get = urllib3.PoolManager().request
            assert get("GET", url).data == (EXAMPLES / "web/page.html").read_bytes()
            parser = Parser()
            events = [
                (event.event, event.json()) for event in parser.feed(get("GET", f"{url}/answer?question=Hi").data)
            ]
            assert get("POST", f"{url}/answer", json={"question": "Hi"}).data.count(b"event: end") == 1
        finally:
            program.kill()
    assert events[0] == ("text", "Lines ")
    assert (
        "".join(text for _, text in events[:-1]) == "Lines of text that a server sends over a response that stays open."
    )
    assert events[-1] == ("end", "stop")
