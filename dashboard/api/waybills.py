"""GET /api/waybill-proposals: which parcels should have their waybill uploaded now, for a middleware that uploads.

JSON: {"due": [{parcel_id, order_nos, platform, node, carrier, promise_at, upload_at}], "more"}; with ?format=csv all of
them as CSV. The room uploads nothing, and hears of an upload by POST /api/waybills. Open to known callers only.
"""

from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.refusals import Refused, json_response, refused
from engine.errors import WarRoomError
from engine.usecases.clocks.due_waybills import due_csv, due_waybills
from engine.usecases.room.room import Room
from jobs.runtime import get_room

MOST = 5000
"""Parcels in one JSON answer, the earliest promise first; the rest follow once these are uploaded."""

_READERS = anyio.CapacityLimiter(2)


async def get_proposals(request: Request) -> Response:
    """What is due now."""
    form = request.query_params.get("format", "json")
    try:
        if form not in ("json", "csv"):
            raise Refused(400, f"There is no format {form!r} of the parcels due; there are json, csv.")
        room = get_room()
        if form == "csv":
            text = await anyio.to_thread.run_sync(_csv, room, limiter=_READERS)
            headers = {"Content-Disposition": 'attachment; filename="waybills-due.csv"'}
            return Response(text, media_type="text/csv", headers=headers)
        return json_response(await anyio.to_thread.run_sync(_due, room, limiter=_READERS))
    except Refused as refusal:
        return refusal.response()
    except WarRoomError as refusal:
        return refused(refusal).response()


def _csv(room: Room) -> str:
    return due_csv(due_waybills(room.database, now=room.now()))


def _due(room: Room) -> dict[str, Any]:
    found = due_waybills(room.database, now=room.now())
    parcels = [{**row, "order_nos": row["order_nos"].split("|")} for row in found.head(MOST).iter_rows(named=True)]
    return {"due": parcels, "more": found.height > MOST}
