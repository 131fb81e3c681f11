"""Refusals over HTTP: every error is JSON {"error": sentence} with the status that a client can act on."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from engine.errors import (
    BadFile,
    BadRequest,
    DatabaseUnavailable,
    NotAllowed,
    NotEnoughStock,
    NotFound,
    OutOfDate,
    ServiceUnavailable,
    WarRoomError,
)

STATUS: dict[type[WarRoomError], int] = {
    BadRequest: 422,
    BadFile: 422,
    NotFound: 404,
    NotAllowed: 409,
    NotEnoughStock: 409,
    DatabaseUnavailable: 503,
    OutOfDate: 503,
    ServiceUnavailable: 503,
}
"""The status of each refusal of the room; one that is not listed is a wrong request."""

RETRY_SECONDS = 1


class Refused(Exception):
    """A request that goes no further: status, sentence and headers of the answer."""

    def __init__(self, status: int, sentence: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = dict(headers or {})
        if status in (429, 503):
            self.headers.setdefault("Retry-After", str(RETRY_SECONDS))

    def response(self) -> Response:
        """The answer."""
        return json_response({"error": self.sentence}, status=self.status, headers=self.headers)


def refused(error: WarRoomError) -> Refused:
    """The room's refusal as an answer."""
    return Refused(STATUS.get(type(error), 422), str(error))


def json_response(
    content: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """JSON by orjson, so that times and numbers look the same everywhere."""
    return Response(orjson.dumps(content, default=str), status, dict(headers or {}), media_type="application/json")
