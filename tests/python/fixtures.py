"""The shared fixtures of tests/streams/, loaded once. The README there is the specification of the format."""

import json
from dataclasses import dataclass
from pathlib import Path

from shapes import SHAPES
from ssescan.dialects import Dialect

STREAMS = Path(__file__).parent.parent / "streams"


@dataclass(frozen=True)
class Case:
    """One body and its answer: `frames` and `end` are the objects of the answer file."""

    name: str
    body: bytes
    frames: list[dict]
    end: dict

    @property
    def dialect(self) -> str | None:
        return self.end["dialect"]

    @property
    def reads_as(self) -> str | Dialect | None:
        """The values that streams accept as `dialect`."""
        return next((shape for shape in SHAPES if shape.name == self.dialect), self.dialect)

    @property
    def fails_readers(self) -> bool:
        """Whether readers raise for an answer that failed, of which iteration hands out the events."""
        return self.end.get("reader") == "error"


def answer_of(name: str) -> tuple[list[dict], dict]:
    """The frames and the end object that the answer file of this name holds."""
    lines = (STREAMS / f"{name}.events.jsonl").read_text("ascii").splitlines()
    *frames, last = map(json.loads, lines)
    return frames, last["end"]


def mend(text: str) -> str:
    """Joins surrogate halves that met, and turns lone ones into U+FFFD, which is how the answers write them."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _load(path: Path) -> Case:
    name = path.relative_to(STREAMS).with_suffix("").as_posix()
    return Case(name, path.read_bytes(), *answer_of(name))


ALL_CASES: list[Case] = [_load(path) for path in sorted(STREAMS.rglob("*.sse"))]
#: Those of the built-in dialects, and of none.
CASES: list[Case] = [case for case in ALL_CASES if not isinstance(case.reads_as, Dialect)]

#: Built-in dialects without a channel for text.
WITHOUT_TEXT = {"images", "speech"}
