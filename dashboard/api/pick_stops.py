"""Refund against shipment, for the node: which goods must stay (JSON or CSV, polled), and what became of them.

GET /api/pick-stops?node=WH-EAST&after=VERSION tells what was asked for since the answer that carried `version`; without
`after`, everything that is still open. POST /api/pick-stops/answers says of each whether it stayed. Known callers only.
"""

from collections.abc import Mapping
from typing import Any

import anyio.to_thread
import polars as pl
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.intake import apply_items, text_of
from dashboard.api.refusals import Refused, json_response, refused
from engine.errors import WarRoomError
from engine.store.screens.pick_stops import pick_stops, pick_stops_after
from engine.usecases.floor.stop_picks import StopAnswer, answer_stops
from engine.usecases.room.room import Room
from jobs.runtime import get_room

MOST = 5000
"""Pick-stops in one answer; `more` says that there are others, to be asked for after the version that was told."""

SHOWN = (
    "order_id", "order_no", "platform", "parcel_id", "node", "carrier", "waybill_no", "why", "reached", "state",
    "asked_at", "wave_id", "slot", "goods", "units", "version",
)  # fmt: skip
_READERS = anyio.CapacityLimiter(2)


async def get_stops(request: Request) -> Response:
    """What must stay."""
    query = request.query_params
    form, node = query.get("format", "json"), query.get("node") or None
    try:
        if form not in ("json", "csv"):
            raise Refused(400, f"There is no format {form!r} of pick-stops; there are json, csv.")
        after = query.get("after")
        if after is not None and not (after.isascii() and after.isdigit() and len(after) <= 18):
            raise Refused(400, f"after is {after!r}: send the version of the last answer, a whole number.")
        room = get_room()
        found, version = await anyio.to_thread.run_sync(_found, room, node, after, limiter=_READERS)
    except Refused as refusal:
        return refusal.response()
    except WarRoomError as refusal:
        return refused(refusal).response()
    if form == "csv":
        return Response(stops_csv(found), media_type="text/csv", headers={"X-Warroom-Version": str(version)})
    stops = found.head(MOST)
    more = found.height > MOST
    return json_response({"stops": list(stops.iter_rows(named=True)), "version": version, "more": more})


async def post_answers(request: Request) -> Response:
    """{"answers": [{order_id, parcel_id, answer: stopped | shipped}]} or the bare list."""
    return await apply_items(request, "answers", _answer, _apply)


def stops_csv(found: pl.DataFrame) -> str:
    """As CSV with a header; moments in UTC, ISO 8601."""
    return found.select(SHOWN).with_columns(pl.col("asked_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ")).write_csv()


def _found(room: Room, node: str | None, after: str | None) -> tuple[pl.DataFrame, int]:
    """SHOWN, and the data version up to which a later question need not look."""
    database = room.database
    version = database.data_version()  # before the rows are read: what comes meanwhile is told twice rather than never
    if after is None:
        rows = pick_stops(database, node=node, state="open", limit=MOST + 1)
    else:
        rows = pick_stops_after(database, node, int(after), limit=MOST + 1)
        if rows.height > MOST:
            version = int(rows["version"][MOST - 1]) - 1
    return rows.select(SHOWN), version


def _answer(item: Mapping[str, Any], where: str) -> StopAnswer:
    return StopAnswer(
        order_id=text_of(item, "order_id", where),
        parcel_id=text_of(item, "parcel_id", where),
        answer=text_of(item, "answer", where),
    )


def _apply(room: Room, answers: list[StopAnswer], caller: str) -> dict[str, Any]:
    return answer_stops(room, answers, actor=f"api:{caller}").as_dict()
