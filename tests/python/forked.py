"""Python programs in forks of one process that has imported the package: starting Python takes longer than most of them run.

What is about the start of Python (its options, what is imported) or about signals needs a process of its own.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import runpy
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping

#: Slow to import, and used by most commands.
IMPORTED = ("ssescan.cli", "ssescan.openai", "ssescan.replay", "ssescan.batch._command", "ssescan.opening", "orjson")
#: How much a pipe takes before the program reads it.
PIPE_BYTES = 16384
TIMEOUT_S = 60
#: Python reads these when it starts, so each set of their values has a process that forks.
STARTING = ("LC_ALL", "PYTHONDEVMODE", "PYTHONIOENCODING", "PYTHONPATH", "PYTHONWARNINGS")


def run(
    *command: object, stdin: bytes = b"", cwd: object = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `python COMMAND...`, where a command is `-m MODULE` or a file, with its arguments.

    Standard input is a pipe. The variables of `environment` are added to those of this process.
    """
    arguments, variables = [*map(str, command)], {**os.environ, **environment}
    run = _forked if hasattr(os, "fork") and len(stdin) <= PIPE_BYTES else _started
    code, out, err = run(arguments, stdin, str(cwd or os.getcwd()), variables)
    return subprocess.CompletedProcess(arguments, code, out.decode(), err.decode())


def _started(arguments: list[str], stdin: bytes, cwd: str, variables: dict[str, str]) -> tuple[int, bytes, bytes]:
    program = [sys.executable, *arguments]
    done = subprocess.run(program, input=stdin, capture_output=True, timeout=TIMEOUT_S, cwd=cwd, env=variables)
    return done.returncode, done.stdout, done.stderr


def _forked(arguments: list[str], stdin: bytes, cwd: str, variables: dict[str, str]) -> tuple[int, bytes, bytes]:
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        asked.write(json.dumps([arguments, cwd, variables]).encode())
        asked.seek(0)
        starting = tuple((name, variables[name]) for name in STARTING if name in variables)
        code = _ask(_forking(starting), stdin, asked.fileno(), out.fileno(), err.fileno())
        out.seek(0)
        err.seek(0)
        return code, out.read(), err.read()


def _ask(channel: socket.socket, stdin: bytes, asked: int, out: int, err: int) -> int:
    """Have a command run with these files; return its exit code."""
    reader, writer = os.pipe()
    with open(reader, "rb"), open(writer, "wb", buffering=0) as pipe:
        pipe.write(stdin)
        socket.send_fds(channel, [b"!"], [asked, reader, out, err])
    return int(channel.recv(16))


@functools.cache
def _forking(variables: tuple[tuple[str, str], ...]) -> socket.socket:
    """Start a process that forks, with these variables; return the socket to it."""
    ours, theirs = socket.socketpair()
    with theirs:
        program = [sys.executable, __file__, str(theirs.fileno())]
        environment = os.environ | dict(variables)
        process = subprocess.Popen(program, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], env=environment)
    ours.settimeout(TIMEOUT_S)
    atexit.register(_end, ours, process)
    return ours


def _end(channel: socket.socket, process: subprocess.Popen[bytes]) -> None:
    channel.close()
    process.wait(TIMEOUT_S)


def _serve(channel: socket.socket) -> tuple[list[str], str, Mapping[str, str]]:
    """Fork for each request until the other side closes. Return in each fork, with what it is to run."""
    while True:
        message, files, *_ = socket.recv_fds(channel, 1, 4)
        if not message:
            sys.exit()
        child = os.fork()
        if child == 0:
            channel.close()
            for number, file in enumerate(files[1:]):
                os.dup2(file, number)
                os.close(file)
            with open(files[0], encoding="utf-8") as asked:
                return json.load(asked)
        for file in files:
            os.close(file)
        channel.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())


def _main() -> None:
    for name in IMPORTED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # pages that are not written to stay shared
    command, folder, environment = _serve(socket.socket(fileno=int(sys.argv[1])))
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    if command[0] == "-m":
        sys.argv = command[1:]
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = command
        sys.path[0] = os.path.dirname(os.path.abspath(command[0]))
        runpy.run_path(command[0], run_name="__main__")


if __name__ == "__main__":
    _main()
