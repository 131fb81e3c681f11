"""The moving layers of the courier map: read once a tick for all viewers, packed once, fetched by the map itself.

Whoever may see the pages may fetch these; they hold what the page shows and no more (dashboard/map_layers.py).
"""

import gzip
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from weakref import WeakKeyDictionary

import anyio.to_thread
import orjson
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.refusals import Refused, refused
from dashboard.map_layers import LAYERS
from dashboard.shared_answers import SharedAnswers
from dashboard.wording import LANGUAGES, words
from engine.errors import WarRoomError
from engine.store.database import Database
from engine.usecases.room.room import Room
from jobs.runtime import get_room

_CITY = re.compile(r"(\d{6})?")
_READERS = anyio.CapacityLimiter(2)
"""Threads that read layers: they are shared answers, so more would only wait for the same ones."""
_ANSWERS: "WeakKeyDictionary[Database, SharedAnswers]" = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Packed:
    """A layer, plain and compressed."""

    plain: bytes
    gzipped: bytes


def layer(name: str) -> Callable[[Request], Awaitable[Response]]:
    """GET /api/map/NAME.json?city=ADCODE&lang=zh. Other parameters only tell one tick's address from another's."""

    async def answer(request: Request) -> Response:
        try:
            room = get_room()
            city = request.query_params.get("city", "")
            if not _CITY.fullmatch(city):
                raise Refused(422, f"city is {city[:20]!r}: it must be a division's code of six digits, or left out.")
            asked = request.query_params.get("lang")
            language = asked if asked in LANGUAGES else room.settings.boards.language
            packed = await anyio.to_thread.run_sync(partial(_packed, room, name, city, language), limiter=_READERS)
        except Refused as refusal:
            return refusal.response()
        except WarRoomError as refusal:
            return refused(refusal).response()
        headers = {"Vary": "Accept-Encoding", "Cache-Control": "no-store"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(
                packed.gzipped, headers={**headers, "Content-Encoding": "gzip"}, media_type="application/json"
            )
        return Response(packed.plain, headers=headers, media_type="application/json")

    return answer


def _packed(room: Room, name: str, city: str, language: str) -> Packed:
    database = room.database
    answers = _ANSWERS.setdefault(database, SharedAnswers(refresh_seconds=room.settings.boards.refresh_seconds))

    def ask() -> Packed:
        plain = orjson.dumps(LAYERS[name](database, room.now(), words(language), city))
        return Packed(plain, gzip.compress(plain, 1, mtime=0))

    return answers.get((name, city, language), ask, version=database.data_version)
