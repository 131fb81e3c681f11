"""Temperature and humidity over HTTP. Shapes are checked here, everything else is the room's decision."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.couriers import number_of
from dashboard.api.intake import apply_items, instant_of, text_of
from engine.usecases.road.record_readings import SensorReading, record_readings
from engine.usecases.room.room import Room


async def post_readings(request: Request) -> Response:
    """POST /api/readings. {"readings": [{device, at, celsius, humidity, parcel_id | waybill_no | vehicle, layer}]}.

    `humidity` is in percent and may be left out. `layer` (ambient, chilled, frozen) must be given for a vehicle, whose
    name is the courier's code of its stops. Rows that are about nothing come back in `faults`.
    """
    return await apply_items(request, "readings", _reading, _apply)


def _apply(room: Room, readings: list[SensorReading], caller: str) -> dict[str, Any]:
    return record_readings(room, readings, actor=f"api:{caller}").as_dict()


def _reading(item: Mapping[str, Any], where: str) -> SensorReading:
    named = {
        name: text_of(item, name, where) if item.get(name) is not None else None
        for name in ("parcel_id", "waybill_no", "vehicle", "layer")
    }
    return SensorReading(
        device=text_of(item, "device", where),
        at=instant_of(item, "at", where),
        celsius=number_of(item, "celsius", where),
        humidity=number_of(item, "humidity", where) if item.get("humidity") is not None else None,
        **named,
    )
