"""Riders over HTTP: positions as phones report them, stops as a dispatcher gives them. Shapes are checked here."""

import math
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.intake import apply_items, instant_of, text_of
from dashboard.api.refusals import Refused
from engine.usecases.riders.assign_tasks import Task, assign_tasks
from engine.usecases.riders.record_positions import Position, record_positions
from engine.usecases.room.room import Room


async def post_positions(request: Request) -> Response:
    """POST /api/couriers. {"positions": [{courier, at, lon, lat, datum, node, speed_kmh, accuracy_m}]} or the list.

    `datum` is wgs84 (as GPS has it, and where left out), gcj02 (AMap, Tencent) or bd09 (Baidu); what follows it may be
    left out. Rows that cannot be true come back in `faults`.
    """
    return await apply_items(request, "positions", _position, _apply_positions)


async def post_tasks(request: Request) -> Response:
    """POST /api/couriers/tasks. {"tasks": [{task_id, courier, at, seq, state, parcel_id, lon, lat, datum, place,
    due_at}]} or the list.

    `state` is open (where left out), done or dropped. A place or a parcel must be given with the first row of a task.
    """
    return await apply_items(request, "tasks", _task, _apply_tasks)


def _apply_positions(room: Room, positions: list[Position], caller: str) -> dict[str, Any]:
    return record_positions(room, positions, actor=f"api:{caller}").as_dict()


def _apply_tasks(room: Room, tasks: list[Task], caller: str) -> dict[str, Any]:
    return assign_tasks(room, tasks, actor=f"api:{caller}").as_dict()


def _position(item: Mapping[str, Any], where: str) -> Position:
    return Position(
        courier=text_of(item, "courier", where),
        at=instant_of(item, "at", where),
        lon=number_of(item, "lon", where),
        lat=number_of(item, "lat", where),
        datum=text_of(item, "datum", where) if item.get("datum") is not None else "wgs84",
        node=text_of(item, "node", where) if item.get("node") is not None else None,
        speed_kmh=number_of(item, "speed_kmh", where) if item.get("speed_kmh") is not None else None,
        accuracy_m=number_of(item, "accuracy_m", where) if item.get("accuracy_m") is not None else None,
    )


def _task(item: Mapping[str, Any], where: str) -> Task:
    seq = item.get("seq")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq < 10_000:
        raise Refused(422, f"{where}.seq must be a whole number from 0 to 9999: the place of the stop in the tour.")
    return Task(
        task_id=text_of(item, "task_id", where),
        courier=text_of(item, "courier", where),
        at=instant_of(item, "at", where),
        seq=seq,
        state=text_of(item, "state", where) if item.get("state") is not None else "open",
        parcel_id=text_of(item, "parcel_id", where) if item.get("parcel_id") is not None else None,
        lon=number_of(item, "lon", where) if item.get("lon") is not None else None,
        lat=number_of(item, "lat", where) if item.get("lat") is not None else None,
        datum=text_of(item, "datum", where) if item.get("datum") is not None else "wgs84",
        place=text_of(item, "place", where, least=0) if item.get("place") is not None else None,
        due_at=instant_of(item, "due_at", where) if item.get("due_at") is not None else None,
    )


def number_of(item: Mapping[str, Any], name: str, where: str) -> float:
    """The number under `name`; raises Refused 422 for anything else."""
    value = item.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise Refused(422, f"{where}.{name} must be a number.")
    return float(value)
