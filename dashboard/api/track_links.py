"""The buyer's page, for the brand's gateway: links to send, requests to work off, answers to report.

GET /api/track-links?order_id= (several times) as JSON; POST /api/track-links/batch with order ids gives CSV.
GET /api/buyer-requests lists what is open; POST /api/buyer-answers reports what was done. Known callers only.
"""

import csv
import io
from collections.abc import Mapping
from functools import partial
from typing import Any

import anyio.to_thread
import orjson
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.intake import apply_items, instant_of, text_of
from dashboard.api.refusals import Refused, json_response, refused
from engine.errors import WarRoomError
from engine.store.screens import buyers as buyer_screens
from engine.usecases.buyers.issue_track_links import issue_track_links
from engine.usecases.buyers.settle_buyer_requests import Settlement, settle_buyer_requests
from engine.usecases.room.room import Room
from jobs.runtime import get_room

MOST_ASKED = 100
"""Orders in one GET: an address of 100 order numbers has about 4,000 characters, half of what proxies take."""

MOST = 1000
"""Requests in one answer; the gateway answers those and asks again."""

_THREADS = anyio.CapacityLimiter(2)


async def get_links(request: Request) -> Response:
    """Links of the orders named in the query; `unknown` are those that the room does not have."""
    order_ids = request.query_params.getlist("order_id")
    try:
        if not 1 <= len(order_ids) <= MOST_ASKED:
            raise Refused(422, f"Name 1 to {MOST_ASKED} orders: ?order_id=...&order_id=...; POST takes more.")
        room = get_room()
        made = partial(_links, room, order_ids, _caller(request))
        links = await anyio.to_thread.run_sync(made, limiter=_THREADS)
        unknown = [order_id for order_id in order_ids if order_id not in links]
        return json_response({"links": links, "unknown": unknown})
    except Refused as refusal:
        return refusal.response()
    except WarRoomError as refusal:
        return refused(refusal).response()


async def post_links(request: Request) -> Response:
    """{"order_ids": [...]} or the bare list; CSV of order_id and url, unknown orders left out."""
    try:
        room = get_room()
        order_ids = _order_ids(await request.body(), room)
        links = await anyio.to_thread.run_sync(partial(_links, room, order_ids, _caller(request)), limiter=_THREADS)
    except Refused as refusal:
        return refusal.response()
    except WarRoomError as refusal:
        return refused(refusal).response()
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("order_id", "url"))
    writer.writerows(links.items())
    headers = {"Content-Disposition": 'attachment; filename="track-links.csv"'}
    return Response(text.getvalue(), media_type="text/csv", headers=headers)


async def get_requests(_request: Request) -> Response:
    """What buyers asked for and nobody has answered, the oldest first; `more`: answer these and ask again."""
    try:
        room = get_room()
        return json_response(await anyio.to_thread.run_sync(_open_requests, room, limiter=_THREADS))
    except WarRoomError as refusal:
        return refused(refusal).response()


async def post_answers(request: Request) -> Response:
    """{"answers": [{request_id, answer: done | declined, at, reason}]} or the bare list."""
    return await apply_items(request, "answers", _answer, _apply)


def _links(room: Room, order_ids: list[str], caller: str) -> dict[str, str]:
    tokens = issue_track_links(room, order_ids, actor=f"api:{caller}")
    base = room.settings.track.base_url
    return {order_id: f"{base}/track/{tokens[order_id]}" for order_id in order_ids if order_id in tokens}


def _order_ids(body: bytes, room: Room) -> list[str]:
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(400, f"The body is not JSON: {error}") from None
    ids = sent.get("order_ids") if isinstance(sent, dict) else sent
    if not isinstance(ids, list) or not ids or not all(isinstance(i, str) and 1 <= len(i) <= 200 for i in ids):
        raise Refused(422, "order_ids must be a list of order ids, each a text of 1 to 200 characters.")
    if len(ids) > room.settings.intake.max_rows:
        raise Refused(413, f"order_ids has {len(ids)} entries; one request may bring {room.settings.intake.max_rows}.")
    return ids


def _open_requests(room: Room) -> dict[str, Any]:
    found = buyer_screens.asked_by_buyers(room.database, state="open", limit=MOST + 1)
    rows = [{**row, "detail": orjson.loads(row["detail"])} for row in found.head(MOST).iter_rows(named=True)]
    return {"requests": rows, "more": found.height > MOST}


def _answer(item: Mapping[str, Any], where: str) -> Settlement:
    return Settlement(
        request_id=text_of(item, "request_id", where),
        answer=text_of(item, "answer", where),
        at=instant_of(item, "at", where),
        reason=text_of(item, "reason", where, least=0) if item.get("reason") is not None else "",
    )


def _apply(room: Room, answers: list[Settlement], caller: str) -> dict[str, Any]:
    return settle_buyer_requests(room, answers, actor=f"api:{caller}").as_dict()


def _caller(request: Request) -> str:
    return str(request.scope.get("state", {}).get("caller", "unknown"))
