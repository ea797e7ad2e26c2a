"""The display of a batch's progress."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from batchserver import answer, lines, prompt_of, refuse, rows
from ssescan.batch import Progress
from ssescan.batch import _progress as display
from ssescan.replay import ReplayServer


def progress(done: int = 0, elapsed_s: float = 0.0, **more: object) -> Progress:
    usual = {"failed": 0, "running": 4, "events": done * 10, "tokens": done * 9, "total": 100}
    return Progress(**{"done": done, "elapsed_s": elapsed_s, **usual, **more})


class TestLines:
    @pytest.fixture
    def now(self, monkeypatch) -> list[float]:
        now = [100.0]
        monkeypatch.setattr(display.time, "monotonic", lambda: now[0])
        return now

    def test_one_soon_one_every_five_seconds_and_one_at_the_end(self, now, capsys):
        with display.progress_display("plain") as tell:
            for second in range(12):
                now[0] = 100.0 + second
                tell(progress(second * 2, second))

        said = capsys.readouterr().err.splitlines()
        assert [int(line.split("/")[0]) for line in said] == [2, 12, 22, 22]
        assert said[1] == "12/100 done, 0 failed, 4 running, 20 events/s, 18 tokens/s, 0:00:44 left"

    def test_rates_are_those_of_late_and_time_is_that_of_this_run(self):
        rates = display._Rates()
        for second in range(20):
            rates.of(progress(0, second))
        assert rates.of(progress(10, 20)) == (10.0, 9.0)
        assert display._time_left(progress(60, 100, before=50)) == "0:06:40"
        assert display._time_left(progress(50, 100, before=50)) == "-:--:--"
        assert display._time_left(progress(1, 100, total=None)) == "-:--:--"

    def test_why_requests_fail(self, now, capsys):
        failures = (("no such thing \x1b[31m", 7), ("boom", 2))
        with display.progress_display("plain") as tell:
            for second in range(12):
                now[0] = 100.0 + second
                known = {"failures": failures, "other_failures": 1} if second > 3 else {}
                tell(progress(second * 2, second, failed=10, **known))

        said = capsys.readouterr().err.splitlines()
        assert said[2:5] == ["  7 x no such thing \\u001b[31m", "  2 x boom", "  1 x other reasons"]
        assert len(said) == 5 + 2  # they are repeated only if they change

    def test_none(self, capsys):
        with display.progress_display("none") as tell:
            assert tell is None
        assert capsys.readouterr().err == ""

    def test_no_bar_where_there_is_no_terminal(self, capsys, monkeypatch):
        monkeypatch.setattr(sys, "stderr", io.StringIO())

        with display.progress_display("auto") as tell:
            assert isinstance(tell, display._Lines)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
class TestBar:
    def run(self, source: Path, *, columns: int, hide_rich: bool = False, answers=answer, code: int = 0) -> str:
        """Return the output on a terminal of so many columns. Check the exit code."""
        import fcntl
        import pty
        import struct
        import termios

        program = "import sys; sys.modules['rich'] = None; " if hide_rich else "import sys; "
        program += "from ssescan.cli import main; sys.exit(main(sys.argv[1:]))"
        with ReplayServer(answers, rate=30) as server:
            master, slave = pty.openpty()
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            command = [sys.executable, "-c", program, "batch", source, "-o", source.with_name("out.jsonl")]
            environment = {**os.environ, "TERM": "xterm-256color", "NO_PROXY": "*", "OPENAI_API_KEY": "k"}
            environment.pop("COLUMNS", None)
            process = subprocess.Popen(
                [*command, "--base-url", f"{server.url}/v1", "--workers", "8"], stderr=slave, env=environment
            )
            os.close(slave)
            shown = b""
            try:
                while block := os.read(master, 65536):
                    shown += block
            except OSError:
                pass  # the end of a pseudo-terminal
            os.close(master)
            assert process.wait(30) == code
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())

    @pytest.mark.parametrize("columns", [80, pytest.param(120, marks=pytest.mark.soak)])
    def test_a_bar(self, tmp_path, columns):
        source = tmp_path / "in.jsonl"
        source.write_bytes(lines(rows(30)))

        shown = self.run(source, columns=columns)

        bars = [line.strip() for line in re.split("[\r\n]+", shown) if "running" in line]
        assert len(bars) > 2
        assert re.search(r"30/30 +0 running +\d+ events/s +\d+ tokens/s +0:00:00 left", bars[-1])
        assert all(len(bar) <= columns for bar in bars)
        assert "ssescan: 30 requests, 30 with an answer" in shown

    def test_failures_are_below_the_bar(self, tmp_path):
        source = tmp_path / "in.jsonl"
        source.write_bytes(lines(rows(30)))

        def answers(request):
            number = int(prompt_of(request).split()[1])
            return refuse(400) if number % 3 == 0 else refuse(422) if number % 10 == 1 else answer(request)

        shown = self.run(source, columns=80, answers=answers, code=1)

        bar, report = shown.split("ssescan: ", 1)
        assert re.search(r"\d+ x Error code: 400 - no: 400\s+\d+ x Error code: 422 - no: 422", bar)
        assert re.split("[\r\n]+", f"ssescan: {report}")[:2] == [
            "ssescan: 10 failed: Error code: 400 - no: 400",
            "ssescan: 2 failed: Error code: 422 - no: 422",
        ]

    def test_lines_without_rich(self, tmp_path):
        source = tmp_path / "in.jsonl"
        source.write_bytes(lines(rows(5)))

        assert "5/5 done, 0 failed, 0 running" in self.run(source, columns=80, hide_rich=True)
