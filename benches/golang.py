"""Go's peers: one co-process that runs one peer per request, so that they take turns with the others."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from workloads import Workload

SOURCE = Path(__file__).parent / "go"

#: Name of the peer for the co-process -> what it is called, and its level.
PEERS = {
    "openai-go-decoder": ("Go: openai-go, raw decoder", "frames"),
    "go-openai-raw": ("Go: sashabaranov/go-openai, RecvRaw", "frames"),
    "openai-go-typed": ("Go: openai-go, typed events", "typed"),
    "go-openai-typed": ("Go: sashabaranov/go-openai, Recv", "typed"),
    "openai-go-typed-text": ("Go: openai-go, typed events and their text", "text"),
}


class Go:
    """Builds and runs benches/go. RuntimeError if there is no Go."""

    def __init__(self, folder: Path) -> None:
        tool = shutil.which("go")
        if tool is None:
            raise RuntimeError("Go is not installed: its peers are left out")
        program = folder / "peers"
        built = subprocess.run([tool, "build", "-o", program, "."], cwd=SOURCE, capture_output=True, text=True)
        if built.returncode:
            raise RuntimeError(f"benches/go does not build, its peers are left out: {built.stderr.splitlines()[-1]}")
        self._folder = folder
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.version = self._answer()
        listed = subprocess.run([tool, "list", "-m", "all"], cwd=SOURCE, capture_output=True, text=True).stdout
        modules = [line.split() for line in listed.splitlines() if "openai" in line]
        self.modules = {name.removeprefix("github.com/"): version for name, version in modules}

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def _ask(self, what: str, peer: str, workload: Workload) -> str:
        assert self._process.stdin is not None
        file = self._folder / f"{workload.name}-{len(workload.body)}.sse"
        if not file.exists():
            file.write_bytes(workload.body)
        self._process.stdin.write(f"{what} {peer} {workload.dialect} {workload.block_bytes} {file}\n")
        self._process.stdin.flush()
        answer = self._answer()
        if answer.startswith("error"):
            raise RuntimeError(answer)
        return answer

    def seconds(self, peer: str, workload: Workload) -> float:
        return float(self._ask("time", peer, workload))

    def sees(self, peer: str, workload: Workload) -> bool:
        """Whether the peer sees the workload's text."""
        return self._ask("text", peer, workload) == hashlib.sha256(workload.text.encode()).hexdigest()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        shutil.rmtree(self._folder)


def peers_for(workload: Workload) -> dict[str, tuple[str, str]]:
    """go-openai has no types for Assistants, and openai-go's chunks have their text at hand."""
    without = "go-openai-typed" if workload.dialect == "assistants" else "openai-go-typed"
    return {peer: said for peer, said in PEERS.items() if peer != without}


def start() -> tuple[Go | None, str]:
    """Return the co-process; if it cannot be started, None and the reason."""
    os.environ.setdefault("GOFLAGS", "-buildvcs=false")
    try:
        return Go(Path(tempfile.mkdtemp(prefix="benches-go-"))), ""
    except (RuntimeError, OSError) as error:
        return None, str(error)
