"""The two places a show can be played into: the room of this process, and a room behind HTTP.

Over HTTP everything may be sent twice without harm, so whatever looks like weather (no connection, 429, 503)
is tried again with growing pauses; a refusal of the request itself ends the show with the room's sentence.
"""

import http.client
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from engine.errors import BadRequest, BadSetting, DatabaseUnavailable
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.orders.intake_desk import IntakeRequest
from engine.usecases.orders.record_signals import Signal, record_signals
from engine.usecases.riders.assign_tasks import Task, assign_tasks
from engine.usecases.riders.record_positions import Position, record_positions
from engine.usecases.room.room import Room

JSON = "application/json"


class RoomSink:
    """Straight to the desk of a room in this process."""

    def __init__(self, room: Room, *, source: str) -> None:
        self._room = room
        self._source = source

    def orders(self, form: str, rows: list[dict[str, Any]]) -> Mapping[str, Any]:
        """Through the same desk as everyone's orders."""
        request = IntakeRequest(form, self._source, rows, actor=self._source)
        return self._room.desk.submit(request).result().as_dict()

    def changes(self, changes: list[OrderChange]) -> Mapping[str, Any]:
        """One commit."""
        return change_orders(self._room, changes, actor=self._source).as_dict()

    def signals(self, signals: list[Signal]) -> None:
        """One commit."""
        record_signals(self._room, signals)

    def positions(self, positions: list[Position]) -> Mapping[str, Any]:
        """One commit."""
        return record_positions(self._room, positions, actor=self._source).as_dict()

    def tasks(self, tasks: list[Task]) -> Mapping[str, Any]:
        """One commit."""
        return assign_tasks(self._room, tasks, actor=self._source).as_dict()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to insist: first pause, longest pause, and the whole time, in seconds."""

    first: float = 0.1
    longest: float = 5.0
    whole: float = 90.0


class HttpSink:
    """A room behind HTTP. Each thread keeps one connection alive."""

    def __init__(
        self,
        url: str,
        *,
        source: str,
        stop: threading.Event,
        key: str | None = None,
        patience: Patience | None = None,
    ) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in ("http", "https") or not parts.hostname or port == -1:
            raise BadSetting(f"--to is {url!r}: it must be an address such as http://127.0.0.1:8501")
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = port
        self._base = parts.path.rstrip("/")
        self._where = url
        self._source = source
        self._stop = stop
        self._patience = patience or Patience()
        self._headers: dict[str, str] = {}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._own = threading.local()
        self._opened: list[http.client.HTTPConnection] = []

    def close(self) -> None:
        """Hang up. Call it when no delivery is under way."""
        while self._opened:
            self._opened.pop().close()

    def orders(self, form: str, rows: list[dict[str, Any]]) -> Mapping[str, Any]:
        """POST /api/orders; the receipt comes after the commit."""
        return self._post("/api/orders", {"format": form, "source": self._source, "rows": rows})

    def changes(self, changes: list[OrderChange]) -> Mapping[str, Any]:
        """POST /api/orders/changes."""
        told = [{"order_id": c.order_id, "kind": c.kind, "at": c.at.isoformat(), "reason": c.reason} for c in changes]
        return self._post("/api/orders/changes", {"changes": told})

    def signals(self, signals: list[Signal]) -> None:
        """POST /api/signals."""
        told = [
            {"show_id": s.show_id, "at": s.at.isoformat(), "viewers": s.viewers, "clicks": s.clicks} for s in signals
        ]
        self._post("/api/signals", {"signals": told})

    def positions(self, positions: list[Position]) -> Mapping[str, Any]:
        """POST /api/couriers."""
        return self._post("/api/couriers", {"positions": [_told(position) for position in positions]})

    def tasks(self, tasks: list[Task]) -> Mapping[str, Any]:
        """POST /api/couriers/tasks."""
        return self._post("/api/couriers/tasks", {"tasks": [_told(task) for task in tasks]})

    def _post(self, path: str, body: Mapping[str, Sequence[Any] | str]) -> Mapping[str, Any]:
        return self.send(path, orjson.dumps(body))

    def send(self, path: str, payload: bytes, *, kind: str = JSON) -> Mapping[str, Any]:
        """POST a body of that content type; the answer, decoded, once it is 200.

        Raises BadRequest with the room's sentence when it is refused, DatabaseUnavailable when patience ends.
        """
        deadline = time.monotonic() + self._patience.whole
        pause = self._patience.first
        while True:
            trouble, advised = "no answer", 0.0
            try:
                status, retry_after, answer = self._once(path, payload, kind)
            except (OSError, http.client.HTTPException) as error:
                self._forget()
                trouble = str(error) or type(error).__name__
            else:
                if status == 200:
                    return answer
                trouble = str(answer.get("error", f"status {status}"))
                if status not in (429, 503):
                    raise BadRequest(f"{self._where}{path} refused with {status}: {trouble}")
                advised = retry_after
            if time.monotonic() >= deadline or self._stop.wait(max(pause, advised)):
                raise DatabaseUnavailable(f"{self._where} could not be reached for long enough: {trouble}")
            pause = min(2 * pause, self._patience.longest)

    def _once(self, path: str, payload: bytes, kind: str) -> tuple[int, float, dict[str, Any]]:
        connection: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if connection is None:
            made = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
            connection = made(self._host, self._port, timeout=60)
            self._own.connection = connection
            self._opened.append(connection)
        connection.request("POST", self._base + path, payload, {**self._headers, "Content-Type": kind})
        response = connection.getresponse()
        raw = response.read()
        try:
            answer = orjson.loads(raw)
        except orjson.JSONDecodeError:
            answer = {"error": f"an answer that is no JSON ({raw[:80]!r}): is this the room?"}
            return (response.status if response.status != 200 else 502), 0.0, answer
        advised = response.headers.get("Retry-After", "0")
        return response.status, float(advised) if advised.isdigit() else 0.0, answer

    def _forget(self) -> None:
        connection: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if connection is not None:
            connection.close()  # it connects anew with the next request


def _told(report: Position | Task) -> dict[str, Any]:
    return {
        name: v.isoformat() if isinstance(v, datetime) else v for name, v in asdict(report).items() if v is not None
    }
