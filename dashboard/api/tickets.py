"""After-sales tickets over HTTP. An answer of 200 means committed, or known already."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.intake import MAX_WAITING, caller_of, intake_request, json_of
from dashboard.api.refusals import Refused, json_response, refused
from engine.errors import WarRoomError
from jobs.runtime import get_room


async def post_tickets(request: Request) -> Response:
    """POST /api/tickets. {"format", "source", "rows"}, {"tickets": [...]}, or a bare list of canonical tickets.

    The formats are in engine/intake/canonical_tickets.py and douyin_tickets.py. Rows that cannot be taken wait in the
    quarantine and come back in `faults`.
    """
    try:
        room = get_room()
        asked = intake_request(await json_of(request), "tickets", caller=caller_of(request), room=room)
        if room.tickets.depth >= MAX_WAITING:
            raise Refused(503, f"{room.tickets.depth} requests wait already: try again in a second.")
        receipt = await asyncio.wrap_future(room.tickets.submit(asked))
        return json_response(receipt.as_dict())
    except WarRoomError as refusal:
        return refused(refusal).response()
    except Refused as refusal:
        return refusal.response()
