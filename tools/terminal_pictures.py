"""Pictures of programs on a terminal, which move as the programs did: docs/images/csv-rows.svg and batch-bar.svg.

    python tools/terminal_pictures.py           draws the recorded runs
    python tools/terminal_pictures.py --record  runs the programs again first, on a pseudo-terminal

A recording is a file of asciinema (asciicast, version 2) in tools/recordings: what was printed, and when. The pictures have no
scripts: each line of the terminal is shown and hidden by CSS. Without animations, they show the end.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[1]
RECORDINGS, PICTURES = ROOT / "tools/recordings", ROOT / "docs/images"

COLUMNS, CHARACTER, LINE, MARGIN = 88, 8.4, 19, 14
#: Updates of a line that follow sooner than this are left out.
FRAME_S = 0.2
#: How long the end is shown before the picture starts again.
HOLD_S = 4.0


class Command(NamedTuple):
    """A command as it is shown, and the arguments that run it."""

    shown: str
    arguments: list[str]


class Scene(NamedTuple):
    """The commands of a picture, and its description."""

    commands: list[Command]
    title: str


EXAMPLE = ROOT / "examples/csv_rows.py"
SCENES = {
    "csv-rows": Scene(
        [
            Command("grep -A1 DictReader examples/csv_rows.py", ["grep", "-A1", "DictReader", f"{EXAMPLE}"]),
            Command("python examples/csv_rows.py", [sys.executable, f"{EXAMPLE}"]),
        ],
        "A program prints each row of CSV as soon as the model has written it",
    ),
    "batch-bar": Scene(
        [
            Command(
                "ssescan batch prompts.jsonl -o answers.jsonl",
                [sys.executable, "-m", "ssescan", "batch", "prompts.jsonl", "-o", "answers.jsonl"],
            )
        ],
        "ssescan batch runs 400 requests, 64 at a time, with a progress bar",
    ),
}

# ---------------------------------------------------------------------------------------------------------------------
# Recording

#: One piece of output: when it was printed, in seconds after the start, and its characters.
Output = tuple[float, str]


def record(scene: Scene) -> list[Output]:
    """Run the commands on a pseudo-terminal, in a folder with the prompts of a batch."""
    outputs: list[Output] = []
    with tempfile.TemporaryDirectory() as folder, _server() as url:
        _write_prompts(Path(folder, "prompts.jsonl"))
        start = time.monotonic()
        for shown, arguments in scene.commands:
            outputs.append((_since(start), f"$ {shown}\r\n"))
            environment = _environment() | (
                {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none"} if "batch" in arguments else {}
            )
            outputs += ((_since(start), text) for text in _run(arguments, folder, environment))
    return outputs


def _since(start: float) -> float:
    return round(time.monotonic() - start, 3)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "COLORTERM" and not name.startswith("OPENAI_")}
    return kept | {"TERM": "xterm-256color", "COLUMNS": f"{COLUMNS}", "NO_PROXY": "*"}


def _run(command: list[str], folder: str, environment: dict[str, str]) -> Iterator[str]:
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvpe(command[0], command, environment)
    while data := _read(terminal):
        yield data.decode()
    os.waitpid(pid, 0)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux reports the end of a pseudo-terminal in this way
        return b""


@contextmanager
def _server() -> Iterator[str]:
    from ssescan.replay import Recording, ReplayServer
    from ssescan.testing import chat

    answer = chat(*("word " for _ in range(60)), usage=(12, 60))
    with ReplayServer(Recording("answer", bytes(answer)), rate=60) as server:
        yield f"{server.url}/v1"


def _write_prompts(path: Path) -> None:
    body = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "Hi"}]}
    line = {"method": "POST", "url": "/v1/chat/completions", "body": body}
    path.write_text("".join(json.dumps({"custom_id": f"{n}", **line}) + "\n" for n in range(400)), "utf-8")


def to_cast(outputs: list[Output]) -> str:
    header = {"version": 2, "width": COLUMNS, "height": 24}
    return "\n".join(map(json.dumps, [header, *([at_s, "o", text] for at_s, text in outputs)])) + "\n"


def of_cast(text: str) -> list[Output]:
    return [(at_s, printed) for at_s, _, printed in map(json.loads, text.splitlines()[1:])]


# ---------------------------------------------------------------------------------------------------------------------
# The terminal

#: The characters of a line, each with the name of its colour.
Line = tuple[tuple[str, str], ...]
#: The colours that the progress bar uses: the numbers of `ESC [ ... m` -> a class of COLOURS.
COLOUR_OF_CODE = {"": "plain", "0": "plain", "31": "pink", "32": "green"}
COLOUR_OF_CODE |= {"38;5;70": "green", "38;5;197": "pink", "38;5;237": "grey"}
_PART = re.compile(r"\x1b\[([\d;?]*)([A-Za-z])|[\r\n]|[^\x1b\r\n]+")


class Shown(NamedTuple):
    """A state of a line: its number, its characters, and from when to when it is shown; None: until the end."""

    row: int
    line: Line
    from_s: float
    to_s: float | None


class Terminal:
    """Knows the few control sequences that progress bars use."""

    def __init__(self) -> None:
        self.rows: list[list[tuple[str, str]]] = [[]]
        self._column, self._colour = 0, "plain"

    def print(self, text: str) -> None:
        for part in _PART.finditer(text):
            if part[2]:
                self._control(part[1], part[2])
            elif part[0] == "\r":
                self._column = 0
            elif part[0] == "\n":
                self.rows.append([])
            else:
                self._write(part[0])

    def _write(self, text: str) -> None:
        row = self.rows[-1]
        row += [(" ", "plain")] * (self._column - len(row))
        row[self._column : self._column + len(text)] = [(character, self._colour) for character in text]
        self._column += len(text)

    def _control(self, numbers: str, kind: str) -> None:
        if kind == "m":
            self._colour = COLOUR_OF_CODE[numbers]
        elif kind == "K":
            self.rows[-1].clear()
        elif numbers != "?25":  # the cursor is not drawn
            raise ValueError(f"Unsupported control sequence: ESC [ {numbers} {kind}")


def shown(outputs: list[Output]) -> list[Shown]:
    """Return the states of all lines, in the order in which they appear."""
    terminal, states = Terminal(), dict[int, list[tuple[float, Line]]]()
    for at_s, text in outputs:
        terminal.print(text)
        for number, row in enumerate(terminal.rows):
            line = tuple(row)
            past = states.setdefault(number, [])
            if line == (past[-1][1] if past else ()):
                continue
            if past and at_s - past[-1][0] < FRAME_S:  # the later state replaces the one that was just shown
                past[-1] = (past[-1][0], line)
            else:
                past.append((at_s, line))
    return [
        Shown(number, line, at_s, past[at + 1][0] if at + 1 < len(past) else None)
        for number, past in states.items()
        for at, (at_s, line) in enumerate(past)
    ]


# ---------------------------------------------------------------------------------------------------------------------
# Drawing

#: Class -> its colour on a light page, and on a dark one. The window has a colour of its own on both.
COLOURS = {
    "window": ("#f6f8fa", "#151b23"),
    "plain": ("#1f2328", "#f0f6fc"),
    "grey": ("#afb8c1", "#3d444d"),
    "pink": ("#bf3989", "#f778ba"),
    "green": ("#1a7f37", "#3fb950"),
}
#: The lines of a bar -> where they begin and how wide they are, in characters. Fonts draw them with gaps.
BAR = {"━": (0.0, 1.0), "╸": (0.0, 0.5), "╺": (0.5, 0.5)}


def draw(outputs: list[Output], title: str) -> str:
    """Return a run as an SVG that repeats it."""
    states = shown(outputs)
    whole_s = outputs[-1][0] + HOLD_S
    rows = 1 + max(state.row for state in states if state.line)
    width, height = round(COLUMNS * CHARACTER + 2 * MARGIN), rows * LINE + 2 * MARGIN
    rules, groups = [], []
    for number, state in enumerate(states):
        if state.line:
            rules.append(_rule(number, state, whole_s))
            groups.append(_group(number, state))
    style = f"{_colours()}.window{{stroke:#8c96a3}}text{{white-space:pre}}g{{animation:{whole_s:.2f}s step-end infinite}}.past{{visibility:hidden}}{''.join(rules)}"
    style += "@media(prefers-reduced-motion:reduce){g{animation:none!important}}"
    font = 'font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="14"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" {font}>'
    window = f'<rect class="window" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>'
    return "\n".join(
        [head, f"<title>{escape(title)}</title>", f"<style>{style}</style>", window, *groups, "</svg>", ""]
    )


def _colours() -> str:
    light, dark = ("".join(f".{of}{{fill:{colour[scheme]}}}" for of, colour in COLOURS.items()) for scheme in (0, 1))
    return f"{light}@media(prefers-color-scheme:dark){{{dark}}}"


def _rule(number: int, state: Shown, whole_s: float) -> str:
    """Return the animation of a state: hidden, visible, and hidden again unless it is the last one of its line."""
    steps = f"0%{{visibility:hidden}}{state.from_s / whole_s:.2%}{{visibility:visible}}"
    if state.from_s == 0:
        steps = "0%{visibility:visible}"
    steps += f"to{{visibility:{'visible' if state.to_s is None else 'hidden'}}}"
    if state.to_s is not None:
        steps += f"{state.to_s / whole_s:.2%}{{visibility:hidden}}"
    return f"@keyframes k{number}{{{steps}}}"


def _group(number: int, state: Shown) -> str:
    past = "" if state.to_s is None else ' class="past"'
    y = MARGIN + state.row * LINE
    return f'<g{past} style="animation-name:k{number}">{"".join(_runs(state.line, y))}</g>'


def _runs(line: Line, y: int) -> Iterator[str]:
    """Yield the elements of a line: one for each run of characters of one colour."""
    begin = 0
    for end in range(1, len(line) + 1):
        if end == len(line) or _kind(line[end]) != _kind(line[begin]):
            text, colour = "".join(character for character, _ in line[begin:end]), line[begin][1]
            if text.strip():
                yield _bar(text, colour, begin, y) if text[0] in BAR else _text(text, colour, begin, y)
            begin = end


def _kind(character: tuple[str, str]) -> tuple[str, str]:
    return (character[0] if character[0] in BAR else "", character[1])


def _bar(text: str, colour: str, column: int, y: int) -> str:
    begin, width = BAR[text[0]]
    x, long = MARGIN + (column + begin) * CHARACTER, (len(text) - 1 + width) * CHARACTER
    return f'<rect class="{colour}" x="{x:.1f}" y="{y + 8}" width="{long:.1f}" height="4"/>'


def _text(text: str, colour: str, column: int, y: int) -> str:
    column += len(text) - len(text.lstrip())
    text = text.strip()
    x, long = MARGIN + column * CHARACTER, len(text) * CHARACTER
    place = f'x="{x:.1f}" y="{y + 15}" textLength="{long:.1f}" lengthAdjust="spacingAndGlyphs"'
    return f'<text class="{colour}" {place}>{escape(text)}</text>'


def main() -> None:
    for name, scene in SCENES.items():
        recording = RECORDINGS / f"{name}.cast"
        if "--record" in sys.argv:
            recording.write_text(to_cast(record(scene)), "utf-8")
        (PICTURES / f"{name}.svg").write_text(draw(of_cast(recording.read_text("utf-8")), scene.title), "utf-8")


if __name__ == "__main__":
    main()
