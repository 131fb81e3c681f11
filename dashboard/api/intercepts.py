"""Parcels to be brought back, for a carrier's machine or the brand's gateway: GET /api/intercepts?carrier=ZTO.

A parcel stays listed until its scans show it on its way back or at its buyer's, or the request is taken back. Nothing
is answered here: what became of a parcel, the carrier's scans say. Known callers only.
"""

from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.refusals import json_response, refused
from engine.errors import WarRoomError
from engine.store.screens.actions import open_intercepts
from engine.usecases.room.room import Room
from jobs.runtime import get_room

MOST = 5000
"""Parcels in one answer; `more` says that there are others."""

_READERS = anyio.CapacityLimiter(2)


async def get_intercepts(request: Request) -> Response:
    """What is to come back."""
    carrier = request.query_params.get("carrier") or None
    try:
        room = get_room()
        return json_response(await anyio.to_thread.run_sync(_open, room, carrier, limiter=_READERS))
    except WarRoomError as refusal:
        return refused(refusal).response()


def _open(room: Room, carrier: str | None) -> dict[str, Any]:
    found = open_intercepts(room.database, carrier=carrier, limit=MOST + 1)
    return {"intercepts": list(found.head(MOST).iter_rows(named=True)), "more": found.height > MOST}
