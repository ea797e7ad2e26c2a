"""The programs of docs/start/from-openai.md and some of the guide, and of the package's own README, run with both packages against one server."""

from __future__ import annotations

import importlib.metadata
import json
import re
from pathlib import Path
from typing import Any

import pytest

from both import answer
from faultserver import CHUNKED, END, FaultServer, Request, Script, head, length, piece
from scripts import assistants, call_step, chat, chunk, created, delta, frames, message, run, step_delta, text, tool
from test_helpers_responses import called, done_call, done_text, responses, written

PAGE = Path(__file__).parents[2] / "docs/start/from-openai.md"
pytestmark = [
    pytest.mark.filterwarnings("ignore:The Assistants API is deprecated"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # a program's last stream is dropped with it
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

PLACE = '{"city": "Rome", "population": 2800000}'
COUNT = ("One, ", "two, ", "three.")

# The server


def chat_answer(sent: dict[str, Any]) -> bytes:
    if sent.get("tools"):
        calls = [tool(0, "", "GetWeather", "call_1"), tool(0, '{"city":'), tool(0, '"Rome"}')]
        return chat(*(chunk({"tool_calls": [call]}) for call in calls), chunk(finish="tool_calls"))
    pieces = re.findall(".{1,9}", PLACE) if sent.get("response_format") else COUNT
    return chat(chunk({"role": "assistant"}), *(chunk({"content": piece}) for piece in pieces), chunk(finish="stop"))


def response_answer(sent: dict[str, Any]) -> bytes:
    asks = any("functions" in str(tool) or tool["type"] == "function" for tool in sent.get("tools") or [])
    if asks and "previous_response_id" not in sent:
        arguments = '{"city": "Rome"}'
        item = {**done_call(arguments), "name": "get_weather"}
        frames = responses(
            *called(arguments)[:-1], ("output_item.done", {"output_index": 0, "item": item}), output=[item]
        )
    else:
        pieces = re.findall(".{1,9}", PLACE) if sent.get("text") else COUNT
        frames = responses(*written(*pieces), output=[done_text("".join(pieces))])
    return b"".join(frames)


ASKED = {"type": "function", "id": "call_1", "function": {"name": "get_weather", "arguments": '{"city": "Rome"}'}}
ACTION = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": [ASKED]}}


def run_answer(path: str) -> bytes:
    whole = {"type": "text", "text": {"value": "".join(COUNT), "annotations": []}}
    said = [created(), *(delta(text(piece)) for piece in COUNT), message(state="completed", content=[whole])]
    calling = [call_step(), step_delta(tool(0, "{", "get_weather", "call_1")), step_delta(tool(0, "}"))]
    if path.endswith("/threads/runs"):
        return frames(*calling, run("requires_action", "requires_action", required_action=ACTION), ("done", "[DONE]"))
    return assistants(*calling, *said)


def whole_answer(path: str) -> bytes:
    if path.endswith("/chat/completions"):
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "".join(COUNT)}}
        return json.dumps({"id": "c", "object": "chat.completion", "choices": [choice]}).encode()
    return json.dumps({"id": "resp_1", "object": "response", "output": [done_text("".join(COUNT))]}).encode()


def serve(request: Request) -> Script:
    sent = json.loads(request.body or b"{}")
    if sent.get("model") == "overloaded":
        said = b'{"error": {"message": "slow down", "code": "rate_limit_exceeded"}}'
        return (head(length(len(said)), "X-Request-Id: req_1", status="429 Too Many", kind="application/json"), said)
    if not sent.get("stream"):
        return answer(whole_answer(request.path))
    if request.path.endswith("/chat/completions"):
        data = chat_answer(sent)
    else:
        data = response_answer(sent) if request.path.endswith("/responses") else run_answer(request.path)
    return (head(CHUNKED, "X-Request-Id: req_1"), piece(data) + END)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch):
    with FaultServer() as server:
        server.play_each(serve)
        monkeypatch.setenv("OPENAI_BASE_URL", server.origin)
        monkeypatch.setenv("OPENAI_API_KEY", "k")
        yield server


def printed(program: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the output of a program. Floats of `openai` are printed as the whole numbers that the server sent."""
    exec(compile(program, "<program>", "exec"), {"__name__": "program"})
    return re.sub(r"(?<==\d)\.0\b", "", capsys.readouterr().out)


# The page


def programs() -> list[tuple[str, str, str]]:
    """Return each heading with its program before and after the change."""
    found = []
    for title, diff in re.findall(r"^### (.+?)\n.*?^```diff\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL):
        lines = diff.splitlines()
        before, after = ("\n".join(line[1:] for line in lines if line[:1] != mark) for mark in "+-")
        found.append((title, before, after))
    return found


PROGRAMS = programs()


@pytest.mark.parametrize(("title", "before", "after"), PROGRAMS, ids=[title for title, *_ in PROGRAMS])
def test_before_and_after(title: str, before: str, after: str, server: FaultServer, capsys: Any):
    theirs = printed(before, capsys)
    assert printed(after, capsys) == theirs
    assert theirs.strip()


def test_there_are_ten_and_imports_alone_differ():
    assert len(PROGRAMS) >= 10
    for _, before, after in PROGRAMS:
        pairs = zip(before.splitlines(), after.splitlines())
        changed = [(old, new) for old, new in pairs if old != new]
        assert changed and all("import" in line for pair in changed for line in pair)


GUIDE = PAGE.parents[1] / "guide"
OURS = [
    code
    for page in ("tools", "resume")
    for code in re.findall(r"test_helpers_docs.*\n```python\n([^`]*)```", (GUIDE / f"{page}.md").read_text())
]


@pytest.mark.parametrize("program", OURS, ids=["tools", "resume"])
def test_what_there_is_besides(program: str, server: FaultServer, capsys: Any):
    assert printed(program, capsys).strip()
    assert len(server.requests) == (2 if "run_tools" in program else 1)


# The package's own README


def readme() -> list[str]:
    """Return the programs that call only chat completions or responses."""
    text = importlib.metadata.metadata("openai")["Description"] or ""
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    calls = ("client.responses.create(", "chat.completions.create(", "with_streaming_response")
    needs = ("await", "async", "workload_identity", "base64", "my.test", "ssl", "img_url", "httpx2", "azure", "Azure")
    return [block for block in blocks if any(it in block for it in calls) and not any(it in block for it in needs)]


@pytest.mark.parametrize("program", readme(), ids=lambda program: program.strip().splitlines()[-1][:30])
def test_readme_of_the_package(program: str, server: FaultServer, capsys: Any):
    if "import OpenAI" not in program:
        program = f"from openai import OpenAI\nclient = OpenAI()\n{program}"
    theirs = printed(program, capsys)
    assert printed(re.sub(r"from openai import", "from ssescan.openai import", program), capsys) == theirs


def test_there_are_programs_in_it():
    assert len(readme()) >= 5
