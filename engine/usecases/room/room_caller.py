"""Sends files to a running room, which owns the database, through its API; waits out a busy or absent one."""

import http.client
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from engine.errors import BadRequest, DatabaseUnavailable

ATTEMPTS = 30


class RoomCaller:
    """One keep-alive connection to a room's API."""

    def __init__(self, url: str, key: str | None) -> None:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadRequest(f"{url!r} is no address of a room: write http://127.0.0.1:8501")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=120)
        self._url = url
        self._patience = threading.Event()  # never set: a wait that Ctrl-C can end
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})

    def __enter__(self) -> "RoomCaller":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer's JSON. A busy or absent room is tried again for about a minute: nothing counts twice."""
        payload = orjson.dumps(body)
        why = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                self._patience.wait(min(0.1 * 2**attempt, 3.0))
            try:
                self._connection.request("POST", path, payload, self._headers)
                response = self._connection.getresponse()
                text = response.read()
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                why = str(error)
                continue
            if response.status in (429, 503):
                why = text.decode(errors="replace")[:300]
                continue
            if response.status != 200:
                raise BadRequest(f"The room at {self._url} refused with {response.status}: {_sentence(text)}")
            answer: dict[str, Any] = orjson.loads(text)
            return answer
        raise DatabaseUnavailable(f"The room at {self._url} takes nothing in: {why}. Send the file again later.")


def _sentence(text: bytes) -> str:
    try:
        return str(orjson.loads(text)["error"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return text.decode(errors="replace")[:300]
