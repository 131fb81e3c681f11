"""The real process starts with a sentence or not at all, and always leaves in time and with its database whole."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import streamlit

from dashboard.lifespan import GRACE_SECONDS
from engine.settings import ROOT
from engine.store.database import Database
from tests.processes import DIRECT, STARTS_WITHIN, Started, host, process, wait_until_well

STOPS_WITHIN = 5.0


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


def test_a_second_interrupt_leaves_at_once_and_loses_nothing_acknowledged(tmp_path: Path) -> None:
    with process(tmp_path) as room:
        wait_until_well(room)
        client = slow_reader(room.port)
        room.process.send_signal(signal.SIGINT)
        wait_until_closed(room)
        took = room.end(signal.SIGINT)
        client.close()
        assert took < GRACE_SECONDS
    database = Database.open(f"duckdb:///{tmp_path / 'room.duckdb'}")
    assert database.read("SELECT count(*) FROM skus").item() > 0
    database.close()


def wait_until_closed(room: Started) -> None:
    """Until the process takes no more connections: it has begun to stop."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", room.port), timeout=1).close()
        except OSError:
            return
        time.sleep(0.02)
    raise AssertionError("still open 10 s after the signal")


def test_a_database_in_use_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    url = f"duckdb:///{tmp_path / 'room.duckdb'}"
    Database.open(url).close()
    script = (
        "import sys; from engine.store.database import Database; d = Database.open(sys.argv[1]); "
        "print('mine', flush=True); sys.stdin.read(); d.close()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, url], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "mine\n"
        refused_with(tmp_path, "is open in another process")
        other.communicate(timeout=20)


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
