"""The real process starts with a sentence or not at all, and always leaves in time and with its database whole."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import streamlit

from engine.settings import ROOT
from engine.store.database import Database

STARTS_WITHIN = 60.0
STOPS_WITHIN = 5.0
PLAIN = ("streamlit", "run", "dashboard/app.py", "--server.port")
DIRECT = ("dashboard", "--port")


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
    """`streamlit run dashboard/app.py` on a temporary database; killed at the end if it still runs."""
    chosen = port or free_port()
    log = tmp_path / f"{chosen}-{time.monotonic_ns()}.log"
    env = {
        **{k: v for k, v in os.environ.items() if not k.startswith("WARROOM_")},
        "WARROOM_DATABASE": f"duckdb:///{tmp_path / 'room.duckdb'}",
        **environment,
    }
    with log.open("wb") as out:
        started = subprocess.Popen(
            [sys.executable, "-m", *(command or PLAIN), str(chosen)],
            cwd=ROOT,
            env=env,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
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


def websocket(port: int) -> socket.socket:
    """A browser's websocket, opened and then left alone."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=5)
    connection.sendall(
        b"GET /_stcore/stream HTTP/1.1\r\n" + host(port) + b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    assert b"101" in connection.recv(200)
    return connection


def slow_sender(port: int) -> socket.socket:
    """A client that announces an order and sends one byte of it."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=5)
    connection.sendall(b"POST /api/orders HTTP/1.1\r\n" + host(port) + b"Content-Length: 1000\r\n\r\n[")
    return connection


def slow_reader(port: int) -> socket.socket:
    """A client that asks for a file larger than all buffers between us, and never reads on."""
    scripts = (Path(streamlit.__file__).parent / "static" / "static" / "js").glob("*.js")
    largest = max(scripts, key=lambda script: script.stat().st_size)
    assert largest.stat().st_size > 3_000_000
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", port))
    connection.sendall(f"GET /static/js/{largest.name} HTTP/1.1\r\n".encode() + host(port) + b"\r\n")
    assert b"200 OK" in connection.recv(64)
    return connection


def opens_clean(tmp_path: Path) -> None:
    file = tmp_path / "room.duckdb"
    assert not (tmp_path / "room.duckdb.wal").exists(), "the log was not folded into the file"
    database = Database.open(f"duckdb:///{file}")
    assert database.read("SELECT count(*) FROM skus").item() > 0
    database.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_open_websockets_and_slow_clients_do_not_hold_up_a_stop(tmp_path: Path, number: int) -> None:
    with process(tmp_path) as room:
        wait_until_well(room)
        clients = [websocket(room.port), slow_sender(room.port), slow_reader(room.port)]
        took = room.end(number)
        for client in clients:
            client.close()
        assert took < STOPS_WITHIN, room.said()
        assert "Traceback" not in room.said()
    opens_clean(tmp_path)


def test_a_database_in_use_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    holder = Database.open(f"duckdb:///{tmp_path / 'room.duckdb'}")
    script = "import sys; from engine.store.database import Database; d = Database.open(sys.argv[1]); sys.stdin.read()"
    holder.close()
    with subprocess.Popen(
        [sys.executable, "-c", script + "; d.close()", f"duckdb:///{tmp_path / 'room.duckdb'}"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
    ) as other:
        wait_for_lock(tmp_path / "room.duckdb")
        refused_with(tmp_path, "is open in another process")
        other.communicate(timeout=20)


def wait_for_lock(file: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        probe = subprocess.run(
            [sys.executable, "-c", f"import duckdb; duckdb.connect({str(file)!r}).close()"],
            capture_output=True,
            check=False,
        )
        if probe.returncode != 0:
            return
        time.sleep(0.1)
    raise AssertionError("the other process did not take the file")


def test_a_damaged_database_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "room.duckdb").write_bytes(b"this is no database" * 1000)
    refused_with(tmp_path, "is not a DuckDB database")


def test_a_wrong_setting_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    refused_with(tmp_path, "[boards] refresh_seconds is 0", WARROOM_BOARDS_REFRESH_SECONDS="0")


def test_an_unknown_setting_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    refused_with(tmp_path, "WARROOM_BOARD_REFRESH, which is no setting", WARROOM_BOARD_REFRESH="2")


def test_a_port_in_use_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        refused_with(tmp_path, f"Port {port} is not available", port=port)
        refused_with(tmp_path, f"start with --port {port + 1}", port=port, command=DIRECT)
    assert not (tmp_path / "room.duckdb").exists()


def test_a_start_with_advice_serves_like_a_plain_one(tmp_path: Path) -> None:
    with process(tmp_path, command=DIRECT) as room:
        wait_until_well(room)
        assert room.end(signal.SIGTERM) < STOPS_WITHIN
    opens_clean(tmp_path)


def refused_with(
    tmp_path: Path,
    sentence: str,
    *,
    port: int | None = None,
    command: tuple[str, ...] | None = None,
    **environment: str,
) -> None:
    with process(tmp_path, port=port, command=command, **environment) as room:
        code = room.process.wait(STARTS_WITHIN)
        assert code != 0
        assert sentence in room.said()
        assert "Traceback" not in room.said()
