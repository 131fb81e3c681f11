"""Weather and hub states over HTTP. Rows are what engine/intake/weather_rows.py reads, from files as from here."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.intake import apply_items
from engine.usecases.forecasts.record_hub_states import take_hub_states
from engine.usecases.forecasts.record_weather import take_weather
from engine.usecases.room.room import Room


async def post_weather(request: Request) -> Response:
    """POST /api/weather. {"weather": [{place, valid_at, issued_at, kind, precipitation_mm, snowfall_cm, wind_kmh,
    celsius, code}]}. One row an hour; only place, valid_at and one value must be there. Wrong rows are in `faults`."""
    return await apply_items(request, "weather", _as_it_is, _take_weather)


async def post_hubs(request: Request) -> Response:
    """POST /api/hubs. {"hubs": [{hub, condition, begins_at, ends_at, backlog_hours, said_by}]}; only hub and condition
    (clear, busy, congested, closed) must be there. Wrong rows are in `faults`."""
    return await apply_items(request, "hubs", _as_it_is, _take_hubs)


def _as_it_is(item: Mapping[str, Any], _where: str) -> Mapping[str, Any]:
    return item


def _take_weather(room: Room, rows: list[Mapping[str, Any]], caller: str) -> dict[str, Any]:
    return take_weather(room, rows, actor=f"api:{caller}", source=f"api:{caller}").as_dict()


def _take_hubs(room: Room, rows: list[Mapping[str, Any]], caller: str) -> dict[str, Any]:
    return take_hub_states(room, rows, actor=f"api:{caller}", source=f"api:{caller}").as_dict()
