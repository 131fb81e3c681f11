"""Over HTTP the demo insists where it is weather, and gives up with the room's sentence where it is refused."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import pytest

from engine.errors import BadRequest, BadSetting, DatabaseUnavailable
from engine.usecases.orders.change_orders import OrderChange
from engine.usecases.orders.record_signals import Signal
from jobs.demo.sinks import HttpSink, Patience

AT = datetime(2026, 11, 11, 12, tzinfo=UTC)
QUICK = Patience(first=0.01, longest=0.02, whole=5.0)


class Door:
    """A small HTTP server that answers from a list, the last answer for ever, and keeps what it was sent."""

    def __init__(self, answers: list[tuple[int, dict[str, Any]]]) -> None:
        self.answers = answers
        self.got: list[tuple[str, dict[str, str], Any]] = []
        self.url = ""

    def answer(self) -> tuple[int, dict[str, Any]]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def listening(door: Door) -> Iterator[Door]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            door.got.append((self.path, dict(self.headers), orjson.loads(body)))
            status, content = door.answer()
            payload = orjson.dumps(content)
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    door.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield door
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def sending(door: Door, *, stop: threading.Event | None = None, key: str | None = None) -> Iterator[HttpSink]:
    with closing(HttpSink(door.url, source="demo", stop=stop or threading.Event(), patience=QUICK, key=key)) as sink:
        yield sink


def test_rows_go_out_as_the_api_wants_them_and_the_receipt_comes_back() -> None:
    with listening(Door([(200, {"read": 1})])) as door, sending(door, key="k" * 16) as sink:
        assert sink.orders("canonical", [{"order_no": "1"}]) == {"read": 1}
        path, headers, body = door.got[0]
        assert path == "/api/orders"
        assert headers["Authorization"] == f"Bearer {'k' * 16}"
        assert body == {"format": "canonical", "source": "demo", "rows": [{"order_no": "1"}]}


def test_changes_and_signals_go_out_with_their_zone() -> None:
    with listening(Door([(200, {"changed": 1})])) as door, sending(door) as sink:
        sink.changes([OrderChange("douyin:1", "cancelled", AT, "不想要了")])
        sink.signals([Signal("show", AT, 5, 6)])
        assert door.got[0][2]["changes"][0]["at"] == "2026-11-11T12:00:00+00:00"
        assert door.got[1][2]["signals"] == [
            {"show_id": "show", "at": "2026-11-11T12:00:00+00:00", "viewers": 5, "clicks": 6}
        ]


def test_a_busy_room_is_asked_again_until_it_answers() -> None:
    busy: list[tuple[int, dict[str, Any]]] = [(503, {"error": "busy"}), (429, {"error": "too many"})]
    with listening(Door([*busy, (200, {"read": 1})])) as door, sending(door) as sink:
        assert sink.orders("canonical", [{}]) == {"read": 1}
        assert len(door.got) == 3


def test_a_refused_request_is_not_repeated_and_keeps_the_rooms_sentence() -> None:
    with listening(Door([(401, {"error": "The key is not known here."})])) as door, sending(door) as sink:
        with pytest.raises(BadRequest, match="401: The key is not known here"):
            sink.orders("canonical", [{}])
        assert len(door.got) == 1


def test_a_room_that_never_answers_ends_the_show_with_a_sentence() -> None:
    with listening(Door([(200, {})])) as door:
        pass
    gone = HttpSink(
        door.url, source="demo", stop=threading.Event(), patience=Patience(first=0.01, longest=0.01, whole=0.1)
    )
    with pytest.raises(DatabaseUnavailable, match="could not be reached for long enough"):
        gone.orders("canonical", [{}])


def test_a_stopped_show_does_not_insist() -> None:
    stop = threading.Event()
    stop.set()
    with listening(Door([(503, {"error": "busy"})])) as door, sending(door, stop=stop) as sink:
        with pytest.raises(DatabaseUnavailable):
            sink.orders("canonical", [{}])
        assert len(door.got) == 1


@pytest.mark.parametrize("url", ["127.0.0.1:8501", "ftp://x", "http://", "http://x:99999"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadSetting, match="must be an address"):
        HttpSink(url, source="demo", stop=threading.Event())
