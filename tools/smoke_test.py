"""Install ssescan from a folder of wheels into a new environment, without a Rust toolchain, and use it.

Runs the demo, the first program of the README, and a program for each extra. With `--sdist` it builds the source
distribution instead, which needs cargo.

    python tools/smoke_test.py dist [--sdist] [--python python3.12]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import release_notes

ROOT = Path(__file__).resolve().parents[1]

#: Runs the program in argv[2] while a server answers chat completions with the recording in argv[1].
SERVE = """
import os, subprocess, sys
from ssescan.replay import Recording, ReplayServer
with ReplayServer([Recording.load(sys.argv[1])]) as server:
    variables = {**os.environ, "OPENAI_API_KEY": "k", "OPENAI_BASE_URL": f"{server.url}/v1"}
    sys.exit(subprocess.run([sys.executable, "-c", sys.argv[2]], env=variables).returncode)
"""

#: A program for each extra.
EXTRAS = {
    "otel": "from ssescan import otel\notel.instrument()\notel.uninstrument()",
    "progress": "import rich; from ssescan.batch import run_file",
    "socks": "from urllib3.contrib.socks import SOCKSProxyManager; from ssescan.openai import OpenAI",
}

#: pytest loads the plugin by its entry point.
FIND_PLUGIN = """
from importlib import metadata, util
[plugin] = metadata.entry_points(group="pytest11", name="ssescan")
assert util.find_spec(plugin.value), plugin
"""


def first_program() -> str:
    """Return the first Python program of the README."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return readme.split("```python\n", 1)[1].split("```", 1)[0]


class Environment:
    """A new virtual environment. No tool of the machine's own is on its PATH, cargo least of all."""

    def __init__(self, folder: str, python: str, keep_path: bool) -> None:
        subprocess.run([python, "-m", "venv", folder], check=True)
        self.bin = Path(folder, "Scripts" if os.name == "nt" else "bin")
        system = os.environ["PATH"] if keep_path or os.name == "nt" else "/usr/bin:/bin"
        self.variables = {**os.environ, "PATH": f"{self.bin}{os.pathsep}{system}", "PYTHONIOENCODING": "utf-8"}
        self.folder = folder

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [str(self.bin / command[0]), *command[1:]],
            cwd=self.folder,
            env=self.variables,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        if done.returncode:
            sys.exit(f"Failed with status {done.returncode}: {' '.join(command)[:200]}\n{done.stdout}")
        return done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", help="the folder with the wheels or the source distribution")
    parser.add_argument("--sdist", action="store_true", help="build the source distribution; needs cargo")
    parser.add_argument("--python", default=sys.executable, help="default: the Python that runs this")
    args = parser.parse_args()
    folder = str(Path(args.folder).resolve())
    version = release_notes.version((ROOT / "Cargo.toml").read_text(encoding="utf-8"))
    only = "--no-binary" if args.sdist else "--only-binary"
    with tempfile.TemporaryDirectory() as temporary:
        env = Environment(temporary, args.python, keep_path=args.sdist)
        install = ("python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        env.run(*install, "--find-links", folder, only, "ssescan", f"ssescan=={version}")
        demo = env.run("ssescan", "demo", "--rate", "3000")
        recording = ROOT / "tests/streams/recorded-llama-server_chat.sse"
        answer = env.run("python", "-c", SERVE, str(recording), first_program())
        if not demo.strip() or not answer.strip():
            sys.exit("The demo or the first program of the README printed nothing.")
        print(env.run("python", "-V").strip(), "|", demo.strip().splitlines()[-1], "|", answer.strip()[:60])
        env.run("python", "-c", FIND_PLUGIN)
        extras = env.run(
            "python", "-c", "import importlib.metadata as m; print(*m.metadata('ssescan').get_all('Provides-Extra'))"
        )
        for extra in extras.split():
            env.run(*install, "--find-links", folder, only, "ssescan", f"ssescan[{extra}]=={version}")
            env.run("python", "-c", EXTRAS[extra])
            print(f"ssescan[{extra}]: works")


if __name__ == "__main__":
    main()
