"""The real process of the room, started by tests on a database of their own, on a port of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.settings import ROOT

STARTS_WITHIN = 60.0
PLAIN = (sys.executable, "-m", "streamlit", "run", "dashboard/app.py", "--server.port")
DIRECT = (sys.executable, "-m", "dashboard", "--port")


@dataclass
class Started:
    """A process of the room."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def end(self, number: int) -> float:
        """Send a signal; seconds until the process was gone."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(30)
        return time.monotonic() - began


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(
    tmp_path: Path, *, port: int | None = None, command: tuple[str, ...] | None = None, **environment: str
) -> Iterator[Started]:
    """PLAIN, or another `command` that takes a port, on a temporary database; killed at the end if it still runs."""
    chosen = port or free_port()
    log = tmp_path / f"{chosen}-{time.monotonic_ns()}.log"
    env = {
        **{k: v for k, v in os.environ.items() if not k.startswith("WARROOM_")},
        "WARROOM_DATABASE": f"duckdb:///{tmp_path / 'room.duckdb'}",
        **environment,
    }
    words = [*(command or PLAIN), str(chosen)]
    with log.open("wb") as out:
        started = subprocess.Popen(words, cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield Started(started, chosen, log)
    finally:
        if started.poll() is None:
            started.kill()
            started.wait(10)


def wait_until_well(room: Started) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        assert room.process.poll() is None, room.said()
        try:
            if b"200 OK" in exchange(
                room.port, b"GET /healthz HTTP/1.1\r\n" + host(room.port) + b"Connection: close\r\n\r\n"
            ):
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"not well within {STARTS_WITHIN} s:\n{room.said()}")


def host(port: int) -> bytes:
    return f"Host: 127.0.0.1:{port}\r\n".encode()


def exchange(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(request)
        return connection.recv(200)
