"""nginx with the echo module, as Debian and Ubuntu package it: installed if missing, run below one directory.

It brings what no server of ours would: static files with a length, gzip, TLS, rates, a proxy, and bodies
whose bytes and pauses are written down one by one (`Echo`). It runs as one process, so that ending that
process ends all of it.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from faultserver import certificate

__all__ = ["Nginx", "echo_location"]

HERE = Path(__file__).parent
PACKAGES = ["nginx", "libnginx-mod-http-echo"]

# Installing has to load package lists and a megabyte of packages.
INSTALL_S = 240
# To be listening. It takes 20 ms; a loaded machine takes longer.
START_S = 10
# Between asking for a free port and listening on it, somebody else may take it.
TRIES = 3


class Unavailable(Exception):
    """There is no nginx with the echo module here, and it can't be installed; the message says why."""


def provide() -> tuple[str, str]:
    """The nginx program and its echo module, installed if missing. Skips what asks for it if that is not possible."""
    try:
        return _provide()
    except Unavailable as why:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(why))


def _provide() -> tuple[str, str]:
    found = _find()
    if found is None:
        _install()
        found = _find()
    if found is None:
        raise Unavailable(f"{', '.join(PACKAGES)} are installed, but there is no nginx with an echo module")
    return found


def _find() -> tuple[str, str] | None:
    program = shutil.which("nginx", path=os.environ.get("PATH", os.defpath) + os.pathsep + "/usr/sbin")
    if program is None:
        return None
    built = subprocess.run([program, "-V"], capture_output=True, text=True).stderr
    folder = re.search(r"--modules-path=(\S+)", built)
    module = Path(folder[1] if folder else "/usr/lib/nginx/modules", "ngx_http_echo_module.so")
    return (program, str(module)) if module.exists() else None


def _install() -> None:
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        command = [*_as_root(), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", *arguments]
        try:
            ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=INSTALL_S)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"installing nginx failed: {error}") from error
        if ran.returncode:
            said = (ran.stderr.strip() or ran.stdout.strip()).splitlines()
            raise Unavailable(f"installing nginx failed: {' '.join(command)} said {' '.join(said[-3:])!r}")


def _as_root() -> list[str]:
    if shutil.which("apt-get") is None:
        raise Unavailable(f"{', '.join(PACKAGES)} are missing, and there is no apt-get to install them with")
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        raise Unavailable(f"{', '.join(PACKAGES)} are missing, and only root may install them")
    return ["sudo", "-n"]


class Nginx:
    """A running nginx with `nginx.conf`; `port` and `tls_port` are on 127.0.0.1. Everything is below `folder`.

    Over TLS it has the fault server's certificate. `echoes`: what `echo_location` made. `settings` fill in the
    remaining words of nginx.conf.
    """

    def __init__(self, folder: Path, echoes: Sequence[bytes] = (), **settings: object) -> None:
        self.folder = folder
        self._echoes = echoes
        self._settings = settings

    def __enter__(self) -> Nginx:
        program, module = provide()
        key = Path(certificate()).with_name("key.pem")
        self._settings.update(ECHO_MODULE=module, DIR=self.folder, CERTIFICATE=certificate(), KEY=key)
        (self.folder / "echo.conf").write_bytes(b"\n".join(self._echoes))
        for _ in range(TRIES):
            self._start(program)
            if self._listens():
                return self
            self._stop()
        raise RuntimeError(f"nginx does not start: {self.log}")

    def __exit__(self, *exc_info: object) -> None:
        self._stop()

    def _start(self, program: str) -> None:
        self.port, self.tls_port = free_port(), free_port()
        config = self.folder / "nginx.conf"
        words = {**self._settings, "PORT": self.port, "TLS_PORT": self.tls_port}
        config.write_text(_filled((HERE / "nginx.conf").read_text("utf-8"), words), "utf-8")
        with open(self.folder / "stderr.log", "ab") as stderr:
            self._process = subprocess.Popen([program, "-c", config], stdin=subprocess.DEVNULL, stderr=stderr)

    def _listens(self) -> bool:
        end = time.monotonic() + START_S
        while self._process.poll() is None and time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.01)
            else:
                return True
        return False

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def log(self) -> str:
        """What it had to say."""
        files = (self.folder / name for name in ("stderr.log", "error.log"))
        return "".join(file.read_text("utf-8", "replace") for file in files if file.exists())


def _filled(config: str, words: Mapping[str, object]) -> str:
    for word, value in words.items():
        config = config.replace(f"@{word}@", str(value))
    left = re.findall(r"@[A-Z_]+@", re.sub(r"#.*", "", config))
    if left:
        raise ValueError(f"nothing was given for {', '.join(left)}")
    return config


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def echo_location(
    path: str,
    *pieces: bytes | float,
    status: int = 200,
    kind: str = "text/event-stream",
    more: str = "",
) -> bytes:
    """A location whose body is `pieces`: bytes, each an HTTP chunk that is sent at once, and pauses in seconds.

    `more`: further directives.
    """
    steps = [_quoted(piece) if isinstance(piece, bytes) else b"echo_sleep %.3f;" % piece for piece in pieces]
    head = f"location {path} {{ default_type {kind}; echo_status {status}; {more}".encode()
    return b"\n".join([head, *steps, b"}"])


def _quoted(piece: bytes) -> bytes:
    if b"$" in piece:
        raise ValueError("nginx has no way to write a plain $ in an argument")
    return b'echo -n "' + piece.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"; echo_flush;'
