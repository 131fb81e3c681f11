"""Orders, changes, signals and waybills over HTTP: shapes are checked here, everything else is the room's decision.

An answer of 200 means committed: the receipt is written after the database has it.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import anyio.to_thread
import orjson
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.metrics import METRICS
from dashboard.api.refusals import Refused, json_response, refused
from engine.errors import WarRoomError
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.orders.intake_desk import IntakeRequest
from engine.usecases.orders.record_signals import Signal, record_signals
from engine.usecases.room.room import Room
from jobs.runtime import get_room

T = TypeVar("T")

FORMATS = ("canonical", "douyin")
MAX_WAITING = 4000
"""Requests that may wait at the desk; beyond that the queue would only hide that the room cannot keep up."""

WRITERS = anyio.CapacityLimiter(4)
"""Threads for everything but orders. They share one writer; more would only take threads from pages and files."""


async def post_orders(request: Request) -> Response:
    """POST /api/orders. {"format", "source", "rows"}, {"orders": [...]}, or a bare list of canonical orders."""
    try:
        room = get_room()
        asked = intake_request(await json_of(request), "orders", caller=caller_of(request), room=room)
        if room.desk.depth >= MAX_WAITING:
            raise Refused(503, f"{room.desk.depth} requests wait already: try again in a second.")
        began = time.perf_counter()
        receipt = await asyncio.wrap_future(room.desk.submit(asked))
        METRICS.committed(time.perf_counter() - began)
        return json_response(receipt.as_dict())
    except WarRoomError as refusal:
        return refused(refusal).response()
    except Refused as refusal:
        return refusal.response()


async def post_changes(request: Request) -> Response:
    """POST /api/orders/changes. {"changes": [{order_id, kind, at, reason}]} or the bare list."""
    return await apply_items(request, "changes", _change, _apply_changes)


async def post_signals(request: Request) -> Response:
    """POST /api/signals. {"signals": [{show_id, at, viewers, clicks}]} or the bare list."""
    return await apply_items(request, "signals", _signal, _apply_signals)


async def post_waybills(request: Request) -> Response:
    """POST /api/waybills. {"waybills": [{parcel_id, waybill_no, uploaded_at, picked_up_at}]} or the bare list.

    `picked_up_at` is null or left out until the carrier has scanned. Rows that cannot be true come back in `faults`.
    """
    return await apply_items(request, "waybills", _waybill, _apply_waybills)


async def apply_items(
    request: Request,
    name: str,
    read: Callable[[Mapping[str, Any], str], T],
    apply: Callable[[Room, list[T], str], dict[str, Any]],
) -> Response:
    """Read every item of the body (a list, or an object with the list under `name`), then apply them in a thread."""
    try:
        room = get_room()
        items = rows_of(listed(await json_of(request), name), name, room)
        values = [read(item, f"{name}[{i}]") for i, item in enumerate(items)]
        done = partial(apply, room, values, caller_of(request))
        return json_response(await anyio.to_thread.run_sync(done, limiter=WRITERS))
    except WarRoomError as refusal:
        return refused(refusal).response()
    except Refused as refusal:
        return refusal.response()


def one_by_one(items: Sequence[T], do: Callable[[T], dict[str, Any]], *, called: str) -> dict[str, Any]:
    """Do each in a commit of its own: `read`, what came of those that were done under `called`, and `refused`."""
    done, refused_ones = [], []
    for entry, item in enumerate(items, start=1):
        try:
            done.append({"entry": entry, **do(item)})
        except WarRoomError as refusal:
            refused_ones.append({"entry": entry, "error": str(refusal)})
    return {"read": len(items), called: done, "refused": refused_ones}


def _apply_changes(room: Room, changes: list[OrderChange], caller: str) -> dict[str, Any]:
    return change_orders(room, changes, actor=f"api:{caller}").as_dict()


def _apply_signals(room: Room, signals: list[Signal], caller: str) -> dict[str, Any]:
    record_signals(room, signals, actor=f"api:{caller}")
    return {"read": len(signals), "recorded": len(signals)}


def _apply_waybills(room: Room, waybills: list[Waybill], caller: str) -> dict[str, Any]:
    return record_waybills(room, waybills, actor=f"api:{caller}").as_dict()


async def json_of(request: Request) -> Any:
    """The decoded body; raises Refused 400."""
    body = await request.body()
    if not body:
        raise Refused(400, "The body is empty: send JSON.")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(400, f"The body is not JSON: {error}") from None


def caller_of(request: Request) -> str:
    """Who calls, as the front door found out."""
    return str(request.scope.get("state", {}).get("caller", "unknown"))


def intake_request(body: Any, key: str, *, caller: str, room: Room) -> IntakeRequest:
    """Rows of a named format, or canonical ones under `key`, or a bare list of them; raises Refused."""
    form, source = "canonical", f"api:{caller}"
    if isinstance(body, dict) and "rows" in body:
        form, source, key = body.get("format", form), body.get("source", source), "rows"
        if form not in FORMATS:
            raise Refused(422, f"format is {form!r}: it must be one of {', '.join(FORMATS)}.")
        if not isinstance(source, str) or not 1 <= len(source) <= 100:
            raise Refused(422, "source must be a text of 1 to 100 characters that says where the rows come from.")
    rows = rows_of(listed(body, key), key, room)
    return IntakeRequest(form, source, rows, actor=f"api:{caller}")


def listed(body: Any, key: str) -> Any:
    """The body, or what an object has under `key`; raises Refused 422."""
    if isinstance(body, dict):
        if key not in body:
            raise Refused(422, f"The body has no {key!r}: send a list, or an object with {key!r}.")
        return body[key]
    return body


def rows_of(rows: Any, name: str, room: Room) -> list[dict[str, Any]]:
    """A list of objects that is neither empty nor too long; raises Refused 413 or 422."""
    if not isinstance(rows, list):
        raise Refused(422, f"{name} must be a list of objects.")
    if not rows:
        raise Refused(422, f"{name} is empty: there is nothing to do.")
    most = room.settings.intake.max_rows
    if len(rows) > most:
        raise Refused(413, f"{name} has {len(rows)} entries; one request may bring {most}. Send several requests.")
    for i, row in enumerate(rows):
        if not isinstance(row, dict):
            raise Refused(422, f"{name}[{i}] is not an object.")
    return rows


def _change(item: Mapping[str, Any], where: str) -> OrderChange:
    return OrderChange(
        order_id=text_of(item, "order_id", where),
        kind=text_of(item, "kind", where),
        at=instant_of(item, "at", where),
        reason=text_of(item, "reason", where, least=0) if item.get("reason") is not None else "",
    )


def _signal(item: Mapping[str, Any], where: str) -> Signal:
    return Signal(
        show_id=text_of(item, "show_id", where),
        at=instant_of(item, "at", where),
        viewers=_count(item, "viewers", where),
        clicks=_count(item, "clicks", where),
    )


def _waybill(item: Mapping[str, Any], where: str) -> Waybill:
    scanned = item.get("picked_up_at") is not None
    return Waybill(
        parcel_id=text_of(item, "parcel_id", where),
        number=text_of(item, "waybill_no", where),
        uploaded_at=instant_of(item, "uploaded_at", where),
        picked_up_at=instant_of(item, "picked_up_at", where) if scanned else None,
    )


def text_of(item: Mapping[str, Any], name: str, where: str, *, least: int = 1) -> str:
    """The text under `name`; raises Refused 422 for anything else."""
    value = item.get(name)
    if not isinstance(value, str) or not least <= len(value) <= 500:
        raise Refused(422, f"{where}.{name} must be a text of {least} to 500 characters.")
    return value


def _count(item: Mapping[str, Any], name: str, where: str) -> int:
    value = item.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise Refused(422, f"{where}.{name} must be a whole number of at least 0.")
    return value


def instant_of(item: Mapping[str, Any], name: str, where: str) -> datetime:
    """The aware time under `name`; raises Refused 422 for anything else."""
    value = item.get(name)
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Refused(422, f"{where}.{name} must be a time with its zone, such as 2026-11-11T20:00:00+08:00.")
    return at
